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
from studio.store.edit_timeline import load_versions

SYNC_SECONDS = 0.5  # while steps keep coming
RETRY_MS = 2000

log = logging.getLogger(__name__)


class EditSaving(QObject):
    """What is handed to it is on the disk within a second. What cannot be written waits and is tried again.

    Attributes:
        is_done: everything is on the disk.
        is_failing: what was tried last could not be written.

    Signals:
        saved: everything that was handed over is on the disk.
        fetched: what will be wanted soon is in memory.
        brought (Exception or None): what is wanted now is in memory, or why it never will be.
        failed (StudioError): something could not be written; told once, until writing succeeds
            or the document is closed.
        ended: the document is let go, with everything on the disk.
    """

    saved = Signal()
    fetched = Signal()
    brought = Signal(object)
    failed = Signal(object)
    ended = Signal()
    _stuck = Signal()

    def __init__(self, history: EditHistory, parent: QObject) -> None:
        super().__init__(parent)
        self._history = history
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="edit-saving")
        self._waiting = deque[Callable[[], None]]()
        self._busy = threading.Lock()  # held while `_waiting` and what became of it are compared
        self._written = deque[Callable[[], None]]()  # since the last time that all was on the disk
        self._last: tuple[Document, int] | None = None
        self._closing = self._ended = self._shut_down = False
        self.is_failing = self._told = False
        self._retry = QTimer(self, singleShot=True, interval=RETRY_MS)
        self._retry.timeout.connect(self._go)
        self._stuck.connect(self._wait, Qt.ConnectionType.QueuedConnection)
        self.ended.connect(self._shut, Qt.ConnectionType.QueuedConnection)

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
        """Will be wanted soon; `fetched` follows."""

        def work() -> None:
            with suppress(OSError, ValueError):  # said when they are really wanted
                load_versions(versions)
            self.fetched.emit()

        if versions:
            self._submit(work)

    def bring(self, versions: Sequence[Version]) -> None:
        """Is wanted now; `brought` follows."""

        def work() -> None:
            try:
                load_versions(versions)
            except Exception as error:  # noqa: BLE001 — the edge of the thread: somebody waits for the end
                self.brought.emit(error)
            else:
                self.brought.emit(None)

        self._submit(work)

    def close(self) -> None:
        """Lets the document go once all of it is on the disk; `ended` follows."""
        with self._busy:
            self._closing = True
        self._told = False
        self._go()

    def go_on(self) -> bool:
        """Does not let it go after all; False where it is too late, and `ended` was or will be told."""
        with self._busy:
            self._closing = self._ended
            return not self._ended

    def drop(self) -> None:
        """Lets it go, with what is not on the disk yet; `ended` follows."""
        self._retry.stop()
        self._submit(lambda: self._let_go(drop=True))

    def finish(self) -> bool:
        """Waits until it is let go; whether all of it is on the disk. What cannot be written now is lost."""
        self.close()
        self.drop()
        self._shut()
        return self.is_done

    def _put(self, work: Callable[[], None], state: Document, steps: int) -> None:
        with self._busy:
            self._waiting.append(work)
            self._last = state, steps
        self._go()

    @Slot()
    def _go(self) -> None:
        self._submit(self._work)

    def _submit(self, work: Callable[[], object]) -> None:
        """Nothing is done any more once it is let go."""
        if not self._shut_down:
            self._thread.submit(work)

    @Slot()
    def _wait(self) -> None:
        if not self._shut_down:
            self._retry.start()

    @Slot()
    def _shut(self) -> None:
        self._shut_down = True
        self._retry.stop()
        self._thread.shutdown()

    # In the thread.

    def _work(self) -> None:
        if self._ended:
            return
        try:
            self._write()
        except Exception as error:  # the edge of the thread: nobody else would hear of it
            first, self._told, self.is_failing = not self._told, True, True
            if first:
                log.warning("an edit document could not be saved", exc_info=error)
                self.failed.emit(known(error))
            if not self._let_go():  # what is on the disk needs no card
                self._stuck.emit()
        else:
            self._told = self.is_failing = False
            self._let_go()

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

    def _let_go(self, drop: bool = False) -> bool:
        """Where that is wanted, and everything is on the disk; whether it is let go now. `drop`: anyway."""
        with self._busy:
            done = not self._waiting and not self._written
            if self._ended or not (drop or (self._closing and done)):
                return self._ended
            self._ended = True
        try:
            if self._last is not None and done:
                self._history.write_card(*self._last)
        except StudioError:
            log.warning("the card of an edit document could not be written", exc_info=True)
        finally:
            self._end()
        return True

    def _end(self) -> None:
        try:
            self._history.close()
        finally:
            self.ended.emit()
