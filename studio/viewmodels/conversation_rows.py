"""The rows at the side of Chat: the pinned above, folders that open and close, the others by day; or hits."""

import time
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any

import msgspec
from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from studio.core.conversations import Conversation, Hit

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
MIME = "application/x-atelier-conversation"


class Heading(StrEnum):
    PINNED = "pinned"
    FOLDER = "folder"
    DAY = "day"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation, or what stands above some of them.

    Attributes:
        hit: what was found in it, while one searches.
        day: of a day's heading, a time of that day in seconds since 1970.
        folder: the one that this row belongs to; empty for none.
        count: of a folder's heading, how many lie in it; `closed`: they are not shown.
    """

    conversation: Conversation | None = None
    hit: Hit | None = None
    heading: Heading | None = None
    day: float = 0.0
    folder: str = ""
    count: int = 0
    closed: bool = False


def rows_of(conversations: Iterable[Conversation], closed: frozenset[str]) -> list[Row]:
    """Of conversations in the order of their use; `closed` are names of folders."""
    pinned: list[Conversation] = []
    folders: dict[str, list[Conversation]] = {}
    others: list[Conversation] = []
    for one in conversations:
        (pinned if one.pinned else folders.setdefault(one.folder, []) if one.folder else others).append(one)
    rows = [Row(heading=Heading.PINNED)] if pinned else []
    rows += [Row(conversation=one, folder=one.folder) for one in pinned]
    for name in sorted(folders, key=str.casefold):
        held = folders[name]
        rows.append(Row(heading=Heading.FOLDER, folder=name, count=len(held), closed=name in closed))
        rows += [Row(conversation=one, folder=name) for one in held if name not in closed]
    return [*rows, *by_day(others)]


def by_day(conversations: Iterable[Conversation]) -> Iterator[Row]:
    """With a heading before each day, the last one first."""
    morning = float("inf")
    for one in conversations:
        if one.updated < morning:
            morning = _morning(one.updated)
            yield Row(heading=Heading.DAY, day=one.updated)
        yield Row(conversation=one)


def _morning(moment: float) -> float:
    day = time.localtime(moment)
    return time.mktime((day.tm_year, day.tm_mon, day.tm_mday, 0, 0, 0, 0, 0, -1))


class ConversationList(QAbstractListModel):
    """Rows for a list view. Headings of days cannot be chosen; conversations can be dragged into folders.

    Signals:
        moved (str, str): a conversation was dropped on this folder, or with "" where there is none.
        more_wanted: the end of the hits is in sight.
    """

    moved = Signal(str, str)
    more_wanted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self.has_more = False

    def fill(self, rows: list[Row]) -> None:
        """Show these; what stays the same at the beginning and at the end stays where it is."""
        old = self._rows
        first = _alike(old, rows)
        last = _alike(old[first:][::-1], rows[first:][::-1])
        removed, added = len(old) - first - last, len(rows) - first - last
        if removed:
            self.beginRemoveRows(QModelIndex(), first, first + removed - 1)
            self._rows = [*old[:first], *old[first + removed :]]
            self.endRemoveRows()
        if added:
            self.beginInsertRows(QModelIndex(), first, first + added - 1)
            self._rows = rows
            self.endInsertRows()

    def row_of(self, conversation_id: str) -> int:
        """-1 where it is not listed."""
        ids = (row.conversation.id if row.conversation else "" for row in self._rows)
        return (
            next((at for at, one in enumerate(ids) if one == conversation_id), -1) if conversation_id else -1
        )

    def row(self, index: Index) -> Row | None:
        return self._rows[index.row()] if index.isValid() else None

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.conversation.title if row.conversation else row.folder or None
        return row if role == ROW_ROLE else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        row = self.row(index)
        if row is None or row.heading in (Heading.DAY, Heading.PINNED):
            return Qt.ItemFlag.ItemIsDropEnabled
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDropEnabled
        return flags | Qt.ItemFlag.ItemIsDragEnabled if row.conversation and not row.hit else flags

    def canFetchMore(self, parent: Index) -> bool:
        return self.has_more

    def fetchMore(self, parent: Index) -> None:
        self.has_more = False  # until these are there
        self.more_wanted.emit()

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        conversation = self._rows[indexes[0].row()].conversation
        data.setData(MIME, QByteArray((conversation.id if conversation else "").encode()))
        return data

    def canDropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        return data.hasFormat(MIME)

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        target = self.row(parent)
        self.moved.emit(bytes(data.data(MIME).data()).decode(), target.folder if target else "")
        return True


def _alike(one: Sequence[Row], other: Sequence[Row]) -> int:
    """How many rows are the same from the beginning on."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (old, new) in pairs if old is not new and old != new), min(len(one), len(other)))
