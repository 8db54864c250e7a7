"""Takes of an edit document by the jobs that made them, be a job known whole or by its pictures alone."""

from collections.abc import Collection
from enum import StrEnum

import msgspec

from studio.core.edits import Edit
from studio.core.jobs import AnyJob, GenerateImages, JobState, ProcessImage
from studio.core.messages import Phase
from studio.core.records import Asset, JobRecord, Problem

EditJob = GenerateImages | ProcessImage
Key = tuple[str, int]  # the id of a job, and which of its pictures


class TakeState(StrEnum):
    QUEUED = "queued"
    WORKING = "working"
    DONE = "done"


class Take(msgspec.Struct, frozen=True, kw_only=True):
    """One proposal; `applied`: it is part of the document as it stands."""

    job: str
    index: int
    edit: Edit
    state: TakeState
    asset: Asset | None = None
    phase: Phase | None = None
    applied: bool = False

    @property
    def key(self) -> Key:
        return self.job, self.index


class TakeGroup(msgspec.Struct, frozen=True, kw_only=True):
    """What one job proposes.

    Attributes:
        words, strength: what it was asked for; "" and None where it takes none.
        created: Unix seconds.
        ended: how it ended before all was made; None where it did not.
        problem: why.
    """

    job: str
    edit: Edit
    words: str
    strength: float | None
    created: float
    takes: tuple[Take, ...]
    ended: JobState | None = None
    problem: Problem | None = None

    @property
    def is_made(self) -> bool:
        """Nothing of it is still to come."""
        return all(one.state is TakeState.DONE for one in self.takes)


class JobTakes:
    """What is known of one job.

    Attributes:
        record: of the job; None where it ended long ago and only its pictures are known.
        assets: what it made, what lies in the trash too, by its number.
        phase: of what it is at.
        is_dismissed: nobody wants to read how it ended.
    """

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self.record: JobRecord | None = None
        self.assets: dict[int, Asset] = {}
        self.phase: Phase | None = None
        self.is_dismissed = False

    def take_record(self, record: JobRecord) -> None:
        self.record = record
        if record.state.ended:
            self.phase = None
        else:
            self.is_dismissed = False

    def group(self, used: Collection[str]) -> TakeGroup | None:
        """None where there is nothing to show. `used`: the ids of pictures that are part of the document."""
        job = edit_job(self.record.job) if self.record else None
        first = next(iter(self.assets.values()), None)
        edit = job.edit if job else first.recipe.edit if first else None
        if edit is None:
            return None
        takes = tuple(self._takes(edit, job, used))
        ended = self._ended_early(job)
        if not takes and ended is None:
            return None
        generates = job if isinstance(job, GenerateImages) else None
        recipe = first.recipe if first else None
        return TakeGroup(
            job=self.job_id,
            edit=edit,
            words=generates.prompt if generates else recipe.prompt if recipe and not job else "",
            strength=generates.strength if generates else recipe.strength if recipe else None,
            created=self.record.created if self.record else first.created if first else 0.0,
            takes=takes,
            ended=ended,
            problem=self.record.problem if self.record and ended else None,
        )

    def _takes(self, edit: Edit, job: EditJob | None, used: Collection[str]) -> list[Take]:
        found = list[Take]()
        for index in range(_count(job)) if job else sorted(self.assets):
            asset = self.assets.get(index)
            if asset is None:
                found += self._coming(edit, index)
            elif not asset.trashed:
                found.append(
                    Take(
                        job=self.job_id,
                        index=index,
                        edit=edit,
                        state=TakeState.DONE,
                        asset=asset,
                        applied=asset.id in used,
                    )
                )
        return found

    def _coming(self, edit: Edit, index: int) -> list[Take]:
        """None for one that will not come."""
        if self.record is None or self.record.state.ended:
            return []
        phase = self.phase
        first, count = (phase.index, phase.count) if phase else (0, 1)
        if self.record.state is JobState.RUNNING and first <= index < first + count:
            return [Take(job=self.job_id, index=index, edit=edit, state=TakeState.WORKING, phase=phase)]
        return [Take(job=self.job_id, index=index, edit=edit, state=TakeState.QUEUED)]

    def _ended_early(self, job: EditJob | None) -> JobState | None:
        record = self.record
        if record is None or job is None or self.is_dismissed or not record.state.ended:
            return None
        whole = record.state is JobState.DONE or len(self.assets) >= _count(job)
        return None if whole else record.state


def edit_job(job: AnyJob) -> EditJob | None:
    """The job where it changes a picture of an edit document."""
    return job if isinstance(job, GenerateImages | ProcessImage) and job.edit else None


def document_of(job: AnyJob) -> str:
    """The id of the document that a job is for; "" for none."""
    editing = edit_job(job)
    return editing.edit.document if editing and editing.edit else ""


def _count(job: EditJob) -> int:
    return job.num_images if isinstance(job, GenerateImages) else 1
