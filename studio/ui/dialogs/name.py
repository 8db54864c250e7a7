"""The question what something is to be called."""

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from studio.ui.dialogs.edit_size import HEIGHT, AskingSheet
from studio.ui.i18n import tr


class NameSheet(AskingSheet):
    """Asks for a name; what it was called so far stands there, selected.

    Signals:
        named (str): it is to be called so; never empty.
    """

    named = Signal(str)

    def __init__(self, host: QWidget, english: str, field: str) -> None:
        """`english` is the title; `field` says what is to be written."""
        super().__init__(host, english=english, label="Save")
        self._field = field
        self.name = QLineEdit()
        self.name.textChanged.connect(lambda: self.judge())
        self.content.addWidget(self.name)
        self.finish()
        self.accepted.connect(lambda: self.named.emit(self.name.text().strip()))
        self._translate()

    def ask(self, name: str) -> None:
        self.name.setText(name)
        self.name.selectAll()
        self.open(HEIGHT, self.name)

    @property
    def complete(self) -> bool:
        return bool(self.name.text().strip())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()

    def _translate(self) -> None:
        self.name.setPlaceholderText(tr(self._field))
        self.name.setAccessibleName(tr(self._field))
