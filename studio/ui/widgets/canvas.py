"""One picture on the canvas colour: fitted, or at any zoom, to be moved about."""

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.ui.theme import colours
from studio.ui.widgets.tile_painting import paint_checker

MARGIN = 24
ZOOMS = (0.05, 64.0)
ZOOM_STEP = 1.25
MOVE_STEP = 48


class Canvas(QWidget):
    """Shows an image, or a smaller one of it that stands in until it is there.

    Attributes:
        zoom: screen pixels for each pixel of the picture.
        fitted: the zoom follows the room there is.

    Signals:
        zoomed: zoom or fitted changed.
        moved: the person looks at another part of the picture, or from nearer or farther.
        stepped (int): the next (1) or the previous (-1) picture is wanted.
        closed: space was pressed.
    """

    zoomed = Signal()
    moved = Signal()
    stepped = Signal(int)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._size = QPointF(1, 1)
        self._centre = QPointF()  # the picture's point in the middle, in picture pixels
        self._grabbed: QPointF | None = None
        self.zoom = 1.0
        self.fitted = True
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_image(self, image: QImage | None, width: int, height: int) -> None:
        """`width` and `height` are the picture's own, whatever the size of `image`."""
        size = QPointF(width, height)
        if size != self._size:
            self._size = size
            self._centre = size / 2
        self._image = image
        self._fit()
        self.update()

    def fit(self) -> None:
        self.fitted = True
        self._fit()
        self.moved.emit()

    def look_like(self, other: "Canvas") -> None:
        """Show the same part of this picture that `other` shows of its own, as large on the screen."""
        self.fitted = other.fitted
        if self.fitted:
            self._fit()
            return
        self.zoom = other.zoom * other._size.x() / self._size.x()
        across, down = other._centre.x() / other._size.x(), other._centre.y() / other._size.y()
        self._centre = QPointF(across * self._size.x(), down * self._size.y())
        self._bound()
        self.zoomed.emit()

    def set_zoom(self, zoom: float, at: QPointF | None = None) -> None:
        """Keep the picture's point under `at` (in this widget; its middle by default) where it is."""
        spot = at or QPointF(self.rect().center())
        held = self._to_picture(spot)
        self.fitted = False
        self.zoom = min(max(zoom, ZOOMS[0]), ZOOMS[1])
        self._centre = held - (spot - QPointF(self.rect().center())) / self._scale()
        self._bound()
        self.zoomed.emit()
        self.moved.emit()

    def _fit(self) -> None:
        if self.fitted:
            room = self.size()
            ratio = self.devicePixelRatioF()
            across = (room.width() - 2 * MARGIN) / self._size.x() * ratio
            down = (room.height() - 2 * MARGIN) / self._size.y() * ratio
            # A small picture is not blown up further than four times, so that it stays a picture.
            self.zoom = max(min(across, down, 4.0), ZOOMS[0])
            self._centre = self._size / 2
            self.update()
            self.zoomed.emit()

    def _scale(self) -> float:
        """Widget pixels for each pixel of the picture; at a zoom of 1 it takes one pixel of the screen."""
        return self.zoom / self.devicePixelRatioF()

    def _to_picture(self, point: QPointF) -> QPointF:
        return self._centre + (point - QPointF(self.rect().center())) / self._scale()

    def _bound(self) -> None:
        """The picture cannot be pushed out of sight."""
        x = min(max(self._centre.x(), 0.0), self._size.x())
        y = min(max(self._centre.y(), 0.0), self._size.y())
        self._centre = QPointF(x, y)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours().canvas))
        if self._image is None:
            return
        scale = self._scale()
        corner = QPointF(self.rect().center()) - self._centre * scale
        area = QRectF(corner.x(), corner.y(), self._size.x() * scale, self._size.y() * scale)
        if self._image.hasAlphaChannel():
            paint_checker(painter, area.toAlignedRect())
        # Enlarged, a pixel shows as what it is; the stand-in is smoothed.
        exact = self._image.width() == round(self._size.x()) and self.zoom >= 2 and not self.fitted
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not exact)
        painter.drawImage(area, self._image)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turns = event.angleDelta().y() / 120
        self.set_zoom(self.zoom * ZOOM_STEP**turns, event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None and not self.fitted:
            self._centre -= (event.position() - self._grabbed) / self._scale()
            self._grabbed = event.position()
            self._bound()
            self.moved.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.fitted:
            self.set_zoom(1.0, event.position())
        else:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {
            Qt.Key.Key_Left: QPoint(-1, 0),
            Qt.Key.Key_Right: QPoint(1, 0),
            Qt.Key.Key_Up: QPoint(0, -1),
            Qt.Key.Key_Down: QPoint(0, 1),
        }
        key = Qt.Key(event.key())
        if key in moves and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._centre += QPointF(moves[key]) * MOVE_STEP / self._scale()
            self._bound()
            self.moved.emit()
        elif key in moves:
            self.stepped.emit(moves[key].x() or moves[key].y())
        elif key == Qt.Key.Key_Space:
            self.closed.emit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.set_zoom(self.zoom * ZOOM_STEP)
        elif key == Qt.Key.Key_Minus:
            self.set_zoom(self.zoom / ZOOM_STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key == Qt.Key.Key_1:
            self.set_zoom(1.0)
        else:
            super().keyPressEvent(event)
