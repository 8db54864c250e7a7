"""Runs a session without a window until a job has ended; Ctrl+C stops the job, twice leaves at once."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from types import FrameType, TracebackType
from typing import Any, TypeVar

from PySide6.QtCore import QEventLoop, QObject, Qt, Signal

from studio.cli.output import Output
from studio.core.errors import (
    StudioError,
    WildcardNameless,
    WildcardTooLarge,
    WildcardUnopened,
    WildcardUnreadable,
    error_from,
)
from studio.core.jobs import JobState
from studio.core.messages import Phase, Stage
from studio.core.paths import Paths
from studio.core.records import JobRecord, Problem
from studio.session import Session
from studio.ui.i18n import STAGES, sentence_of, sentence_of_note, tr

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM)
# Of files that concern only a prompt that calls them; `generate` tells of these.
_OF_WILDCARDS = {
    one.code for one in (WildcardNameless, WildcardTooLarge, WildcardUnopened, WildcardUnreadable)
}


class Killed(KeyboardInterrupt):
    """Somebody ends the process politely, rather than what it is about."""


class Runner(QObject):
    """Owns the session and the event loop of one command: `with Runner(paths, output) as runner`.

    Attributes:
        session: open and recovered inside the block.
    """

    # From any thread: what `outcome` waits for has ended.
    _done = Signal()

    def __init__(self, paths: Paths, output: Output) -> None:
        super().__init__()
        self.output = output
        self.session = Session(paths)
        self._loop, self._waiting = QEventLoop(self), QEventLoop(self)
        self._interrupts = Interrupts(self._on_interrupt)
        self._job = ""
        self._stopping = self._leaving = self._killed = False
        self._record: JobRecord | None = None
        self._error: Exception | None = None
        session = self.session
        session.ready.connect(self._loop.quit)
        self._done.connect(self._waiting.quit, Qt.ConnectionType.QueuedConnection)
        session.open_failed.connect(self._give_up)
        session.problem_raised.connect(self._on_problem)
        session.job_changed.connect(self.guarded(self._on_job_changed))
        session.phase_changed.connect(self.guarded(self._on_phase))

    def __enter__(self) -> "Runner":
        """Opens the store; raises the StudioError that prevented it."""
        self._interrupts.open()
        try:
            self.session.open()
            self._wait()
            if not self.session.is_open:
                raise KeyboardInterrupt
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def run(self, job_id: str) -> JobRecord:
        """Waits for a job that was just submitted and returns its row; raises the error it failed with.

        Raises KeyboardInterrupt at the second Ctrl+C, when nothing more is waited for.
        """
        self._job, self._record, self._stopping = job_id, None, False
        try:
            record = self._wait()
        finally:
            self._job = ""
        if record is None:
            raise KeyboardInterrupt
        if record.state is JobState.FAILED and record.problem:
            raise error_from(record.problem.code, record.problem.params)
        for note in record.notes:
            self.output.note(sentence_of_note(note))
        return record

    def outcome(self, future: Future[T]) -> T:
        """Waits for what is done in another thread; raises what it ended in, and KeyboardInterrupt at
        Ctrl+C."""
        future.add_done_callback(lambda _: self._done.emit())
        while not future.done():
            self._waiting.exec()  # not `_loop`: a signal of what ended long ago would end that for a job
            if self._leaving:
                raise KeyboardInterrupt
        return future.result()

    def guarded(self, slot: Callable[..., object]) -> Callable[..., None]:
        """The slot; what it raises stops the job and is raised by `run`, where Qt would only print it."""

        def call(*args: Any) -> None:
            try:
                slot(*args)
            except Exception as error:  # noqa: BLE001 - a slot
                self._error = self._error or error
                self.session.stop(self._job)

        return call

    def asking(self) -> AbstractContextManager[None]:
        """While open, Ctrl+C raises KeyboardInterrupt, as whoever reads from a terminal expects, and a polite
        kill raises Killed; at once after one that stopped a job."""
        if self._killed:
            raise Killed
        return self._interrupts.suspended({signal.SIGINT: signal.default_int_handler, signal.SIGTERM: _leave})

    def working(self) -> AbstractContextManager[None]:
        """The same for what is done without a job, which no event loop turns for; also at a polite kill."""
        return self._interrupts.suspended(dict.fromkeys(SIGNALS, signal.default_int_handler))

    def close(self) -> None:
        """Stops workers and threads, in two seconds at most; impatience must not tear them apart. What the
        jobs still had to do is given up then."""
        self.session.close(give_up=self._leaving)
        self._interrupts.close()

    def _wait(self) -> JobRecord | None:
        """Turns the event loop until something ends it; the job's row, once the job has ended."""
        self._loop.exec()
        error, self._error = self._error, None
        if error is not None:
            raise error
        return self._record

    def _on_interrupt(self, number: int) -> None:
        self._killed |= number == signal.SIGTERM
        if self._stopping or not self._job:
            self._leaving = True
            self._waiting.quit()
            self._loop.quit()
            return
        self._stopping = True
        self.output.note(tr("Stopping …"))
        self.session.stop(self._job)

    def _give_up(self, error: StudioError) -> None:
        self._error = self._error or error
        self._loop.quit()

    def _on_problem(self, problem: Problem) -> None:
        """The store could not do its part. Of a job that it knows nothing of, no end would be told."""
        if problem.code in _OF_WILDCARDS:
            return
        if self._job:
            self._give_up(error_from(problem.code, problem.params))
        else:
            self.output.note(sentence_of(problem))

    def _on_job_changed(self, record: JobRecord) -> None:
        if record.job.id == self._job and record.state.ended:
            self._record = record
            self._loop.quit()

    def _on_phase(self, phase: Phase) -> None:
        # Written text is its own progress.
        if phase.job == self._job and phase.stage is not Stage.WRITING and not self._stopping:
            importing = phase.stage is Stage.STARTING
            words = "The engine is starting" if importing else STAGES[phase.stage]
            self.output.progress(tr(words), _figures(phase))


class Interrupts(QObject):
    """While open, Ctrl+C and a polite kill call back in the event loop, in which Python does not run. What
    comes while no loop turns is told in the next one; an exception there would be lost in some slot.

    The system writes into a pipe that a thread reads. A socket would do without the thread, but Windows
    makes its pairs of sockets from network ones.

    Signals:
        pressed: from the other thread; which of the two it was.
    """

    pressed = Signal(int)

    def __init__(self, callback: Callable[[int], None]) -> None:
        super().__init__()
        self._callback = callback
        self._thread = threading.Thread(target=self._read, name="interrupts", daemon=True)
        # To a method, not to the callback itself: only then does Qt know the thread to call in.
        self.pressed.connect(self._on_pressed, Qt.ConnectionType.QueuedConnection)

    def open(self) -> None:
        self._reader, self._writer = os.pipe()
        if sys.platform != "win32":
            os.set_blocking(self._writer, False)
        self._old_writer = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._old_handlers = {number: signal.signal(number, _do_nothing) for number in SIGNALS}
        self._thread.start()

    def close(self) -> None:
        for number, handler in self._old_handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_writer)
        os.close(self._writer)
        self._thread.join()
        os.close(self._reader)

    @contextmanager
    def suspended(
        self, handlers: dict[signal.Signals, Callable[[int, FrameType | None], Any]]
    ) -> Generator[None]:
        """These are Python's to handle; nothing is written that the thread might read after that."""
        writer = signal.set_wakeup_fd(-1)
        own = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            for number, handler in own.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def _read(self) -> None:
        while number := os.read(self._reader, 1):
            self.pressed.emit(number[0])

    def _on_pressed(self, number: int) -> None:
        self._callback(number)


def _do_nothing(_number: int, _frame: object) -> None:
    """Without a handler in Python the system's own would end the process."""


def _leave(_number: int, _frame: object) -> None:
    raise Killed


def _figures(phase: Phase) -> str:
    if not phase.total:
        return ""
    if phase.stage is Stage.LOADING:
        return f"{100 * phase.done // phase.total} %"
    return f"{phase.done}/{phase.total}"
