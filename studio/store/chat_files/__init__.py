"""Files of conversations: written for people and for other programs, read from ours and from others'."""
