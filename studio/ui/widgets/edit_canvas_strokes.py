"""Brush, eraser and paint, whose strokes wait for what the document is still at."""

from PySide6.QtCore import QPointF, Qt

from studio.core.brushes import Brush
from studio.core.errors import StudioError
from studio.ui.widgets.edit_canvas_tools import Board, Handler, Modifier, Touch
from studio.viewmodels.edit_surface import Stroke, Surface
from studio.viewmodels.edit_tools import Tool


class LateStroke:
    """A stroke of the document, which begins once all that was asked for before is done; until then its way
    is kept, also for a document that is no longer shown then. What cannot be painted is told by `refused`,
    and its way goes nowhere; nor does it where the canvas has another size by then."""

    def __init__(self, board: Board, surface: Surface, brush: Brush, erase: bool) -> None:
        self._board, self._surface, self._brush, self._erase = board, surface, brush, erase
        self._way: list[tuple[float, float, float]] = []
        self._stroke: Stroke | None = None
        self._ended = self._dropped = False
        self._size = surface.state.width, surface.state.height
        board.in_turn(self._begin)

    def to(self, x: float, y: float, pressure: float) -> None:
        if self._stroke is None:
            self._way.append((x, y, pressure))
        else:
            self._stroke.to(x, y, pressure)

    def end(self) -> None:
        self._ended = True
        if self._stroke is not None:
            self._stroke.end()

    def cancel(self) -> None:
        self._dropped = True
        if self._stroke is not None:
            self._stroke.cancel()

    def _begin(self) -> None:
        if self._dropped:
            return
        try:
            self._stroke = self._surface.begin_stroke(self._brush, erase=self._erase)
        except StudioError as error:
            self._board.did.refused.emit(error)
            return
        if (self._surface.state.width, self._surface.state.height) != self._size:
            self._stroke.cancel()
        for place in self._way:
            self._stroke.to(*place)
        if self._ended or self._board.surface is not self._surface:
            self._stroke.end()


class Brushing(Handler):
    """Brush, eraser and paint."""

    cursor = Qt.CursorShape.BlankCursor

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._stroke: LateStroke | None = None
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
        self._stroke = LateStroke(self.board, surface, self.board.tools.brush(), erase)
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
