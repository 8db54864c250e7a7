"""The steps of the open document as rows for a list, the newest first."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

DONE_ROLE = Qt.ItemDataRole.UserRole + 1  # whether the step stands
OPENED = "Opened"

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class StepRows(QAbstractListModel):
    """Below all steps stands the picture as it was opened. Only what is new is told of.

    Attributes:
        labels: English, the oldest first.
        position: how many of them stand.
    """

    def __init__(self) -> None:
        super().__init__()
        self.labels: list[str] = []
        self.position = 0

    def show_steps(self, labels: Sequence[str], position: int) -> None:
        """Those, in place of the others."""
        same = self._same(labels)
        if gone := len(self.labels) - same:
            self.beginRemoveRows(ROOT, 0, gone - 1)
            del self.labels[same:]
            self.endRemoveRows()
        if new := len(labels) - same:
            self.beginInsertRows(ROOT, 0, new - 1)
            self.labels += labels[same:]
            self.endInsertRows()
        before, self.position = self.position, position
        if before != position:
            first, last = self.row_of(max(before, position)), self.row_of(min(before, position))
            self.dataChanged.emit(self.index(max(first, 0)), self.index(last))

    def row_of(self, position: int) -> int:
        """The row of the step after which so many stand."""
        return len(self.labels) - position

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.labels) + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        position = len(self.labels) - index.row()
        if role == DONE_ROLE:
            return position <= self.position
        if role == Qt.ItemDataRole.DisplayRole:
            return self.labels[position - 1] if position else OPENED
        return None

    def _same(self, labels: Sequence[str]) -> int:
        """How many of the first are as they were: mostly all."""
        known = len(self.labels)
        if labels[:known] == self.labels:
            return known
        pairs = zip(self.labels, labels, strict=False)
        return next((at for at, (old, new) in enumerate(pairs) if old != new), min(known, len(labels)))
