"""The engine as everyone above sees it: submit jobs, hear facts. Lives in the window's thread."""

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, assert_never

import msgspec
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from studio.core.errors import StudioError, WorkerUnavailable
from studio.core.jobs import LANES, AnyJob, GenerateImages, Lane, lane_of
from studio.core.lane import LaneStatus
from studio.core.messages import (
    Begun,
    Beside,
    Cancel,
    Cancelled,
    ContextRead,
    Failed,
    Forget,
    Memory,
    Phase,
    PicturesFailed,
    Preview,
    Pulse,
    Ready,
    Release,
    Result,
    Run,
    Saved,
    Selected,
    Stage,
    Stopping,
    TakeEnded,
    Tokens,
    TokensOfTakes,
)
from studio.core.model import ModelSpec
from studio.core.records import Problem
from studio.engine.boot import WorkerCommand
from studio.engine.lane import LaneThread, Quit, Spawn
from studio.engine.mailbox import Event, Lost
from studio.engine.patience import DEFAULT_LIMITS, Limits
from studio.engine.queue import Entry, Queue, Worker

log = logging.getLogger(__name__)

Heard = (
    Phase
    | Preview
    | Tokens
    | TokensOfTakes
    | ContextRead
    | TakeEnded
    | Saved
    | PicturesFailed
    | Selected
    | Stopping
)


@dataclass
class LaneParts:
    """What the engine keeps for each lane.

    Attributes:
        asked_for: the job for whose sake the other lane was asked to give memory back; asked once a job.
        releasing: this lane was asked, and has not answered yet.
    """

    queue: Queue
    thread: LaneThread
    idle: QTimer
    status: LaneStatus
    asked_for: str | None = None
    releasing: bool = False


class Engine(QObject):
    """Runs jobs in worker processes, one lane beside the other. `close` must be called before it is dropped.

    Signals:
        job_started, job_stopping: a job's id; the worker has the job, or has heard that it is to stop. A job
            starts a second time where the worker was dead when the job was sent.
        phase_changed, preview_arrived, tokens_arrived, picture_saved, pictures_failed, object_selected,
            context_read, take_ended: the message of the same kind.
        job_finished (Result), job_failed (Failed), job_cancelled (Cancelled): each job ends with one of them.
        lane_changed: a LaneStatus.
        all_told: what was heard until now was told, a turn of the event loop at a time.
    """

    job_started = Signal(str)
    phase_changed = Signal(object)
    preview_arrived = Signal(object)
    tokens_arrived = Signal(object)
    picture_saved = Signal(object)
    pictures_failed = Signal(object)
    object_selected = Signal(object)
    context_read = Signal(object)
    take_ended = Signal(object)
    job_finished = Signal(object)
    job_failed = Signal(object)
    job_stopping = Signal(str)
    job_cancelled = Signal(object)
    lane_changed = Signal(object)
    all_told = Signal()

    def __init__(
        self,
        worker_command: WorkerCommand,
        log_dir: Path,
        memory_budget: int,
        idle_release_seconds: float,
        limits: Limits = DEFAULT_LIMITS,
        parent: QObject | None = None,
    ) -> None:
        """`memory_budget` in bytes, for both lanes together; 0 seconds: idle models are kept for ever."""
        super().__init__(parent)
        self._closed = False
        self._memory_budget = memory_budget
        self._log_dir = log_dir
        self._lanes: dict[Lane, LaneParts] = {}
        # Qt handles events posted by other threads before anything else, those that come meanwhile too; a
        # timer gets one turn among the others, so a flooding worker starves nobody.
        self._collecting = QTimer(self, singleShot=True, interval=0)
        self._collecting.timeout.connect(self._collect)
        for lane in LANES:
            thread = LaneThread(lane, worker_command, self.log_path(lane), limits)
            thread.arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)
            idle = QTimer(self, singleShot=True)
            idle.timeout.connect(partial(thread.post, Release()))
            self._lanes[lane] = LaneParts(Queue(), thread, idle, LaneStatus(lane=lane))
        self.set_idle_release(idle_release_seconds)

    # What one may ask.

    def pending(self, lane: Lane) -> tuple[AnyJob, ...]:
        """Jobs that wait, next first."""
        return tuple(entry.job for entry in self._lanes[lane].queue.pending)

    def running(self, lane: Lane) -> str | None:
        """Id of the job that the worker has; the first of those that it makes together."""
        return self._lanes[lane].status.job

    def status(self, lane: Lane) -> LaneStatus:
        return self._lanes[lane].status

    def log_path(self, lane: Lane) -> Path:
        """Where the lane's worker writes what its libraries print, and its last words."""
        return self._log_dir / f"worker-{lane}.log"

    def is_idle(self, lane: Lane) -> bool:
        """Nothing runs or waits, and something may be started."""
        queue = self._lanes[lane].queue
        return not (queue.at_work or queue.pending or queue.paused)

    def has_room(self, lane: Lane, model: ModelSpec) -> bool:
        """Whether the model is loaded, or can be without the other lane giving anything back."""
        left = self._memory_budget - self._lanes[_other(lane)].status.held_bytes
        return model.id in self._lanes[lane].status.models or model.size_bytes <= left

    # What one may do.

    def submit(self, job: AnyJob, staging: Path) -> None:
        """Let the job wait behind the others of its lane; `staging` is a folder of its own."""
        lane = lane_of(job)
        self._lanes[lane].queue.add(Entry(job, staging))
        self._advance(lane)

    def reorder(self, job_id: str, before: str | None) -> None:
        """Let a waiting job run right before another one of its lane, or last. Raises NotFound."""
        holding = [parts for parts in self._lanes.values() if parts.queue.waits(job_id)]
        (holding or list(self._lanes.values()))[0].queue.move(job_id, before)

    def cancel(self, job_id: str) -> None:
        """Remove the job if it waits; stop it if it runs; nothing if it has already ended."""
        for lane, parts in self._lanes.items():
            if parts.queue.remove(job_id):
                self.job_cancelled.emit(Cancelled(job=job_id))
            elif parts.queue.works(job_id):
                parts.queue.stop(job_id)
                parts.thread.post(Cancel(job=job_id))
                self._refresh(lane)

    def pause(self, lane: Lane, on: bool) -> None:
        """Start no further job, and give the models back once the running one is done; or go on."""
        parts = self._lanes[lane]
        parts.queue.paused = on
        if on:
            parts.thread.post(Release())
        self._refresh(lane)
        self._advance(lane)

    def forget_conversations(self, conversations: tuple[str, ...]) -> None:
        """They are no longer there: nothing of them stays in the memory of language models."""
        self._lanes["language"].thread.post(Forget(conversations=conversations))

    def set_memory_budget(self, memory_budget: int) -> None:
        """Bytes for both lanes together, from the next job on."""
        self._memory_budget = memory_budget

    def set_idle_release(self, seconds: float) -> None:
        """Give models back after so long without a job; 0 never."""
        self._idle_release_seconds = seconds
        for lane in self._lanes:
            self._rest(lane)

    def start(self, lane: Lane) -> None:
        """Start the lane's worker, if it is off, before there is a job for it."""
        parts = self._lanes[lane]
        if parts.queue.worker is Worker.OFF:
            parts.queue.worker_starting()
            parts.thread.post(Spawn())
            self._refresh(lane, problem=None)

    def close(self) -> None:
        """End workers and threads; a running job has a moment to stop. Nothing is emitted any more, and
        nothing may be asked any more but to close again, which does nothing."""
        if self._closed:
            return
        self._closed = True
        self._collecting.stop()
        for parts in self._lanes.values():
            parts.idle.stop()
            parts.thread.post(Quit())
        for parts in self._lanes.values():
            parts.thread.finish()

    # What happens.

    @Slot()
    def _on_arrived(self) -> None:
        if not self._closed:
            self._collecting.start()

    @Slot()
    def _collect(self) -> None:
        for lane, parts in self._lanes.items():
            for event in parts.thread.take():
                if not self._closed:  # whoever heard of the one before may have had enough
                    self._on_event(lane, event)
        if not self._closed:
            self.all_told.emit()

    def _on_event(self, lane: Lane, event: Event) -> None:
        match event:
            case Ready():
                self._on_ready(lane, event)
            case Result() | Failed() | Cancelled():
                self._on_ended(lane, event)
            case Memory():
                self._on_memory(lane, event)
            case Lost():
                self._on_lost(lane, event.cause)
            case Begun() | Pulse():
                pass  # stays with the lane's thread
            case _:
                self._on_heard(lane, event)

    def _on_heard(self, lane: Lane, message: Heard) -> None:
        current = self._lanes[lane].queue.works(message.job)
        self._lanes[lane].queue.heard |= current
        match message:
            case Phase():
                if current:
                    self._lanes[lane].queue.importing = message.stage is Stage.STARTING
                    self._refresh(lane)
                self.phase_changed.emit(message)
            case Preview():
                self.preview_arrived.emit(message)
            case Tokens():
                self.tokens_arrived.emit(message)
            case TokensOfTakes():
                for tokens in message.each:
                    self.tokens_arrived.emit(tokens)
            case Saved():
                self.picture_saved.emit(message)
            case PicturesFailed():
                self.pictures_failed.emit(message)
            case Selected():
                self.object_selected.emit(message)
            case ContextRead():
                self.context_read.emit(message)
            case TakeEnded():
                self.take_ended.emit(message)
            case Stopping():
                if current:  # else it ended by itself at that very moment
                    self.job_stopping.emit(message.job)
            case _:
                assert_never(message)

    def _on_ready(self, lane: Lane, ready: Ready) -> None:
        self._lanes[lane].queue.worker_ready()
        self._refresh(
            lane,
            pid=ready.pid,
            families=ready.families,
            devices=ready.devices or self._lanes[lane].status.devices,
            versions=ready.versions or self._lanes[lane].status.versions,
            problem=None,
        )
        self._advance(lane)

    def _on_ended(self, lane: Lane, outcome: Result | Failed | Cancelled) -> None:
        queue = self._lanes[lane].queue
        job = queue.end(outcome.job).job
        if not isinstance(outcome, Cancelled):
            queue.learn(job, outcome.figures.room if isinstance(outcome, Result) else 0)
        self._refresh(lane)
        self._tell_outcome(outcome)
        self._rest(lane)
        self._advance(lane)

    def _on_memory(self, lane: Lane, memory: Memory) -> None:
        self._lanes[lane].releasing = False
        self._refresh(
            lane,
            held_bytes=memory.held_bytes,
            models=memory.models,
            device_total=memory.device_total,
            device_free=memory.device_free,
        )
        self._advance_waiting(_other(lane))

    def _on_lost(self, lane: Lane, cause: StudioError) -> None:
        """Each running job ends with the cause, or as stopped if that was asked for; the queue goes on.

        A job that the worker had not taken up yet waits once more.
        """
        parts = self._lanes[lane]
        log.warning("%s worker %s: %s", lane, parts.status.pid, cause)
        parts.queue.put_back()
        entries, stopping = parts.queue.at_work, parts.queue.stopping
        again = parts.queue.worker_lost()
        parts.releasing = False
        self._refresh(lane, pid=None, held_bytes=0, models=())
        for entry in entries:
            stopped = entry.job.id in stopping
            self._tell_outcome(Cancelled(job=entry.job.id) if stopped else _failed(entry, cause))
        if again:
            parts.thread.post(Spawn())
        else:
            self._on_unavailable(lane, cause)
        self._advance_waiting(_other(lane))

    def _on_unavailable(self, lane: Lane, cause: StudioError) -> None:
        """Only the next job fails: the others wait until something is submitted, resumed or started."""
        queue = self._lanes[lane].queue
        error = WorkerUnavailable.after(cause, str(self.log_path(lane)))
        self._refresh(lane, problem=Problem(code=error.code, params=error.params))
        if entry := queue.next():
            queue.remove(entry.job.id)
            self._tell_outcome(_failed(entry, error))

    def _tell_outcome(self, outcome: Result | Failed | Cancelled) -> None:
        match outcome:
            case Result():
                self.job_finished.emit(outcome)
            case Failed():
                self.job_failed.emit(outcome)
            case Cancelled():
                self.job_cancelled.emit(outcome)

    # What follows from it.

    def _advance(self, lane: Lane) -> None:
        """Give the worker its next job, where there is one and everything allows it."""
        parts = self._lanes[lane]
        entry = parts.queue.next()
        if entry is None:
            return
        if parts.queue.worker is not Worker.READY:
            self.start(lane)
            return
        budget = self._budget_for(lane, entry.job)
        if budget is None:
            return
        entries = parts.queue.begin()
        parts.asked_for = None
        parts.idle.stop()
        parts.thread.post(_run(entries, budget))
        self._refresh(lane)
        for entry in entries:
            self.job_started.emit(entry.job.id)

    def _advance_waiting(self, lane: Lane) -> None:
        """The other lane has answered, or can no longer: go on with the job that waited for its memory."""
        if self._lanes[lane].asked_for is not None:
            self._advance(lane)

    def _budget_for(self, lane: Lane, job: AnyJob) -> int | None:
        """Bytes that the job's lane may hold; None while the other lane is being asked to give some back.

        What the other lane holds is not ours. If the model does not fit beside it, an idle lane is asked,
        once for each job, to release everything. A busy one keeps what it has: the job then runs with the
        rest, but never with less than its own model takes on disk, since waiting could take for ever.
        """
        parts, other = self._lanes[lane], self._lanes[_other(lane)]
        if other.releasing:
            return None
        held = other.status.held_bytes
        rest = self._memory_budget - held
        size = job.model.size_bytes
        fits = job.model.id in parts.status.models or size <= rest
        if fits or not held or other.status.job is not None or parts.asked_for == job.id:
            return max(rest, size)
        parts.asked_for = job.id
        other.releasing = True
        other.thread.post(Release())
        return None

    def _rest(self, lane: Lane) -> None:
        """The lane has nothing to do: its models are given back in a while."""
        parts = self._lanes[lane]
        parts.idle.stop()
        if self._idle_release_seconds > 0 and parts.status.job is None:
            parts.idle.start(int(1000 * self._idle_release_seconds))

    def _refresh(self, lane: Lane, **changes: Any) -> None:
        """Bring the lane's status up to date and tell, where anything is different."""
        parts = self._lanes[lane]
        running = parts.queue.running
        status = msgspec.structs.replace(
            parts.status,
            state=parts.queue.state,
            job=running.job.id if running else None,
            starting=parts.queue.starting,
            stopping=running is not None and running.job.id in parts.queue.stopping,
            paused=parts.queue.paused,
            **changes,
        )
        if status != parts.status:
            parts.status = status
            self.lane_changed.emit(status)


def _other(lane: Lane) -> Lane:
    return "language" if lane == "image" else "image"


def _run(entries: tuple[Entry, ...], budget: int) -> Run:
    first, *others = entries
    beside = [
        Beside(job=entry.job, staging=str(entry.staging))
        for entry in others
        if isinstance(entry.job, GenerateImages)
    ]
    return Run(job=first.job, staging=str(first.staging), memory_budget=budget, beside=tuple(beside))


def _failed(entry: Entry, error: StudioError) -> Failed:
    return Failed(job=entry.job.id, code=error.code, params=error.params)
