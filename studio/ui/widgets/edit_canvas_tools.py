"""What each tool makes of the pointer: strokes, lines around what is chosen, places that are clicked."""

from typing import NamedTuple, Protocol

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from studio.core.edits import Region
from studio.core.errors import StudioError
from studio.viewmodels.edit_surface import Stroke, Surface
from studio.viewmodels.edit_tools import Mode, Tool, ToolState

Modifier = Qt.KeyboardModifier
DASH = [4.0, 4.0]
NEAR = 8.0  # pixels of the window within which a place is hit
LASSO_STEP = 2.0  # pixels of the window from one point of the lasso to the next


class Touch(NamedTuple):
    """The pointer on the canvas.

    Attributes:
        at: in pixels of the picture, whose centres are at halves.
        pressure: of a pen, 0…1; 1 for a mouse.
        erases: it is the other end of a pen.
    """

    at: QPointF
    pressure: float = 1.0
    modifiers: Modifier = Modifier.NoModifier
    erases: bool = False

    @property
    def pixel(self) -> tuple[int, int]:
        return int(self.at.x() // 1), int(self.at.y() // 1)


class ToolSignals(QObject):
    """What was done with tools; all places and sizes in pixels of the picture.

    Signals:
        polygon_drawn(list of (x, y), Mode): with lasso or polygon.
        rectangle_drawn(Region, Mode): it may reach beyond the picture.
        wand_clicked(x, y, Mode)
        object_clicked(x, y, mode)
        text_placed(x, y)
        colour_picked(str): #RRGGBB.
        stroke_done: a stroke ended.
        selection_dropped: what is chosen is to be chosen no more.
        frame_changed(Tool, Region): the frame of crop, extension or context is another one.
        frame_accepted(Tool, Region): and is to be used.
        refused(StudioError)
    """

    polygon_drawn = Signal(object, str)
    rectangle_drawn = Signal(object, str)
    wand_clicked = Signal(int, int, str)
    object_clicked = Signal(int, int, str)
    text_placed = Signal(int, int)
    colour_picked = Signal(str)
    stroke_done = Signal()
    selection_dropped = Signal()
    frame_changed = Signal(str, object)
    frame_accepted = Signal(str, object)
    refused = Signal(object)


class Board(Protocol):
    """What tools see of the canvas."""

    @property
    def tools(self) -> ToolState: ...
    @property
    def did(self) -> ToolSignals: ...
    @property
    def surface(self) -> Surface | None: ...

    def to_view(self) -> QTransform: ...
    def port(self) -> QRectF: ...  # what is seen, in its own coordinates
    def redraw(self, area: QRectF) -> None: ...  # of the picture


class Handler:
    """A tool in use. Each does what its tool does with presses, moves and keys; here nothing happens."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, board: Board) -> None:
        self.board = board

    def press(self, touch: Touch) -> None: ...
    def move(self, touch: Touch) -> None: ...
    def hover(self, touch: Touch) -> None: ...
    def release(self, touch: Touch) -> None: ...
    def double(self, touch: Touch) -> None: ...
    def cancel(self) -> None: ...
    def paint(self, painter: QPainter, to_view: QTransform) -> None: ...

    def key(self, event: QKeyEvent) -> bool:
        """Whether the tool has a use for the key."""
        return False

    @property
    def busy(self) -> bool:
        """Esc would drop something."""
        return False


class Brushing(Handler):
    """Brush, eraser and paint."""

    cursor = Qt.CursorShape.BlankCursor

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._stroke: Stroke | None = None
        self._last: QPointF | None = None

    def press(self, touch: Touch) -> None:
        """With Shift, straight on from where the last stroke ended; with Alt it erases."""
        surface = self.board.surface
        if surface is None:
            return
        erase = (
            self.board.tools.tool is Tool.ERASER
            or touch.erases
            or bool(touch.modifiers & Modifier.AltModifier)
        )
        try:
            self._stroke = surface.begin_stroke(self.board.tools.brush(), erase=erase)
        except StudioError as error:
            self.board.did.refused.emit(error)
            return
        if touch.modifiers & Modifier.ShiftModifier and self._last is not None:
            self._stroke.to(self._last.x(), self._last.y(), touch.pressure)
        self._stroke.to(touch.at.x(), touch.at.y(), touch.pressure)

    def move(self, touch: Touch) -> None:
        if self._stroke is not None:
            self._stroke.to(touch.at.x(), touch.at.y(), touch.pressure)

    def release(self, touch: Touch) -> None:
        if self._stroke is not None:
            stroke, self._stroke, self._last = self._stroke, None, touch.at
            stroke.end()
            self.board.did.stroke_done.emit()

    def cancel(self) -> None:
        if self._stroke is not None:
            stroke, self._stroke = self._stroke, None
            stroke.cancel()

    @property
    def busy(self) -> bool:
        return self._stroke is not None


class Lasso(Handler):
    """A line drawn around something."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._points: list[QPointF] = []
        self._mode: Mode = "replace"

    def press(self, touch: Touch) -> None:
        self._points = [touch.at]
        self._mode = mode_of(touch, self.board)

    def move(self, touch: Touch) -> None:
        if not self._points:
            return
        step = touch.at - self._points[-1]
        scale = abs(self.board.to_view().determinant()) ** 0.5
        if (step.x() ** 2 + step.y() ** 2) ** 0.5 * scale >= LASSO_STEP:
            self._points.append(touch.at)
            self.board.redraw(_around(self._points))

    def release(self, touch: Touch) -> None:
        points, self._points = self._points, []
        self.board.redraw(_around(points))
        if len(points) > 2:
            self.board.did.polygon_drawn.emit([(point.x(), point.y()) for point in points], self._mode)
        elif points and self._mode == "replace":
            self.board.did.selection_dropped.emit()

    def cancel(self) -> None:
        area, self._points = _around(self._points), []
        self.board.redraw(area)

    def paint(self, painter: QPainter, to_view: QTransform) -> None:
        paint_dashes(painter, _path(self._points, to_view, closed=False))

    @property
    def busy(self) -> bool:
        return bool(self._points)


class Polygon(Handler):
    """Corners clicked one by one; the first corner, a double click or Enter close it."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._points: list[QPointF] = []
        self._at: QPointF | None = None
        self._mode: Mode = "replace"

    def press(self, touch: Touch) -> None:
        if not self._points:
            self._mode = mode_of(touch, self.board)
        elif len(self._points) > 2 and self._is_first(touch.at):
            self._close()
            return
        self._points.append(touch.at)
        self.hover(touch)

    def move(self, touch: Touch) -> None:
        self.hover(touch)

    def hover(self, touch: Touch) -> None:
        if self._points:
            before, self._at = self._at or touch.at, touch.at
            self.board.redraw(_around([*self._points, before, touch.at]))

    def double(self, touch: Touch) -> None:
        self._close()

    def key(self, event: QKeyEvent) -> bool:
        if not self._points:
            return False
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._close()
            case Qt.Key.Key_Backspace:
                area = self._area()
                self._points.pop()
                self.board.redraw(area)
            case _:
                return False
        return True

    def cancel(self) -> None:
        area, self._points, self._at = self._area(), [], None
        self.board.redraw(area)

    def paint(self, painter: QPainter, to_view: QTransform) -> None:
        if self._points:
            trail = [*self._points] if self._at is None else [*self._points, self._at]
            paint_dashes(painter, _path(trail, to_view, closed=False))
            for point in self._points:
                paint_handle(painter, to_view.map(point))

    @property
    def busy(self) -> bool:
        return bool(self._points)

    def _is_first(self, at: QPointF) -> bool:
        view = self.board.to_view()
        return (view.map(at) - view.map(self._points[0])).manhattanLength() <= NEAR

    def _close(self) -> None:
        points, mode = list(self._points), self._mode
        self.cancel()
        if len(points) > 2:
            self.board.did.polygon_drawn.emit([(point.x(), point.y()) for point in points], mode)

    def _area(self) -> QRectF:
        return _around(self._points if self._at is None else [*self._points, self._at])


class Rectangle(Handler):
    """Drawn from corner to corner; a square with Ctrl."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._start: QPointF | None = None
        self._end = QPointF()
        self._mode: Mode = "replace"

    def press(self, touch: Touch) -> None:
        self._start = self._end = touch.at
        self._mode = mode_of(touch, self.board)

    def move(self, touch: Touch) -> None:
        if self._start is None:
            return
        before, self._end = self._end, touch.at
        if touch.modifiers & Modifier.ControlModifier:
            way = touch.at - self._start
            side = max(abs(way.x()), abs(way.y()))
            self._end = self._start + QPointF(
                side if way.x() >= 0 else -side, side if way.y() >= 0 else -side
            )
        self.board.redraw(_around([self._start, before, self._end]))

    def release(self, touch: Touch) -> None:
        if self._start is None:
            return
        area = QRectF(self._start, self._end).normalized()
        self.cancel()
        left, top, right, bottom = (
            round(side) for side in (area.left(), area.top(), area.right(), area.bottom())
        )
        region = Region(left, top, right - left, bottom - top)
        if not region.is_empty:
            self.board.did.rectangle_drawn.emit(region, self._mode)
        elif self._mode == "replace":
            self.board.did.selection_dropped.emit()

    def cancel(self) -> None:
        if self._start is not None:
            area, self._start = _around([self._start, self._end]), None
            self.board.redraw(area)

    def paint(self, painter: QPainter, to_view: QTransform) -> None:
        if self._start is not None:
            area = QRectF(self._start, self._end).normalized()
            corners = [area.topLeft(), area.topRight(), area.bottomRight(), area.bottomLeft()]
            paint_dashes(painter, _path(corners, to_view, closed=True))

    @property
    def busy(self) -> bool:
        return self._start is not None


class Clicking(Handler):
    """Wand, object, eyedropper and text: a place is all that they need."""

    def press(self, touch: Touch) -> None:
        (x, y), did, surface = touch.pixel, self.board.did, self.board.surface
        if surface is None or not (0 <= x < surface.state.width and 0 <= y < surface.state.height):
            return
        match self.board.tools.tool:
            case Tool.WAND:
                did.wand_clicked.emit(x, y, mode_of(touch, self.board))
            case Tool.OBJECT:
                did.object_clicked.emit(x, y, mode_of(touch, self.board))
            case Tool.EYEDROPPER:
                red, green, blue, _ = surface.pixels(Region(x, y, 1, 1))[0, 0].tolist()
                did.colour_picked.emit(f"#{red:02X}{green:02X}{blue:02X}")
            case _:
                did.text_placed.emit(x, y)

    def move(self, touch: Touch) -> None:
        if self.board.tools.tool is Tool.EYEDROPPER:
            self.press(touch)


def mode_of(touch: Touch, board: Board) -> Mode:
    """Shift adds, Alt takes away, both keep what both have; else as the tools are set."""
    shift = bool(touch.modifiers & Modifier.ShiftModifier)
    alt = bool(touch.modifiers & Modifier.AltModifier)
    if shift and alt:
        return "intersect"
    return "add" if shift else "subtract" if alt else board.tools.now.mode


def paint_dashes(painter: QPainter, path: QPainterPath, offset: float = 0.0) -> None:
    """A line that is seen on anything, in the view's own coordinates.

    Qt draws a thin line without antialiasing fifty times as fast as a thicker one, whose every dash it fills.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    black, white = QPen(Qt.GlobalColor.black, 0), QPen(Qt.GlobalColor.white, 0)
    white.setDashPattern(DASH)
    white.setDashOffset(offset)
    for pen in (black, white):
        painter.setPen(pen)
        painter.drawPath(path)
    painter.restore()


def paint_handle(painter: QPainter, at: QPointF) -> None:
    painter.setPen(QPen(Qt.GlobalColor.black, 1))
    painter.setBrush(Qt.GlobalColor.white)
    painter.drawRect(QRectF(at.x() - 4, at.y() - 4, 8, 8))


def _path(points: list[QPointF], to_view: QTransform, *, closed: bool) -> QPainterPath:
    path = QPainterPath()
    if points:
        path.addPolygon(to_view.map(QPolygonF(points)))
    if closed:
        path.closeSubpath()
    return path


def _around(points: list[QPointF]) -> QRectF:
    return QPolygonF(points).boundingRect()
