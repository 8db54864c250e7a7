"""Atelier: a desktop studio for pictures and text with models on one's own machine."""

__version__ = "0.1.0"
