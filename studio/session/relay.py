"""Brings the outcome of work on another thread back to the window's thread."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

T = TypeVar("T")


class Relay(QObject):
    """Delivers futures in the thread this object lives in, in the order in which they end.

    Signals:
        _ended: a future and what to do with it; queued, because it is emitted from the other thread.
    """

    _ended = Signal(object, object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._closed = False
        self._ended.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def then(
        self,
        future: Future[T],
        succeeded: Callable[[T], object],
        failed: Callable[[Exception], object],
    ) -> None:
        """Calls one of the two, later, in this thread."""
        future.add_done_callback(lambda ended: self._ended.emit(ended, succeeded, failed))

    def close(self) -> None:
        """Deliver nothing any more, not even what has ended already."""
        self._closed = True

    @Slot(object, object, object)
    def _deliver(
        self, future: Future[Any], succeeded: Callable[[Any], object], failed: Callable[[Exception], object]
    ) -> None:
        if self._closed or future.cancelled():
            return
        error = future.exception()
        if error is None:
            succeeded(future.result())
        elif isinstance(error, Exception):
            failed(error)
        else:
            raise error
