"""The takes of one job as a list for a view."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from studio.viewmodels.asset_list import ASSET_ROLE
from studio.viewmodels.edit_take_groups import Key, Take

TAKE_ROLE = Qt.ItemDataRole.UserRole + 1

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class TakeList(QAbstractListModel):
    """A thin adapter.

    Attributes:
        takes: its rows.
    """

    def __init__(self, describe: Callable[[Take], str], parent: QObject | None = None) -> None:
        """`describe`: what a screen reader says of one."""
        super().__init__(parent)
        self._describe = describe
        self.takes: tuple[Take, ...] = ()

    def show_takes(self, takes: tuple[Take, ...]) -> None:
        """Those, in place of the others."""
        if [one.key for one in takes] == [one.key for one in self.takes]:
            self.takes = takes
            if takes:
                self.dataChanged.emit(self.index(0), self.index(len(takes) - 1))
        else:
            self.beginResetModel()
            self.takes = takes
            self.endResetModel()

    def row_of(self, key: Key | None) -> int:
        """-1 where it is none of these."""
        return next((row for row, one in enumerate(self.takes) if one.key == key), -1)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.takes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        take = self.takes[index.row()]
        if role == TAKE_ROLE:
            return take
        if role == ASSET_ROLE:
            return take.asset
        return self._describe(take) if role == Qt.ItemDataRole.DisplayRole else None
