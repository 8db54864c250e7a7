"""The text of files that are given with a message: anybody's files, so every reader has its bounds."""
