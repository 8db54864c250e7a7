"""Sheets that ask for a number or two before the whole canvas is changed: another size, another angle."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.fields import NumberField, SliderField, take_typed
from studio.ui.widgets.labels import Label
from studio.ui.widgets.overlay import Sheet

SIDES = (1, 16384)
MOST_DEGREES = 45
WIDTH = 360


class AskingSheet(Sheet):
    """Fields in `content`, one button below them; Enter presses it.

    Signals:
        accepted: it was pressed.
    """

    accepted = Signal()
    keeps_shortcuts = True

    def __init__(self, host: QWidget, *, english: str, label: str, keys: str = "Return") -> None:
        """`label` is what its button says; `keys` what is said to press it."""
        super().__init__(host, english, WIDTH)
        self.button = Button(label, "primary", keys=keys)
        self.button.clicked.connect(self.accept)

    def finish(self) -> None:
        """After the fields: the button at the right."""
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.button)
        self.content.addStretch(1)
        self.content.addLayout(row)

    def accept(self) -> None:
        take_typed()
        self.close_overlay()
        self.accepted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accept()
            return
        super().keyPressEvent(event)


class ResizeSheet(AskingSheet):
    """Width and height, which keep the shape until told otherwise."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, english="Resize", label="Resize")
        self.width_field = NumberField("Width", *SIDES, width=80)
        self.height_field = NumberField("Height", *SIDES, width=80)
        self.lock = IconButton("lock", "Keep the shape", checkable=True)
        self.lock.setChecked(True)
        self.lock.toggled.connect(self._on_lock)
        self.width_field.valueChanged.connect(partial(self._follow, self.width_field))
        self.height_field.valueChanged.connect(partial(self._follow, self.height_field))
        self._shape = 1.0
        self._following = False
        row = QHBoxLayout()
        row.setSpacing(8)
        for field, english in ((self.width_field, "Width"), (self.height_field, "Height")):
            label = Label(english, "secondary", "secondary")
            label.setBuddy(field)
            row.addWidget(label)
            row.addWidget(field, 1)
        row.addWidget(self.lock)
        self.content.addLayout(row)
        self.finish()

    def ask(self, width: int, height: int) -> None:
        self._following = True
        self._shape = width / height
        self.width_field.setValue(width)
        self.height_field.setValue(height)
        self._following = False
        self.open(164, self.width_field)

    @property
    def asked(self) -> tuple[int, int]:
        return round(self.width_field.value()), round(self.height_field.value())

    def _on_lock(self, on: bool) -> None:
        self.lock.set_icon("lock" if on else "unlock")

    def _follow(self, field: NumberField, value: float) -> None:
        if self._following or not self.lock.isChecked():
            return
        self._following = True
        if field is self.width_field:
            self.height_field.setValue(max(1, round(value / self._shape)))
        else:
            self.width_field.setValue(max(1, round(value * self._shape)))
        self._following = False


class StraightenSheet(AskingSheet):
    """Degrees clockwise; what is empty at the corners afterwards is cut away."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, english="Straighten", label="Straighten")
        self.degrees = SliderField("Degrees", -MOST_DEGREES, MOST_DEGREES, 0.1, 1, 0)
        self.content.addWidget(self.degrees)
        self.finish()

    def ask(self) -> None:
        self.degrees.set_value(0)
        self.open(164, self.degrees.field)
