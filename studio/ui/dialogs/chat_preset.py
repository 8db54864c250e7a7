"""The question what a sampling preset is to be called."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from studio.ui.dialogs.name import NameSheet

LONGEST = 80


class PresetSheet(NameSheet):
    """Asks for a name, which may be that of a preset to replace."""

    _taken: Sequence[str] = ()

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, "Save as a preset", "Name")
        self.name.setMaxLength(LONGEST)

    def ask_beside(self, name: str, taken: Sequence[str]) -> None:
        """`taken`: names of presets, which one may replace."""
        self._taken = taken
        self.ask(name)

    def judge(self) -> None:
        super().judge()
        replaces = self.name.text().strip().casefold() in (one.casefold() for one in self._taken)
        self.button.say("Replace" if replaces else "Save")
