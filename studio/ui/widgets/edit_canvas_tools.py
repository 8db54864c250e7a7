"""What every tool has of the pointer and of the canvas, and how it tells what was done."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPen, QTransform

from studio.viewmodels.edit_surface import Surface
from studio.viewmodels.edit_tools import Mode, ToolState

Modifier = Qt.KeyboardModifier
DASH = [4.0, 4.0]
NEAR = 8.0  # pixels of the window within which a place is hit


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

    @property
    def in_turn(self) -> Callable[[Callable[[], object]], object]: ...  # once what it is at is done
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

    def claims(self, event: QKeyEvent) -> bool:
        """Whether the key is the tool's even where it is a shortcut of the panel."""
        return False

    @property
    def busy(self) -> bool:
        """Esc would drop something."""
        return False


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
