"""What a grid of pictures shows: rows in runs, each under a heading of its own."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt, QUrl, Signal

Index = QModelIndex | QPersistentModelIndex


class Section(msgspec.Struct, frozen=True):
    """A run of rows. `aspect` is height by width of its tiles."""

    key: str
    first: int
    count: int
    aspect: float = 1.0


class SectionedModel(QAbstractListModel):
    """A list whose rows fall into sections, in order and without gaps; its files can be dragged out.

    Signals:
        section_changed(key): the heading has something new to say.
    """

    section_changed = Signal(str)

    def sections(self) -> list[Section]:
        raise NotImplementedError

    @property
    def complete(self) -> bool:
        """Every row is in the list."""
        return True

    def fetch_rest(self) -> None:
        """Read all rows that are not in the list yet; they come with `rowsInserted`."""

    def file_of(self, row: int) -> Path | None:
        """The finished picture of a row."""
        raise NotImplementedError

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        files = [file for index in indexes if (file := self.file_of(index.row()))]
        if files:
            data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
        return data
