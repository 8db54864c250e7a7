"""Keeps the steps of an open edit document on the disk, in a thread of its own, in their order."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from studio.core.errors import StudioError, known
from studio.core.layers import Document
from studio.store.edit_history import EditHistory
from studio.store.edit_steps import Step, Version

SYNC_SECONDS = 0.5  # while steps keep coming
RETRY_MS = 2000

log = logging.getLogger(__name__)


class EditSaving(QObject):
    """What is handed to it is on the disk within a second. What cannot be written waits and is tried again.

    Attributes:
        is_done: everything is on the disk.

    Signals:
        saved: everything that was handed over is on the disk.
        fetched: what was asked for is in memory.
        failed (StudioError): something could not be written; told once, until writing succeeds.
    """

    saved = Signal()
    fetched = Signal()
    failed = Signal(object)
    _stuck = Signal()

    def __init__(self, history: EditHistory, parent: QObject) -> None:
        super().__init__(parent)
        self._history = history
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="edit-saving")
        self._waiting = deque[Callable[[], None]]()
        self._busy = threading.Lock()  # held while `_waiting` and what became of it are compared
        self._written = deque[Callable[[], None]]()  # since the last time that all was on the disk
        self._failing = False
        self._last: tuple[Document, int] | None = None
        self._closed = False
        self._retry = QTimer(self, singleShot=True, interval=RETRY_MS)
        self._retry.timeout.connect(self._go)
        self._stuck.connect(self._retry.start, Qt.ConnectionType.QueuedConnection)

    @property
    def is_done(self) -> bool:
        with self._busy:
            return not self._waiting and not self._written

    def add(self, step: Step, state: Document, steps: int) -> None:
        """A step was made; the document is now in that state, with so many steps."""
        self._put(lambda: self._history.add(step), state, steps)

    def stands(self, done: int, state: Document, steps: int, dropped: bool = False) -> None:
        """So many steps are done. `dropped`: those after them are gone."""
        self._put(lambda: self._history.stands(done, dropped), state, steps)

    def fetch(self, versions: Sequence[Version]) -> None:
        """Will be wanted soon."""

        def work() -> None:
            with suppress(OSError, ValueError):  # said when they are really wanted
                for version in versions:
                    version.fetch()
            self.fetched.emit()

        if versions:
            self._thread.submit(work)

    def close(self) -> bool:
        """Writes what waits, waits for that, and lets the document go; whether all of it is on the disk."""
        self._closed = True
        self._retry.stop()
        ended = self._thread.submit(self._end)
        self._thread.shutdown()
        return ended.result()

    def _put(self, work: Callable[[], None], state: Document, steps: int) -> None:
        with self._busy:
            self._waiting.append(work)
            self._last = state, steps
        self._go()

    @Slot()
    def _go(self) -> None:
        if not self._closed:
            self._thread.submit(self._work)

    # In the thread.

    def _work(self) -> None:
        try:
            self._write()
        except Exception as error:  # the edge of the thread: nobody else would hear of it
            if not self._failing:
                log.warning("an edit document could not be saved", exc_info=error)
                self.failed.emit(known(error))
            self._failing = True
            self._stuck.emit()
        else:
            self._failing = False

    def _write(self) -> None:
        """One piece of work after the other; each stays until it is on the disk."""
        synced = time.monotonic()
        while self._waiting:
            self._waiting[0]()
            with self._busy:
                self._written.append(self._waiting.popleft())
            if self._waiting and time.monotonic() - synced > SYNC_SECONDS:
                self._sync()
                synced = time.monotonic()
        if self._written:
            self._sync()
            self.saved.emit()
        if self._last is not None:
            self._history.keep_card(*self._last)

    def _sync(self) -> None:
        try:
            self._history.sync()
        except StudioError:
            with self._busy:
                self._waiting.extendleft(reversed(self._written))
                self._written.clear()
            raise
        with self._busy:
            self._written.clear()

    def _end(self) -> bool:
        self._work()
        try:
            if self._last is not None and self.is_done:
                self._history.write_card(*self._last)
        except StudioError:
            log.warning("the card of an edit document could not be written", exc_info=True)
        finally:
            self._history.close()
        return self.is_done
