"""Tools that choose by a line: lasso, polygon and rectangle."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPolygonF, QTransform

from studio.core.edits import Region
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


def _path(points: list[QPointF], to_view: QTransform, *, closed: bool) -> QPainterPath:
    path = QPainterPath()
    if points:
        path.addPolygon(to_view.map(QPolygonF(points)))
    if closed:
        path.closeSubpath()
    return path


def _around(points: list[QPointF]) -> QRectF:
    return QPolygonF(points).boundingRect()
