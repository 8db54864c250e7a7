"""A curve to be drawn by its points: what is dark becomes what, and what is light."""

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.core.adjustments import CHANNELS, STRAIGHT, Channel, CurvePoint, Histogram
from studio.core.curves import curve_through
from studio.ui.dialogs.edit_histogram import INKS, paint_counts
from studio.ui.i18n import tr
from studio.ui.theme import RADIUS, colours

HEIGHT, MOST, NEAR, AWAY = 220, 255, 12.0, 40.0


class CurveField(QWidget):
    """Click adds a point, dragging moves it, far away or with Del it goes; arrows move the chosen one.

    Attributes:
        points: by channel.

    Signals:
        changed: by the person.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.points: dict[Channel, tuple[CurvePoint, ...]] = dict.fromkeys(CHANNELS, STRAIGHT)
        self._channel: Channel = "all"
        self._counts: Histogram = {}
        self._held = -1
        self.setFixedHeight(HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._translate()

    @property
    def channel(self) -> Channel:
        """The one that is shown."""
        return self._channel

    def show_channel(self, channel: Channel) -> None:
        self._channel, self._held = channel, -1
        self.update()

    def show_counts(self, counts: Histogram) -> None:
        """How often each value occurs, behind the curve."""
        self._counts = counts
        self.update()

    def stretch(self, black: int, white: int) -> None:
        """Of the channel that is shown, from these two values on a straight line."""
        self._held = -1
        self._put(((black, 0), (white, MOST)))

    def reset(self) -> None:
        self.points = dict.fromkeys(CHANNELS, STRAIGHT)
        self.show_channel("all")

    # The pointer.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        points = self.points[self._channel]
        self._held = next(
            (place for place, one in enumerate(points) if (self._spot(one) - at).manhattanLength() < NEAR), -1
        )
        if self._held < 0:
            new = self._value(at)
            kept = [one for one in points if one[0] != new[0]]
            self._put(tuple(sorted([*kept, new])))
            self._held = self.points[self._channel].index(new)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held >= 0:
            self._move(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._held >= 0 and not self._area().adjusted(-AWAY, -AWAY, AWAY, AWAY).contains(event.position()):
            self._remove()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
        }
        key = Qt.Key(event.key())
        if key in steps and self._held >= 0:
            x, y = self.points[self._channel][self._held]
            self._place(x + steps[key][0], y + steps[key][1])
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._remove()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        now, area = colours(), self._area()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(now.focus if self.hasFocus() else now.border_strong))
        painter.setBrush(QColor(now.input))
        painter.drawRoundedRect(area, RADIUS, RADIUS)
        paint_counts(painter, area.adjusted(1, 8, -1, -1), self._counts, self._channel)
        painter.setPen(QColor(now.border))
        for share in (0.25, 0.5, 0.75):
            across, down = area.left() + share * area.width(), area.top() + share * area.height()
            painter.drawLine(QPointF(across, area.top()), QPointF(across, area.bottom()))
            painter.drawLine(QPointF(area.left(), down), QPointF(area.right(), down))
        ink = QColor(INKS.get(self._channel, now.text))
        painter.setPen(QPen(ink, 1.5))
        points = self.points[self._channel]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline([self._spot(one) for one in enumerate(curve_through(points))])
        for place, one in enumerate(points):
            painter.setBrush(ink if place == self._held else QColor(now.input))
            painter.drawEllipse(self._spot(one), 4, 4)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setAccessibleName(tr("Curve"))

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(6.5, 6.5, -6.5, -6.5)

    def _spot(self, point: tuple[float, float]) -> QPointF:
        area = self._area()
        across, down = point[0] / MOST * area.width(), (1 - point[1] / MOST) * area.height()
        return QPointF(area.left() + across, area.top() + down)

    def _value(self, at: QPointF) -> CurvePoint:
        area = self._area()
        across, down = (at.x() - area.left()) / area.width(), 1 - (at.y() - area.top()) / area.height()
        return min(max(round(across * MOST), 0), MOST), min(max(round(down * MOST), 0), MOST)

    def _move(self, at: QPointF) -> None:
        self._place(*self._value(at))

    def _place(self, x: int, y: int) -> None:
        """Between its neighbours."""
        points = list(self.points[self._channel])
        least = points[self._held - 1][0] + 1 if self._held > 0 else 0
        most = points[self._held + 1][0] - 1 if self._held < len(points) - 1 else MOST
        points[self._held] = min(max(x, least), most), min(max(y, 0), MOST)
        self._put(tuple(points))

    def _remove(self) -> None:
        """Two points stay, or there would be no curve."""
        points = list(self.points[self._channel])
        if self._held >= 0 and len(points) > 2:
            del points[self._held]
            self._held = -1
            self._put(tuple(points))

    def _put(self, points: tuple[CurvePoint, ...]) -> None:
        self.points = {**self.points, self._channel: points}
        self.update()
        self.changed.emit()
