"""Lets the word tables be read as prose: alternatives on a line, with bars between them."""

from __future__ import annotations


def phrases(line: str) -> tuple[str, ...]:
    """`"at sea | on the ocean"` as a tuple. A phrase that stands twice is chosen twice as often."""
    return tuple(phrase.strip() for phrase in line.split("|"))


def pairs(line: str) -> tuple[tuple[str, str], ...]:
    """`"fir/firs | pine/pines"` as pairs."""
    return tuple((first, second) for first, _, second in (item.partition("/") for item in phrases(line)))
