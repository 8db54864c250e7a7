"""The question before the program ends with something that could not be saved."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.ui.i18n import plural
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.labels import Label
from studio.ui.widgets.overlay import Sheet


class LeaveSheet(Sheet):
    """Says what would be lost, with Stay as the answer of Return.

    Signals:
        left: it is to end all the same.
    """

    left = Signal()

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, "Close and lose what is not saved?", width=460)
        self._sentence = Label("", "body", "secondary", wrap=True)
        self._stay = Button("Stay")
        leave = Button("Close all the same", "danger")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self._stay)
        row.addWidget(leave)
        self.content.addWidget(self._sentence)
        self.content.addStretch(1)
        self.content.addLayout(row)
        self._stay.clicked.connect(self.close_overlay)
        leave.clicked.connect(self._on_left)

    def ask(self, names: Sequence[str]) -> None:
        """`names` of the edits that would be lost."""
        self._sentence.setText(
            plural(
                len(names),
                "The last steps of this edit could not be saved and would be lost: {names}. "
                "Free some space, and it is saved by itself.",
                "The last steps of {n} edits could not be saved and would be lost: {names}. "
                "Free some space, and they are saved by themselves.",
                names=", ".join(names),
            )
        )
        self.open(200, self._stay)

    def _on_left(self) -> None:
        self.close_overlay()
        self.left.emit()
