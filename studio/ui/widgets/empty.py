"""What a panel says while it has nothing to show: icon, title, one sentence, one button."""

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from studio.ui.icons import Tone, draw_icon, tone_colour
from studio.ui.theme import MAIN_BUTTON
from studio.ui.widgets.buttons import Button, Kind
from studio.ui.widgets.labels import Label


class Glyph(QWidget):
    """An icon that is only looked at."""

    def __init__(
        self, icon: str, size: int = 20, tone: Tone = "secondary", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon = icon
        self._tone: Tone = tone
        self.setFixedSize(size, size)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_icon(self, icon: str, tone: Tone = "secondary") -> None:
        self._icon, self._tone = icon, tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_icon(painter, self._icon, QRect(0, 0, self.width(), self.height()), tone_colour(self._tone))


class EmptyState(QWidget):
    """Centred in whatever room it gets.

    Attributes:
        button: the one button; None where there is nothing to press.
    """

    def __init__(
        self,
        icon: str,
        title: str,
        sentence: str,
        button: str = "",
        kind: Kind = "primary",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = Label(title, "heading")
        self.sentence = Label(sentence, "body", "secondary", wrap=True)
        self._fit()
        self.button = Button(button, kind, height=MAIN_BUTTON) if button else None
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(Glyph(icon), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.title, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.sentence, 0, Qt.AlignmentFlag.AlignHCenter)
        if self.button is not None:
            column.addSpacing(4)
            column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._fit()
        super().changeEvent(event)

    def _fit(self) -> None:
        """As wide as the sentence, at most 420: a wrapping label has no width of its own."""
        width = self.sentence.fontMetrics().horizontalAdvance(self.sentence.text()) + 4
        self.sentence.setFixedWidth(min(width, 420))
