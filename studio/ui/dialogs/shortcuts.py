"""All shortcuts on one sheet (F1), by the place they work in."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from studio.ui.theme import font
from studio.ui.widgets.buttons import keys_text
from studio.ui.widgets.fields import draw_keys
from studio.ui.widgets.labels import ElidedLabel, Label
from studio.ui.widgets.overlay import Sheet
from studio.ui.widgets.section import ScrollColumn
from studio.viewmodels.palette import Command

WIDTH = 720


class Keys(QWidget):
    """A shortcut in its frame."""

    def __init__(self, keys: str) -> None:
        super().__init__()
        self._keys = keys_text(keys)
        self.setFont(font("caption"))
        self.setAccessibleName(self._keys)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._keys) + 14, 22)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_keys(painter, self._keys, self.rect())


class ShortcutsSheet(Sheet):
    """Two columns of groups."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, "Shortcuts", WIDTH)
        self._scroll = ScrollColumn()
        self._scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.content.setContentsMargins(16, 4, 6, 8)
        self.content.addWidget(self._scroll)

    def show_commands(self, groups: Sequence[tuple[str, Sequence[Command]]]) -> None:
        """Groups of (place, in the person's language; its commands)."""
        grid = QWidget()
        layout = QGridLayout(grid)
        layout.setContentsMargins(0, 8, 10, 8)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(2)
        rows = [0, 0]
        for place, commands in groups:
            side = 0 if rows[0] <= rows[1] else 1
            title = Label("", "section")
            title.setText(place)
            title.setFixedHeight(28)
            layout.addWidget(title, rows[side], side * 3, 1, 2, Qt.AlignmentFlag.AlignBottom)
            for number, command in enumerate(commands, rows[side] + 1):
                words = ElidedLabel("", "body", "secondary")
                words.setText(command.words)
                layout.addWidget(words, number, side * 3)
                layout.addWidget(Keys(command.keys), number, side * 3 + 1, Qt.AlignmentFlag.AlignRight)
            rows[side] += len(commands) + 1
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(3, 1)
        layout.setColumnMinimumWidth(2, 24)
        self._scroll.setWidget(grid)
        self.open(80 + max(rows) * 26, self._scroll)
