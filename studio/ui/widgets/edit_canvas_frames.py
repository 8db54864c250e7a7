"""Frames with handles: where to crop, how far to extend, how much around the chosen a model sees."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from studio.core.edits import MOST_MARGIN, Region
from studio.ui.theme import INK, RADIUS_THUMBNAIL, SCRIM, font
from studio.ui.widgets.edit_canvas_tools import (
    NEAR,
    Board,
    Handler,
    Modifier,
    Touch,
    paint_dashes,
    paint_handle,
)
from studio.viewmodels.edit_tools import Tool

DIM = QColor(0, 0, 0, 130)
LEAST = 1  # pixels a side
BADGE_ROOM = 40  # pixels of the window around a frame for its handles and its size in words
# Which sides a handle moves: -1 left or top, 1 right or bottom.
HANDLES = ((-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0))
CURSORS = {
    (0, 0): Qt.CursorShape.SizeAllCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (-1, 1): Qt.CursorShape.SizeBDiagCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
}
MOVES = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
SMALL_STEP, LARGE_STEP = 1, 10


class Frame(Handler):
    """One frame for the tool that is on.

    A crop lies within the picture, an extension around it, a context within it.

    Attributes:
        region: where it is, in pixels of the picture.
    """

    def __init__(self, board: Board, tool: Tool) -> None:
        super().__init__(board)
        self._tool = tool
        self.region = self._whole()
        self._grip: tuple[int, int] | None = None
        self._grabbed = (QPointF(), self.region)

    def set_region(self, region: Region) -> None:
        """Another frame, by somebody else than the person; nothing is signalled."""
        before, self.region = self.region, self._bounded(region)
        self._redraw(before)

    def press(self, touch: Touch) -> None:
        """On a handle or inside of the frame; elsewhere a crop begins anew."""
        self._grip = self._grip_at(touch.at)
        if self._grip is None and self._tool is Tool.CROP:
            x, y = touch.pixel
            self._grip = (1, 1)
            self._change(Region(x, y, LEAST, LEAST))
        self._grabbed = (touch.at, self.region)

    def move(self, touch: Touch) -> None:
        if self._grip is not None:
            start, region = self._grabbed
            way = touch.at - start
            goal = moved(region, self._grip, round(way.x()), round(way.y()))
            self._change(goal, keep_size=self._grip == (0, 0))

    def hover(self, touch: Touch) -> None:
        grip = self._grip_at(touch.at)
        self.cursor = Qt.CursorShape.CrossCursor if grip is None else _cursor(grip)

    def release(self, touch: Touch) -> None:
        self._grip = None

    def double(self, touch: Touch) -> None:
        if self._grip_at(touch.at) == (0, 0):
            self._accept()

    def cancel(self) -> None:
        self._grip = None
        if self._tool is not Tool.CONTEXT:
            self._change(self._whole())

    def key(self, event: QKeyEvent) -> bool:
        """Arrows move the frame, Ctrl its right and bottom, Alt its left and top; Shift farther."""
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not modifiers & Modifier.ControlModifier:
            self._accept()
            return True
        if key not in MOVES:
            return False
        step = LARGE_STEP if modifiers & Modifier.ShiftModifier else SMALL_STEP
        across, down = MOVES[key]
        grip = grip_of(key, modifiers)
        if grip == (0, 0) and self._tool is Tool.EXTEND:  # it cannot be moved, only pulled
            grip = (across, down)
        self._change(moved(self.region, grip, across * step, down * step), keep_size=grip == (0, 0))
        return True

    def claims(self, event: QKeyEvent) -> bool:
        """With Alt arrows walk through takes elsewhere, and while an extension is judged."""
        return Qt.Key(event.key()) in MOVES and self._tool is not Tool.EXTEND

    def paint(self, painter: QPainter, to_view: QTransform) -> None:
        corners = to_view.map(QPolygonF(_rect(self.region)))
        frame = QPainterPath()
        frame.addPolygon(corners)
        frame.closeSubpath()
        if self._tool is Tool.CROP:
            outside = QPainterPath()
            outside.addPolygon(to_view.map(QPolygonF(_rect(self._whole()))))
            painter.fillPath(outside.subtracted(frame), DIM)
        if self._tool is Tool.CONTEXT:
            paint_dashes(painter, frame)
        else:
            for width, colour in ((3.0, Qt.GlobalColor.black), (1.0, Qt.GlobalColor.white)):
                painter.setPen(QPen(colour, width))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPath(frame)
        for grip in HANDLES:
            paint_handle(painter, to_view.map(_place(self.region, grip)))
        words = f"{self.region.width} × {self.region.height}"
        paint_badge(painter, self.board.port(), corners.boundingRect(), words)

    @property
    def busy(self) -> bool:
        return self._grip is not None or (self._tool is not Tool.CONTEXT and self.region != self._whole())

    def _whole(self) -> Region:
        surface = self.board.surface
        return Region(0, 0, surface.state.width, surface.state.height) if surface else Region(0, 0, 1, 1)

    def _bounded(self, region: Region, keep_size: bool = False) -> Region:
        whole = self._whole()
        if self._tool is Tool.EXTEND:
            return _around(region, whole)
        if keep_size:  # moved as it is, up to the edge
            left = max(min(region.left, whole.width - region.width), 0)
            top = max(min(region.top, whole.height - region.height), 0)
            return Region(left, top, region.width, region.height)
        inside = region.within(whole.width, whole.height)
        left, top = min(inside.left, whole.width - LEAST), min(inside.top, whole.height - LEAST)
        return Region(left, top, max(inside.width, LEAST), max(inside.height, LEAST))

    def _change(self, region: Region, keep_size: bool = False) -> None:
        region = self._bounded(region, keep_size)
        if region != self.region:
            before, self.region = self.region, region
            self._redraw(before)
            self.board.did.frame_changed.emit(self._tool, region)

    def _accept(self) -> None:
        self.board.did.frame_accepted.emit(self._tool, self.region)

    def _redraw(self, before: Region) -> None:
        area = _rect(before.joined(self.region))
        self.board.redraw(area | _rect(self._whole()) if self._tool is Tool.CROP else area)

    def _grip_at(self, at: QPointF) -> tuple[int, int] | None:
        """The handle there; (0, 0) is the inside."""
        view = self.board.to_view()
        spot = view.map(at)
        for grip in HANDLES:
            if (view.map(_place(self.region, grip)) - spot).manhattanLength() <= 2 * NEAR:
                return grip
        return (0, 0) if _rect(self.region).contains(at) and self._tool is not Tool.EXTEND else None


def grip_of(key: Qt.Key, modifiers: Modifier) -> tuple[int, int]:
    """The sides that an arrow moves: with Ctrl right and bottom, with Alt left and top, else all of them."""
    across, down = MOVES[key]
    if modifiers & Modifier.ControlModifier:
        return abs(across), abs(down)
    if modifiers & Modifier.AltModifier:
        return -abs(across), -abs(down)
    return 0, 0


def moved(region: Region, grip: tuple[int, int], across: int, down: int) -> Region:
    """The region with the sides of the grip moved; a whole one with (0, 0). Sides do not pass each other."""
    if grip == (0, 0):
        return Region(region.left + across, region.top + down, region.width, region.height)
    left, top, right, bottom = region.left, region.top, region.right, region.bottom
    if grip[0] < 0:
        left = min(left + across, right - LEAST)
    elif grip[0] > 0:
        right = max(right + across, left + LEAST)
    if grip[1] < 0:
        top = min(top + down, bottom - LEAST)
    elif grip[1] > 0:
        bottom = max(bottom + down, top + LEAST)
    return Region(left, top, right - left, bottom - top)


def paint_badge(painter: QPainter, port: QRectF, beside: QRectF, words: str) -> None:
    """Words on scrim at the bottom of an area, inside of it where there is no room below."""
    painter.setFont(font("secondary"))
    width = painter.fontMetrics().horizontalAdvance(words) + 16
    left = min(max(beside.center().x() - width / 2, port.left() + 8), port.right() - width - 8)
    top = min(max(beside.bottom() + 10, port.top() + 8), port.bottom() - 32)
    area = QRectF(left, top, width, 24)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(SCRIM)
    painter.drawRoundedRect(area, RADIUS_THUMBNAIL, RADIUS_THUMBNAIL)
    painter.setPen(INK)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, words)


def _around(region: Region, whole: Region) -> Region:
    """The picture and what is added to it, at each side up to the most."""
    left, top = max(min(region.left, 0), -MOST_MARGIN), max(min(region.top, 0), -MOST_MARGIN)
    right = min(max(region.right, whole.width), whole.width + MOST_MARGIN)
    bottom = min(max(region.bottom, whole.height), whole.height + MOST_MARGIN)
    return Region(left, top, right - left, bottom - top)


def _rect(region: Region) -> QRectF:
    return QRectF(region.left, region.top, region.width, region.height)


def _place(region: Region, grip: tuple[int, int]) -> QPointF:
    return QPointF(
        region.left + region.width * (grip[0] + 1) / 2, region.top + region.height * (grip[1] + 1) / 2
    )


def _cursor(grip: tuple[int, int]) -> Qt.CursorShape:
    across, down = grip
    return CURSORS.get((across, down)) or CURSORS[(-across, -down)]
