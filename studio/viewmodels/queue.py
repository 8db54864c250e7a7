"""What the strip shows: a line for each busy lane, what waits, memory, and whether anything is online."""

import time
from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.downloads import DownloadState
from studio.core.jobs import LANES, AnyJob, JobState, Lane, lane_of
from studio.core.lane import LaneState, LaneStatus
from studio.core.messages import Phase, Preview
from studio.core.records import JobRecord
from studio.session import Session
from studio.viewmodels.pace import Pace
from studio.viewmodels.waiting import WaitingModel

HISTORY = 200


class LaneLine(msgspec.Struct, frozen=True, kw_only=True):
    """One busy (or paused) lane.

    Attributes:
        job: what runs, or what the worker starts or loads for; of several that are made together the first;
            None while a paused or starting lane has nothing yet.
        phase: where it is; None before the first sign.
        share: 0 to 1 of the bar; None where the end is not known.
        seconds_left: measured; None where it is not known.
        preview: the newest JPEG of a picture in work.
        stopping: it was asked to stop and has not ended.
        paused: nothing further starts in this lane.
        restarting: the worker was lost and comes back.
        starting: the worker comes up for this job.
    """

    lane: Lane
    job: AnyJob | None = None
    phase: Phase | None = None
    share: float | None = None
    seconds_left: float | None = None
    preview: bytes | None = None
    stopping: bool = False
    paused: bool = False
    restarting: bool = False
    starting: bool = False


class QueueViewModel(QObject):
    """State of the strip, free of widgets.

    Attributes:
        waiting: the jobs that have not begun, in their order.
        downloads: how many run now.

    Signals:
        line_changed (LaneLine): one lane moved.
        lanes_changed: another set of lanes is busy; take `lines` anew.
        waiting_changed: what waits.
        paused_changed: `paused`.
        memory_changed: `held_bytes` or `memory_bytes`.
        online_changed: `offline` or `downloads`.
    """

    line_changed = Signal(object)
    lanes_changed = Signal()
    waiting_changed = Signal()
    paused_changed = Signal()
    memory_changed = Signal()
    online_changed = Signal()

    def __init__(
        self,
        session: Session,
        parent: QObject | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._clock = clock
        self._lines: dict[Lane, LaneLine] = {}
        self._paces: dict[str, Pace] = {}
        self._jobs: dict[str, JobRecord] = {}  # those that have not ended
        self._lanes: dict[Lane, LaneStatus] = {lane: session.lane_status(lane) for lane in LANES}
        self.waiting = WaitingModel(session, self)
        self.waiting.changed.connect(self.waiting_changed)
        session.ready.connect(self._fill)
        session.job_added.connect(self._take)
        session.job_changed.connect(self._take)
        session.phase_changed.connect(self._on_phase)
        session.preview_arrived.connect(self._on_preview)
        session.lane_changed.connect(self._on_lane)
        session.settings_changed.connect(self._on_settings)
        session.models.download_changed.connect(self._count_downloads)
        session.models.download_dropped.connect(self._count_downloads)
        self._settings = session.settings
        self.downloads = 0
        self._count_downloads()
        self._fill()

    @property
    def lines(self) -> list[LaneLine]:
        return [self._lines[lane] for lane in LANES if lane in self._lines]

    @property
    def held_bytes(self) -> int:
        return sum(status.held_bytes for status in self._lanes.values())

    @property
    def memory_bytes(self) -> int:
        """What models may hold in all; 0 while nobody knows."""
        return self._settings.memory_budget or max(status.device_total for status in self._lanes.values())

    @property
    def offline(self) -> bool:
        return self._settings.offline

    def stop(self, lane: Lane) -> None:
        """End the job of this lane; its finished pictures stay."""
        if (line := self._lines.get(lane)) and line.job:
            self._put(msgspec.structs.replace(line, stopping=True))
            self._session.stop(line.job.id)

    def stop_all(self) -> None:
        for lane, line in self._lines.items():
            if line.job:
                self._put(msgspec.structs.replace(self._lines[lane], stopping=True))
        self._session.stop_all()

    def pause(self, lane: Lane, on: bool) -> None:
        self._session.pause(lane, on)

    @property
    def paused(self) -> bool:
        """Every lane is paused."""
        return all(status.paused for status in self._lanes.values())

    def toggle_pause(self) -> None:
        """Pause every lane, or let all go on if all are paused."""
        on = not self.paused
        for lane in LANES:
            self._session.pause(lane, on)

    def _fill(self) -> None:
        for record in reversed(self._session.jobs(HISTORY)):
            self._take(record)

    def _take(self, record: JobRecord) -> None:
        job = record.job
        if record.state.ended:
            self._jobs.pop(job.id, None)
            self._paces.pop(job.id, None)
        else:
            self._jobs[job.id] = record
        self.waiting.take(record)
        line = self._lines.get(lane_of(job))
        if record.state is JobState.RUNNING and not (line and line.job and self._runs(line.job)):
            self._begin(job)
        elif record.state.ended and line and line.job and line.job.id == job.id:
            self._end(lane_of(job))
        elif record.state is JobState.PENDING:
            self._prepare(lane_of(job))

    def _begin(self, job: AnyJob) -> None:
        self._paces[job.id] = Pace(job)
        lane, status = lane_of(job), self._lanes[lane_of(job)]
        stopping = status.stopping and status.job == job.id
        self._put(
            LaneLine(lane=lane, job=job, paused=status.paused, stopping=stopping, starting=status.starting)
        )

    def _runs(self, job: AnyJob) -> bool:
        record = self._jobs.get(job.id)
        return record is not None and record.state is JobState.RUNNING

    def _prepare(self, lane: Lane) -> None:
        """The worker comes up, maybe for an errand that has no row: what waits first is what it is for."""
        status = self._lanes[lane]
        if lane in self._lines or status.paused or not status.starting:
            return
        first = next((one.job for one in self.waiting.records if lane_of(one.job) == lane), None)
        if first is not None:
            self._begin(first)

    def _end(self, lane: Lane) -> None:
        """Of a lane's job; others may have been made together with it, and go on."""
        status = self._lanes[lane]
        running = [
            one for one in self._jobs.values() if one.state is JobState.RUNNING and lane_of(one.job) == lane
        ]
        if running:
            self._begin(min(running, key=lambda one: one.started or 0).job)
        elif status.paused:
            self._put(LaneLine(lane=lane, paused=True))
        else:
            self._drop(lane)

    def _on_phase(self, phase: Phase) -> None:
        waiting = self._jobs.get(phase.job)
        if waiting and lane_of(waiting.job) not in self._lines:
            self._begin(waiting.job)  # what is loaded for it is told before it runs
        if line := self._line_of(phase.job):
            pace = self._paces[phase.job]
            self._put(
                msgspec.structs.replace(
                    line,
                    phase=phase,
                    share=pace.share(phase),
                    seconds_left=pace.seconds_left(phase, self._clock()),
                )
            )

    def _on_preview(self, preview: Preview) -> None:
        if line := self._line_of(preview.job):
            self._put(msgspec.structs.replace(line, preview=preview.jpeg))

    def _on_lane(self, status: LaneStatus) -> None:
        self._lanes[status.lane] = status
        line = self._lines.get(status.lane)
        restarting = status.state is LaneState.RESTARTING
        if line is None and (status.paused or restarting):
            self._put(LaneLine(lane=status.lane, paused=status.paused, restarting=restarting))
        elif line and line.job is None and not status.paused and not restarting:
            self._drop(status.lane)
        elif line and line.job and status.paused and not self._runs(line.job):
            self._put(LaneLine(lane=status.lane, paused=True, restarting=restarting))
        elif line:
            # Whoever asked: a tile, the Esc key, the conversation.
            stopping = line.stopping or (status.stopping and status.job == _id_of(line))
            self._put(
                msgspec.structs.replace(
                    line,
                    paused=status.paused,
                    restarting=restarting,
                    stopping=stopping,
                    starting=status.starting,
                )
            )
        self._prepare(status.lane)
        self.paused_changed.emit()
        self.memory_changed.emit()

    def _on_settings(self, settings: object) -> None:
        self._settings = self._session.settings
        self.memory_changed.emit()
        self.online_changed.emit()

    def _count_downloads(self) -> None:
        running = sum(one.state is DownloadState.RUNNING for one in self._session.models.downloads())
        if running != self.downloads:
            self.downloads = running
            self.online_changed.emit()

    def _line_of(self, job_id: str) -> LaneLine | None:
        return next((line for line in self._lines.values() if line.job and line.job.id == job_id), None)

    def _put(self, line: LaneLine) -> None:
        known = line.lane in self._lines
        self._lines[line.lane] = line
        if known:
            self.line_changed.emit(line)
        else:
            self.lanes_changed.emit()

    def _drop(self, lane: Lane) -> None:
        if self._lines.pop(lane, None):
            self.lanes_changed.emit()


def _id_of(line: LaneLine) -> str | None:
    return line.job.id if line.job else None
