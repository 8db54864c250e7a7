"""What was made lately: batches of tiles, newest first, kept up to date while they are made."""

import time
from bisect import bisect_left
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, Qt
from PySide6.QtGui import QImage

from studio.core.errors import NotFound
from studio.core.jobs import GenerateImages, JobState
from studio.core.made import is_half, is_left_over, outranks
from studio.core.messages import Phase, Preview
from studio.core.records import Asset, JobRecord
from studio.session import Session
from studio.viewmodels.asset_list import ASSET_ROLE
from studio.viewmodels.pace import Pace
from studio.viewmodels.sections import Index, Section, SectionedModel
from studio.viewmodels.thumbnails import Thumbnails
from studio.viewmodels.tiles import Batch, Tile, TileState, tiles_of

HISTORY = 40  # jobs that are shown again at the next start
TILE_ROLE = Qt.ItemDataRole.UserRole + 1


class BatchListModel(SectionedModel):
    """Tiles in rows, one section for each job.

    Attributes:
        describe: what a screen reader says of a tile, in the person's language.
        is_filled: the batches of earlier sittings are there.
        clock: seconds.
    """

    def __init__(self, session: Session, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._thumbnails = thumbnails
        self._batches: list[Batch] = []
        self.is_filled = False
        self.clock: Callable[[], float] = time.monotonic
        self._paces: dict[str, Pace] = {}
        self._previews: dict[tuple[str, int], QImage] = {}
        self.describe: Callable[[Tile], str] = lambda tile: tile.job.prompt
        thumbnails.ready.connect(self._on_picture_ready)
        thumbnails.preview_ready.connect(self._on_preview_ready)
        session.job_added.connect(self._on_job_added)
        session.job_changed.connect(self._on_job_changed)
        session.phase_changed.connect(self._on_phase_changed)
        session.preview_arrived.connect(self._on_preview_arrived)
        session.asset_added.connect(self._on_asset_added)
        session.asset_changed.connect(self._on_asset_changed)
        session.assets_removed.connect(self._on_assets_removed)

    def fill(self) -> None:
        """Read the jobs that ran last."""
        self.beginResetModel()
        self._batches = [
            self._remembered(record)
            for record in self._session.jobs(HISTORY, lane="image")
            if isinstance(record.job, GenerateImages) and record.job.edit is None
        ]
        self._batches.sort(key=lambda batch: batch.job.id, reverse=True)
        self.is_filled = True
        self.endResetModel()

    def batch(self, job_id: str) -> Batch | None:
        return next((batch for batch in self._batches if batch.job.id == job_id), None)

    def unfinished(self) -> GenerateImages | None:
        """The job that runs, else the oldest that waits."""
        still = [batch for batch in reversed(self._batches) if not batch.record.state.ended]
        running = [batch for batch in still if batch.record.state is JobState.RUNNING]
        return next((batch.job for batch in running + still), None)

    def tile(self, row: int) -> Tile:
        for batch in self._batches:
            if row < len(batch.tiles):
                return batch.tiles[row]
            row -= len(batch.tiles)
        raise IndexError(row)

    def preview(self, tile: Tile) -> QImage | None:
        """How the picture stands, while it is made."""
        return self._previews.get((tile.job.id, tile.index))

    def file_of(self, row: int) -> Path | None:
        asset = self.tile(row).asset
        return self._session.absolute(asset) if asset else None

    def sections(self) -> list[Section]:
        found: list[Section] = []
        first = 0
        for batch in self._batches:
            if batch.tiles:
                found.append(Section(batch.job.id, first, len(batch.tiles), batch.aspect))
                first += len(batch.tiles)
        return found

    def _remembered(self, record: JobRecord) -> Batch:
        assert isinstance(record.job, GenerateImages)
        assets: dict[int, Asset] = {}
        for asset_id in record.assets:
            with suppress(NotFound):  # it was erased
                asset = self._session.asset(asset_id)
                if not is_left_over(asset, record.job):
                    _put(assets, asset)
        batch = Batch(job=record.job, record=record, assets=assets)
        batch.tiles = tiles_of(batch)
        return batch

    # What the session tells.

    def _on_job_added(self, record: JobRecord) -> None:
        """A new batch, or one that waits once more where it stands."""
        if self.batch(record.job.id):
            self._on_job_changed(record)
        elif isinstance(record.job, GenerateImages) and record.job.edit is None:  # else it is Edit's
            batch = self._remembered(record)
            self.beginInsertRows(QModelIndex(), 0, len(batch.tiles) - 1)
            self._batches.insert(0, batch)
            self.endInsertRows()

    def _on_job_changed(self, record: JobRecord) -> None:
        batch = self.batch(record.job.id)
        if batch and isinstance(record.job, GenerateImages):
            batch.job, batch.record = record.job, record
            if record.state.ended:
                batch.phase = batch.seconds_left = None
                self._paces.pop(batch.job.id, None)
                for index in batch.unmade:
                    self._previews.pop((batch.job.id, index), None)
            self._refresh(batch)

    def _on_phase_changed(self, phase: Phase) -> None:
        if (batch := self.batch(phase.job)) and not batch.record.state.ended:
            batch.phase = phase
            pace = self._paces.setdefault(phase.job, Pace(batch.job))
            pace.share(phase)
            batch.seconds_left = pace.seconds_left(phase, self.clock())
            self._refresh(batch)

    def _on_preview_arrived(self, preview: Preview) -> None:
        if (batch := self.batch(preview.job)) and not batch.record.state.ended:
            self._thumbnails.decode(f"{preview.job}/{preview.index}", preview.jpeg)

    def _on_preview_ready(self, key: str, image: QImage) -> None:
        job_id, _, index = key.rpartition("/")
        batch = self.batch(job_id)
        if batch and not batch.record.state.ended and int(index) in batch.unmade:
            self._previews[job_id, int(index)] = image
            self._refresh(batch, int(index))

    def _on_picture_ready(self, asset_id: str) -> None:
        """The last preview stands until the picture itself can be shown."""
        for job_id, index in list(self._previews):
            batch = self.batch(job_id)
            if batch and index in batch.assets and batch.assets[index].id == asset_id:
                del self._previews[job_id, index]

    def _on_asset_added(self, asset: Asset, job_id: str) -> None:
        if (batch := self.batch(job_id)) and _put(batch.assets, asset):
            batch.erased.discard(asset.recipe.index)
            self._refresh(batch)

    def _on_asset_changed(self, asset: Asset) -> None:
        batch, index = self.batch(asset.recipe.job), asset.recipe.index
        known = batch is not None and index in batch.assets
        if batch is None or index in batch.erased or not _put(batch.assets, asset):
            return
        if known and not is_half(asset, batch.record):
            self._show_changed(batch, asset)
        else:
            self._refresh(batch)

    def _show_changed(self, batch: Batch, asset: Asset) -> None:
        """The one tile that is another one now, or goes, or comes back: hundreds may change together."""
        index = asset.recipe.index
        place = bisect_left(batch.tiles, (index, False), key=lambda tile: tile.place)
        row = place + sum(len(other.tiles) for other in self._batches[: self._batches.index(batch)])
        tile = Tile(job=batch.job, index=index, state=TileState.DONE, asset=asset)
        if place == len(batch.tiles) or batch.tiles[place].place != (index, False):
            if not asset.trashed:
                self.beginInsertRows(QModelIndex(), row, row)
                batch.tiles.insert(place, tile)
                self.endInsertRows()
        elif asset.trashed:
            self.beginRemoveRows(QModelIndex(), row, row)
            del batch.tiles[place]
            self.endRemoveRows()
        else:
            batch.tiles[place] = tile
            self.dataChanged.emit(self.index(row), self.index(row))

    def _on_assets_removed(self, ids: tuple[str, ...]) -> None:
        for batch in list(self._batches):
            gone = {index for index, asset in batch.assets.items() if asset.id in ids}
            if gone:
                batch.erased |= gone
                batch.assets = {index: asset for index, asset in batch.assets.items() if index not in gone}
                self._refresh(batch)

    def _refresh(self, batch: Batch, painted: int | None = None) -> None:
        """Bring the rows of one batch up to date; a row stays selected while its picture is there.

        A contact sheet has hundreds of rows: only those are told of that changed, and picture `painted`.
        """
        first = 0
        for other in self._batches[: self._batches.index(batch)]:
            first += len(other.tiles)
        new = {tile.place: tile for tile in tiles_of(batch)}
        for row in reversed(range(len(batch.tiles))):
            if batch.tiles[row].place not in new:
                self.beginRemoveRows(QModelIndex(), first + row, first + row)
                del batch.tiles[row]
                self.endRemoveRows()
        for row, tile in enumerate(new.values()):
            if row == len(batch.tiles) or batch.tiles[row].place != tile.place:
                self.beginInsertRows(QModelIndex(), first + row, first + row)
                batch.tiles.insert(row, tile)
                self.endInsertRows()
        tiles = list(new.values())
        changed = [
            row
            for row, (old, tile) in enumerate(zip(batch.tiles, tiles, strict=True))
            if tile.index == painted or not _same(old, tile)
        ]
        batch.tiles = tiles
        if changed:
            self.dataChanged.emit(self.index(first + changed[0]), self.index(first + changed[-1]))
        self.section_changed.emit(batch.job.id)

    # Qt asks.

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else sum(len(batch.tiles) for batch in self._batches)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        tile = self.tile(index.row())
        if role == TILE_ROLE:
            return tile
        if role == ASSET_ROLE:
            return tile.asset
        if role == Qt.ItemDataRole.DisplayRole:
            return self.describe(tile)
        return None


def _put(assets: dict[int, Asset], asset: Asset) -> bool:
    """False where another picture of its place counts more."""
    known = assets.get(asset.recipe.index)
    if known is not None and not outranks(asset, known):
        return False
    assets[asset.recipe.index] = asset
    return True


def _same(one: Tile, other: Tile) -> bool:
    """But for the job, whose hundreds of shots would be compared for each of them."""
    return (one.state, one.asset, one.phase, one.end, one.problem, one.missing) == (
        *(other.state, other.asset, other.phase),
        *(other.end, other.problem, other.missing),
    )
