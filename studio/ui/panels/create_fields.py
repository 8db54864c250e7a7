"""Fields of the Create inspector that take typed whole numbers and say below them what is wrong."""

from PySide6.QtCore import QEvent, QRect, QRegularExpression, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QPainter, QPaintEvent, QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit

from studio.core.errors import StudioError
from studio.ui.i18n import explain, tr
from studio.ui.theme import colours, font
from studio.ui.widgets.fields import SelectedByClick
from studio.ui.widgets.labels import Label


class WholeNumberField(QLineEdit):
    """Takes any whole number of so many digits, good or bad: what is wrong with it is said, not prevented.

    Signals:
        entered (object): the number was typed and left or confirmed; None where the field was emptied.
    """

    entered = Signal(object)

    def __init__(
        self, english: str, digits: int, *, letter: str = "", empty: str = "Auto", mono: bool = False
    ) -> None:
        """`english` is its name for screen readers; `letter` stands at its left end."""
        super().__init__()
        self._english, self._letter, self._empty = english, letter, empty
        self._shown = ""
        self.setValidator(QRegularExpressionValidator(QRegularExpression(f"-?\\d{{0,{digits}}}"), self))
        if mono:
            self.setFont(font("mono"))
        if letter:
            self.setAlignment(Qt.AlignmentFlag.AlignRight)
            self.setTextMargins(20, 0, 0, 0)
        self.setMinimumWidth(64)
        self.editingFinished.connect(self._on_finished)
        self._selected = SelectedByClick(self)
        self._translate()

    def show_number(self, number: int | None) -> None:
        """Without telling anyone; what is being typed stays."""
        self._shown = "" if number is None else str(number)
        if not (self.hasFocus() and self.isModified()):
            self.setText(self._shown)

    @property
    def typed(self) -> int | None:
        """What stands there, confirmed or not; None for nothing."""
        text = self.text()
        return int(text) if text.lstrip("-") else None

    def set_wrong(self, wrong: bool) -> None:
        if self.property("problem") != wrong:
            self.setProperty("problem", wrong)
            self.style().unpolish(self)
            self.style().polish(self)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._selected.came(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._letter:
            painter = QPainter(self)
            painter.setFont(font("secondary"))
            painter.setPen(QColor(colours().secondary))
            left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(QRect(9, 0, 20, self.height()), left, tr(self._letter))

    def _translate(self) -> None:
        self.setAccessibleName(tr(self._english))
        self.setPlaceholderText(tr(self._empty) if self._empty else "")

    def _on_finished(self) -> None:
        text = self.text()
        self.setModified(False)
        if text != self._shown:
            self._shown = text
            self.entered.emit(self.typed)


class Remark(Label):
    """A line below a field: what is wrong with it, else something worth knowing, else gone."""

    def __init__(self) -> None:
        super().__init__("", "secondary", "secondary", wrap=True)
        self.hide()

    def remark(self, error: StudioError | None, words: str = "") -> None:
        text = explain(error) if error else words
        self.set_tone("danger" if error else "secondary")
        self.setText(text)
        self.setVisible(bool(text))
