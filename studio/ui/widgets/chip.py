"""A style that is laid over the prompt: its name, and a cross that takes it off."""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from studio.ui.i18n import tr
from studio.ui.icons import draw_icon
from studio.ui.theme import SMALL, colours, font
from studio.ui.widgets.labels import plain_tip

WIDEST = 220


class Chip(QPushButton):
    """Pressed, it goes.

    Attributes:
        name: what it stands for, as the program knows it.
    """

    def __init__(self, name: str, words: str, missing: bool = False, parent: QWidget | None = None) -> None:
        """`missing`: there is no such style any more."""
        super().__init__(parent)
        self.name, self._words, self._missing = name, words, missing
        self.setFont(font("secondary"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAutoDefault(False)
        self._translate()

    def sizeHint(self) -> QSize:
        return QSize(min(self.fontMetrics().horizontalAdvance(self._words) + 58, WIDEST), SMALL)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(now.danger) if self._missing else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(now.hover if self._missing else now.accent_soft))
        half = self.height() / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), half - 1, half - 1)
        middle = (self.height() - 14) // 2
        draw_icon(painter, "brush", QRect(10, middle, 14, 14), now.accent_text)
        cross = now.text if self.underMouse() else now.secondary
        draw_icon(painter, "close", QRect(self.width() - 21, middle + 1, 12, 12), cross)
        painter.setFont(self.font())
        painter.setPen(QColor(now.text))
        room = self.rect().adjusted(29, 0, -26, 0)
        words = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room.width() + 2)
        painter.drawText(room.adjusted(0, 0, 4, 0), Qt.AlignmentFlag.AlignVCenter, words)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        words = tr("Take off the style {name}", name=self._words)
        self.setAccessibleName(words)
        self.setToolTip(plain_tip(words))
