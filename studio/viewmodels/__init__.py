"""One observable object per panel; no widgets."""
