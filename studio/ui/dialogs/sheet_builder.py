"""The form of a contact sheet: what goes across and what goes down, and how many pictures that makes."""

from functools import partial

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.core.errors import SheetError
from studio.core.model import ModelSpec
from studio.core.sheet_language import EXAMPLES, read_axis
from studio.core.sheets import Setting
from studio.ui import figures
from studio.ui.i18n import SETTINGS, explain, plural, tr
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.fields import CheckBox, Combo
from studio.ui.widgets.labels import Label
from studio.ui.widgets.naming import call
from studio.ui.widgets.overlay import Sheet
from studio.viewmodels.sheet_draft import ACROSS, DOWN, WHOLE, SheetBuilder

WIDTH, HEIGHT = 640, 340
SETTING_WIDTH, SUBJECT_WIDTH = 168, 160
FIELD_HEIGHT, MODELS_HEIGHT = 28, 96
# In the order of the list: those that are wanted most often first.
ORDER = (
    Setting.SEED,
    Setting.GUIDANCE,
    Setting.STEPS,
    Setting.PROMPT,
    Setting.REPLACE,
    Setting.MODEL,
    Setting.LORA,
    Setting.SCHEDULER,
    Setting.STRENGTH,
    Setting.SIZE,
    Setting.CACHE,
)


class SheetBuilderSheet(Sheet):
    """Two rows and a button.

    Signals:
        make_wanted: the sheet is to be made.
    """

    make_wanted = Signal()

    def __init__(self, builder: SheetBuilder, host: QWidget) -> None:
        super().__init__(host, "X/Y sheet", WIDTH)
        self._builder = builder
        self.across = SideFields(builder, ACROSS, "Across")
        self.down = SideFields(builder, DOWN, "Down")
        self._swap = Button("Swap", "quiet", icon="swap", tip="Exchange columns and rows")
        self.count = Label("", "body")
        self.problem = Label("", "secondary", "danger", wrap=True)
        self.make = Button("Make sheet", "primary", keys="Ctrl+Return")
        for widget in (self.across, self.down, self.problem):
            self.content.addWidget(widget)
        self.content.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.count, 1)
        row.addWidget(self._swap)
        row.addWidget(self.make)
        self.content.addLayout(row)
        self._swap.clicked.connect(builder.swap)
        self.make.clicked.connect(self.make_wanted)
        builder.changed.connect(self._show)

    def begin(self) -> None:
        """Open it over the window."""
        self._builder.begin()
        first = self.across.values if self.across.values.isVisibleTo(self) else self.across.setting
        self.open(self._needed(), first)
        self.across.values.selectAll()  # as Tab would

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return in a line of values, or Ctrl+Return anywhere, makes the sheet."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif _with_ctrl(event) or isinstance(QApplication.focusWidget(), QLineEdit):
            self.make.click()

    def _keeps(self, event: QKeyEvent) -> bool:
        """Ctrl+Return makes the sheet, not the batch that lies below."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and _with_ctrl(event):
            event.accept()
            return True
        return super()._keeps(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange and self.isVisible():
            self._show()
        super().changeEvent(event)

    def _show(self) -> None:
        builder = self._builder
        self.across.refresh()
        self.down.refresh()
        whole = builder.problems.get(WHOLE)
        self.problem.setText(explain(whole) if whole else "")
        self.problem.setVisible(whole is not None)
        self.count.setText(count_words(builder) if builder.count and not builder.problems else "")
        self.make.setEnabled(bool(builder.jobs))
        self._swap.setEnabled(builder.draft.down.setting is not None)
        if self.isVisible() and self.frame().height() != self._needed():
            self.open(self._needed(), QApplication.focusWidget())

    def _needed(self) -> int:
        """A list of models takes more room than a line of values."""
        lists = sum(not side.models.isHidden() for side in (self.across, self.down))
        whole = 0 if self.problem.isHidden() else 40
        return HEIGHT + whole + lists * (MODELS_HEIGHT - FIELD_HEIGHT)


def _with_ctrl(event: QKeyEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)


class SideFields(QWidget):
    """One side: its setting, what it is about, its values, and a sentence below."""

    def __init__(self, builder: SheetBuilder, side: str, english: str) -> None:
        super().__init__()
        self._builder, self._side, self._english = builder, side, english
        self.setting = Combo(english)
        self.setting.setFixedWidth(SETTING_WIDTH)
        self.subject = Combo("LoRA")
        self.subject.setFixedWidth(SUBJECT_WIDTH)
        self.values = QLineEdit()
        self.models = ModelChecks()
        self.sentence = Label("", "secondary", "secondary", wrap=True)
        self.sentence.setMinimumHeight(2 * 16)
        label = Label(english, "section")
        label.setBuddy(self.setting)
        fields = QHBoxLayout()
        fields.setSpacing(8)
        for widget in (self.setting, self.subject):
            fields.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        fields.addWidget(self.values, 1, Qt.AlignmentFlag.AlignTop)
        fields.addWidget(self.models, 1)
        whole = QGridLayout(self)
        whole.setContentsMargins(0, 0, 0, 4)
        whole.setVerticalSpacing(6)
        whole.addWidget(label, 0, 0)
        whole.addLayout(fields, 1, 0)
        whole.addWidget(self.sentence, 2, 0)
        self.setting.chosen.connect(self._on_setting)
        self.subject.chosen.connect(self._on_subject)
        self.values.textEdited.connect(partial(builder.set_text, side))
        self.models.changed.connect(partial(builder.set_models, side))

    def refresh(self) -> None:
        """Show what the builder says of this side."""
        side = self._builder.side(self._side)
        nothing = [(tr("Nothing"), "")] if self._side == DOWN else []
        self.setting.fill(nothing + [(tr(SETTINGS[one]), one.value) for one in ORDER])
        self.setting.select(side.setting.value if side.setting else "")
        by_list = side.setting is Setting.MODEL
        self.models.setVisible(by_list)
        self.values.setVisible(side.setting is not None and not by_list)
        self.subject.setVisible(side.setting is Setting.LORA)
        if side.setting is Setting.LORA:
            self.subject.fill([(one.name, one.id) for one in self._builder.loras])
            self.subject.select(side.subject)
        if by_list:
            self.models.show_models(self._builder.models, side.text)
        if self.values.text() != side.text:
            self.values.setText(side.text)
        self._name(side.setting)
        error = self._builder.problems.get(self._side)
        self.values.setProperty("problem", error is not None)
        self.values.style().unpolish(self.values)
        self.values.style().polish(self.values)
        self.sentence.set_tone("danger" if error else "secondary")
        self.sentence.setText(explain(error) if error else values_words(self._builder, self._side))

    def _name(self, setting: Setting | None) -> None:
        name = tr(SETTINGS[setting]) if setting else tr(self._english)
        self.values.setAccessibleName(f"{tr(self._english)}: {name}")
        self.values.setPlaceholderText(EXAMPLES[setting] if setting else "")

    def _on_subject(self, lora: object) -> None:
        self._builder.set_subject(self._side, str(lora))

    def _on_setting(self, chosen: object) -> None:
        self._builder.set_setting(self._side, Setting(str(chosen)) if chosen else None)
        if self.values.isVisible():
            self.values.setFocus()


class ModelChecks(QScrollArea):
    """Every model of this machine with a box to tick.

    Signals:
        changed (tuple of ids): in the order in which they were ticked.
    """

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._boxes: dict[str, CheckBox] = {}
        self._order: list[str] = []
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFixedHeight(MODELS_HEIGHT)
        self._inner = QWidget()
        self._column = QVBoxLayout(self._inner)
        self._column.setContentsMargins(4, 0, 4, 0)
        self._column.setSpacing(2)
        self._column.addStretch(1)
        self.setWidget(self._inner)
        for widget in (self._inner, self.viewport()):
            widget.setAutoFillBackground(False)
        call(self, "Models")

    def show_models(self, models: tuple[ModelSpec, ...], written: str) -> None:
        """Those models, ticked where they are among the written values."""
        if list(self._boxes) != [one.id for one in models]:
            self._fill(models)
        ticked = _written(written)
        self._order = [one for one in ticked if one in self._boxes]
        for model_id, box in self._boxes.items():
            blocked = QSignalBlocker(box)
            box.setChecked(model_id in self._order)
            del blocked

    def _fill(self, models: tuple[ModelSpec, ...]) -> None:
        for box in self._boxes.values():
            self._column.removeWidget(box)
            box.deleteLater()
        self._boxes = {}
        for place, model in enumerate(models):
            box = CheckBox(model.name)
            box.setToolTip(model.id)
            box.toggled.connect(partial(self._on_toggled, model.id))
            self._column.insertWidget(place, box)
            self._boxes[model.id] = box

    def _on_toggled(self, model_id: str, on: bool) -> None:
        others = [one for one in self._order if one != model_id]
        self._order = [*others, model_id] if on else others
        self.changed.emit(tuple(self._order))


def values_words(builder: SheetBuilder, name: str) -> str:
    """What the written values mean, or how they are written."""
    side = builder.side(name)
    if side.setting is None:
        return tr("One row.")
    try:
        values = read_axis(side.setting, side.text, side.subject).values
    except SheetError:
        return ""
    if side.setting is Setting.REPLACE:
        first = (builder.values(name) or values)[0]
        return tr("“{first}” in the prompt becomes each of the others.", first=first)
    if side.setting is Setting.MODEL:
        return plural(len(values), "1 model, loaded once.", "{n} models, each loaded once.")
    shown = builder.values(name) or values  # as they will be drawn
    return plural(len(values), "1 value: {values}", "{n} values: {values}", values=_listed(shown))


def count_words(builder: SheetBuilder) -> str:
    """4 × 3 = 12 pictures, about 1 min"""
    columns, rows = builder.size
    pictures = plural(builder.count, "1 picture", "{n} pictures")
    words = f"{columns} × {rows} = {pictures}"
    if builder.seconds is None:
        return words
    return tr("{pictures}, about {time}", pictures=words, time=figures.duration(builder.seconds, 0))


def _listed(values: tuple[str, ...]) -> str:
    """The first and the last ones of many."""
    shown = values if len(values) <= 8 else (*values[:5], "…", values[-1])
    return ", ".join(shown)


def _written(text: str) -> tuple[str, ...]:
    try:
        return read_axis(Setting.MODEL, text).values
    except SheetError:
        return ()
