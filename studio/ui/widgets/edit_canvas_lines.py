"""Tools that choose by a line: lasso, polygon and rectangle."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPolygonF, QTransform

from studio.core.edits import Region
from studio.ui.widgets.edit_canvas_frames import MOVES, SMALL_STEP, grip_of, moved, paint_badge
from studio.ui.widgets.edit_canvas_tools import (
    NEAR,
    Board,
    Handler,
    Modifier,
    Touch,
    mode_of,
    paint_dashes,
    paint_handle,
)
from studio.viewmodels.edit_tools import Mode

LASSO_STEP = 2.0  # pixels of the window from one point of the lasso to the next
FAR = 16  # pixels of the window that an arrow moves a rectangle with Shift
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


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
    """Drawn from corner to corner; a square with Ctrl. Without a pointer Enter begins one in the middle of
    what is seen, arrows move it as they move frames, and Enter chooses it.
    """

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._start: QPointF | None = None
        self._end = QPointF()
        self._mode: Mode = "replace"
        self._by_keys = False

    def press(self, touch: Touch) -> None:
        self.cancel()
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
        region = self._region()
        self.cancel()
        if not region.is_empty:
            self.board.did.rectangle_drawn.emit(region, self._mode)
        elif self._mode == "replace":
            self.board.did.selection_dropped.emit()

    def key(self, event: QKeyEvent) -> bool:
        """With Shift Enter adds, with Alt it takes away, and arrows go farther with Shift."""
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if key in ENTER and self._start is None:
            self._begin()
        elif key in ENTER:
            touch = Touch(self._end, modifiers=modifiers)
            self._mode = mode_of(touch, self.board)
            self.release(touch)
        elif self._start is not None and key in MOVES:
            scale = abs(self.board.to_view().determinant()) ** 0.5
            step = max(SMALL_STEP, round(FAR / scale)) if modifiers & Modifier.ShiftModifier else SMALL_STEP
            across, down = MOVES[key]
            self._put(moved(self._region(), grip_of(key, modifiers), across * step, down * step))
        else:
            return False
        return True

    def claims(self, event: QKeyEvent) -> bool:
        return self._start is not None and Qt.Key(event.key()) in (*MOVES, *ENTER)

    def cancel(self) -> None:
        if self._start is not None:
            area, self._start = _around([self._start, self._end]), None
            self.board.redraw(area)
        self._by_keys = False

    def paint(self, painter: QPainter, to_view: QTransform) -> None:
        if self._start is not None:
            area = QRectF(self._start, self._end).normalized()
            corners = [area.topLeft(), area.topRight(), area.bottomRight(), area.bottomLeft()]
            paint_dashes(painter, _path(corners, to_view, closed=True))
            if self._by_keys:
                beside = to_view.mapRect(area)
                words = f"{round(area.width())} × {round(area.height())}"
                paint_badge(painter, self.board.port(), beside, words)

    @property
    def busy(self) -> bool:
        return self._start is not None

    def _begin(self) -> None:
        """Half as wide and high as what is seen of the picture."""
        surface = self.board.surface
        back, _ = self.board.to_view().inverted()
        if surface is None:
            return
        whole = QRect(0, 0, surface.state.width, surface.state.height)
        seen = back.mapRect(self.board.port()).toAlignedRect() & whole
        seen = seen if not seen.isEmpty() else whole
        width, height = max(1, seen.width() // 2), max(1, seen.height() // 2)
        self._by_keys = True
        self._put(Region(seen.left() + width // 2, seen.top() + height // 2, width, height))

    def _put(self, region: Region) -> None:
        before = [] if self._start is None else [self._start, self._end]
        self._start, self._end = QPointF(region.left, region.top), QPointF(region.right, region.bottom)
        self.board.redraw(_around([*before, self._start, self._end]))

    def _region(self) -> Region:
        start = self._end if self._start is None else self._start
        area = QRectF(start, self._end).normalized()
        left, top, right, bottom = (
            round(side) for side in (area.left(), area.top(), area.right(), area.bottom())
        )
        return Region(left, top, right - left, bottom - top)


def _path(points: list[QPointF], to_view: QTransform, *, closed: bool) -> QPainterPath:
    path = QPainterPath()
    if points:
        path.addPolygon(to_view.map(QPolygonF(points)))
    if closed:
        path.closeSubpath()
    return path


def _around(points: list[QPointF]) -> QRectF:
    return QPolygonF(points).boundingRect()
