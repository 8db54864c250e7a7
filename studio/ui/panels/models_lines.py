"""A line of Models for a place that models come from: name and path, what is in it, buttons."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.widgets.empty import Glyph
from studio.ui.widgets.labels import ElidedLabel, Label, Line


class FolderLine(QWidget):
    """Name and path, what is in it, buttons.

    Attributes:
        buttons: at its right.
    """

    def __init__(self, icon: str, title: str, path: str, words: str, *buttons: QWidget) -> None:
        """All texts are in the person's language."""
        super().__init__()
        self.title, self.path = (
            ElidedLabel("", "button"),
            ElidedLabel("", "secondary", "secondary", middle=True),
        )
        self.title.setText(title)
        self.path.setText(path)
        self.words = Label("", "secondary", "secondary")
        self.words.setText(words)
        self.buttons = buttons
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addWidget(self.title)
        names.addWidget(self.path)
        row = QHBoxLayout()
        row.setContentsMargins(0, 10, 0, 10)
        row.setSpacing(12)
        row.addWidget(Glyph(icon, 16))
        row.addLayout(names, 1)
        row.addWidget(self.words)
        for button in buttons:
            row.addWidget(button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(row)
        whole.addWidget(Line())


def fill(layout: QVBoxLayout, rows: Sequence[QWidget]) -> None:
    """These rows, and no others."""
    while item := layout.takeAt(0):
        if widget := item.widget():
            widget.hide()
            widget.deleteLater()
    for row in rows:
        layout.addWidget(row)


def buttons_of(lines: Sequence[FolderLine]) -> list[QWidget]:
    return [button for line in lines for button in line.buttons]


def put_in_order(*widgets: QWidget) -> None:
    """Tab goes from each to the next."""
    for before, after in pairwise(widgets):
        QWidget.setTabOrder(before, after)
