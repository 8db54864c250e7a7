"""How a contact sheet stands: each cell with its picture, or why there is none; from jobs and pictures."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from studio.core.errors import NotFound
from studio.core.jobs import GenerateImages, JobState
from studio.core.made import is_half, is_left_over, outranks
from studio.core.records import Asset, JobRecord, Problem
from studio.core.sheets import Sheet


class CellState(StrEnum):
    QUEUED = "queued"
    WORKING = "working"
    DONE = "done"
    REJECTED = "rejected"  # its picture is in the trash
    ERASED = "erased"
    MISSING = "missing"  # no job of it is known: not made, or erased before the database was lost
    FAILED = "failed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One place of a sheet.

    Attributes:
        number: row by row from the top left.
        job, index: the picture's job and its number there; of a sheet known from its pictures alone, theirs.
            Empty where a cell is missing.
        problem: why a failed cell has no picture.
        half: its picture is what a first pass made before its job ended, and is still to be painted over.
    """

    number: int
    state: CellState
    asset: Asset | None = None
    job: str = ""
    index: int = 0
    problem: Problem | None = None
    half: bool = False


class SheetState(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet and all that is known of it.

    Attributes:
        jobs: in the order in which they were asked for; after a rebuild from files those alone that were
            asked for since.
        prompt, model: of its first picture or job.
    """

    sheet: Sheet
    jobs: tuple[JobRecord, ...]
    cells: tuple[Cell, ...]
    prompt: str = ""
    model: str = ""

    @property
    def made(self) -> int:
        """How many pictures there are, rejected ones among them."""
        return sum(cell.asset is not None for cell in self.cells)

    @property
    def busy(self) -> bool:
        return any(not record.state.ended for record in self.jobs)

    @property
    def missing(self) -> tuple[int, ...]:
        """The cells of which nothing is known."""
        return tuple(cell.number for cell in self.cells if cell.state is CellState.MISSING)

    @property
    def resumable(self) -> tuple[str, ...]:
        """The jobs that ended before all their pictures were made."""
        return tuple(
            record.job.id for record in self.jobs if record.state.ended and record.state is not JobState.DONE
        )


def sheet_state(sheet_id: str, jobs: Sequence[JobRecord], assets: Sequence[Asset]) -> SheetState:
    """Of two pictures of one cell one counts (`core.made`). Raises NotFound where neither says anything of
    it."""
    sheet = _sheet_of(sheet_id, jobs, assets)
    cells = {number: Cell(number=number, state=CellState.MISSING) for number in sheet.cells}
    for record in jobs:
        cells.update({cell.number: cell for cell in _unmade(record) if cell.number in cells})
    by_id = {record.job.id: record for record in jobs}
    for number, asset in _counting(by_id, assets).items():
        if number in cells and (cell := made_cell(number, asset, by_id.get(asset.recipe.job))):
            cells[number] = cell
    prompt, model = _named(jobs, assets)
    return SheetState(
        sheet=sheet,
        jobs=tuple(jobs),
        cells=tuple(cells[number] for number in sheet.cells),
        prompt=prompt,
        model=model,
    )


def made_cell(number: int, asset: Asset, record: JobRecord | None) -> Cell | None:
    """A cell with its picture, whose job may not be known; None where it is just being made once more."""
    half = record is not None and is_half(asset, record)
    if half and record is not None and not record.state.ended:
        return None
    return Cell(
        number=number,
        state=CellState.REJECTED if asset.trashed else CellState.DONE,
        asset=asset,
        job=asset.recipe.job,
        index=asset.recipe.index,
        half=half,
    )


def _counting(jobs: Mapping[str, JobRecord], assets: Sequence[Asset]) -> dict[int, Asset]:
    """The picture of each cell."""
    found: dict[int, Asset] = {}
    for asset in assets:
        number, record = asset.recipe.cell, jobs.get(asset.recipe.job)
        job = record.job if record else None
        if number is None or (isinstance(job, GenerateImages) and is_left_over(asset, job)):
            continue
        if number not in found or outranks(asset, found[number]):
            found[number] = asset
    return found


def _sheet_of(sheet_id: str, jobs: Sequence[JobRecord], assets: Sequence[Asset]) -> Sheet:
    said = [record.job.sheet for record in jobs if isinstance(record.job, GenerateImages)]
    said += [asset.recipe.sheet for asset in assets]
    sheet = next((one for one in said if one is not None and one.id == sheet_id), None)
    if sheet is None:
        raise NotFound(name=sheet_id)
    return sheet


def _named(jobs: Sequence[JobRecord], assets: Sequence[Asset]) -> tuple[str, str]:
    for record in jobs:
        if isinstance(record.job, GenerateImages):
            return record.job.prompt, record.job.model.name
    recipe = assets[0].recipe
    return recipe.prompt, recipe.model_name or recipe.model


def _unmade(record: JobRecord) -> list[Cell]:
    """The cells of a job as they stand as long as no picture of them is there."""
    job = record.job
    if not isinstance(job, GenerateImages):
        return []
    return [
        Cell(
            number=cell,
            state=unmade_state(record, index),
            job=job.id,
            index=index,
            problem=unmade_problem(record, index),
        )
        for index in range(job.num_images)
        if (cell := job.cell(index)) is not None
    ]


def unmade_state(record: JobRecord, index: int) -> CellState:
    """How picture `index` of a job stands that is not there; one that was made is erased."""
    job = record.job
    before = isinstance(job, GenerateImages) and (index < job.first or index in job.made)
    if before or record.state is JobState.DONE:
        return CellState.ERASED
    if record.failure(index):
        return CellState.FAILED
    match record.state:
        case JobState.PENDING | JobState.RUNNING:
            return CellState.QUEUED
        case JobState.FAILED:
            return CellState.FAILED
        case JobState.STOPPED:
            return CellState.STOPPED
        case JobState.INTERRUPTED:
            return CellState.INTERRUPTED


def unmade_problem(record: JobRecord, index: int) -> Problem | None:
    """Why picture `index` of a job failed; None where it did not."""
    if unmade_state(record, index) is not CellState.FAILED:
        return None
    return record.failure(index) or record.problem
