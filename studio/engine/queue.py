"""One lane's queue as a pure state machine: what waits, what runs, and whether a worker is there for it."""

from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path

from studio.core.errors import NotFound
from studio.core.job_checks import MAX_PICTURES
from studio.core.jobs import AnyJob, GenerateImages
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
    """Jobs run in the order in which they stand: one at a time, or together those that are alike.

    Attributes:
        pending: entries that wait, next first.
        at_work: the entries that the worker has, in that order.
        stopping: ids of those that were told to stop.
        heard: whether the worker has said anything of those at work.
        importing: whether those at work wait for the worker's libraries.
        paused: no entry leaves `pending`.
        worker: where the worker's life stands.
    """

    def __init__(self) -> None:
        self.pending: list[Entry] = []
        self.at_work: list[Entry] = []
        self.stopping: set[str] = set()
        self.heard = self.importing = False
        self.paused = False
        self.worker = Worker.OFF
        self._idle_deaths = 0
        self._known: GenerateImages | None = None  # what the job shared whose room is known
        self._room = 0

    @property
    def running(self) -> Entry | None:
        """The first of those that the worker has."""
        return self.at_work[0] if self.at_work else None

    @property
    def state(self) -> LaneState:
        if self.running is not None:
            return LaneState.BUSY
        if self.paused:
            return LaneState.PAUSED
        return LaneState[self.worker.name]

    @property
    def starting(self) -> bool:
        """Nothing can be done before the worker has come up and has its libraries."""
        return self.worker is Worker.STARTING or (self.importing and self.running is not None)

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

    def begin(self) -> tuple[Entry, ...]:
        """The next entry goes to the worker, with those right behind it that are made together with it."""
        together = 1 + self._beside()
        self.at_work, self.pending = self.pending[:together], self.pending[together:]
        self.stopping, self.heard, self.importing = set(), False, False
        self._idle_deaths = 0
        return tuple(self.at_work)

    def works(self, job_id: str) -> bool:
        return any(entry.job.id == job_id for entry in self.at_work)

    def stop(self, job_id: str) -> None:
        """One of those at work was told to stop."""
        self.stopping.add(job_id)

    def end(self, job_id: str) -> Entry:
        """The worker is done with one of its jobs. Raises NotFound."""
        entry = next((entry for entry in self.at_work if entry.job.id == job_id), None)
        if entry is None:
            raise NotFound(name=job_id)
        self.at_work.remove(entry)
        return entry

    def learn(self, job: AnyJob, room: int) -> None:
        """So many pictures like those of this job can be made at once; 0 where that is not known."""
        self._known, self._room = job.shared if isinstance(job, GenerateImages) else None, room

    def put_back(self) -> bool:
        """Let what runs wait again, before all others, where nothing was heard of it: its worker was dying
        when it was sent, and that is no fault of a job. Only once, in case it is; and alone."""
        spared = [entry for entry in self.at_work if not (entry.tried or entry.job.id in self.stopping)]
        if self.heard or not spared:
            return False
        self.at_work = [entry for entry in self.at_work if entry not in spared]
        self.pending = [*(replace(entry, tried=True) for entry in spared), *self.pending]
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
        if not self.at_work:
            self._idle_deaths += 1
        self.at_work = []
        again = self._idle_deaths < MAX_IDLE_DEATHS
        if not again:
            self._idle_deaths = 0
        self.worker = Worker.RESTARTING if again else Worker.OFF
        return again

    def _beside(self) -> int:
        """How many of those behind the next one are made with it: all of their pictures have to fit.

        Only where a job like it has told how many do, so that none begins before its pictures can.
        """
        room = min(self._room, MAX_PICTURES)
        for number, entry in enumerate(self.pending):
            alike = isinstance(entry.job, GenerateImages) and entry.job.shared == self._known
            room -= len(entry.job.indices) if isinstance(entry.job, GenerateImages) else 0
            if self._known is None or not alike or entry.tried or room < 0:
                return max(0, number - 1)
        return max(0, len(self.pending) - 1)

    def _place(self, job_id: str) -> int:
        for place, entry in enumerate(self.pending):
            if entry.job.id == job_id:
                return place
        raise NotFound(name=job_id)
