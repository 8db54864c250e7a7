"""A place in a side: its icon, its name and how much it holds."""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from studio.ui import figures
from studio.ui.i18n import tr
from studio.ui.icons import draw_icon
from studio.ui.theme import RADIUS, ROW, colours, font


class PlaceButton(QAbstractButton):
    """Checked while one is there; the count stands at the right."""

    def __init__(self, english: str, icon: str) -> None:
        super().__init__()
        self._english, self._icon, self._count = english, icon, ""
        self.setCheckable(True)
        self.setFixedHeight(ROW)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._translate()

    def show_count(self, count: int | None) -> None:
        """None while nobody has counted."""
        self._count = "" if count is None else figures.count(count)
        self.setAccessibleDescription(self._count)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, ROW)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        if on or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.accent_soft if on else now.hover))
            painter.drawRoundedRect(QRectF(self.rect()), RADIUS, RADIUS)
        middle = (self.height() - 16) // 2
        draw_icon(painter, self._icon, QRect(8, middle, 16, 16), now.accent_text if on else now.secondary)
        area = self.rect().adjusted(32, 0, -10, 0)
        painter.setFont(font("secondary"))
        painter.setPen(QColor(now.secondary))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._count)
        area.setRight(area.right() - painter.fontMetrics().horizontalAdvance(self._count) - 8)
        painter.setFont(font("body"))
        painter.setPen(QColor(now.text))
        shown = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _translate(self) -> None:
        self.setText(tr(self._english))
        self.setAccessibleName(self.text())
