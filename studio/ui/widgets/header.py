"""The 48-pixel line at the top of a side, a middle or an inspector: title, context, quiet actions."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.theme import HEADER
from studio.ui.widgets.labels import ElidedLabel, Line
from studio.ui.widgets.tab_order import stops


class Header(QWidget):
    """Title and context at the left, whatever is added at the right; a hairline below.

    Attributes:
        title: the label of the title; `say` English, or `setText` a person's own words.
        context: the secondary label after it, empty at first.
    """

    def __init__(self, english: str = "", *, section: bool = False, parent: QWidget | None = None) -> None:
        """`section` makes the title small, as in an inspector."""
        super().__init__(parent)
        self.setFixedHeight(HEADER)
        self.title = ElidedLabel(english, "strong" if section else "title")
        self.context = ElidedLabel("", "secondary", "secondary")
        self._lead = QHBoxLayout()
        self._actions = QHBoxLayout()
        self._trail = QHBoxLayout()
        for layout in (self._lead, self._actions, self._trail):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(8)
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(8)
        row.addStrut(HEADER - 1)
        row.addLayout(self._lead)
        row.addWidget(self.title)
        row.addWidget(self.context)
        row.addStretch(1)
        row.addLayout(self._actions)
        row.addLayout(self._trail)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(row, 1)
        whole.addWidget(Line())

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """A widget of the panel, right of the title."""
        self._actions.addWidget(widget, stretch)

    def add_lead(self, widget: QWidget) -> None:
        """A widget before the title, and before those that were added earlier."""
        self._lead.insertWidget(0, widget)

    def add_trail(self, widget: QWidget) -> None:
        """A widget of the shell, at the far right behind a line."""
        line = Line(vertical=True)
        line.setFixedHeight(24)
        self._trail.addWidget(line)
        earlier = stops((self,))
        self._trail.addWidget(widget)
        if earlier:
            QWidget.setTabOrder(earlier[-1], widget)

    def set_title(self, text: str) -> None:
        """A person's own words as the title."""
        self.title.setText(text)


class Titled(QWidget):
    """A header over a body: what a side or an inspector usually is."""

    def __init__(
        self, header: Header, body: QWidget, *, surface: str = "panel", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.header = header
        self.setProperty("surface", surface)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # it may lie over the middle
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(header)
        whole.addWidget(body, 1)
