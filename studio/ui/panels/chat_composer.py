"""Where one writes to the model: the message, what the model is at, and Send, which is Stop meanwhile."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.theme import MAIN_BUTTON
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.labels import ElidedLabel
from studio.ui.widgets.prompt_edit import PromptEdit
from studio.ui.widgets.well import Well

LINES = (1, 8)


class Composer(Well):
    """Return sends, Shift and Return make a line.

    Attributes:
        edit: where one writes.

    Signals:
        send_wanted: Return was pressed.
        edit_given_up: the person no longer wants to reword an old message.
    """

    send_wanted = Signal()
    edit_given_up = Signal()

    def __init__(self, send: QAction, stop: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit = PromptEdit("Write a message", "prompt", *LINES)
        self.watch(self.edit)
        self._status = ElidedLabel("", "secondary", "secondary")
        self._give_up = IconButton("close", "Leave the old message as it is", size=24, glyph_size=14)
        self._give_up.clicked.connect(self.edit_given_up)
        self._give_up.hide()
        self._send = Button("Send", "primary", keys="Return", height=MAIN_BUTTON)
        self._send.bind(send)
        self._stop = Button("Stop", "plain", icon="stop", keys="Esc", height=MAIN_BUTTON)
        self._stop.bind(stop)
        self._stop.hide()
        row = QHBoxLayout()
        row.setContentsMargins(14, 0, 8, 8)
        row.setSpacing(8)
        row.addWidget(self._give_up)
        row.addWidget(self._status, 1)
        row.addWidget(self._send)
        row.addWidget(self._stop)
        text = QHBoxLayout()
        text.setContentsMargins(14, 12, 14, 8)
        text.addWidget(self.edit)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(1, 1, 1, 1)
        whole.setSpacing(0)
        whole.addLayout(text)
        whole.addLayout(row)

    def show_writing(self, on: bool) -> None:
        """Stop stands in the place of Send while an answer is written."""
        had_focus = self._send.hasFocus() or self._stop.hasFocus()
        self._send.setVisible(not on)
        self._stop.setVisible(on)
        if had_focus:
            (self._stop if on else self._send).setFocus()

    def show_status(self, words: str, tone: str = "secondary") -> None:
        """One line beside the button, in the person's language."""
        self._status.set_tone(tone)
        self._status.setText(words)

    def show_rewording(self, on: bool) -> None:
        """Whether the text is another wording of an old message."""
        self._give_up.setVisible(on)
        if on:
            self._status.set_tone("secondary")
            self._status.say("Another wording of your message; the old one stays beside it.")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            plain = not event.modifiers() & (
                Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
            )
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
                self.send_wanted.emit()
                return True
        return super().eventFilter(watched, event)
