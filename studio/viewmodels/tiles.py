"""One batch of pictures as the tiles that stand for it, from its job's record and what came of it so far."""

from enum import StrEnum

import msgspec

from studio.core.jobs import GenerateImages, JobState
from studio.core.made import is_half
from studio.core.messages import Phase
from studio.core.records import Asset, JobRecord, Problem


class TileState(StrEnum):
    QUEUED = "queued"
    WORKING = "working"
    DONE = "done"
    ENDED = "ended"  # failed, stopped or interrupted before these pictures were made


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """One place in a batch.

    Attributes:
        index: the picture's number in its job; for an ended tile the first of `missing` pictures.
        phase: what is being done, for a working tile; None until the engine has said so.
        end, problem: why an ended tile has no picture.
        beside: the first of the missing pictures has a tile, too: it is there as its first pass made it.
    """

    job: GenerateImages
    index: int
    state: TileState
    asset: Asset | None = None
    phase: Phase | None = None
    end: JobState = JobState.DONE
    problem: Problem | None = None
    missing: int = 0
    beside: bool = False

    @property
    def seed(self) -> int:
        return self.job.picture(self.index).seed

    @property
    def place(self) -> tuple[int, bool]:
        """What tells it from the others of its batch, in order."""
        return self.index, self.beside


class Batch(msgspec.Struct, kw_only=True):
    """A job and what is known of its pictures.

    Attributes:
        assets: the one that counts of each place in the batch (`core.made`), those in the trash too, so that
            an undo finds its place.
        erased: the places of pictures that are gone for good.
        seconds_left: by the pace that was measured; None while nobody knows.
    """

    job: GenerateImages
    record: JobRecord
    assets: dict[int, Asset]
    phase: Phase | None = None
    erased: set[int] = set()
    tiles: list[Tile] = []
    seconds_left: float | None = None

    @property
    def aspect(self) -> float:
        """Height by width, from what was asked for, so that it does not change when a picture comes."""
        defaults = self.job.model.defaults
        width, height = self.job.width or defaults.width, self.job.height or defaults.height
        if width and height:
            return height / width
        made = next(iter(self.assets.values()), None)
        return made.height / made.width if made else 1.0

    @property
    def unmade(self) -> list[int]:
        """The pictures that are still to be made, or were when the job ended."""
        return [index for index in self.job.indices if index not in self.erased and not self._is_made(index)]

    def _is_made(self, index: int) -> bool:
        asset = self.assets.get(index)
        return asset is not None and not is_half(asset, self.record)


def tiles_of(batch: Batch) -> list[Tile]:
    """The tiles of a batch in order; those in the trash have none, those never made share one.

    What a first pass made is shown until its job goes on, and makes it once more.
    """
    job, unmade = batch.job, batch.unmade
    rest = _ended(batch, unmade) if batch.record.state.ended else [_open(batch, index) for index in unmade]
    taken = {tile.place for tile in rest}
    tiles = [
        Tile(job=job, index=index, state=TileState.DONE, asset=asset)
        for index, asset in batch.assets.items()
        if not asset.trashed and (index, False) not in taken
    ]
    return sorted([*tiles, *rest], key=lambda tile: tile.place)


def _open(batch: Batch, index: int) -> Tile:
    """A picture still to be made; those denoised together move together."""
    phase = batch.phase
    first, count = (phase.index, phase.count) if phase else (0, 1)
    if batch.record.state is JobState.RUNNING and first <= index < first + count:
        return Tile(job=batch.job, index=index, state=TileState.WORKING, phase=phase)
    return Tile(job=batch.job, index=index, state=TileState.QUEUED)


def _ended(batch: Batch, unmade: list[int]) -> list[Tile]:
    record = batch.record
    if record.state is JobState.DONE or not unmade:
        return []
    return [
        Tile(
            job=batch.job,
            index=unmade[0],
            state=TileState.ENDED,
            end=record.state,
            problem=record.problem,
            missing=len(unmade),
            beside=(half := batch.assets.get(unmade[0])) is not None and not half.trashed,
        )
    ]
