"""What opens over the window: raised, rounded, with a shadow; Esc or a click outside closes it."""

from PySide6.QtCore import QEvent, QKeyCombination, QObject, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.ui.theme import HEADER, RADIUS_LARGE, colours, is_dark
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.focus import takes_focus_again
from studio.ui.widgets.labels import Label, Line
from studio.ui.widgets.tab_order import stops

PALETTE = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_K)
SHADOW = 18
DROP = 4


class Overlay(QWidget):
    """A raised frame over `host`; put things into `body`. It is closed until `open_at`.

    Attributes:
        keeps_shortcuts: those of what lies below do nothing while it is open, not only bare keys.

    Signals:
        closed: it was closed, by whatever way.
    """

    closed = Signal()
    keeps_shortcuts = False

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self._focus_before: QWidget | None = None
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(SHADOW + 1, SHADOW + 1, SHADOW + 1, SHADOW + 1)
        self.body.setSpacing(0)
        self.hide()

    def open_at(self, frame: QRect, focus: QWidget | None = None) -> None:
        """Show the frame at this place of the host, and give `focus` the keyboard."""
        if not self.isVisible():
            self._focus_before = QApplication.focusWidget()
            application().installEventFilter(self)
        self.setGeometry(frame.adjusted(-SHADOW, -SHADOW, SHADOW, SHADOW))
        self.show()
        self.raise_()
        if focus is not None:
            focus.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_overlay(self) -> None:
        if not self.isVisible():
            return
        application().removeEventFilter(self)
        self.hide()
        before, self._focus_before = self._focus_before, None
        if before is not None and takes_focus_again(before):
            before.setFocus(Qt.FocusReason.PopupFocusReason)
        self.closed.emit()

    def frame(self) -> QRect:
        """The visible frame, without the shadow, in this widget's coordinates."""
        return self.rect().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)

    def fit(self) -> None:
        """The window has another size: what hangs on a place in it closes."""
        self.close_overlay()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._host and event.type() == QEvent.Type.Resize:
            self.fit()
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            return self._keeps(event)
        if (
            event.type() == QEvent.Type.MouseButtonPress
            and isinstance(event, QMouseEvent)
            and isinstance(watched, QWidget)
            and watched.window() is self.window()
            and not self.frame().contains(self.mapFromGlobal(event.globalPosition().toPoint()))
        ):
            self.close_overlay()
            return True
        return False

    def _keeps(self, event: QKeyEvent) -> bool:
        """Bare keys, such as Del, must not act on what lies below; Ctrl+K and F1 still do."""
        bare = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        kept = bare or (self.keeps_shortcuts and event.keyCombination() != PALETTE)
        if kept and not Qt.Key.Key_F1 <= event.key() <= Qt.Key.Key_F35:
            event.accept()
            return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_overlay()
            return
        plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain and self.press_focused():
            return
        super().keyPressEvent(event)

    def press_focused(self) -> bool:
        """Return belongs to the button that has the keyboard, such as Cancel; False where none has."""
        focused = QApplication.focusWidget()
        if not isinstance(focused, QPushButton) or focused.isCheckable():
            return False
        focused.click()
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.frame())
        painter.setPen(Qt.PenStyle.NoPen)
        # Fourteen pixels of blur as a stack of outlines, each adding a little.
        strength = 0.40 if is_dark() else 0.14
        for step in range(14):
            painter.setBrush(QColor(0, 0, 0, round(255 * strength / 14 * (step + 1) / 7.5)))
            grown = 14 - step
            spread = frame.translated(0, DROP).adjusted(-grown, -grown, grown, grown)
            painter.drawRoundedRect(spread, RADIUS_LARGE + grown, RADIUS_LARGE + grown)
        painter.setPen(QColor(now.border_strong))
        painter.setBrush(QColor(now.raised))
        painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_LARGE, RADIUS_LARGE)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab stays inside while it is open."""
        inside = [widget for widget in stops((self,)) if widget.isVisible() and widget.isEnabled()]
        if not inside:
            return True
        at = QApplication.focusWidget()
        place = inside.index(at) if at in inside else -1 if next else 0
        inside[(place + (1 if next else -1)) % len(inside)].setFocus(
            Qt.FocusReason.TabFocusReason if next else Qt.FocusReason.BacktabFocusReason
        )
        return True


class Sheet(Overlay):
    """An overlay in the middle of the window with a title and a cross; put things into `content`."""

    def __init__(self, host: QWidget, english: str, width: int) -> None:
        super().__init__(host)
        self._width, self._height = width, 0
        self.title = Label(english, "title")
        self.cross = IconButton("close", "Close", keys="Esc")
        self.cross.clicked.connect(self.close_overlay)
        top = QWidget()
        top.setFixedHeight(HEADER)
        row = QHBoxLayout(top)
        row.setContentsMargins(16, 0, 10, 0)
        row.addWidget(self.title, 1)
        row.addWidget(self.cross)
        self.content = QVBoxLayout()
        self.content.setContentsMargins(16, 12, 16, 16)
        self.content.setSpacing(8)
        self.body.addWidget(top)
        self.body.addWidget(Line())
        self.body.addLayout(self.content, 1)

    def open(self, height: int, focus: QWidget | None = None) -> None:
        """Centred, at most as large as the window leaves room for."""
        self._height = height
        room = self._host.rect().adjusted(24, 24, -24, -24)
        frame = QRect(0, 0, min(self._width, room.width()), min(height, room.height()))
        frame.moveCenter(room.center())
        self.open_at(frame, focus or self.cross)

    def fit(self) -> None:
        self.open(self._height, QApplication.focusWidget())


def application() -> QApplication:
    running = QApplication.instance()
    assert isinstance(running, QApplication)
    return running
