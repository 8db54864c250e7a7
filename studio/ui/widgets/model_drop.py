"""A surface onto which files and folders can be dropped."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from studio.ui.widgets.drop_veil import DropVeil


class DropSurface(QWidget):
    """Shows that it takes what is over it.

    Signals:
        dropped (str): the path of a file or folder on this machine.
        resized (int): its width.
    """

    dropped = Signal(str)
    resized = Signal(int)

    def __init__(self, english: str, parent: QWidget | None = None) -> None:
        """`english` is said over everything while something is held above it."""
        super().__init__(parent)
        self.setAcceptDrops(True)
        self._veil = DropVeil(english, self)

    def say(self, english: str) -> None:
        """What is said from now on."""
        self._veil.english = english

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.wants(event):
            _take_copy(event)
            self._veil.cover()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._veil.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._veil.hide()
        _take_copy(event)
        self.take(event)

    def wants(self, event: QDropEvent) -> bool:
        """Whether something of what is held above it can be taken."""
        return any(url.isLocalFile() for url in event.mimeData().urls())

    def take(self, event: QDropEvent) -> None:
        """What to do with what was dropped."""
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self.dropped.emit(url.toLocalFile())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit(self.width())


def _take_copy(event: QDropEvent) -> None:
    """Whatever was proposed: who is told that a file was moved deletes it."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()
