"""One lane's queue as a pure state machine: what waits, what runs, and whether a worker is there for it."""

from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path

from studio.core.errors import NotFound
from studio.core.jobs import AnyJob
from studio.core.lane import LaneState

MAX_IDLE_DEATHS = 3


@dataclass(frozen=True)
class Entry:
    """A job and the folder that its files go to; `tried`: a worker died before it said a word of it."""

    job: AnyJob
    staging: Path
    tried: bool = False


class Worker(Enum):
    OFF = auto()
    STARTING = auto()
    RESTARTING = auto()
    READY = auto()


class Queue:
    """Jobs run one at a time, in the order in which they stand.

    Attributes:
        pending: entries that wait, next first.
        running: the entry that the worker has.
        stopping: whether the running job was told to stop.
        heard: whether the worker has said anything of the running job.
        paused: no entry leaves `pending`.
        worker: where the worker's life stands.
    """

    def __init__(self) -> None:
        self.pending: list[Entry] = []
        self.running: Entry | None = None
        self.stopping = False
        self.heard = False
        self.paused = False
        self.worker = Worker.OFF
        self._idle_deaths = 0

    @property
    def state(self) -> LaneState:
        if self.running is not None:
            return LaneState.BUSY
        if self.paused:
            return LaneState.PAUSED
        return LaneState[self.worker.name]

    def add(self, entry: Entry) -> None:
        self.pending.append(entry)

    def remove(self, job_id: str) -> bool:
        """Take the job out if it waits here."""
        kept = [entry for entry in self.pending if entry.job.id != job_id]
        found = len(kept) < len(self.pending)
        self.pending = kept
        return found

    def move(self, job_id: str, before: str | None) -> None:
        """Let the job wait right before another, or at the end. Raises NotFound unless both wait."""
        if job_id == before:
            return
        if before is not None:
            self._place(before)
        entry = self.pending.pop(self._place(job_id))
        self.pending.insert(len(self.pending) if before is None else self._place(before), entry)

    def waits(self, job_id: str) -> bool:
        return any(entry.job.id == job_id for entry in self.pending)

    def next(self) -> Entry | None:
        """The entry that is next, where something may be started at all."""
        return self.pending[0] if self.pending and self.running is None and not self.paused else None

    def begin(self) -> Entry:
        """The next entry goes to the worker."""
        self.running = self.pending.pop(0)
        self.stopping = self.heard = False
        self._idle_deaths = 0
        return self.running

    def end(self) -> None:
        """The worker is done with its job."""
        self.running = None

    def put_back(self) -> bool:
        """Let the running job wait again, before all others, where nothing was heard of it: its worker was
        dying when it was sent, and that is no fault of the job. Only once, in case it is."""
        entry = self.running
        if entry is None or self.heard or self.stopping or entry.tried:
            return False
        self.running = None
        self.pending.insert(0, replace(entry, tried=True))
        return True

    def worker_starting(self) -> None:
        self.worker = Worker.STARTING

    def worker_ready(self) -> None:
        self.worker = Worker.READY

    def worker_lost(self) -> bool:
        """The worker ended; whether to start it again.

        Not after `MAX_IDLE_DEATHS` in a row, before or after Ready, with no job between them: the lane is
        then off until something asks for it anew.
        """
        if self.running is None:
            self._idle_deaths += 1
        self.running = None
        again = self._idle_deaths < MAX_IDLE_DEATHS
        if not again:
            self._idle_deaths = 0
        self.worker = Worker.RESTARTING if again else Worker.OFF
        return again

    def _place(self, job_id: str) -> int:
        for place, entry in enumerate(self.pending):
            if entry.job.id == job_id:
                return place
        raise NotFound(name=job_id)
