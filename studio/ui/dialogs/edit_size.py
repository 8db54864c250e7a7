"""Sheets that ask for a number or two before the whole canvas is changed: another size, another angle."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.core.errors import StudioError, ValueOutOfRange
from studio.ui.panels.create_fields import Remark, WholeNumberField
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.fields import SliderField, take_typed
from studio.ui.widgets.labels import Label
from studio.ui.widgets.overlay import SHADOW, Sheet

MOST_DIGITS = 7  # of a side; what is too large can be typed, and is said to be
MOST_DEGREES, TYPED_DEGREES = 45, 999
WIDTH, HEIGHT = 360, 164


class AskingSheet(Sheet):
    """Fields in `content`, one button below them; Enter presses it, unless something is wrong with a field.

    Signals:
        accepted: it was pressed.
    """

    accepted = Signal()
    keeps_shortcuts = True

    def __init__(self, host: QWidget, *, english: str, label: str, keys: str = "Return") -> None:
        """`label` is what its button says; `keys` what is said to press it."""
        super().__init__(host, english, WIDTH)
        self._least = HEIGHT
        self.remark = Remark()
        self.button = Button(label, "primary", keys=keys)
        self.button.clicked.connect(self.accept)

    def finish(self) -> None:
        """After the fields: what is wrong with them, and the button at the right."""
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.button)
        self.content.addWidget(self.remark)
        self.content.addStretch(1)
        self.content.addLayout(row)

    def open(self, height: int, focus: QWidget | None = None) -> None:
        self._least = height
        super().open(height, focus)
        self.judge()

    def problem(self) -> StudioError | None:
        """What is wrong with what stands in the fields."""
        return None

    @property
    def complete(self) -> bool:
        """Nothing is left empty."""
        return True

    def judge(self) -> None:
        """As one types: the limit is said below the field, and what was typed stays."""
        error = self.problem() if self.complete else None
        self.remark.remark(error)
        self.button.setEnabled(self.complete and error is None)
        said = self.remark.heightForWidth(self.frame().width() - 34) + 8 if error else 0
        self._height = self._least + said
        self.resize(self.width(), self._height + 2 * SHADOW)

    def accept(self) -> None:
        take_typed()
        self.judge()
        if self.button.isEnabled():
            self.close_overlay()
            self.accepted.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and self.isVisible():
            QTimer.singleShot(0, self, self.judge)  # the remark is as long as its words

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not self.press_focused():
                self.accept()
            return
        super().keyPressEvent(event)


class ResizeSheet(AskingSheet):
    """Width and height, which keep the shape until told otherwise."""

    def __init__(self, host: QWidget, problem_of: Callable[[int, int], StudioError | None]) -> None:
        """`problem_of` says why a picture cannot have such a size."""
        super().__init__(host, english="Resize", label="Resize")
        self._problem_of = problem_of
        self.width_field = WholeNumberField("Width", MOST_DIGITS, empty="")
        self.height_field = WholeNumberField("Height", MOST_DIGITS, empty="")
        self.lock = IconButton("lock", "Keep the shape", checkable=True)
        self.lock.setChecked(True)
        self.lock.toggled.connect(self._on_lock)
        self._shape = 1.0
        row = QHBoxLayout()
        row.setSpacing(8)
        for field, english in ((self.width_field, "Width"), (self.height_field, "Height")):
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
            field.textEdited.connect(partial(self._follow, field))
            field.textChanged.connect(lambda: self.judge())
            label = Label(english, "secondary", "secondary")
            label.setBuddy(field)
            row.addWidget(label)
            row.addWidget(field, 1)
        row.addWidget(self.lock)
        self.content.addLayout(row)
        self.finish()

    def ask(self, width: int, height: int) -> None:
        self._shape = width / height
        self.width_field.setText(str(width))
        self.height_field.setText(str(height))
        self.width_field.selectAll()
        self.open(HEIGHT, self.width_field)

    @property
    def asked(self) -> tuple[int, int]:
        return self.width_field.typed or 0, self.height_field.typed or 0

    @property
    def complete(self) -> bool:
        return None not in (self.width_field.typed, self.height_field.typed)

    def problem(self) -> StudioError | None:
        problem = self._problem_of(*self.asked)
        for field in (self.width_field, self.height_field):
            field.set_wrong(problem is not None)
        return problem

    def _on_lock(self, on: bool) -> None:
        self.lock.set_icon("lock" if on else "unlock")

    def _follow(self, field: WholeNumberField, text: str) -> None:
        if not self.lock.isChecked() or not (typed := field.typed):
            return
        if field is self.width_field:
            self.height_field.setText(str(max(1, round(typed / self._shape))))
        else:
            self.width_field.setText(str(max(1, round(typed * self._shape))))


class StraightenSheet(AskingSheet):
    """Degrees clockwise; what is empty at the corners afterwards is cut away."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, english="Straighten", label="Straighten")
        self.degrees = SliderField("Degrees", -MOST_DEGREES, MOST_DEGREES, 0.1, 1, 0)
        self.degrees.field.setRange(-TYPED_DEGREES, TYPED_DEGREES)
        self.degrees.field.lineEdit().textChanged.connect(lambda: self.judge())
        self.content.addWidget(self.degrees)
        self.finish()

    def ask(self) -> None:
        self.degrees.set_value(0)
        self.open(HEIGHT, self.degrees.field)

    def problem(self) -> StudioError | None:
        typed = self.degrees.field.typed
        if typed is None or -MOST_DEGREES <= typed <= MOST_DEGREES:
            return None
        return ValueOutOfRange(name="degrees", value=typed, least=-MOST_DEGREES, most=MOST_DEGREES)
