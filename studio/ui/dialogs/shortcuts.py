"""All shortcuts on one sheet (F1), by the place they work in."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.ui.theme import font
from studio.ui.widgets.buttons import keys_text
from studio.ui.widgets.fields import draw_keys
from studio.ui.widgets.labels import ElidedLabel, Label
from studio.ui.widgets.overlay import Sheet
from studio.ui.widgets.section import ScrollColumn
from studio.viewmodels.palette import Command

WIDTH, ROW_HEIGHT = 720, 26


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
        columns = [QVBoxLayout(), QVBoxLayout()]
        rows = [0, 0]
        for place, commands in groups:
            side = 0 if rows[0] <= rows[1] else 1
            rows[side] += len(commands) + 1
            columns[side].addWidget(_title(place))
            for command in commands:
                columns[side].addLayout(_row(command))
        both = QWidget()
        layout = QHBoxLayout(both)
        layout.setContentsMargins(0, 0, 10, 8)
        layout.setSpacing(32)
        for column in columns:
            column.setSpacing(0)
            column.addStretch(1)
            layout.addLayout(column, 1)
        self._scroll.setWidget(both)
        both.setAutoFillBackground(False)
        self.open(80 + max(rows) * ROW_HEIGHT, self._scroll)


def _title(place: str) -> QWidget:
    title = Label("", "section")
    title.setText(place)
    title.setFixedHeight(ROW_HEIGHT + 8)
    title.setAlignment(Qt.AlignmentFlag.AlignBottom)
    title.setContentsMargins(0, 0, 0, 6)
    return title


def _row(command: Command) -> QHBoxLayout:
    words = ElidedLabel("", "body", "secondary")
    words.setText(command.words)
    row = QHBoxLayout()
    row.addStrut(ROW_HEIGHT)
    row.addWidget(words, 1)
    if command.keys:
        row.addWidget(Keys(command.keys))
    return row
