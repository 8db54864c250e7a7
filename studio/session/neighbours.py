"""Notices what other processes of the home, such as a command line beside the window, write."""

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from studio.session.writes import Writes

LOOK_AFTER_MS = 500


class Neighbours(QObject):
    """Watches the database's log (WAL), into which every change goes first; our own changes are told apart by
    the store.

    Signals:
        changed: another process has written.
    """

    changed = Signal()

    def __init__(self, database: Path, writes: Writes, parent: QObject) -> None:
        super().__init__(parent)
        self._log = f"{database}-wal"
        self._writes = writes
        # Without a parent, so that `close` ends it here: it must not be collected in another thread.
        self._watcher: QFileSystemWatcher | None = QFileSystemWatcher()
        self._soon = QTimer(self, singleShot=True, interval=LOOK_AFTER_MS)
        self._soon.timeout.connect(self._look)
        self._watcher.fileChanged.connect(self._on_written)

    def watch(self) -> None:
        """From now on; the database is open."""
        if self._watcher and self._log not in self._watcher.files():
            self._watcher.addPath(self._log)

    def close(self) -> None:
        self._soon.stop()
        self._watcher = None

    def _on_written(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _look(self) -> None:
        self.watch()  # still, or again: a file that was replaced is watched no longer
        self._writes.write(lambda library: library.changed_elsewhere(), self._tell)

    def _tell(self, changed: bool) -> None:
        if changed:
            self.changed.emit()
