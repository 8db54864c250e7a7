"""A surface onto which files and folders can be dropped."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from studio.ui.i18n import tr
from studio.ui.theme import RADIUS_LARGE, colours, font


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
        self._veil = _Veil(english, self)

    def say(self, english: str) -> None:
        """What is said from now on."""
        self._veil.english = english

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.wants(event):
            _take_copy(event)
            self._veil.show()
            self._veil.raise_()

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
        self._veil.setGeometry(self.rect())
        self.resized.emit(self.width())


def _take_copy(event: QDropEvent) -> None:
    """Whatever was proposed: who is told that a file was moved deletes it."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()


class _Veil(QWidget):
    def __init__(self, english: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.english = english
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(now.panel)
        ground.setAlphaF(0.9)
        painter.fillRect(self.rect(), ground)
        painter.setPen(QPen(QColor(now.accent), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(self.rect().adjusted(12, 12, -12, -12), RADIUS_LARGE, RADIUS_LARGE)
        painter.setFont(font("heading"))
        painter.setPen(QColor(now.text))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, tr(self.english))
