"""Small jobs of the language lane that nobody waits for: they have no row, and give way to all that have."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.ids import new_id
from studio.core.jobs import ReadContext, Suggest, lane_of
from studio.core.lane import LaneStatus
from studio.core.messages import Cancelled, Failed, Phase, Result, Stage
from studio.core.model import ModelSpec
from studio.core.records import JobRecord
from studio.engine.engine import Engine
from studio.session.jobs import JobFlow

LANE = "language"
BEFORE = (
    None,
    Stage.STARTING,
    Stage.LOADING,
)  # the model is not there yet, and whoever needs it wants the same


class Aside(msgspec.Struct, frozen=True, kw_only=True):
    """A job, and what is to be known of it.

    Attributes:
        may_begin: whether this is a time for it; asked whenever the lane changes.
        done: told of the result; of one that failed or was taken back nobody hears.
        first: it goes before the others, one under way among them.
        again: it begins anew after it had to give way.
    """

    job: ReadContext | Suggest
    may_begin: Callable[[], bool]
    done: Callable[[Result], object]
    first: bool = False
    again: bool = True


class Asides(QObject):
    """Does one at a time while the lane is idle; the window's thread.

    One that still loads the very model that is wanted next goes on until it is there: to take it back would
    end the worker where it imports its libraries, and begin the load anew.

    Signals:
        phase_lent (Phase): how far that load is, in the name of the job that waits for it.
    """

    phase_lent = Signal(object)

    def __init__(self, flow: JobFlow, engine: Engine, staging: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self._nowhere = staging / "aside"  # where its files would go; it has none, and the folder is not made
        self._waiting: dict[str, Aside] = {}  # by what they are about
        self._running: tuple[str, Aside] | None = None
        self._stage: Stage | None = None  # of the one under way
        self._heir = ""  # the job that waits for the model which that one loads
        flow.job_added.connect(self._on_job_added)
        engine.lane_changed.connect(self._on_lane_changed)
        engine.phase_changed.connect(self._on_phase)
        engine.job_finished.connect(self._on_ended)
        engine.job_failed.connect(self._on_ended)
        engine.job_cancelled.connect(self._on_ended)

    def put(self, about: str, aside: Aside) -> None:
        """Does it when there is time, in the place of an earlier one about the same."""
        self.drop(about)
        if aside.first:
            self._give_way()
            self._waiting = {about: aside, **self._waiting}
        else:
            self._waiting[about] = aside
        self._advance()

    def drop(self, about: str) -> None:
        """It is not wanted any more."""
        self._waiting.pop(about, None)
        if self._running and self._running[0] == about:
            (_, aside), self._running = self._running, None
            self._engine.cancel(aside.job.id)

    def running(self, about: str) -> str:
        """The id of the job that the worker has about it; empty for none."""
        return self._running[1].job.id if self._running and self._running[0] == about else ""

    def has_room(self, model: ModelSpec) -> bool:
        """The model is loaded, or can be without taking memory from anybody."""
        return self._engine.has_room(LANE, model)

    def is_loaded(self, model: ModelSpec) -> bool:
        return model.id in self._engine.status(LANE).models

    def _advance(self) -> None:
        if self._running or not self._engine.is_idle(LANE):
            return
        about = next((one for one, aside in self._waiting.items() if aside.may_begin()), None)
        if about is not None:
            # Its end may come late, after it had to give way: it is another job each time.
            aside = self._waiting.pop(about)
            job = msgspec.structs.replace(aside.job, id=new_id())
            self._running = about, msgspec.structs.replace(aside, job=job)
            self._stage, self._heir = None, ""
            self._engine.submit(job, self._nowhere)

    def _on_job_added(self, record: JobRecord) -> None:
        """Before the engine has the other job, so that this one is told to stop first."""
        if lane_of(record.job) != LANE:
            return
        if self._loads(record.job.model):
            self._heir = self._heir or record.job.id
        else:
            self._give_way()

    def _loads(self, model: ModelSpec) -> bool:
        """The one under way is bringing this model into memory."""
        at_work = self._running and self._running[1].job.model.id == model.id
        return bool(at_work) and self._stage in BEFORE and not self.is_loaded(model)

    def _on_phase(self, phase: Phase) -> None:
        if self._running is None or phase.job != self._running[1].job.id:
            return
        self._stage = phase.stage
        if self._heir and phase.stage in BEFORE:
            self.phase_lent.emit(msgspec.structs.replace(phase, job=self._heir))
        elif self._heir:
            self._give_way()

    def _give_way(self) -> None:
        if self._running is None:
            return
        about, aside = self._running
        self.drop(about)
        if aside.again:
            self._waiting[about] = aside

    def _on_lane_changed(self, status: LaneStatus) -> None:
        if status.lane == LANE:
            self._advance()

    def _on_ended(self, outcome: Result | Failed | Cancelled) -> None:
        if self._running is None or self._running[1].job.id != outcome.job:
            return
        (_, aside), self._running = self._running, None
        if isinstance(outcome, Result):
            aside.done(outcome)
        self._advance()
