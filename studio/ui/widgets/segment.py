"""Two to five choices side by side, of which one is on; arrows move between them."""

from collections.abc import Container, Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from studio.ui.i18n import tr
from studio.ui.theme import CONTROL, RADIUS, colours, font


class _Choice(QAbstractButton):
    def __init__(self, english: str) -> None:
        super().__init__()
        self.english = english
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.translate()

    def translate(self) -> None:
        self.setText(tr(self.english))
        self.setAccessibleName(self.text())
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 20, CONTROL - 6)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 14, CONTROL - 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.segment))
            painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        painter.setFont(self.font())
        lit = self.isChecked() or self.underMouse()
        painter.setPen(QColor(now.disabled if not self.isEnabled() else now.text if lit else now.secondary))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())


class Segment(QWidget):
    """Choices given as (English words, data).

    Signals:
        chosen: the person chose the one with this data (not when `select` did).
    """

    chosen = Signal(object)

    def __init__(
        self, english: str, choices: Sequence[tuple[str, object]], parent: QWidget | None = None
    ) -> None:
        """`english` names the group for screen readers."""
        super().__init__(parent)
        self._english = english
        self._data = [data for _, data in choices]
        self._buttons = [_Choice(words) for words, _ in choices]
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(3, 3, 3, 3)
        row.setSpacing(0)
        for number, button in enumerate(self._buttons):
            button.setFont(font("secondary"))
            self._group.addButton(button, number)
            row.addWidget(button, 1)
        self.setFixedHeight(CONTROL)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr(english))
        self._group.idClicked.connect(self._on_clicked)
        self.select(self._data[0])

    def value(self) -> object:
        return self._data[max(self._group.checkedId(), 0)]

    def select(self, data: object) -> None:
        """Show this one as chosen without telling anyone; none where `data` is not among them."""
        self._group.setExclusive(data in self._data)
        for one, button in zip(self._data, self._buttons, strict=True):
            button.setChecked(one == data)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if one == data else Qt.FocusPolicy.ClickFocus)
        if data not in self._data:
            self._buttons[0].setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocusProxy(self._focusable())

    def allow(self, data: Container[object]) -> None:
        """Only these can be chosen."""
        for one, button in zip(self._data, self._buttons, strict=True):
            button.setEnabled(one in data)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.setAccessibleName(tr(self._english))
            for button in self._buttons:
                button.translate()
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(
            Qt.Key(event.key())
        )
        if step is None:
            super().keyPressEvent(event)
            return
        numbers = range(len(self._data))[max(self._group.checkedId(), 0) :: step][1:]
        if (number := next((one for one in numbers if self._buttons[one].isEnabled()), None)) is not None:
            self._choose(number)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(now.border_strong))
        painter.setBrush(QColor(now.input if now.segment != now.input else now.hover))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def _focusable(self) -> QAbstractButton:
        return self._buttons[max(self._group.checkedId(), 0)]

    def _on_clicked(self, number: int) -> None:
        self._choose(number)

    def _choose(self, number: int) -> None:
        self.select(self._data[number])
        self._buttons[number].setFocus(Qt.FocusReason.OtherFocusReason)
        self.chosen.emit(self._data[number])
