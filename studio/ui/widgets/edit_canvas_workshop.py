"""Work that the canvas has done in threads; what comes of it arrives in the window's own."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal, SignalInstance

T = TypeVar("T")

THREADS = 2
MOST_WAITING = 600  # more than the tiles of any screen


class Workshop(QObject):
    """Does the newest wish first; of one key, one at a time, and a newer wish replaces one that waits."""

    _made = Signal(object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: OrderedDict[Hashable, tuple[Callable[[], Any], Callable[[Any], None]]] = OrderedDict()
        self._at_work: dict[Hashable, Callable[[Any], None]] = {}
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(THREADS)
        self._made.connect(self._arrive, Qt.ConnectionType.QueuedConnection)
        parent.destroyed.connect(self.close)  # while what is under way can still be received

    def make(self, key: Hashable, work: Callable[[], T], arrived: Callable[[T], None]) -> None:
        """`work` runs in a thread, `arrived` then in the window's; not at all where too much is newer."""
        self._waiting[key] = work, arrived
        self._waiting.move_to_end(key)
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popitem(last=False)
        self._start()

    def waits_for(self, key: Hashable) -> bool:
        return key in self._waiting or key in self._at_work

    @property
    def busy(self) -> bool:
        return bool(self._at_work)

    def forget(self) -> None:
        """What was asked for so far is not wanted any more."""
        self._waiting.clear()
        for key in self._at_work:
            self._at_work[key] = _drop

    def close(self) -> None:
        """Ends the threads after what they are at."""
        self.forget()
        self._pool.waitForDone()

    def _start(self) -> None:
        while len(self._at_work) < THREADS:
            key = next((key for key in reversed(self._waiting) if key not in self._at_work), None)
            if key is None:
                return
            work, self._at_work[key] = self._waiting.pop(key)
            self._pool.start(_Task(key, work, self._made))

    def _arrive(self, key: Hashable, made: tuple[Any] | None) -> None:
        arrived = self._at_work.pop(key)
        self._start()
        if made is not None:
            arrived(made[0])


class _Task(QRunnable):
    """PySide never lets go of some that have run; so they let go of what they hold, a document perhaps."""

    def __init__(self, key: Hashable, work: Callable[[], Any], made: SignalInstance) -> None:
        super().__init__()
        self._key, self._work, self._made = key, work, made

    def run(self) -> None:
        made = None
        try:
            made = (self._work(),)
        finally:  # whatever befell it, its place is free again
            del self._work
            self._made.emit(self._key, made)


def _drop(made: object) -> None:
    """Nobody waits for it."""
