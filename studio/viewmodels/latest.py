"""The answer to the newest question: older answers that come late are dropped."""

from concurrent.futures import Future
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from studio.core.errors import StudioError


class Latest(QObject):
    """Brings a future's result from its thread to the window's, if nothing newer was asked meanwhile.

    Signals:
        arrived: the result.
        failed: the StudioError that the future ended in.
    """

    arrived = Signal(object)
    failed = Signal(object)
    _done = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asked: Future[Any] | None = None
        self._done.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def waiting(self) -> bool:
        return self._asked is not None

    def ask(self, future: Future[Any]) -> None:
        """Deliver this future's result, and none of an earlier one."""
        self._asked = future
        future.add_done_callback(self._done.emit)

    def forget(self) -> None:
        """Deliver nothing of what was asked so far."""
        self._asked = None

    def _deliver(self, future: Future[Any]) -> None:
        if future is not self._asked:
            return
        self._asked = None
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            self.arrived.emit(future.result())
        elif isinstance(error, StudioError):
            self.failed.emit(error)
        else:
            raise error
