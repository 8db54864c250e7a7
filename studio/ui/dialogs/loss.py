"""The question before something is lost."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.ui.widgets.buttons import Button
from studio.ui.widgets.labels import Label
from studio.ui.widgets.overlay import Sheet


class LossSheet(Sheet):
    """A sentence and two buttons; Return gives the answer that loses nothing.

    Attributes:
        sentence: says what would be lost.
        keep: the answer of Return, which closes the sheet.
        lose: the other.
    """

    def __init__(self, host: QWidget, title: str, keep: Button, lose: Button, width: int) -> None:
        """`title`: English."""
        super().__init__(host, title, width=width)
        self.sentence = Label("", "body", "secondary", wrap=True)
        self.keep, self.lose = keep, lose
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.keep)
        row.addWidget(self.lose)
        self.content.addWidget(self.sentence)
        self.content.addStretch(1)
        self.content.addLayout(row)
        self.keep.clicked.connect(self.close_overlay)
