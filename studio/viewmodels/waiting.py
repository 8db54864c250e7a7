"""The jobs that wait, in the order in which they will run; they can be moved, edited and removed."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from studio.core.jobs import GenerateImages, JobState, title_of
from studio.core.records import JobRecord
from studio.session import Session

Index = QModelIndex | QPersistentModelIndex
MIME = "application/x-atelier-waiting-row"
RECORD_ROLE = Qt.ItemDataRole.UserRole
ROOT = QModelIndex()


class TakenOut(NamedTuple):
    """What Create is sent: a job that waits no more, to be changed there."""

    job: GenerateImages


class WaitingModel(QAbstractListModel):
    """Rows of JobRecord (`RECORD_ROLE`); dragging a row asks the session to reorder.

    Signals:
        changed: rows came, went or moved.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._records: list[JobRecord] = []

    @property
    def records(self) -> Sequence[JobRecord]:
        return self._records

    def take(self, record: JobRecord) -> None:
        """A job came, moved, began or ended."""
        row = next((i for i, one in enumerate(self._records) if one.job.id == record.job.id), -1)
        if row >= 0 and record.state is JobState.PENDING and record.position == self._records[row].position:
            return
        if row >= 0:
            self.beginRemoveRows(ROOT, row, row)
            del self._records[row]
            self.endRemoveRows()
        if record.state is JobState.PENDING:
            self._insert(record)
        if row >= 0 or record.state is JobState.PENDING:
            self.changed.emit()

    def move(self, row: int, by: int) -> None:
        """One place up (-1) or down (1)."""
        if 0 <= row + by < len(self._records):
            self._place(row, row + by if by < 0 else row + by + 1)

    def remove(self, row: int) -> None:
        self._session.stop(self._records[row].job.id)

    def take_out(self, row: int) -> TakenOut | None:
        """Remove a picture job, to be edited; an answer belongs to its conversation and stays."""
        job = self._records[row].job
        if not isinstance(job, GenerateImages):
            return None
        self._session.stop(job.id)
        return TakenOut(job)

    def _insert(self, record: JobRecord) -> None:
        key = (record.position, record.created)
        row = sum((one.position, one.created) <= key for one in self._records)
        self.beginInsertRows(ROOT, row, row)
        self._records.insert(row, record)
        self.endInsertRows()

    def _place(self, row: int, before: int) -> None:
        """Move a row so that it stands before the one that is now at `before`."""
        follower = self._records[before].job.id if before < len(self._records) else None
        self._session.reorder(self._records[row].job.id, follower)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._records)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        record = self._records[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return title_of(record.job)
            case Qt.ItemDataRole.UserRole:
                return record
            case _:
                return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        data.setData(MIME, self._records[indexes[0].row()].job.id.encode())
        return data

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        moved = bytes(data.data(MIME).data()).decode()
        now = next((i for i, one in enumerate(self._records) if one.job.id == moved), -1)
        target = row if row >= 0 else len(self._records)
        if now < 0 or target in (now, now + 1):
            return False
        self._place(now, target)
        return False  # the session moves the row; the view must not remove it
