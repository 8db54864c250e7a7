"""Which models exist: on disk, on the shelf, and what they need."""
