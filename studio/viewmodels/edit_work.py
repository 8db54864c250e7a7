"""What takes longer than the window can wait, done in a thread one after another."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal, SignalInstance

from studio.core.errors import StudioError, known

T = TypeVar("T")


class Worker(QObject):
    """One thread of its own, which ends with it.

    Signals:
        failed (StudioError): what one piece of work ended in.
        busy_changed (bool): something is being worked out.
    """

    failed = Signal(object)
    busy_changed = Signal(bool)
    _ended = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._awaited: dict[int, Callable[[Any], object]] = {}
        self._last = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._ended.connect(self._arrive, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        return bool(self._awaited)

    def do(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """`work` in the thread, then `done` with its result in the window's."""
        self._last += 1
        self._awaited[self._last] = done
        self._pool.start(_Task(self._last, work, self._ended))
        if len(self._awaited) == 1:
            self.busy_changed.emit(True)

    def forget(self) -> None:
        """Nothing of what was asked for so far is wanted any more."""
        self._pool.clear()
        if self._awaited:
            self._awaited.clear()
            self.busy_changed.emit(False)

    def _arrive(self, number: int, result: object, error: StudioError | None) -> None:
        done = self._awaited.get(number)
        if done is None:
            return
        try:
            if error is not None:
                self.failed.emit(error)
            else:
                done(result)
        finally:
            # Only now: `done` may ask for more, and what waits for the end waits for that too.
            if self._awaited.pop(number, None) is not None and not self._awaited:
                self.busy_changed.emit(False)


class _Task(QRunnable):
    """PySide never lets go of some that have run; so they let go of what they hold, a document perhaps."""

    def __init__(self, number: int, work: Callable[[], object], ended: SignalInstance) -> None:
        super().__init__()
        self._number, self._work, self._ended = number, work, ended

    def run(self) -> None:
        result = error = None
        try:
            result = self._work()
        except Exception as caught:  # noqa: BLE001 — the window has to hear that it ended
            error = known(caught)
        del self._work
        with suppress(RuntimeError):  # the window was closed meanwhile, and nobody waits any more
            self._ended.emit(self._number, result, error)
