"""Where the columns of the table of models stand; those that matter least give way first."""

from enum import StrEnum
from typing import NamedTuple

MARGIN = 20
NAME_LEAST = 264
NAME_ENOUGH = 520  # beyond it two thirds of the room go to the others
WORDS_FROM = 1500  # pixels of the table from which commercial use is told in words


class Column(StrEnum):
    NAME = "name"
    KIND = "kind"
    DOWNLOAD = "download"
    NEEDS = "needs"
    FIT = "fit"
    LICENCE = "licence"
    COMMERCIAL = "commercial"
    STATE = "state"


class Span(NamedTuple):
    """Pixels from the left edge of the table."""

    left: int
    width: int


WIDTHS = {
    Column.KIND: 92,
    Column.DOWNLOAD: 80,
    Column.NEEDS: 76,
    Column.FIT: 120,
    Column.LICENCE: 128,
    Column.COMMERCIAL: 132,
    Column.STATE: 128,
}
# In the order in which they leave.
LEAVING = (Column.LICENCE, Column.KIND, Column.NEEDS, Column.DOWNLOAD)


def arrange(width: int) -> dict[Column, Span]:
    """The columns of a table so wide, from left to right; what has no room is missing."""
    widths = dict(WIDTHS)
    if width < WORDS_FROM:
        del widths[Column.COMMERCIAL]
    room = width - 2 * MARGIN
    for leaving in LEAVING:
        if room - sum(widths.values()) >= NAME_LEAST:
            break
        del widths[leaving]
    name = max(room - sum(widths.values()), 0)
    if name > NAME_ENOUGH:
        more = (name - NAME_ENOUGH) * 2 // 3 // len(widths)
        widths = {column: one + more for column, one in widths.items()}
        name = room - sum(widths.values())
    spans: dict[Column, Span] = {}
    left = MARGIN
    for column, one in {Column.NAME: name, **widths}.items():
        spans[column] = Span(left, one)
        left += one
    return spans
