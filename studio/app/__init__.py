"""The window's composition root, and its door to other processes of the home."""
