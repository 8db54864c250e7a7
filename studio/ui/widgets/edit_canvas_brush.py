"""The ring that shows how large the brush is, and the ways to make it larger, smaller, harder and softer."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPen

from studio.ui.widgets.edit_canvas_view import NavigatedView
from studio.viewmodels.edit_tools import PAINTING, ToolState

SIZING = 1.0  # pixels of the brush on the screen for each pixel dragged
LEAST_RING = 6.0  # pixels of the window across: a smaller one is lost under a cross
EDGE = 3


class BrushRing:
    """Of true size around the pointer while a brush is on."""

    def __init__(self, tools: ToolState, view: NavigatedView) -> None:
        self._tools, self._view = tools, view
        self._at: QPointF | None = None
        self._painted = QRect()
        self._sizing: QPointF | None = None

    def move_to(self, at: QPointF | None) -> None:
        """In the viewport; None while the pointer is elsewhere."""
        if self._sizing is None:
            self._at = at
        self.refresh()

    def refresh(self) -> None:
        """It is elsewhere, or another one."""
        area = self._area()
        if area != self._painted:
            self._view.viewport().update(self._painted)
            self._painted = area
        self._view.viewport().update(area)

    def scrolled(self, across: int, down: int) -> None:
        """The view moved what was painted."""
        if not self._painted.isEmpty():
            self._view.viewport().update(self._painted.translated(across, down))
            self._view.viewport().update(self._painted)

    @property
    def is_clear(self) -> bool:
        """It is large enough to be the cursor."""
        return self._across() >= LEAST_RING

    def paint(self, painter: QPainter) -> None:
        area = self._area()
        if area.isEmpty() or self._at is None:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = self._across() / 2
        for width, colour in ((3.0, Qt.GlobalColor.black), (1.5, Qt.GlobalColor.white)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(self._at, radius, radius)
        self._painted = area

    # Sizing with the pointer: Alt and the right button, to the right for larger, up for harder.

    @property
    def is_sizing(self) -> bool:
        return self._sizing is not None

    def begin_sizing(self, at: QPointF) -> None:
        if self._tools.tool in PAINTING:
            self._sizing = self._at = at

    def size_to(self, at: QPointF) -> None:
        if self._sizing is None:
            return
        way, self._sizing = at - self._sizing, at
        size = self._tools.now.size + way.x() * SIZING * self._tools.now.size / max(self._across(), 1.0)
        self._tools.set(size=size, hardness=self._tools.now.hardness - way.y() / 200)

    def end_sizing(self) -> None:
        self._sizing = None
        self._tools.set(size=float(max(1, round(self._tools.now.size))))

    def key(self, event: QKeyEvent) -> bool:
        """Brackets: larger and smaller; with Shift, harder and softer."""
        match event.key():
            case Qt.Key.Key_BracketLeft:
                self._tools.resize(-1)
            case Qt.Key.Key_BracketRight:
                self._tools.resize(1)
            case Qt.Key.Key_BraceLeft:
                self._tools.harden(-1)
            case Qt.Key.Key_BraceRight:
                self._tools.harden(1)
            case _:
                return False
        return True

    def _across(self) -> float:
        """Pixels of the window."""
        return self._tools.now.size * abs(self._view.to_view().determinant()) ** 0.5

    def _area(self) -> QRect:
        if self._at is None or self._tools.tool not in PAINTING or not self.is_clear:
            return QRect()
        reach = self._across() / 2 + EDGE
        return QRectF(self._at.x() - reach, self._at.y() - reach, 2 * reach, 2 * reach).toAlignedRect()
