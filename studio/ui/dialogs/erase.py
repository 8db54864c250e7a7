"""The question before what cannot be undone."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.ui.widgets.buttons import Button
from studio.ui.widgets.labels import Label
from studio.ui.widgets.overlay import Sheet


class EraseSheet(Sheet):
    """Asks once, with Keep as the answer of Return.

    Signals:
        confirmed: yes.
    """

    confirmed = Signal()

    def __init__(self, host: QWidget, english: str, **params: object) -> None:
        """`english` is the sentence that says what is lost."""
        super().__init__(host, "Delete for good?", width=420)
        sentence = Label("", "body", "secondary", wrap=True)
        sentence.say(english, **params)
        self._keep = Button("Keep")
        erase = Button("Delete for good", "danger")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self._keep)
        row.addWidget(erase)
        self.content.addWidget(sentence)
        self.content.addStretch(1)
        self.content.addLayout(row)
        self._keep.clicked.connect(self.close_overlay)
        erase.clicked.connect(self._on_confirmed)

    def ask(self) -> None:
        self.open(168, self._keep)

    def _on_confirmed(self) -> None:
        self.confirmed.emit()
        self.close_overlay()
