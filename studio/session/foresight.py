"""What a job will take, told before it is asked for: memory as foreseen, time by the pace of earlier jobs."""

from collections.abc import Sequence
from concurrent.futures import Future
from math import isqrt

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.catalog.memory import Asked
from studio.core.edits import USUAL_STRENGTHS, Operation, tiles_of
from studio.core.inputs import Role
from studio.core.jobs import GenerateImages, JobState
from studio.core.messages import Figures
from studio.core.plan import Foreseen
from studio.core.records import JobRecord
from studio.session.model_desk import ModelDesk
from studio.session.relay import Relay

_KEPT = 12  # jobs of a model, the newest


class _Pace(msgspec.Struct, frozen=True):
    """As one job was measured: seconds for one step of one picture, and to decode one."""

    plan: str
    pixels: int
    step_seconds: float
    decode_seconds: float


class Foresight(QObject):
    """Answers at once with what is known.

    Signals:
        changed: some job is foreseen otherwise now; ask anew.
    """

    changed = Signal()

    def __init__(self, models: ModelDesk, relay: Relay, parent: QObject) -> None:
        super().__init__(parent)
        self._models, self._relay = models, relay
        self._paces: dict[str, list[_Pace]] = {}  # by model, the newest last
        models.outlook_changed.connect(self.changed)

    def read(self, history: Future[list[JobRecord]]) -> None:
        """What earlier sittings measured, the newest first, once another thread has read it."""
        self._relay.then(history, self._take, lambda _: None)

    def learn(self, record: JobRecord) -> None:
        """From a job that is done."""
        if self._note(record):
            self.changed.emit()

    def of(self, job: GenerateImages) -> Foreseen:
        """Never waits; `changed` follows where there is more to know."""
        outlook = self._models.outlook_of(job.model, _asked(job))
        plan = outlook.plan.key if outlook else ""
        return Foreseen(outlook=outlook, seconds=self._seconds(job, plan))

    def _take(self, history: Sequence[JobRecord]) -> None:
        for record in reversed(history):
            self._note(record)
        self.changed.emit()

    def _note(self, record: JobRecord) -> bool:
        job, figures = record.job, record.figures
        if record.state is not JobState.DONE or not isinstance(job, GenerateImages):
            return False
        if job.second_pass or job.loras or job.cache or job.shots or job.edit:  # each has a pace of its own
            return False
        pace = _pace_of(figures, len(job.indices))
        if pace is not None:
            self._paces[job.model.id] = [*self._paces.get(job.model.id, ()), pace][-_KEPT:]
        return pace is not None

    def _seconds(self, job: GenerateImages, plan: str) -> float | None:
        defaults = job.model.defaults
        steps = job.num_inference_steps or defaults.num_inference_steps
        known = self._paces.get(job.model.id, ())
        known = [one for one in known if not plan or not one.plan or one.plan == plan]
        if not steps or not known:
            return None
        width, height = job.width or defaults.width, job.height or defaults.height
        pixels = width * height if width and height else known[-1].pixels
        nearest = min(reversed(known), key=lambda one: abs(one.pixels - pixels))
        strength = job.strength
        if strength is None and job.edit:
            strength = USUAL_STRENGTHS.get(job.edit.operation)
        if job.inputs and strength is not None:
            steps = max(1, round(steps * strength))
        seconds = _made(nearest, pixels, steps)
        if second := job.second_pass:
            more = max(1, round((second.num_inference_steps or steps) * second.strength))
            seconds += _made(nearest, round(pixels * second.scale**2), more)
        return seconds * job.num_images * _tiles(job, pixels)


def _tiles(job: GenerateImages, pixels: int) -> int:
    """A picture is enlarged in as many; each is as large as those that the model makes."""
    edit = job.edit
    if edit is None or edit.operation is not Operation.UPSCALE:
        return 1
    given = next(one for one in job.inputs if one.role is Role.CHANGE)
    return len(tiles_of(round(given.width * edit.scale), round(given.height * edit.scale), isqrt(pixels)))


def _asked(job: GenerateImages) -> Asked:
    adapter = job.reference_adapter
    files = [one.path for one in job.loras if one.scale]
    files += [path for path in (adapter.path, adapter.encoder) if path] if adapter else []
    return Asked(
        width=job.width,
        height=job.height,
        count=job.num_images,
        enlarged=job.second_pass.scale if job.second_pass else 1.0,
        files=tuple(dict.fromkeys(files)),
        refers=adapter is None and any(one.role is Role.REFER for one in job.inputs),
    )


def _made(pace: _Pace, pixels: int, steps: int) -> float:
    """One picture; work grows with the pixels, or a little faster."""
    return (steps * pace.step_seconds + pace.decode_seconds) * pixels / pace.pixels


def _pace_of(figures: Figures, pictures: int) -> _Pace | None:
    """None for a job that tells too little, such as one that was made by an older version."""
    if not (figures.pixels and figures.steps and figures.denoise_seconds and pictures):
        return None
    stepped = figures.steps * max(1, min(figures.together, pictures))
    return _Pace(
        plan=figures.plan.key if figures.plan else "",
        pixels=figures.pixels,
        step_seconds=figures.denoise_seconds / stepped,
        decode_seconds=figures.decode_seconds / pictures,
    )
