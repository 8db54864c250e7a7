"""A field for some lines of plain text, such as a system prompt."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy

from studio.ui.i18n import tr


class TextField(QPlainTextEdit):
    """Plain text of so many lines; Tab leaves it."""

    def __init__(self, english: str, lines: int) -> None:
        """`english` is its placeholder and its name."""
        super().__init__()
        self._english = english
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * lines + 16)
        self._translate()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setPlaceholderText(tr(self._english))
        self.setAccessibleName(tr(self._english))
