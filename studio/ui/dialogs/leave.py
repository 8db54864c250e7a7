"""The question before the program ends with something that could not be saved."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.ui.dialogs.loss import LossSheet
from studio.ui.i18n import plural
from studio.ui.widgets.buttons import Button


class LeaveSheet(LossSheet):
    """Says what would be lost.

    Signals:
        left: it is to end all the same.
    """

    left = Signal()

    def __init__(self, host: QWidget) -> None:
        stay, leave = Button("Stay"), Button("Close all the same", "danger")
        super().__init__(host, "Close and lose what is not saved?", stay, leave, width=460)
        self.lose.clicked.connect(self._on_left)

    def ask(self, names: Sequence[str]) -> None:
        """`names` of the edits that would be lost."""
        self.sentence.setText(
            plural(
                len(names),
                "The last steps of this edit could not be saved and would be lost: {names}. "
                "Free some space, and it is saved by itself.",
                "The last steps of {n} edits could not be saved and would be lost: {names}. "
                "Free some space, and they are saved by themselves.",
                names=", ".join(names),
            )
        )
        self.open(200, self.keep)

    def _on_left(self) -> None:
        self.close_overlay()
        self.left.emit()
