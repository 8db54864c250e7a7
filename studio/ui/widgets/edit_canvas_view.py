"""Looking at a picture from nearer, farther or aslant, with mouse, touch and keys."""

import math
from typing import cast

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QGestureEvent,
    QGraphicsScene,
    QGraphicsView,
    QPinchGesture,
    QWidget,
)

MARGIN, WIDE_MARGIN = 40, 160  # around a fitted picture, in pixels of the window
BELOW = 16  # more at its bottom, for what lies there
MESSAGES = 160  # pixels of the window that messages take at most
ZOOMS = (0.01, 64.0)
ZOOM_STEP = 1.25
MOVE_STEP = 48  # pixels of the window for a key
TURN_STEP = 15.0
FAR = 400_000.0  # beyond what a window shows of a picture at 1 %

Modifier = Qt.KeyboardModifier
MOVES = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class NavigatedView(QGraphicsView):
    """A view of a scene whose unit is a pixel of the picture.

    Attributes:
        zoom: screen pixels for each pixel of the picture.
        angle: how far the view is turned, in degrees.
        fitted: the zoom follows the room there is.
        share: of the width, which a fitted picture has for itself.
        margin: around a fitted picture.

    Signals:
        looked: another part, zoom or angle is seen.
    """

    looked = Signal()

    def __init__(self, scene: QGraphicsScene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self.zoom = 1.0
        self.angle = 0.0
        self.fitted = True
        self.share = 1.0
        self.margin = MARGIN
        self._whole = QRectF(0, 0, 1, 1)  # what is fitted, in pixels of the picture
        self._room = (
            self.viewport().size()
        )  # that it is fitted into: messages at the bottom do not take from it
        self._outer = self.window().size()
        self._centre = QPointF(0.5, 0.5)  # the picture's point in the middle
        self._held: set[Qt.Key] = set()  # keys that do something while they are held
        self._dragging: QPointF | None = None
        self._drag_rotates = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.setAcceptDrops(False)  # a scene accepts all that is held above it, and does nothing with it
        self.viewport().setAcceptDrops(False)
        self.viewport().setMouseTracking(True)
        self.viewport().grabGesture(Qt.GestureType.PinchGesture)

    # What can be asked for.

    def set_size(self, width: int, height: int) -> None:
        """Of the picture; the view goes to its middle."""
        self._whole = QRectF(0, 0, width, height)
        self._centre = self._whole.center()
        self.setSceneRect(QRectF(0, 0, width, height).adjusted(-FAR, -FAR, FAR, FAR))
        self._fit()
        self._look()

    def set_whole(self, whole: QRectF) -> None:
        """What there is to be seen, where it is more or less than the picture; fitted if that was."""
        self._whole = whole
        self._fit()

    def fit(self) -> None:
        self.fitted = True
        self._fit()

    def set_zoom(self, zoom: float, at: QPointF | None = None) -> None:
        """Keep the picture's point under `at` (in the viewport; its middle by default) where it is."""
        spot = self._middle() if at is None else at
        held = self._under(spot)
        self.fitted = False
        self.zoom = min(max(zoom, ZOOMS[0]), ZOOMS[1])
        self._hold(held, spot)

    def zoom_by(self, steps: float, at: QPointF | None = None) -> None:
        self.set_zoom(self.zoom * ZOOM_STEP**steps, at)

    def rotate_by(self, degrees: float, at: QPointF | None = None) -> None:
        spot = self._middle() if at is None else at
        held = self._under(spot)
        self.angle = (self.angle + degrees + 180) % 360 - 180
        self._hold(held, spot)

    def reset_rotation(self) -> None:
        self.rotate_by(-self.angle)
        self._fit()

    def pan(self, across: float, down: float) -> None:
        """Look at what lies so many pixels of the window farther right and down."""
        self.fitted = False
        self._centre += self._inverse().map(QPointF(across, down))
        self._look()

    def to_picture(self, point: QPointF) -> QPointF:
        """A place in the viewport, in pixels of the picture, as they are painted."""
        inverse, _ = self.viewportTransform().inverted()
        return inverse.map(point)

    def to_view(self) -> QTransform:
        """From pixels of the picture to places in the viewport, as they are painted."""
        return self.viewportTransform()

    def port(self) -> QRectF:
        """What is seen, in its own coordinates."""
        return QRectF(self.viewport().rect())

    # How it is done.

    def _scale(self) -> float:
        """At a zoom of 1 a pixel of the picture takes one of the screen."""
        return self.zoom / self.devicePixelRatioF()

    def _turned(self) -> QTransform:
        return QTransform().rotate(self.angle).scale(self._scale(), self._scale())

    def _inverse(self) -> QTransform:
        return QTransform().scale(1 / self._scale(), 1 / self._scale()).rotate(-self.angle)

    def _middle(self) -> QPointF:
        return QPointF(self.viewport().width() / 2, self.viewport().height() / 2)

    def _under(self, spot: QPointF) -> QPointF:
        """The same as `to_picture` without its rounding to pixels of the window, which would add up."""
        return self._centre + self._inverse().map(spot - self._middle())

    def _hold(self, held: QPointF, spot: QPointF) -> None:
        """Look so that this point of the picture is at that place of the viewport."""
        self._centre = held - self._inverse().map(spot - self._middle())
        self._look()

    def _fit(self) -> None:
        if not self.fitted:
            return
        shown = QTransform().rotate(self.angle).mapRect(self._whole)
        ratio = self.devicePixelRatioF()
        across = (self._room.width() * self.share - 2 * self.margin) / shown.width() * ratio
        down = (self._room.height() - 2 * self.margin - BELOW) / shown.height() * ratio
        # A small picture is not blown up further than four times, so that it stays a picture.
        self.zoom = max(min(across, down, 4.0), ZOOMS[0])
        middle = QPointF(self._room.width() / 2, (self._room.height() - BELOW) / 2)
        self._hold(self._whole.center(), middle)

    def _look(self) -> None:
        """The picture cannot be pushed out of sight."""
        x = min(max(self._centre.x(), self._whole.left()), self._whole.right())
        y = min(max(self._centre.y(), self._whole.top()), self._whole.bottom())
        self._centre = QPointF(x, y)
        turned = self._turned()
        if self.transform() != turned:
            self.setTransform(turned)
        corner = turned.map(self._centre) - self._middle()
        self.horizontalScrollBar().setValue(round(corner.x()))
        self.verticalScrollBar().setValue(round(corner.y()))
        self.looked.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        before, now = event.oldSize(), self.viewport().size()
        outer, self._outer = self._outer, self.window().size()
        taller = now.height() - before.height()
        if before.width() == now.width() and abs(taller) <= MESSAGES and outer == self._outer:
            # A message came or went below: what is seen stays where it is, under the pointer too.
            self._centre += self._inverse().map(QPointF(0, taller / 2))
            self._room = now.expandedTo(self._room)
        else:
            self._room = now
            self._fit()
        self._look()

    # The keyboard.

    def navigate_key(self, event: QKeyEvent) -> bool:
        """Whether the key was one for looking."""
        key, modifiers = Qt.Key(event.key()), event.modifiers() & ~Modifier.KeypadModifier
        if key in (Qt.Key.Key_Space, Qt.Key.Key_R) and not modifiers & ~Modifier.ShiftModifier:
            self._held.add(key)
            self.update_cursor()
        elif key in MOVES and not modifiers & ~Modifier.ShiftModifier:
            reach = MOVE_STEP * (4 if modifiers else 1)
            self.pan(MOVES[key][0] * reach, MOVES[key][1] * reach)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(1)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(-1)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key == Qt.Key.Key_1 and not modifiers:
            self.set_zoom(1.0)
        elif key in (Qt.Key.Key_Comma, Qt.Key.Key_Period) and not modifiers:
            self.rotate_by(TURN_STEP if key == Qt.Key.Key_Period else -TURN_STEP)
        elif key == Qt.Key.Key_Slash and not modifiers:
            self.reset_rotation()
        else:
            return False
        return True

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():
            self._held.discard(Qt.Key(event.key()))
            self.update_cursor()
        super().keyReleaseEvent(event)

    def let_go(self) -> None:
        """No key is held any more, as far as one can know."""
        self._held.clear()
        self._dragging = None

    # The pointer.

    @property
    def is_dragged(self) -> bool:
        return self._dragging is not None

    @property
    def holds_navigation(self) -> bool:
        """A key is held that makes the pointer look, whatever the tool."""
        return bool(self._held & {Qt.Key.Key_Space, Qt.Key.Key_R})

    def begin_drag(self, at: QPointF, modifiers: Modifier) -> None:
        self._dragging = at
        turns = Qt.Key.Key_Space in self._held and bool(modifiers & Modifier.ShiftModifier)
        self._drag_rotates = Qt.Key.Key_R in self._held or turns
        self.update_cursor()

    def drag_to(self, at: QPointF) -> None:
        if self._dragging is None:
            return
        before, self._dragging = self._dragging, at
        if self._drag_rotates:
            middle = self._middle()
            was, now = before - middle, at - middle
            self.rotate_by(math.degrees(math.atan2(now.y(), now.x()) - math.atan2(was.y(), was.x())))
        else:
            self.pan(before.x() - at.x(), before.y() - at.y())

    def end_drag(self) -> None:
        self._dragging = None
        self.update_cursor()

    def update_cursor(self) -> None:
        """The cursor of what the pointer would do now; a canvas with tools has more to say."""
        if self.is_dragged:
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self.holds_navigation:
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A wheel zooms; two fingers on a pad move the picture, and zoom with Ctrl held."""
        pad = event.device().type() == QInputDevice.DeviceType.TouchPad or not event.pixelDelta().isNull()
        delta = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta()
        if pad and not event.modifiers() & Modifier.ControlModifier:
            self.pan(-delta.x(), -delta.y())
        elif event.modifiers() & Modifier.ShiftModifier:
            turned = event.angleDelta()
            self.pan(-(turned.y() or turned.x()), 0)
        else:
            self.zoom_by(event.angleDelta().y() / 120, event.position())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.NativeGesture:
            return self._native(cast(QNativeGestureEvent, event))
        if event.type() == QEvent.Type.Gesture:
            return self._touched(cast(QGestureEvent, event))
        return super().viewportEvent(event)

    def _native(self, event: QNativeGestureEvent) -> bool:
        match event.gestureType():
            case Qt.NativeGestureType.ZoomNativeGesture:
                self.set_zoom(self.zoom * (1 + event.value()), event.position())
            case Qt.NativeGestureType.RotateNativeGesture:
                self.rotate_by(event.value(), event.position())
            case _:
                return False
        return True

    def _touched(self, event: QGestureEvent) -> bool:
        pinch = event.gesture(Qt.GestureType.PinchGesture)
        if not isinstance(pinch, QPinchGesture):
            return False
        at = QPointF(self.viewport().mapFromGlobal(pinch.centerPoint().toPoint()))
        self.set_zoom(self.zoom * pinch.scaleFactor(), at)
        self.rotate_by(pinch.rotationAngle() - pinch.lastRotationAngle(), at)
        moved = pinch.centerPoint() - pinch.lastCenterPoint()
        self.pan(-moved.x(), -moved.y())
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Scenes are not told of the pointer: nothing in this one can be taken hold of."""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """See `mousePressEvent`."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """See `mousePressEvent`."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See `mousePressEvent`."""
