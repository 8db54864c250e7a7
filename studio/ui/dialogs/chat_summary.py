"""The sheet in which a summary of older messages is put into other words."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QWidget

from studio.ui.theme import font
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.labels import Label
from studio.ui.widgets.naming import call
from studio.ui.widgets.overlay import Sheet

WIDTH, HEIGHT = 640, 480


class SummarySheet(Sheet):
    """Its words, to be changed.

    Signals:
        written (str): what the model is to read from now on.
    """

    written = Signal(str)

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, "Summary", WIDTH)
        self.text = QPlainTextEdit()
        self.text.setFont(font("body"))
        self.text.setTabChangesFocus(True)
        call(self.text, "Summary")
        self.text.textChanged.connect(self._judge)
        self.save = Button("Save", "primary", keys="Ctrl+Return")
        self.save.setShortcut("Ctrl+Return")
        self.save.clicked.connect(self._on_saved)
        row = QHBoxLayout()
        row.addWidget(
            Label("The model reads this in place of the messages.", "secondary", "secondary", wrap=True), 1
        )
        row.addWidget(self.save)
        self.content.addWidget(self.text, 1)
        self.content.addLayout(row)

    def ask(self, text: str) -> None:
        """Begin with these words."""
        self.text.setPlainText(text)
        self.open(HEIGHT, self.text)

    def _judge(self) -> None:
        self.save.setEnabled(bool(self.text.toPlainText().strip()))

    def _on_saved(self) -> None:
        self.close_overlay()
        self.written.emit(self.text.toPlainText().strip())
