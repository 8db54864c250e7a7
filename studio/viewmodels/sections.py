"""What a grid of pictures shows: rows in runs, each under a heading of its own."""

import msgspec
from PySide6.QtCore import QAbstractListModel, Signal


class Section(msgspec.Struct, frozen=True):
    """A run of rows. `aspect` is height by width of its tiles."""

    key: str
    first: int
    count: int
    aspect: float = 1.0


class SectionedModel(QAbstractListModel):
    """A list whose rows fall into sections, in order and without gaps.

    Signals:
        section_changed(key): the heading has something new to say.
    """

    section_changed = Signal(str)

    def sections(self) -> list[Section]:
        raise NotImplementedError
