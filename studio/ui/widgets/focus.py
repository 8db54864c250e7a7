"""The focus ring: two pixels of the focus colour, two pixels outside the control that has the keyboard."""

from collections.abc import Sequence
from contextlib import suppress

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QWindow
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QApplication, QSlider, QWidget

from studio.ui.theme import RADIUS, colours

MARGIN = 4
FOLLOWED = (
    QEvent.Type.Move,
    QEvent.Type.Resize,
    QEvent.Type.Hide,
    QEvent.Type.Show,
    QEvent.Type.ZOrderChange,
)


class FocusRing(QWidget):
    """One ring for the whole application; it lies in the nearest widget that has room for it.

    Fields draw their own border and lists their own rows, so only buttons and sliders get it, and only once
    the keyboard was used. Style sheets know no outline with a gap, hence a widget.

    Attributes:
        by_keyboard: whether the last input came from the keyboard.
    """

    def __init__(self, application: QApplication) -> None:
        super().__init__()
        self.by_keyboard = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._control: QWidget | None = None
        self._watched: list[QWidget] = []
        application.focusChanged.connect(self._on_focus_changed)

    def watch(self, window: QWindow) -> None:
        """Learn from this window's input whether the person uses the keyboard."""
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if isinstance(watched, QWindow):
            if kind in (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress):
                self.by_keyboard = kind == QEvent.Type.KeyPress
        elif kind in FOLLOWED:
            self._follow()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours().focus), 2))
        radius = RADIUS + MARGIN - 1
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)

    def _on_focus_changed(self, old: QWidget | None, now: QWidget | None) -> None:
        rung = isinstance(now, QAbstractButton | QSlider) and self.by_keyboard
        self._control = now if rung else None
        self._follow()

    def _follow(self) -> None:
        control = self._control
        if control is None or not control.isVisible():
            self._watch([control] if control else [])
            self.hide()
            if control is None:
                self.setParent(None)  # or it would be deleted together with a sheet that closed
            return
        home, between = _home_of(control)
        self._watch((control, *between))
        if home is not self.parentWidget():
            self.setParent(home)
        self.setGeometry(_area(control, home))
        self.show()
        self.raise_()

    def _watch(self, widgets: Sequence[QWidget]) -> None:
        """Hear of these, and of no others, when they move."""
        if list(widgets) == self._watched:
            return
        for widget in self._watched:
            with suppress(RuntimeError):  # it may be gone, as a row is with the button that removed it
                widget.removeEventFilter(self)
        self._watched = list(widgets)
        for widget in widgets:
            widget.installEventFilter(self)


def _area(control: QWidget, home: QWidget) -> QRect:
    """Where the ring is, in `home`."""
    return QRect(control.mapTo(home, QPoint(0, 0)), control.size()).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)


def _home_of(control: QWidget) -> tuple[QWidget, list[QWidget]]:
    """The nearest widget that has room for the whole ring, and those between it and the control.

    What scrolls in an area is the last that is tried: outside it the ring would stay where it was.
    """
    home, between = control.parentWidget() or control.window(), list[QWidget]()
    while not (home.isWindow() or _scrolls(home) or home.rect().contains(_area(control, home))):
        between.append(home)
        home = home.parentWidget() or home.window()
    return home, between


def _scrolls(widget: QWidget) -> bool:
    port = widget.parentWidget()
    return port is not None and isinstance(port.parentWidget(), QAbstractScrollArea)


def takes_focus_again(widget: QWidget) -> bool:
    """Whether what had the focus earlier could have it now; it may have been deleted meanwhile."""
    try:
        return widget.isVisible() and widget.isEnabled()
    except RuntimeError:
        return False
