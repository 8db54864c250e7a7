"""Side, middle and inspector beside each other, and what happens to them when the window is narrow."""

from typing import NamedTuple

from PySide6.QtCore import QEasingCurve, QPoint, QRect, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from studio.ui.theme import MOVE_MS

MIDDLE_LEAST = 640
SIDE_RANGE = (180, 420)
INSPECTOR_RANGE = (264, 480)
GRIP = 7


class Arrangement(NamedTuple):
    """Widths in pixels, 0 for hidden; `…_over` where it lies over the middle instead of beside it."""

    side: int
    inspector: int
    side_over: bool
    inspector_over: bool


def default_widths(width: int) -> tuple[int, int]:
    """Side and inspector for a window of this width, before the person drags them."""
    side = 208 if width < 1440 else 240
    inspector = 288 if width < 1440 else 304 if width < 2400 else 336
    return side, inspector


def arrange(
    room: int, side: int, inspector: int, *, side_open: bool, inspector_open: bool, side_called: bool = False
) -> Arrangement:
    """What fits into `room` pixels: first the side gives way, then the inspector becomes a drawer.

    `side` and `inspector` are wanted widths, 0 where there is none. A side that had to give way comes as a
    drawer when it is called.
    """
    side = side if side_open or side_called else 0
    inspector = inspector if inspector_open else 0
    if room - side - inspector >= MIDDLE_LEAST:
        return Arrangement(side, inspector, False, False)
    over = room - inspector < MIDDLE_LEAST
    return Arrangement(side if side_called else 0, inspector, True, over)


class _Grip(QWidget):
    """The hairline between two columns; drag it, or double-click for the width it began with."""

    dragged = Signal(int)
    reset = Signal()
    released = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self._line = QFrame(self)
        self._line.setProperty("line", "vertical")
        self._from = QPoint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.dragged.emit(event.position().toPoint().x() - self._from.x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.released.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._line.setGeometry(GRIP // 2, 0, 1, self.height())


class Columns(QWidget):
    """Places three widgets, which it is given by `show_widgets`, and remembers nothing itself.

    Signals:
        side_hidden_changed (bool): the side had to give way, so a button should offer it.
        side_resized, inspector_resized (int): the person dragged; 0 for back to the default.
    """

    side_hidden_changed = Signal(bool)
    side_resized = Signal(int)
    inspector_resized = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.reduced_motion = False
        self._widgets: tuple[QWidget | None, QWidget | None, QWidget | None] = (None, None, None)
        self._wanted = (0, 0)  # widths that the person chose; 0 for the default
        self._side_open = self._inspector_open = True
        self._side_called = False
        self._side_hidden: bool | None = None
        self._now = Arrangement(0, 0, False, False)
        self._side_grip, self._inspector_grip = _Grip(self), _Grip(self)
        self._side_grip.dragged.connect(self._drag_side)
        self._inspector_grip.dragged.connect(self._drag_inspector)
        self._side_grip.released.connect(lambda: self.side_resized.emit(self._wanted[0]))
        self._inspector_grip.released.connect(lambda: self.inspector_resized.emit(self._wanted[1]))
        self._side_grip.reset.connect(self._reset_side)
        self._inspector_grip.reset.connect(self._reset_inspector)
        self._slide = QVariantAnimation(self)
        self._slide.setDuration(MOVE_MS)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._slide.valueChanged.connect(self._on_slid)
        self._sliding: tuple[QWidget, QRect] | None = None

    @property
    def arrangement(self) -> Arrangement:
        return self._now

    @property
    def side_gave_way(self) -> bool:
        """There is no room for the side beside the middle."""
        side = self._widgets[0]
        return side is not None and self._side_open and (self._now.side == 0 or self._now.side_over)

    @property
    def inspector_open(self) -> bool:
        return self._inspector_open

    def adopt(self, *widgets: QWidget | None) -> None:
        """Make a panel's widgets children of this one, hidden until they are shown."""
        for widget in widgets:
            if widget is not None:
                widget.setParent(self)
                widget.setAutoFillBackground(True)

    def show_widgets(self, side: QWidget | None, middle: QWidget, inspector: QWidget | None) -> None:
        """Put another panel's widgets in place; they were adopted before."""
        # First: what is hidden gives the focus away, its ring shows elsewhere, and that may lay out all anew.
        before, self._widgets = self._widgets, (side, middle, inspector)
        for widget in before:
            if widget is not None:
                widget.hide()
        self._side_called = False
        self._side_hidden = None
        middle.show()
        self._place()

    def set_widths(self, side: int, inspector: int) -> None:
        """Widths that the person chose earlier; 0 for the default."""
        self._wanted = (side, inspector)
        self._place()

    def set_side_open(self, opened: bool) -> None:
        self._side_open = opened
        self._side_called = False
        self._place()

    def set_inspector_open(self, opened: bool) -> None:
        self._inspector_open = opened
        self._place()
        if opened:
            self._slide_in(self._widgets[2], 1)

    def call_side(self, on: bool) -> None:
        """Lay the side over the middle (it gave way), or take it away again."""
        self._side_called = on
        self._place()
        if on:
            self._slide_in(self._widgets[0], -1)

    def close_drawer(self) -> bool:
        """Close what lies over the middle; False where nothing does."""
        if self._side_called and self._now.side_over:
            self.call_side(False)
            return True
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        side, middle, inspector = self._widgets
        if middle is None:
            return
        self._slide.stop()  # it would end where the column was before
        room = self.width()
        widths = default_widths(self.window().width())
        self._now = arrange(
            room,
            (self._wanted[0] or widths[0]) if side else 0,
            (self._wanted[1] or widths[1]) if inspector else 0,
            side_open=self._side_open,
            inspector_open=self._inspector_open,
            side_called=self._side_called,
        )
        now = self._now
        left = 0 if now.side_over else now.side
        right = room if now.inspector_over else room - now.inspector
        middle.setGeometry(left, 0, right - left, self.height())
        self._show(side, QRect(0, 0, now.side, self.height()))
        self._show(inspector, QRect(room - now.inspector, 0, now.inspector, self.height()))
        self._show(
            self._side_grip, QRect(now.side - 1 - GRIP // 2, 0, GRIP if now.side else 0, self.height())
        )
        at = room - now.inspector - GRIP // 2
        self._show(self._inspector_grip, QRect(at, 0, GRIP if now.inspector else 0, self.height()))
        hidden = side is not None and (now.side == 0 or now.side_over)
        if hidden != self._side_hidden:
            self._side_hidden = hidden
            self.side_hidden_changed.emit(hidden)

    def _show(self, widget: QWidget | None, area: QRect) -> None:
        if widget is None:
            return
        widget.setVisible(area.width() > 0)
        if area.width() > 0:
            widget.setGeometry(area)
            widget.raise_()

    def _slide_in(self, widget: QWidget | None, direction: int) -> None:
        if widget is None or self.reduced_motion or not self.isVisible() or not widget.isVisible():
            return
        self._sliding = (widget, widget.geometry())
        self._slide.setStartValue(direction * min(widget.width(), 80))
        self._slide.setEndValue(0)
        self._slide.start()

    def _on_slid(self, offset: object) -> None:
        if self._sliding is not None:
            widget, area = self._sliding
            widget.move(area.x() + int(offset), area.y())  # type: ignore[call-overload]

    def _drag_side(self, by: int) -> None:
        width = min(max(self._now.side + by, SIDE_RANGE[0]), SIDE_RANGE[1])
        self.set_widths(width, self._wanted[1])

    def _drag_inspector(self, by: int) -> None:
        width = min(max(self._now.inspector - by, INSPECTOR_RANGE[0]), INSPECTOR_RANGE[1])
        self.set_widths(self._wanted[0], width)

    def _reset_side(self) -> None:
        self.set_widths(0, self._wanted[1])
        self.side_resized.emit(0)

    def _reset_inspector(self) -> None:
        self.set_widths(self._wanted[0], 0)
        self.inspector_resized.emit(0)
