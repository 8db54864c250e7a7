"""What was proposed for the open document: takes that wait, are made, and are to be applied or discarded."""

from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Any

import msgspec
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QImage

from studio.core.edits import Region
from studio.core.errors import NotFound
from studio.core.jobs import AnyJob, GenerateImages, JobState, ProcessImage
from studio.core.messages import Phase, Preview
from studio.core.records import Asset, JobRecord, Problem
from studio.session import Session
from studio.viewmodels.asset_list import ASSET_ROLE
from studio.viewmodels.thumbnails import Thumbnails

HISTORY = 200  # jobs that are looked through for those of a document that is opened again
TAKE_ROLE = Qt.ItemDataRole.UserRole + 1

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
EditJob = GenerateImages | ProcessImage


class TakeState(StrEnum):
    QUEUED = "queued"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


class Take(msgspec.Struct, frozen=True, kw_only=True):
    """One proposal; `applied`: it has become part of the document."""

    job: EditJob
    index: int
    state: TakeState
    asset: Asset | None = None
    phase: Phase | None = None
    problem: Problem | None = None
    applied: bool = False

    @property
    def key(self) -> tuple[str, int]:
        return self.job.id, self.index


class TakesModel(QAbstractListModel):
    """Takes of one document, those of the newest job first; a discarded one is none any more.

    Attributes:
        describe: what a screen reader says of a take.
        current: the key of the one that is shown on the canvas; None while the document itself is.

    Signals:
        changed: other takes, or other states; read `takes`.
        current_changed: another one is shown.
    """

    changed = Signal()
    current_changed = Signal()

    def __init__(self, session: Session, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._thumbnails = session, thumbnails
        self._document = ""
        self._records: dict[str, JobRecord] = {}
        self._assets: dict[tuple[str, int], Asset] = {}
        self._phases: dict[str, Phase] = {}
        self._previews: dict[tuple[str, int], QImage] = {}
        self._applied: set[str] = set()
        self.takes: list[Take] = []
        self.describe: Callable[[Take], str] = lambda take: take.state.value
        self.current: tuple[str, int] | None = None
        session.job_added.connect(self._on_job)
        session.job_changed.connect(self._on_job)
        session.phase_changed.connect(self._on_phase)
        session.preview_arrived.connect(self._on_preview)
        session.asset_added.connect(self._on_asset_added)
        session.asset_changed.connect(self._on_asset_changed)
        session.assets_removed.connect(self._on_removed)
        thumbnails.preview_ready.connect(self._on_preview_ready)
        thumbnails.ready.connect(self._on_picture_ready)

    def show_document(self, document_id: str) -> None:
        """ "" shows none."""
        self._document = document_id
        for kept in (self._records, self._assets, self._phases, self._previews):
            kept.clear()
        self._applied.clear()
        for record in self._session.jobs(HISTORY, lane="image") if document_id else ():
            if _document_of(record.job) == document_id:
                self._records[record.job.id] = record
                self._find_assets(record)
        self._refresh()
        self.choose(None)

    @property
    def shown(self) -> Take | None:
        """The one on the canvas."""
        return self.take(self.current) if self.current else None

    @property
    def running(self) -> JobRecord | None:
        """The job that is at work, else the oldest that waits."""
        still = [one for one in self._records.values() if not one.state.ended]
        still.sort(key=lambda one: (one.state is not JobState.RUNNING, one.job.id))
        return still[0] if still else None

    @property
    def done(self) -> int:
        return sum(one.state is TakeState.DONE for one in self.takes)

    def take(self, key: tuple[str, int]) -> Take | None:
        return next((one for one in self.takes if one.key == key), None)

    def row_of(self, key: tuple[str, int] | None) -> int:
        return next((row for row, one in enumerate(self.takes) if one.key == key), -1)

    def region_of(self, record: JobRecord) -> Region | None:
        """What of the picture the job works at; None where that is not known before."""
        job = record.job
        return job.edit.region if isinstance(job, GenerateImages | ProcessImage) and job.edit else None

    def preview(self, take: Take) -> QImage | None:
        return self._previews.get(take.key)

    def choose(self, key: tuple[str, int] | None) -> None:
        """Show it on the canvas; None shows the document."""
        if key != self.current:
            self.current = key
            self.current_changed.emit()

    def walk(self, by: int) -> None:
        """To the next (1) or the previous (-1) take that is made."""
        made = [one.key for one in self.takes if one.state is TakeState.DONE]
        if made:
            place = made.index(self.current) + by if self.current in made else 0 if by > 0 else -1
            self.choose(made[place % len(made)])

    def mark_applied(self, asset: Asset) -> None:
        self._applied.add(asset.id)
        self._refresh()
        self.choose(None)

    # What the session tells.

    def _on_job(self, record: JobRecord) -> None:
        if self._document and _document_of(record.job) == self._document:
            new = record.job.id not in self._records
            self._records[record.job.id] = record
            if record.state.ended:
                self._phases.pop(record.job.id, None)
            self._find_assets(record)
            self._refresh()
            if new:
                self.choose(None)

    def _on_phase(self, phase: Phase) -> None:
        if phase.job in self._records:
            self._phases[phase.job] = phase
            self._refresh()

    def _on_preview(self, preview: Preview) -> None:
        if preview.job in self._records:
            self._thumbnails.decode(f"{preview.job}/{preview.index}", preview.jpeg)

    def _on_preview_ready(self, key: str, image: QImage) -> None:
        job_id, _, index = key.rpartition("/")
        if job_id in self._records and (job_id, int(index)) not in self._assets:
            self._previews[job_id, int(index)] = image
            self._tell()

    def _on_picture_ready(self, asset_id: str) -> None:
        if any(one.asset and one.asset.id == asset_id for one in self.takes):
            self._previews = {key: one for key, one in self._previews.items() if key not in self._assets}
            self._tell()

    def _on_asset_added(self, asset: Asset, job_id: str) -> None:
        """The first one is shown as soon as it is there, unless one looks at another."""
        if job_id in self._records:
            self._assets[job_id, asset.recipe.index] = asset
            self._refresh()
            if self.shown is None:
                self.choose((job_id, asset.recipe.index))

    def _on_asset_changed(self, asset: Asset) -> None:
        for key, known in self._assets.items():
            if known.id == asset.id:
                self._assets[key] = asset
                self._refresh()
                return

    def _on_removed(self, ids: tuple[str, ...]) -> None:
        self._assets = {
            key: msgspec.structs.replace(one, trashed=True) if one.id in ids else one
            for key, one in self._assets.items()
        }
        self._refresh()

    def _find_assets(self, record: JobRecord) -> None:
        for asset_id in record.assets:
            with suppress(NotFound):  # it was erased
                asset = self._session.asset(asset_id)
                self._assets[record.job.id, asset.recipe.index] = asset

    def _refresh(self) -> None:
        records = sorted(self._records.values(), key=lambda one: one.job.id, reverse=True)
        takes = [take for record in records for take in self._takes_of(record)]
        if [one.key for one in takes] == [one.key for one in self.takes]:
            self.takes = takes
            self._tell()
        else:
            self.beginResetModel()
            self.takes = takes
            self.endResetModel()
            self.changed.emit()
        if self.current and self.take(self.current) is None:
            self.choose(None)

    def _takes_of(self, record: JobRecord) -> list[Take]:
        job = record.job
        assert isinstance(job, GenerateImages | ProcessImage)
        found = list[Take]()
        failed = False
        for index in range(job.num_images if isinstance(job, GenerateImages) else 1):
            asset = self._assets.get((job.id, index))
            if asset is not None and not asset.trashed:
                applied = asset.id in self._applied
                found.append(Take(job=job, index=index, state=TakeState.DONE, asset=asset, applied=applied))
            elif asset is None and not failed and (unmade := self._unmade(record, job, index)):
                failed = unmade.state is TakeState.FAILED  # one stands for all that are missing
                found.append(unmade)
        return found

    def _unmade(self, record: JobRecord, job: EditJob, index: int) -> Take | None:
        """None for one that will not come, and needs no word about it."""
        if record.state is JobState.FAILED:
            return Take(job=job, index=index, state=TakeState.FAILED, problem=record.problem)
        if record.state.ended:
            return None
        phase = self._phases.get(job.id)
        first, count = (phase.index, phase.count) if phase else (0, 1)
        if record.state is JobState.RUNNING and first <= index < first + count:
            return Take(job=job, index=index, state=TakeState.WORKING, phase=phase)
        return Take(job=job, index=index, state=TakeState.QUEUED)

    def _tell(self) -> None:
        if self.takes:
            self.dataChanged.emit(self.index(0), self.index(len(self.takes) - 1))
        self.changed.emit()

    # Qt asks.

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.takes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        take = self.takes[index.row()]
        if role == TAKE_ROLE:
            return take
        if role == ASSET_ROLE:
            return take.asset
        if role == Qt.ItemDataRole.DisplayRole:
            return self.describe(take)
        return None


def _document_of(job: AnyJob) -> str:
    match job:
        case GenerateImages() | ProcessImage() if job.edit:
            return job.edit.document
        case _:
            return ""
