"""The question what a sampling preset is to be called."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from studio.ui.dialogs.edit_size import HEIGHT, AskingSheet
from studio.ui.i18n import tr

LONGEST = 80


class PresetSheet(AskingSheet):
    """Asks for a name.

    Signals:
        named (str): the settings are to be kept under it.
    """

    named = Signal(str)

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, english="Save as a preset", label="Save")
        self._taken: Sequence[str] = ()
        self.name = QLineEdit()
        self.name.setMaxLength(LONGEST)
        self.name.textChanged.connect(lambda: self.judge())
        self.content.addWidget(self.name)
        self.finish()
        self.accepted.connect(lambda: self.named.emit(self.name.text().strip()))
        self._translate()

    def ask(self, name: str, taken: Sequence[str]) -> None:
        """`taken`: names of presets, which one may replace."""
        self._taken = taken
        self.name.setText(name)
        self.name.selectAll()
        self.open(HEIGHT, self.name)

    @property
    def complete(self) -> bool:
        return bool(self.name.text().strip())

    def judge(self) -> None:
        super().judge()
        replaces = self.name.text().strip().casefold() in (one.casefold() for one in self._taken)
        self.button.say("Replace" if replaces else "Save")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()

    def _translate(self) -> None:
        self.name.setPlaceholderText(tr("Name"))
        self.name.setAccessibleName(tr("Name"))
