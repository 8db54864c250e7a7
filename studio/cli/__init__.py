"""The command line: the same session without a window."""
