"""Rows of the library as everyone above the store sees them: pictures and jobs."""

import traceback

import msgspec

from studio.core.errors import Params, known
from studio.core.jobs import AnyJob, JobState
from studio.core.messages import Figures, Note
from studio.core.recipe import Recipe


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """One picture of the library. `path` is relative to the library, with `/`; times in Unix seconds."""

    id: str
    path: str
    width: int
    height: int
    created: float
    recipe: Recipe = Recipe()
    source: str | None = None
    starred: bool = False
    trashed: bool = False


class AssetQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which pictures a page shows, newest first."""

    text: str = ""
    starred: bool = False
    trashed: bool = False
    limit: int = 200
    before: str | None = None  # id of the last asset of the page before
    offset: int = 0  # for the command line's pages


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a job failed, as it crosses processes and lies in the database."""

    code: str
    params: Params = {}
    traceback: str = ""


def problem_of(error: Exception) -> Problem:
    """The error as a problem, with where it came from for the crash report."""
    named = known(error)
    trace = "".join(traceback.format_exception(error))
    return Problem(code=named.code, params=named.params, traceback=trace)


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Pictures of a contact sheet that cannot be made, by their numbers in their job, and why."""

    indices: tuple[int, ...]
    problem: Problem


def with_failure(failures: tuple[Failure, ...], failure: Failure) -> tuple[Failure, ...]:
    """These and one more. What failed for the same reason is one, and of a code only the first keeps where it
    came from: all of them are read at each change of the job."""
    problem = failure.problem
    for place, one in enumerate(failures):
        if (one.problem.code, one.problem.params) == (problem.code, problem.params):
            joined = Failure(indices=(*one.indices, *failure.indices), problem=one.problem)
            return (*failures[:place], joined, *failures[place + 1 :])
    if any(one.problem.code == problem.code for one in failures):
        problem = msgspec.structs.replace(problem, traceback="")
    return (*failures, Failure(indices=failure.indices, problem=problem))


class JobRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the queue or its history.

    Attributes:
        position: orders pending jobs.
        failures: of a contact sheet, what failed by itself while the rest went on.
        assets: the adopted ones.
    """

    job: AnyJob
    state: JobState
    created: float
    instance: str = ""
    position: float = 0.0
    started: float | None = None
    ended: float | None = None
    problem: Problem | None = None
    failures: tuple[Failure, ...] = ()
    notes: tuple[Note, ...] = ()
    figures: Figures = Figures()
    assets: tuple[str, ...] = ()

    def failure(self, index: int) -> Problem | None:
        """Why picture `index` failed by itself; None where it did not."""
        return next((one.problem for one in self.failures if index in one.indices), None)
