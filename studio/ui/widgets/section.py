"""A foldable group of an inspector: chevron, title, and a summary that stays when it is closed."""

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from studio.ui.i18n import tr
from studio.ui.icons import draw_icon
from studio.ui.theme import colours, font
from studio.ui.widgets.labels import Line


class _Fold(QPushButton):
    """The line one clicks."""

    def __init__(self, english: str) -> None:
        super().__init__()
        self._english = english
        self.summary = ""
        self.setCheckable(True)
        self.setFixedHeight(28)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.translate()

    def translate(self) -> None:
        self.setText(tr(self._english))
        self.setAccessibleName(self.text())
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.translate()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        draw_icon(painter, "down" if self.isChecked() else "right", QRect(0, 7, 14, 14), now.secondary)
        painter.setFont(font("section"))
        painter.setPen(QColor(now.text))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRect(20, 0, self.width(), 28), middle | Qt.AlignmentFlag.AlignLeft, self.text())
        room = self.width() - 28 - painter.fontMetrics().horizontalAdvance(self.text())
        painter.setFont(font("secondary"))
        painter.setPen(QColor(now.secondary))
        shown = painter.fontMetrics().elidedText(self.summary, Qt.TextElideMode.ElideRight, max(room, 0))
        painter.drawText(self.rect(), middle | Qt.AlignmentFlag.AlignRight, shown)


class Section(QWidget):
    """Fill `body` (a QVBoxLayout); a hairline closes it.

    Signals:
        folded: the person opened (True) or closed (False) it; keep that under the panel's name.
    """

    folded = Signal(bool)

    def __init__(self, english: str, *, opened: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fold = _Fold(english)
        self._content = QWidget()
        self.body = QVBoxLayout(self._content)
        self.body.setContentsMargins(0, 0, 0, 12)
        self.body.setSpacing(6)
        inner = QVBoxLayout()
        inner.setContentsMargins(16, 8, 16, 4)
        inner.setSpacing(2)
        inner.addWidget(self._fold)
        inner.addWidget(self._content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(inner)
        whole.addWidget(Line())
        self.set_open(opened)
        self._fold.toggled.connect(self._on_toggled)

    def set_open(self, opened: bool) -> None:
        self._fold.setChecked(opened)
        self._content.setVisible(opened)

    def is_open(self) -> bool:
        return self._fold.isChecked()

    def set_summary(self, text: str) -> None:
        """What the group amounts to, in few words, already in the person's language."""
        self._fold.summary = text
        self._fold.setAccessibleDescription(text)
        self._fold.update()

    def _on_toggled(self, opened: bool) -> None:
        self._content.setVisible(opened)
        self.folded.emit(opened)


class Scroller(QScrollArea):
    """Scrolls what is in it up and down; nothing of its own is seen but the bar."""

    def __init__(self, inner: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidget(inner)
        inner.setAutoFillBackground(False)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)


class ScrollColumn(Scroller):
    """Sections one under the other, scrolling when they are taller than the column; fill `column`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        inner = QWidget()
        super().__init__(inner, parent)
        # A stretch, not an alignment: an aligned layout gives wrapping labels less than the height they need.
        whole = QVBoxLayout(inner)
        whole.setContentsMargins(0, 0, 0, 0)
        self.column = QVBoxLayout()
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        whole.addLayout(self.column)
        whole.addStretch(1)

    def add(self, widget: QWidget) -> None:
        self.column.addWidget(widget)
