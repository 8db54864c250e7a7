"""How often each value occurs in what is adjusted, drawn behind a curve or above the fields of levels."""

import math

from PySide6.QtCore import QEvent, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from studio.core.adjustments import Channel, Histogram
from studio.ui.i18n import tr
from studio.ui.theme import RADIUS, colours

HEIGHT, MOST = 88, 255
PALE = 110  # of 255: what is drawn on it is read first
INKS = {"red": "#E0605A", "green": "#5FB36C", "blue": "#6F97F0"}


class HistogramField(QWidget):
    """The counts of one channel, and the values that become black and white."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: Histogram = {}
        self._channel: Channel = "all"
        self._ends = (0, MOST)
        self.setFixedHeight(HEIGHT)
        self._translate()

    def show_counts(self, counts: Histogram) -> None:
        self._counts = counts
        self.update()

    def show_channel(self, channel: Channel) -> None:
        self._channel = channel
        self.update()

    def show_ends(self, black: int, white: int) -> None:
        self._ends = black, white
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        now, area = colours(), QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(now.border_strong))
        painter.setBrush(QColor(now.input))
        painter.drawRoundedRect(area, RADIUS, RADIUS)
        inside = area.adjusted(6, 6, -6, -1)
        paint_counts(painter, inside, self._counts, self._channel)
        painter.setPen(QPen(QColor(now.accent_text), 1))
        for value in self._ends:
            x = inside.left() + value / MOST * inside.width()
            painter.drawLine(QPointF(x, area.top() + 1), QPointF(x, area.bottom() - 1))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setAccessibleName(tr("Histogram"))
        self.setToolTip(tr("How often each value from dark to light occurs"))


def paint_counts(painter: QPainter, area: QRectF, counts: Histogram, channel: Channel) -> None:
    """As a surface that stands on the lower edge; heights are square roots, for in a drawing few values are
    very frequent. What is wholly black or white is cut off where it is higher than all between."""
    values = counts.get(channel, ())
    peak = max(values[1:-1], default=0) or max(values, default=0)
    if peak <= 0:
        return
    step = area.width() / MOST
    surface = QPolygonF([area.bottomLeft()])
    for value, count in enumerate(values):
        height = math.sqrt(min(count / peak, 1.0)) * area.height()
        surface.append(QPointF(area.left() + value * step, area.bottom() - height))
    surface.append(area.bottomRight())
    ink = QColor(INKS.get(channel, colours().secondary))
    ink.setAlpha(PALE)
    painter.save()
    painter.setPen(QColor(0, 0, 0, 0))
    painter.setBrush(ink)
    painter.drawPolygon(surface)
    painter.restore()
