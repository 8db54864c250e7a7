"""What a row of the bench says, and the table of all of them."""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        name: what was measured.
        value: the figure, with its unit.
        bar: what it has to reach.
        met: whether it does.
        note: what it was made of, so that a reader can judge it.
    """

    name: str
    value: str
    bar: str
    met: bool
    note: str = ""


def table(figures: list[Figure]) -> str:
    """All figures in columns, what they were made of below each."""
    rows = [("", "figure", "bar", "met")]
    rows += [(one.name, one.value, one.bar, "yes" if one.met else "NO") for one in figures]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    for place, figure in reversed(list(enumerate(figures, 2))):
        if figure.note:
            lines.insert(place + 1, f"    {figure.note}")
    return "\n".join(line.rstrip() for line in lines)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
