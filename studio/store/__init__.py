"""The database and the files that are the truth behind it."""
