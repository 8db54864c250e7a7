"""Runs a session without a window until a job has ended; Ctrl+C stops the job, twice leaves at once."""

import os
import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, QSocketNotifier

from studio.cli.output import Output
from studio.core.errors import StudioError, error_from
from studio.core.jobs import JobState
from studio.core.messages import Phase, Stage
from studio.core.paths import Paths
from studio.core.records import JobRecord
from studio.session import Session
from studio.ui.i18n import STAGES, Language, sentence_of_note, tr


class Runner(QObject):
    """Owns the application object, the session and the event loop of one command.

    Attributes:
        session: open and recovered once `open` has returned.
    """

    def __init__(self, paths: Paths, output: Output) -> None:
        self._app = QCoreApplication.instance() or QCoreApplication(["studio"])
        super().__init__()
        self.output = output
        self.session = Session(paths)
        Language(self._app, self.session.settings.language)
        self._job = ""
        self._stopping = False
        self._record: JobRecord | None = None
        self._loop = QEventLoop(self)
        self._interrupts = _Interrupts(self._on_interrupt)
        self.session.job_changed.connect(self._on_job_changed)
        self.session.phase_changed.connect(self._on_phase)

    def open(self) -> None:
        """Opens the store; raises the StudioError that prevented it."""
        failures: list[StudioError] = []
        self.session.ready.connect(self._loop.quit)
        self.session.open_failed.connect(lambda error: (failures.append(error), self._loop.quit()))
        self.session.open()
        self._loop.exec()
        if failures:
            raise failures[0]

    def run(self, job_id: str) -> JobRecord:
        """Waits for a job that was just submitted and returns its row; raises the error it failed with."""
        self._job, self._record, self._stopping = job_id, None, False
        self._loop.exec()
        self._job = ""
        record = self._record
        if record is None:  # the second Ctrl+C: nothing more is waited for
            raise KeyboardInterrupt
        if record.state is JobState.FAILED and record.problem:
            raise error_from(record.problem.code, record.problem.params)
        for note in record.notes:
            self.output.note(sentence_of_note(note))
        return record

    def close(self) -> None:
        self._interrupts.close()
        self.session.close()

    def _on_interrupt(self) -> None:
        if self._stopping or not self._job:
            self._loop.quit()
            return
        self._stopping = True
        self.output.note(tr("Stopping …"))
        self.session.stop(self._job)

    def _on_job_changed(self, record: JobRecord) -> None:
        if record.job.id == self._job and record.state.ended:
            self._record = record
            self._loop.quit()

    def _on_phase(self, phase: Phase) -> None:
        if phase.job == self._job and phase.stage is not Stage.WRITING:
            self.output.progress(_progress_line(phase))


class _Interrupts:
    """Brings SIGINT into Qt's event loop, in which Python does not run and so would not note it."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._old_fd = signal.set_wakeup_fd(self._writer.fileno())
        self._old_handler = signal.signal(signal.SIGINT, lambda *_: None)
        self._callback = callback
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._on_readable)

    def _on_readable(self) -> None:
        os.read(self._reader.fileno(), 64)
        self._callback()

    def close(self) -> None:
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._old_fd)
        signal.signal(signal.SIGINT, self._old_handler)
        self._reader.close()
        self._writer.close()


def _progress_line(phase: Phase) -> str:
    words = tr(STAGES[phase.stage])
    if phase.total and phase.stage is Stage.LOADING:
        return f"{words} {100 * phase.done // phase.total} %"
    return f"{words} {phase.done}/{phase.total}" if phase.total else words
