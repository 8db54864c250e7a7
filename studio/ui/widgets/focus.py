"""The focus ring: two pixels of the focus colour, two pixels outside the control that has the keyboard."""

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QWindow
from PySide6.QtWidgets import QAbstractButton, QApplication, QSlider, QWidget

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
    """One ring for the whole application; it is a sibling of the control that it surrounds.

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
        if self._control is not None:
            self._control.removeEventFilter(self)
            self._control = None
        if isinstance(now, QAbstractButton | QSlider) and self.by_keyboard:
            self._control = now
            now.installEventFilter(self)
        self._follow()

    def _follow(self) -> None:
        control = self._control
        if control is None or not control.isVisible():
            self.hide()
            return
        home = control.parentWidget()
        if home is not self.parentWidget():
            self.setParent(home)
        self.setGeometry(control.geometry().adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))
        self.show()
        self.raise_()
