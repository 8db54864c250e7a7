"""Contact sheets in the worker: cells that cannot be made are told, and the others are made all the same."""

from collections.abc import Callable

import msgspec

from studio.core.errors import InputError, StorageError, error_from
from studio.core.jobs import AnyJob, GenerateImages
from studio.core.messages import Cancelled, Failed, PicturesFailed, Result, Run
from studio.runtime.desk import Desk
from studio.runtime.residency import empty_caches

Outcome = Result | Failed | Cancelled
# What no cell is made otherwise by: the disk, and the pictures that all of them begin with.
_OF_ALL = StorageError | InputError


def each_cell(run: Run, desk: Desk, outcome_of: Callable[[Run], Outcome]) -> Outcome:
    """How the job ends; of a contact sheet, after it was run again for what stands behind cells that failed.

    A sheet that lacks some in the end has failed with what the first of them failed with; of those that were
    made it tells what a whole one would.
    """
    outcome, first = outcome_of(run), None
    while isinstance(outcome, Failed) and (cells := _at_fault(run.job, desk, outcome)):
        first = first or outcome
        desk.send(_told(outcome, cells))
        empty_caches()  # of what the error's traceback held
        rest = msgspec.structs.replace(run.job, first=cells.stop)
        if not rest.indices:
            return _with_the_rest(first, desk.result())
        run = msgspec.structs.replace(run, job=rest)
        outcome = outcome_of(run)
    return _with_the_rest(first, outcome) if first and isinstance(outcome, Result) else outcome


def _at_fault(job: AnyJob, desk: Desk, failed: Failed) -> range:
    """The pictures of a sheet that it failed at, and those like them; none where all would fail so."""
    sheet = isinstance(job, GenerateImages) and job.sheet
    if not sheet or not desk.prepared or isinstance(error_from(failed.code, failed.params), _OF_ALL):
        return range(0)
    first = next((index for index in job.indices if index not in desk.made), None)
    return range(0) if first is None else job.alike(first)


def _with_the_rest(first: Failed, made: Result) -> Failed:
    return msgspec.structs.replace(first, notes=made.notes, figures=made.figures)


def _told(failed: Failed, cells: range) -> PicturesFailed:
    return PicturesFailed(
        job=failed.job,
        indices=tuple(cells),
        code=failed.code,
        params=failed.params,
        traceback=failed.traceback,
    )
