"""What editing does in its own thread, one after the other, and tells the window's thread of."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from studio.core.errors import known
from studio.session.relay import Relay

T = TypeVar("T")


class EditTasks(QObject):
    """For the window's thread.

    Attributes:
        executor: has the one thread that it is done in.

    Signals:
        busy_changed (bool): whether something that was asked for is still to be told.
        refused (StudioError): what was asked for cannot be done.
    """

    busy_changed = Signal(bool)
    refused = Signal(object)

    def __init__(self, relay: Relay, parent: QObject) -> None:
        super().__init__(parent)
        self._relay = relay
        self.executor = ThreadPoolExecutor(1, thread_name_prefix="editing")
        self._busy = 0

    def close(self) -> None:
        """Waits for what has begun."""
        self.executor.shutdown(cancel_futures=True)

    def submit(self, work: Callable[[], T]) -> Future[T]:
        return self.executor.submit(work)

    def do(self, work: Callable[[], T], told: Callable[[T], object]) -> None:
        """Calls back with what comes of it, busy until then; what fails is refused."""
        self.tell(self.submit(work), told)

    def tell(
        self,
        future: Future[T],
        told: Callable[[T], object],
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """The same for what is done elsewhere; what fails is refused, or what `failed` makes of it."""

        def succeed(outcome: T) -> None:
            try:
                told(outcome)
            finally:
                self._set_busy(-1)

        def fail(error: Exception) -> None:
            self._set_busy(-1)
            (failed or self.refuse)(error)

        self._set_busy(1)
        self._relay.then(future, succeed, fail)

    def refuse(self, error: Exception) -> None:
        self.refused.emit(known(error))

    def _set_busy(self, by: int) -> None:
        before, self._busy = self._busy, self._busy + by
        if bool(before) != bool(self._busy):
            self.busy_changed.emit(bool(self._busy))
