"""Memory that was freed, and that the process still keeps."""

import ctypes
import sys


def trim() -> None:
    """Give back what the C library has kept of freed memory; only GNU's keeps much, and can be told."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)
