"""The rounded field around one or several text fields and their buttons."""

from PySide6.QtCore import QEvent, QObject, QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from studio.ui.theme import RADIUS_LARGE, colours


class Well(QFrame):
    """A frame whose edge shows that one of its fields has the focus, or that something in them is wrong."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields: list[QWidget] = []
        self._wrong = False

    def watch(self, *fields: QWidget) -> None:
        """The fields whose focus the edge shows."""
        self._fields += fields
        for field in fields:
            field.installEventFilter(self)

    def show_wrong(self, on: bool) -> None:
        if on != self._wrong:
            self._wrong = on
            self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        focused = any(field.hasFocus() for field in self._fields)
        edge = now.focus if focused else now.danger if self._wrong else now.border_strong
        width = 2.0 if focused else 1.0
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = painter.pen()
        pen.setColor(QColor(edge))
        pen.setWidthF(width)
        painter.setPen(pen)
        painter.setBrush(QColor(now.input))
        inset = width / 2
        area = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(area, RADIUS_LARGE, RADIUS_LARGE)
