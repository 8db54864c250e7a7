"""One file per model family, found by name."""
