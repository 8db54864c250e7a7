"""Rows of the Settings panel: words at the left, a control at the right."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.widgets.labels import ElidedLabel, Label, Line


class SettingRow(QWidget):
    """Title, a sentence below it, and the control; both texts are English and translated.

    Attributes:
        sentence: `say` English, or `setText` what is found out later.
    """

    def __init__(self, title: str, sentence: str, control: QWidget | None = None) -> None:
        super().__init__()
        self.title = Label(title, "body")
        self.sentence = Label(sentence, "secondary", "secondary", wrap=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.sentence)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 10, 0, 10)
        row.setSpacing(24)
        row.addLayout(words, 1)
        if control is not None:
            self.title.setBuddy(control)
            row.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)


class PlaceRow(QWidget):
    """A name, a path that is elided in its middle, and buttons."""

    def __init__(self, name: str, path: str, *buttons: QWidget) -> None:
        """`name` is English; empty for none."""
        super().__init__()
        self.path = ElidedLabel("", "mono", "secondary", middle=True)
        self.path.setText(path)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(12)
        if name:
            label = Label(name, "body")
            label.setMinimumWidth(150)
            row.addWidget(label)
        row.addWidget(self.path, 1)
        for button in buttons:
            row.addWidget(button)


class SettingGroup(QWidget):
    """A heading over rows with hairlines between them."""

    def __init__(self, title: str, *rows: QWidget) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 24)
        column.setSpacing(0)
        heading = Label(title, "title")
        heading.setContentsMargins(0, 0, 0, 6)
        column.addWidget(heading)
        for row in rows:
            column.addWidget(Line())
            column.addWidget(row)
        column.addWidget(Line())
