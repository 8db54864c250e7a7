"""The question before what cannot be undone."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.ui.dialogs.loss import LossSheet
from studio.ui.widgets.buttons import Button


class EraseSheet(LossSheet):
    """Asks once.

    Signals:
        confirmed: yes.
    """

    confirmed = Signal()

    def __init__(self, host: QWidget, english: str, **params: object) -> None:
        """`english` is the sentence that says what is lost."""
        keep, erase = Button("Keep"), Button("Delete for good", "danger")
        super().__init__(host, "Delete for good?", keep, erase, width=420)
        self.sentence.say(english, **params)
        self.lose.clicked.connect(self._on_confirmed)

    def ask(self) -> None:
        self.open(168, self.keep)

    def _on_confirmed(self) -> None:
        self.confirmed.emit()
        self.close_overlay()
