"""The list that the table of Models shows: rows, headings between them, and lines about the hub."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from studio.viewmodels.model_rows import Heading, Item, ModelRow

Index = QModelIndex | QPersistentModelIndex
ITEM_ROLE = Qt.ItemDataRole.UserRole + 1


class ModelList(QAbstractListModel):
    """Headings cannot be chosen. Rows are known by their key, so that a choice outlives a new list.

    Attributes:
        headings: the numbers of the rows that are headings, in order.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: list[Item] = []
        self._rows: dict[str, int] | None = None  # by key, made when one is looked for
        self.headings: list[int] = []

    def fill(self, items: Sequence[Item]) -> None:
        """These; where the same rows stand at the same places, only what is new of them is told."""
        if len(items) == len(self._items) and all(map(_alike, items, self._items)):
            changed = [row for row, item in enumerate(items) if item != self._items[row]]
            self._items = list(items)
            for row in changed:
                self.dataChanged.emit(self.index(row, 0), self.index(row, 0))
            return
        self.beginResetModel()
        self._items, self._rows = list(items), None
        self.headings = [row for row, item in enumerate(items) if type(item) is Heading]
        self.endResetModel()

    def item(self, row: int) -> Item:
        return self._items[row]

    def row_of(self, key: str) -> int:
        """-1 where it is not listed."""
        if not key:
            return -1
        if self._rows is None:
            self._rows = {item.key: row for row, item in enumerate(self._items)}
        return self._rows.get(key, -1)

    def model(self, key: str) -> ModelRow | None:
        """The model of this key, where it is listed."""
        row = self.row_of(key)
        item = self._items[row] if row >= 0 else None
        return item if isinstance(item, ModelRow) else None

    def models(self) -> list[ModelRow]:
        """Every model that is listed, in order."""
        return [item for item in self._items if isinstance(item, ModelRow)]

    def headings_before(self, row: int) -> int:
        return bisect_left(self.headings, row)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item = self._items[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return item.name if isinstance(item, ModelRow) else None
            case _ if role == ITEM_ROLE:
                return item
            case _:
                return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if isinstance(self._items[index.row()], Heading):
            return Qt.ItemFlag.NoItemFlags
        return super().flags(index)


def _alike(one: Item, other: Item) -> bool:
    return one is other or one.key == other.key
