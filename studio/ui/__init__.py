"""Widgets that bind and lay out, nothing else."""
