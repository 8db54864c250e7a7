"""The top of Models: which list is shown, and the machine that models have to fit into."""

from collections.abc import Mapping, Sequence
from typing import cast

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.shelf import Machine
from studio.ui import figures
from studio.ui.i18n import tr
from studio.ui.widgets.empty import Glyph
from studio.ui.widgets.labels import ElidedLabel, Label, Line
from studio.ui.widgets.model_words import whole_size
from studio.ui.widgets.segment import Segment

FITTED = (
    "The fit is worked out for the picture size of each model and 4,096 tokens of text, "
    "with nothing else loaded."
)
NARROW = 720  # pixels of the line under which it says only what the machine is


class CountedSegment(Segment):
    """Choices with a count after some of them."""

    def __init__(self, english: str, choices: Sequence[tuple[str, object]]) -> None:
        super().__init__(english, choices)
        self._counts: Mapping[object, int] = {}
        self._row = cast(QHBoxLayout, self.layout())

    def show_counts(self, counts: Mapping[object, int]) -> None:
        self._counts = counts
        for place, (data, button) in enumerate(zip(self._data, self._buttons, strict=True)):
            words = tr(button.english)
            button.setText(f"{words} {figures.count(counts[data])}" if data in counts else words)
            button.setAccessibleName(button.text())
            button.updateGeometry()
            self._row.setStretch(place, button.sizeHint().width())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.show_counts(self._counts)


class MachineLine(QWidget):
    """Device, memory, free disk; what fits are worked out for.

    Attributes:
        device, memory, basis: its labels.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._machine: Machine | None = None
        self.device, self.memory = ElidedLabel("", "button"), ElidedLabel("", "secondary", "secondary")
        self.basis = Label("", "secondary", "secondary", wrap=True)
        self.basis.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.basis.setFixedWidth(360)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.device)
        words.addWidget(self.memory)
        row = QHBoxLayout()
        row.setContentsMargins(26, 12, 20, 12)
        row.setSpacing(18)
        row.addWidget(Glyph("memory", 20))
        row.addLayout(words, 1)
        row.addWidget(self.basis)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(row)
        whole.addWidget(Line())

    def show_machine(self, machine: Machine | None) -> None:
        self._machine = machine
        self.device.setText(device_words(machine))
        self.memory.setText(
            memory_words(machine) if machine else tr("What fits is told as soon as this machine is known.")
        )
        known = machine is not None and bool(machine.devices)
        self.basis.say(
            FITTED
            if known
            else "The fit counts main memory until the engine has looked for a graphics device."
        )
        self.basis.setVisible(machine is not None and self.width() >= NARROW)

    def resizeEvent(self, event: object) -> None:
        self.basis.setVisible(self._machine is not None and self.width() >= NARROW)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.show_machine(self._machine)
        super().changeEvent(event)


def device_words(machine: Machine | None) -> str:
    """The devices beside the processor, else the processor."""
    if machine is None:
        return tr("Looking at this machine")
    names = [device.name for device in machine.devices if device.kind != "cpu"]
    return " · ".join(dict.fromkeys(names)) or machine.processor or tr("This machine")


def memory_words(machine: Machine) -> str:
    """12 GB video memory · 32 GB memory · 214 GB free on disk"""
    video = max((device.total_bytes for device in machine.devices if device.kind != "cpu"), default=0)
    parts = (
        tr("{size} video memory", size=whole_size(video)) if video else "",
        tr("{size} memory", size=whole_size(machine.memory_bytes)),
        tr("{size} free on disk", size=whole_size(machine.disk_free_bytes))
        if machine.disk_free_bytes
        else "",
    )
    return " · ".join(part for part in parts if part)
