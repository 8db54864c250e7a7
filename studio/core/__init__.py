"""Frozen structs that every room speaks; no input or output happens here."""
