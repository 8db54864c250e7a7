"""The window's composition root."""

from studio.app.opening import main

__all__ = ["main"]
