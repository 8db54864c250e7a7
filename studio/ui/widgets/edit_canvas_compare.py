"""Two pictures on the canvas to be compared: a divider to drag, or captions where they stand apart."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPen, QTransform

from studio.ui.i18n import tr
from studio.ui.theme import INK, PICTURE_RING, RADIUS_THUMBNAIL, SCRIM, font
from studio.ui.widgets.edit_canvas_picture import Picture
from studio.ui.widgets.edit_canvas_tools import NEAR, Board, Handler, Touch

STEP, LARGE_STEP = 0.01, 0.1
HANDLE = 14.0


class Comparing(Handler):
    """In place of a tool while two pictures are compared."""

    def __init__(self, board: Board, picture: Picture, names: tuple[str, str]) -> None:
        """`names`: English, of the one before and the one after."""
        super().__init__(board)
        self._picture, self._names = picture, names
        self._dragged = False

    def takes(self, touch: Touch) -> bool:
        """The divider is there; elsewhere the pointer moves the picture."""
        return self._picture.compare_mode == "slider" and abs(self._x(touch) - self._edge()) <= 2 * NEAR

    def press(self, touch: Touch) -> None:
        self._dragged = True

    def move(self, touch: Touch) -> None:
        if self._dragged:
            self._divide(self._x(touch) / self.board.port().width())

    def release(self, touch: Touch) -> None:
        self._dragged = False

    def hover(self, touch: Touch) -> None:
        self.cursor = Qt.CursorShape.SplitHCursor if self.takes(touch) else Qt.CursorShape.OpenHandCursor

    def key(self, event: QKeyEvent) -> bool:
        step = LARGE_STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
        moves = {Qt.Key.Key_Left: -step, Qt.Key.Key_Right: step}
        if self._picture.compare_mode != "slider" or Qt.Key(event.key()) not in moves:
            return False
        self._divide(self._picture.divider + moves[Qt.Key(event.key())])
        return True

    def paint(self, painter: QPainter, to_view: QTransform) -> None:
        port = self.board.port()
        mode = self._picture.compare_mode
        if mode == "difference":
            return
        edge = self._edge() if mode == "slider" else port.width() / 2
        painter.setPen(QPen(SCRIM, 3))
        painter.drawLine(QPointF(edge, port.top()), QPointF(edge, port.bottom()))
        painter.setPen(QPen(INK, 1))
        painter.drawLine(QPointF(edge, port.top()), QPointF(edge, port.bottom()))
        if mode == "slider":
            self._paint_handle(painter, QPointF(edge, port.center().y()))
        before, after = self._captions()
        width = painter.fontMetrics().horizontalAdvance
        painter.setFont(font("secondary"))
        _paint_caption(painter, QPointF(edge - 8 - (width(before) + 16), port.top() + 12), before)
        _paint_caption(painter, QPointF(edge + 8, port.top() + 12), after)

    def remark(self) -> str:
        """That they are of different sizes, in the person's language; nothing where they are not."""
        compared = self._picture.compared
        if compared is None or compared.sizes[0] == compared.sizes[1]:
            return ""
        before, after = (_words(size) for size in compared.sizes)
        if self._picture.compare_mode == "difference":
            return tr(
                "The sizes differ: {before} and {after}. Compared where both have pixels.",
                before=before,
                after=after,
            )
        return tr("The sizes differ: {before} and {after}.", before=before, after=after)

    def _captions(self) -> tuple[str, str]:
        """Names, and sizes where these differ."""
        before, after = (tr(name) for name in self._names)
        compared = self._picture.compared
        if compared is None or not self.remark():
            return before, after
        return f"{before} · {_words(compared.sizes[0])}", f"{after} · {_words(compared.sizes[1])}"

    def _paint_handle(self, painter: QPainter, at: QPointF) -> None:
        painter.setPen(QPen(PICTURE_RING, 2))
        painter.setBrush(SCRIM)
        painter.drawEllipse(at, HANDLE, HANDLE)
        painter.setPen(QPen(INK, 1.5))
        for way in (-1, 1):
            tip = at + QPointF(way * 8, 0)
            painter.drawLine(tip, tip + QPointF(-way * 4, -4))
            painter.drawLine(tip, tip + QPointF(-way * 4, 4))

    def _divide(self, share: float) -> None:
        self._picture.divider = min(max(share, 0.0), 1.0)
        self.board.redraw(self._picture.boundingRect())

    def _edge(self) -> float:
        return self.board.port().width() * self._picture.divider

    def _x(self, touch: Touch) -> float:
        return self.board.to_view().map(touch.at).x()


def _words(size: QSize) -> str:
    return f"{size.width()} × {size.height()}"


def _paint_caption(painter: QPainter, at: QPointF, words: str) -> None:
    area = QRectF(at.x(), at.y(), painter.fontMetrics().horizontalAdvance(words) + 16, 24)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(SCRIM)
    painter.drawRoundedRect(area, RADIUS_THUMBNAIL, RADIUS_THUMBNAIL)
    painter.setPen(INK)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, words)
