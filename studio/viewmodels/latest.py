"""Results of other threads, brought to the window's: each one, or the newest alone."""

from concurrent.futures import Future
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from studio.core.errors import StudioError


class Each(QObject):
    """Every question is answered.

    Signals:
        arrived: the result.
        failed: the StudioError that the future ended in.
    """

    arrived = Signal(object)
    failed = Signal(object)
    _done = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._done.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def ask(self, future: Future[Any]) -> None:
        """Deliver this future's result."""
        future.add_done_callback(self._done.emit)

    def _deliver(self, future: Future[Any]) -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            self.arrived.emit(future.result())
        elif isinstance(error, StudioError):
            self.failed.emit(error)
        else:
            raise error


class Latest(Each):
    """The newest question replaces the one that waits: an answer that nobody wants takes no turn."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asked: Future[Any] | None = None

    @property
    def waiting(self) -> bool:
        return self._asked is not None

    def ask(self, future: Future[Any]) -> None:
        """Deliver this future's result, and none of an earlier one."""
        self.forget()
        self._asked = future
        super().ask(future)

    def forget(self) -> None:
        """Deliver nothing of what was asked so far, and begin nothing of it."""
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None

    def _deliver(self, future: Future[Any]) -> None:
        if future is self._asked:
            self._asked = None
            super()._deliver(future)
