"""What lies over a surface while something is held above it that can be dropped there."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.ui.i18n import tr
from studio.ui.theme import RADIUS_LARGE, colours, font


class DropVeil(QWidget):
    """Hidden until it is to cover its parent; says what a drop does.

    Attributes:
        english: what it says.
    """

    def __init__(self, english: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.english = english
        self._under = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def cover(self) -> None:
        self.setGeometry(self._under.rect())
        self.show()
        self.raise_()

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
