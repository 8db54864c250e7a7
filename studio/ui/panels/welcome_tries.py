"""Things to try at once: each a request in the person's language, and the starter that answers it."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from studio.ui.theme import RADIUS, colours
from studio.ui.widgets.clamped_label import ClampedLabel
from studio.ui.widgets.empty import Glyph
from studio.ui.widgets.labels import Label, plain_tip
from studio.ui.widgets.model_words import KINDS
from studio.viewmodels.welcome import PICTURES, TEXTS, Try

HEIGHT, LINES = 80, 2


class TryTile(QPushButton):
    """The whole of it is the button."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAutoDefault(False)
        self._glyph, self._name = Glyph("picture", 16), Label("", "secondary", "secondary")
        self._words = ClampedLabel("body", lines=LINES)
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._glyph)
        top.addWidget(self._name, 1)
        top.addWidget(Glyph("right", 16))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 12, 8)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self._words, 1)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_try(self, one: Try) -> None:
        self._glyph.show_icon(KINDS[one.spec.kind][1])
        self._name.setText(one.spec.name)
        self._words.setText(one.text)
        self.setText(one.text)
        self.setAccessibleName(f"{one.spec.name}: {one.text}")
        self.setToolTip(plain_tip(one.text))

    def sizeHint(self) -> QSize:
        return QSize(280, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(now.border))
        painter.setBrush(QColor(now.hover_raised if self.underMouse() or self.isDown() else now.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)


class Tries(QWidget):
    """A row of tiles.

    Signals:
        taken (Try): the person wants to see this one done.
    """

    taken = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._shown: Sequence[Try] = ()
        self.tiles = [TryTile() for _ in range(PICTURES + TEXTS)]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for place, tile in enumerate(self.tiles):
            row.addWidget(tile, 1)
            tile.clicked.connect(self._taking(place))

    def show_tries(self, tries: Sequence[Try]) -> None:
        self._shown = tries
        for tile, one in zip(self.tiles, tries, strict=False):
            tile.show_try(one)
        for place, tile in enumerate(self.tiles):
            tile.setVisible(place < len(tries))

    def _taking(self, place: int) -> Callable[[], None]:
        return lambda: self.taken.emit(self._shown[place])
