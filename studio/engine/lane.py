"""A lane's thread: it alone talks with the worker process, and tells the window's thread what it hears."""

import threading
import time
from functools import partial
from multiprocessing.connection import Pipe, wait
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QThread, Signal

from studio.core.errors import StudioError, WorkerCrashed, WorkerNotStarted, WorkerUnresponsive
from studio.core.jobs import Lane, ReadContext
from studio.core.messages import (
    Begun,
    Cancel,
    Cancelled,
    Failed,
    FromWorker,
    Phase,
    Pulse,
    Ready,
    Result,
    Run,
    Stage,
    Stop,
    Stopping,
    ToWorker,
)
from studio.engine.boot import WorkerCommand, worker_environment
from studio.engine.deaths import GARBLED, cause_of, memory_kills
from studio.engine.mailbox import Event, Lost, Mailbox
from studio.engine.patience import Limits, Patience
from studio.engine.process import WorkerProcess

MESSAGES_A_ROUND = 100  # so that orders are seen to during a flood


class Spawn:
    """The order to start a worker."""


class Quit:
    """The order to end worker and thread."""


Order = Spawn | Quit | ToWorker


class LaneThread(QThread):
    """Blocks in `connection.wait` on pipe, process and wake handle; sends, kills and buries.

    Starting again is the window thread's decision: it posts `Spawn`. Orders for a worker that is gone are
    dropped: `Lost` has been told, or is about to be.

    Signals:
        arrived: the mailbox is no longer empty.
    """

    arrived = Signal()

    def __init__(
        self,
        lane: Lane,
        command: WorkerCommand,
        log_path: Path,
        limits: Limits,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(f"lane-{lane}")
        self._lane: Lane = lane
        self._command = command
        self._log_path = log_path
        self._limits = limits
        self._patience = Patience(limits.silence)
        self._mailbox = Mailbox()
        self._lock = threading.Lock()
        self._orders: list[Order] = []
        self._wake_reader, self._wake_writer = Pipe(duplex=False)
        self._decoder = msgspec.msgpack.Decoder[FromWorker](FromWorker)
        # From here on: touched by the lane's own thread, except that `finish` may kill the worker.
        self._worker: WorkerProcess | None = None
        self._quitting = False
        self._starting_until: float | None = None
        self._stage = Stage.STARTING
        self._memory_kills = 0
        self._at_work = set[str]()  # ids of the jobs that the worker has
        self._stopping = set[str]()  # those of them that were told to stop
        self._sentence: StudioError | None = None  # why we killed it ourselves

    # The window's thread.

    def post(self, order: Order) -> None:
        """Hand over an order; never blocks, however little the worker reads."""
        with self._lock:
            if not self._orders:
                self._wake_writer.send_bytes(b"!")
            self._orders.append(order)
        if isinstance(order, Spawn):
            self.start()  # nothing happens where it runs already

    def take(self) -> list[Event]:
        """What was heard since the last time, in order."""
        return self._mailbox.take()

    def finish(self) -> None:
        """After `Quit` was posted: wait for worker and thread to end, if need be by force."""
        if not self.wait(int(1000 * self._limits.close)):
            if worker := self._worker:
                worker.kill()  # also frees a thread that is stuck in sending
            self.wait()
        self._wake_reader.close()
        self._wake_writer.close()

    # The lane's thread.

    def run(self) -> None:
        while not self._quitting:
            self._attend()
        if self._worker:
            self._send(self._worker, Stop())
        while worker := self._worker:
            wait(worker.handles)
            self._listen(worker)

    def _attend(self) -> None:
        """Wait until something happens, and see to it."""
        worker = self._worker
        handles = [self._wake_reader, *(worker.handles if worker else ())]
        ready = wait(handles, self._seconds_left())
        if not ready and worker:
            self._condemn(worker)
        if worker and any(handle is not self._wake_reader for handle in ready):
            self._listen(worker)
        if self._wake_reader in ready:
            self._carry_out_orders()

    def _seconds_left(self) -> float | None:
        if self._starting_until is not None:
            return max(0.0, self._starting_until - time.monotonic())
        return self._patience.seconds_left()

    def _condemn(self, worker: WorkerProcess) -> None:
        """The worker said nothing for too long."""
        waited = self._limits.start if self._starting_until is not None else self._patience.limit
        self._sentence = WorkerUnresponsive(seconds=round(waited, 1))
        self._starting_until = None
        self._patience.end()
        worker.kill()

    def _carry_out_orders(self) -> None:
        with self._lock:
            self._wake_reader.recv_bytes()
            orders, self._orders = self._orders, []
        for order in orders:
            match order:
                case Spawn():
                    self._spawn()
                case Quit():
                    self._quitting = True
                case _:
                    if self._worker is not None:
                        self._note_sent(order)
                        self._send(self._worker, order)

    def _spawn(self) -> None:
        self._sentence, self._stage = None, Stage.STARTING
        self._memory_kills = memory_kills()
        try:
            command, environment = partial(self._command, self._lane), worker_environment()
            self._worker = WorkerProcess(command, environment, self._log_path, self._limits.send)
        except OSError as error:
            self._tell(Lost(WorkerNotStarted(detail=str(error))))
            return
        self._starting_until = time.monotonic() + self._limits.start

    def _note_sent(self, message: ToWorker) -> None:
        match message:
            case Run():
                self._stage = Stage.STARTING
                self._memory_kills = memory_kills()
                self._at_work = {one.job.id for one in message.each}
                self._stopping = set()
                self._patience.begin(message.job.model.id, isinstance(message.job, ReadContext))
            case Cancel():
                self._stopping.add(message.job)
                self._note_patience()
            case _:
                pass

    def _note_patience(self) -> None:
        """Nobody is waited for any more only where all of them are to stop: the others are still at work."""
        if not self._at_work:
            self._patience.end()
        elif self._at_work <= self._stopping:
            self._patience.stop_asked()

    def _send(self, worker: WorkerProcess, message: ToWorker) -> None:
        try:
            worker.connection.send_bytes(msgspec.msgpack.encode(message))
        except BlockingIOError:  # it did not read for so long that it must be frozen
            self._sentence = WorkerUnresponsive(seconds=self._limits.send)
            worker.kill()
        except OSError:
            pass  # it is gone, and so the pipe is about to say

    def _listen(self, worker: WorkerProcess) -> None:
        """Hear what the worker has said; bury it when that was the last."""
        ended = worker.ended  # asked before reading: its last message comes before its end
        try:
            for _ in range(MESSAGES_A_ROUND):
                if not worker.connection.poll():
                    break
                self._hear(self._decoder.decode(worker.connection.recv_bytes()))
            else:
                return
            if ended:
                self._bury(worker)
        except (EOFError, OSError):
            self._bury(worker)
        except msgspec.MsgspecError as error:
            self._sentence = WorkerCrashed(cause=GARBLED, detail=str(error))
            worker.kill()
            self._bury(worker)

    def _hear(self, message: FromWorker) -> None:
        match message:
            case Ready():
                self._starting_until = None
            case Phase():
                self._stage = message.stage
            case Result() | Failed() | Cancelled():
                self._at_work.discard(message.job)
                self._note_patience()
            case _:
                pass
        if not isinstance(message, Stopping):  # which comes from the reader's thread, not from the job's
            self._patience.heard(message)
        if not isinstance(message, Begun | Pulse):
            self._tell(message)

    def _bury(self, worker: WorkerProcess) -> None:
        exit_code = worker.bury()
        self._worker = self._starting_until = None
        self._at_work = set()
        self._patience.end()
        if self._quitting:
            return
        starved = memory_kills() > self._memory_kills
        self._tell(Lost(self._sentence or cause_of(exit_code, self._stage, starved)))

    def _tell(self, event: Event) -> None:
        if self._mailbox.put(event):
            self.arrived.emit()
