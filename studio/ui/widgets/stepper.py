"""A small whole number in words, with a button for less and one for more."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from studio.ui.theme import SMALL
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.labels import Label


class Stepper(QWidget):
    """Up and down keys on either button step it, too.

    Signals:
        changed (int): the person stepped (not when `set_value` did).
    """

    changed = Signal(int)

    def __init__(
        self, less: str, more: str, most: int, words: Callable[[int], str], parent: QWidget | None = None
    ) -> None:
        """From 1 to `most`; `less` and `more` name the buttons, `words` says what stands between them."""
        super().__init__(parent)
        self._most, self._words = most, words
        self._value = 1
        self._less = IconButton("remove", less, size=SMALL, glyph_size=14)
        self._more = IconButton("add", more, size=SMALL, glyph_size=14)
        self._label = Label("", "secondary", "secondary")
        self._label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._less.clicked.connect(lambda: self.step(-1))
        self._more.clicked.connect(lambda: self.step(1))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for widget in (self._less, self._label, self._more):
            row.addWidget(widget)
        for button in (self._less, self._more):
            button.installEventFilter(self)
        self._show()

    @property
    def value(self) -> int:
        return self._value

    def set_value(self, value: int) -> None:
        """Show a value without telling anyone."""
        self._value = min(max(value, 1), self._most)
        self._show()

    def step(self, by: int) -> None:
        before = self._value
        self.set_value(before + by)
        if self._value != before:
            self.changed.emit(self._value)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Of the buttons, which would give the focus away."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
            if step is not None:
                self.step(step)
                return True
        return False

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._show()
        super().changeEvent(event)

    def _show(self) -> None:
        """As wide as the longest words, so that nothing moves while one steps."""
        words = self._words(self._value)
        metrics = self._label.fontMetrics()
        widest = max(metrics.horizontalAdvance(self._words(one)) for one in (1, self._most))
        self._label.setText(words)
        self._label.setMinimumWidth(widest + 4)
        for button, at_end in ((self._less, self._value == 1), (self._more, self._value == self._most)):
            button.setEnabled(not at_end)
            button.setAccessibleDescription(words)
