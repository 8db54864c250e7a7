"""All shortcuts on one sheet (F1), by the place they work in."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.ui.theme import font
from studio.ui.widgets.fields import draw_keys
from studio.ui.widgets.labels import ElidedLabel, Label
from studio.ui.widgets.overlay import Sheet
from studio.ui.widgets.section import ScrollColumn

WIDTH, ROW_HEIGHT = 720, 26


class Keys(QWidget):
    """A shortcut in its frame."""

    def __init__(self, keys: str) -> None:
        super().__init__()
        self._keys = keys
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

    def show_groups(self, groups: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> None:
        """Groups of (place, what can be done there with which keys), all as it is shown."""
        columns = [QVBoxLayout(), QVBoxLayout()]
        rows = [0, 0]
        for place, done in groups:
            side = 0 if rows[0] <= rows[1] else 1
            rows[side] += len(done) + 1
            columns[side].addWidget(_title(place))
            for said, keys in done:
                columns[side].addLayout(_row(said, keys))
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


def _row(said: str, keys: str) -> QHBoxLayout:
    words = ElidedLabel("", "body", "secondary")
    words.setText(said)
    row = QHBoxLayout()
    row.addStrut(ROW_HEIGHT)
    row.addWidget(words, 1)
    if keys:
        row.addWidget(Keys(keys))
    return row
