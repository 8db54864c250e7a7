"""Jobs that differ by their seeds alone, made as one: to a family a single job, outside each its own."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from studio.core.jobs import GenerateImages
from studio.core.messages import Cancelled, Figures, FromWorker, Result, Stage
from studio.core.sheets import Shot
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk, Owner

if TYPE_CHECKING:
    from PIL.Image import Image

# Seconds are shared out among the pictures that they were spent on; a step is one for each of them.
_COUNTED = frozenset({"steps"})
# Notes that speak of the pictures at work; others speak of the model, and so of all.
_OF_PICTURES = frozenset({"second_pass_failed", "picture_black"})


def merged(jobs: Sequence[GenerateImages]) -> GenerateImages:
    """One job with the pictures of all, in their order; each keeps its seed."""
    seeds = [job.picture(index).seed for job in jobs for index in job.indices]
    return msgspec.structs.replace(
        jobs[0],
        num_images=len(seeds),
        first=0,
        shots=tuple(Shot(seed=seed) for seed in seeds),
        previews=any(job.previews for job in jobs),
    )


@dataclass
class Part:
    """One of the jobs.

    Attributes:
        desk: its own; nothing but `stop` tells that its job is to end.
        pictures: which of all the pictures are its own.
    """

    job: GenerateImages
    desk: Desk
    stop: threading.Event
    pictures: range

    @property
    def left(self) -> GenerateImages | None:
        """The job of the pictures that are not saved; None where all are."""
        first = self.job.first + len(self.desk.made)
        return msgspec.structs.replace(self.job, first=first) if first < self.job.num_images else None

    def own(self, index: int) -> int:
        """What the picture is to the job alone."""
        return self.job.first + index - self.pictures.start

    def shared(self, pictures: range) -> range:
        """Which of these are its own."""
        first, stop = max(pictures.start, self.pictures.start), min(pictures.stop, self.pictures.stop)
        return range(first, max(first, stop))

    def alone(self) -> Desk:
        """Its desk, for a job that goes on by itself."""
        self.desk.begin_anew(self.stop)
        return self.desk


class Together(Desk):
    """Stands in for the desks of several jobs while their pictures are made as those of one.

    What is said of a picture goes to the job that wants it, by its own number; what is said of all, to all. A
    job that is told to stop has ended at the next look, and the others go on.

    Attributes:
        job: all of them as one.
        parts: the jobs that were not told to stop.
    """

    def __init__(
        self,
        jobs: Sequence[tuple[GenerateImages, Path, threading.Event]],
        send: Callable[[FromWorker], None],
    ) -> None:
        (first, staging, _), *_ = jobs
        super().__init__(first.id, staging, send)
        self.job = merged([job for job, _, _ in jobs])
        self.parts: list[Part] = []
        start = 0
        for job, folder, stop in jobs:
            pictures = range(start, start + len(job.indices))
            self.parts.append(Part(job, Desk(job.id, folder, send), stop, pictures))
            start = pictures.stop
        self._all = self._at_work = range(start)

    def check(self) -> None:
        """Raise Stopped when all were told to stop."""
        for part in [part for part in self.parts if part.stop.is_set()]:
            self.parts.remove(part)
            self.send(Cancelled(job=part.job.id, notes=part.desk.notes, figures=self.figures_of(part)))
        if not self.parts:
            self.cancelled.set()
            raise Stopped
        self.job_id = self.parts[0].job.id  # whose pulse it is
        super().check()

    def figures_of(self, part: Part) -> Figures:
        """What was measured of one job so far; of the time, what fell to its pictures."""
        seconds = self.seconds * len(part.pictures) / len(self._all)
        return msgspec.structs.replace(part.desk.figures, seconds=seconds)

    def result_of(self, part: Part, memory: Figures) -> Result:
        """One job's result; `memory` has what all of them took of it."""
        figures = msgspec.structs.replace(
            self.figures_of(part), plan=memory.plan, grown_bytes=memory.grown_bytes
        )
        return msgspec.structs.replace(part.desk.result(), figures=figures)

    def prepare(self) -> None:
        for part in self.parts:
            part.desk.prepare()

    def of(self, index: int) -> Owner | None:
        part = self._part_of(index)
        return part.desk.of(part.own(index)) if part else None

    def wants(self, pictures: range) -> bool:
        return any(part.shared(pictures) for part in self.parts)

    def phase(self, stage: Stage, done: int = 0, total: int = 0, index: int = 0, count: int = 1) -> None:
        self.check()
        self.stage = stage
        if stage is Stage.SAVING:
            if part := self._part_of(done):
                part.desk.phase(stage, part.own(done), part.job.num_images)
            return
        preparing = stage in (Stage.STARTING, Stage.LOADING)
        self._at_work = self._all if preparing else range(index, index + count)
        for part in self.parts:
            own = part.shared(self._at_work)
            if preparing:
                part.desk.phase(stage, done, total)
            elif own:
                pictures = len(own) if stage is Stage.DECODING else total
                part.desk.phase(stage, done, pictures, part.own(own.start), len(own))

    def preview(self, index: int, step: int, image: "Image") -> None:
        self._preview_said = self._clock()
        if (part := self._part_of(index)) and part.job.previews:
            part.desk.preview(part.own(index), step, image)

    def saved(self, index: int, path: Path, asset: str, width: int, height: int, seed: int) -> None:
        self.made.add(index)
        if part := self._part_of(index):
            part.desk.saved(part.own(index), path, asset, width, height, seed)

    def note(self, code: str, **params: str | int | float) -> None:
        for part in self.parts:
            if code not in _OF_PICTURES or part.shared(self._at_work):
                part.desk.note(code, **params)

    def measure(self, **amounts: float) -> None:
        for part in self.parts:
            if own := part.shared(self._at_work):
                share = len(own) / len(self._at_work)
                part.desk.measure(
                    **{
                        name: amount if name in _COUNTED else amount * share
                        for name, amount in amounts.items()
                    }
                )

    def state(self, **facts: int) -> None:
        for part in self.parts:
            part.desk.state(**facts)

    def _part_of(self, index: int) -> Part | None:
        return next((part for part in self.parts if index in part.pictures), None)
