"""The store of a session: opened in its thread, once another program lets it, and read from."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.errors import DatabaseDamaged, DatabaseLocked, StudioError, known
from studio.core.paths import Paths
from studio.core.records import Problem, problem_of
from studio.session.reads import Reads
from studio.session.recovery import Opening
from studio.session.relay import Relay
from studio.session.writes import Writes
from studio.store.library import Library
from studio.store.writer import Writer

OPEN_AGAIN_MS = 1000


class StoreDesk(QObject):
    """For the window's thread.

    Attributes:
        reads: None until it is open.

    Signals:
        opened (Opening): what an earlier crash left is recovered, and everything can be read.
        open_failed (StudioError): told once; where another program holds the database, `opened` follows as
            soon as it is free.
        problem_raised (Problem): it could not do its part.
    """

    opened = Signal(object)
    open_failed = Signal(object)
    problem_raised = Signal(object)

    def __init__(
        self,
        paths: Paths,
        recover: Callable[[Library], Opening],
        writer: Writer,
        writes: Writes,
        relay: Relay,
        parent: QObject,
    ) -> None:
        """`recover`: what is done first in the store's thread."""
        super().__init__(parent)
        self._paths, self._recover, self._writer, self._relay = paths, recover, writer, relay
        self._closed = False
        self.reads: Reads | None = None
        self._locked = QTimer(self, singleShot=True, interval=OPEN_AGAIN_MS)
        self._locked.timeout.connect(self._open_again)
        writes.problem_raised.connect(self._on_problem)

    def open(self) -> None:
        """In its own thread."""
        self._open(self._on_failed)

    def stop(self) -> None:
        """It is not tried again to open it."""
        self._closed = True
        self._locked.stop()

    def close(self) -> None:
        """Nothing is read any more."""
        if self.reads:
            self.reads.close()

    def _open(self, failed: Callable[[Exception], None]) -> None:
        self._relay.then(self._writer.submit(self._recover), self._on_opened, failed)

    def _open_again(self) -> None:
        """Told once; a lock that stays is no news."""
        self._writer.open_again()
        self._open(self._wait_or_fail)

    def _wait_or_fail(self, error: Exception) -> None:
        if isinstance(error, DatabaseLocked):
            self._locked.start()
        else:
            self._on_failed(error)

    def _on_opened(self, opening: Opening) -> None:
        try:
            self.reads = Reads(self._paths)
        except StudioError as error:
            self._on_failed(error)
            return
        self.opened.emit(opening)

    def _on_failed(self, error: Exception) -> None:
        self.open_failed.emit(known(error))
        if isinstance(error, DatabaseLocked) and not self._closed:
            self._locked.start()

    def _on_problem(self, problem: Problem) -> None:
        if problem.code == DatabaseDamaged.code and self.reads:  # it has started a new file
            self._read_anew(self.reads)
        self.problem_raised.emit(problem)

    def _read_anew(self, old: Reads) -> None:
        try:
            self.reads = Reads(self._paths)
        except StudioError as error:  # the old file can still be read
            self.problem_raised.emit(problem_of(error))
            return
        old.close()
