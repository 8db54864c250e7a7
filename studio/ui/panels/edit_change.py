"""The Change section of the Edit inspector: how far it goes, how often, and what it touches."""

from functools import partial

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from studio.core.edits import MOST_FEATHER, MOST_MARGIN, NEEDS_MASK, Margins, Operation
from studio.core.job_checks import MAX_PICTURES
from studio.ui.actions import Action
from studio.ui.edit_words import way_words
from studio.ui.i18n import tr
from studio.ui.panels.create_fields import Remark
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.fields import NumberField, SliderField
from studio.ui.widgets.labels import Label
from studio.ui.widgets.segment import Segment
from studio.viewmodels.edit import EditViewModel
from studio.viewmodels.edit_settings import SINGLE

SIDES = (("Left", "left"), ("Top", "top"), ("Right", "right"), ("Bottom", "bottom"))
SHAPES = (("1:1", 1.0), ("3:2", 1.5), ("16:9", 16 / 9), ("9:16", 9 / 16))
EVERY_SIDE = 0.25  # of the picture's shorter side
EVERY_WORDS = "+25%"
MARGIN_STEP = 8
MOST_TYPED = 999_999  # of a margin: what is too large stays there, and is said to be


class ChangeFields(QWidget):
    """Binds the settings; what does not belong to the operation is hidden.

    Attributes:
        strength, takes, outside, feather, scale: the fields.
        margins: those of an extension, by side.
    """

    def __init__(self, viewmodel: EditViewModel, adjust: Action) -> None:
        super().__init__()
        self._viewmodel, self._settings = viewmodel, viewmodel.settings
        settings = self._settings
        self.strength = SliderField("Strength", 0, 1, 0.05, 2, default=1)
        self.strength.changed.connect(self._on_strength)
        self.takes = SliderField("Takes", 1, MAX_PICTURES, default=4)
        self.takes.changed.connect(self._on_takes)
        self.outside = Segment("Outside", (("Keep exact", True), ("Blend", False)))
        self.outside.chosen.connect(settings.set_exact)
        self._outside_row = _labelled("Outside", self.outside)
        self.feather = SliderField("Feather", 0, MOST_FEATHER, default=12)
        self.feather.changed.connect(self._on_feather)
        self.scale = Segment("Scale", (("×2", 2.0), ("×3", 3.0), ("×4", 4.0)))
        self.scale.chosen.connect(self._on_scale)
        self._scale_row = _labelled("Scale", self.scale)
        self._way = Label("", "secondary", "secondary", wrap=True)
        self._context = ContextRow(viewmodel, adjust)
        self.margins: dict[str, NumberField] = {}
        self._margins_remark = Remark()
        self._margins = self._make_margins()
        settings.problems_changed.connect(self._show_problems)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        for widget in (self._scale_row, self._margins, self.strength, self.takes, self._outside_row):
            whole.addWidget(widget)
        for widget in (self.feather, self._context, self._way):
            whole.addWidget(widget)

    def summary(self) -> str:
        """What the section amounts to: 4 takes, 1536 × 1024."""
        size = self._new_size()
        if size is not None:
            return f"{size[0]} × {size[1]}"
        return ""

    def show_settings(self) -> None:
        settings = self._settings
        operation, edit = settings.operation, settings.edit
        masked = operation in NEEDS_MASK
        painted = masked or operation is Operation.PAINT_OVER
        shown: dict[QWidget, bool] = {
            self.strength: settings.has_strength,
            self.takes: not settings.is_processed,
            self._outside_row: painted,
            self.feather: painted or operation is Operation.EXTEND,
            self._context: painted,
            self._scale_row: operation is Operation.UPSCALE,
            self._margins: operation is Operation.EXTEND,
        }
        for widget, on in shown.items():
            widget.setVisible(on)
        self.strength.set_value(settings.change_strength)
        self.takes.set_default(1 if operation in SINGLE else 4)
        self.takes.set_value(settings.num_images)
        self.outside.select(edit.exact)
        self.feather.set_value(edit.feather)
        self.scale.select(edit.scale)
        for side, field in self.margins.items():
            if not field.hasFocus() and "margins" not in settings.problems:
                field.setValue(getattr(settings.margins, side))
        words = way_words(operation, settings.model)
        self._way.setText(words)
        self._way.setVisible(bool(words))
        self._context.show_region()

    def _make_margins(self) -> QWidget:
        box = QWidget()
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        for number, (english, side) in enumerate(SIDES):
            field = NumberField(english, 0, MOST_TYPED, MARGIN_STEP)
            field.valueChanged.connect(partial(self._on_margin, side))
            self.margins[side] = field
            label = Label(english, "secondary", "secondary")
            label.setBuddy(field)
            grid.addWidget(label, number // 2, 2 * (number % 2))
            grid.addWidget(field, number // 2, 2 * (number % 2) + 1)
            grid.setColumnStretch(2 * (number % 2) + 1, 1)
        presets = QHBoxLayout()
        presets.setSpacing(4)
        every = Button(EVERY_WORDS, height=24, tip="A quarter more at every side")
        every.clicked.connect(self._extend_every)
        presets.addWidget(every)
        for words, shape in SHAPES:
            button = Button(words, height=24)
            button.clicked.connect(partial(self._extend_to, shape))
            presets.addWidget(button)
        presets.addStretch(1)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(8)
        column.addLayout(grid)
        column.addWidget(self._margins_remark)
        column.addLayout(presets)
        return box

    def _on_margin(self, side: str, value: float) -> None:
        if self.margins[side].hasFocus():
            typed = {side: round(field.value()) for side, field in self.margins.items()}
            self._settings.type_margins(Margins(**typed))

    def _show_problems(self) -> None:
        self._margins_remark.remark(self._settings.problems.get("margins"))

    def _extend_every(self) -> None:
        if document := self._viewmodel.document:
            each = _stepped(min(document.state.width, document.state.height) * EVERY_SIDE)
            self._settings.set_margins(Margins(each, each, each, each))

    def _extend_to(self, shape: float, checked: bool = False) -> None:
        """Half of what is missing at each of two sides."""
        if document := self._viewmodel.document:
            width, height = document.state.width, document.state.height
            across, down = max(0.0, height * shape - width), max(0.0, width / shape - height)
            half_across, half_down = _stepped(across / 2), _stepped(down / 2)
            self._settings.set_margins(Margins(half_across, half_down, half_across, half_down))

    def _on_strength(self, strength: float) -> None:
        self._settings.set_change_strength(round(strength, 2))

    def _on_takes(self, count: float) -> None:
        self._settings.set_num_images(round(count))

    def _on_feather(self, pixels: float) -> None:
        self._settings.set_feather(round(pixels))

    def _on_scale(self, scale: object) -> None:
        assert isinstance(scale, float)
        self._settings.set_scale(scale)

    def _new_size(self) -> tuple[int, int] | None:
        """What the picture will measure; None where that stays."""
        document, settings = self._viewmodel.document, self._settings
        if document is None:
            return None
        width, height = document.state.width, document.state.height
        if settings.operation is Operation.UPSCALE:
            return round(width * settings.edit.scale), round(height * settings.edit.scale)
        if settings.operation is Operation.EXTEND and settings.margins != Margins():
            margins = settings.margins
            return width + margins.left + margins.right, height + margins.top + margins.bottom
        return None


class ContextRow(QWidget):
    """What the model sees of the picture: found by itself, or set on the canvas."""

    def __init__(self, viewmodel: EditViewModel, adjust: Action) -> None:
        super().__init__()
        self._settings = viewmodel.settings
        self.automatic = Segment("Context", (("Automatic", True), ("Set", False)))
        self.automatic.chosen.connect(self._on_chosen)
        self._adjust = adjust
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addWidget(_labelled("Context", self.automatic))

    def show_region(self) -> None:
        region = self._settings.region
        self.automatic.select(region is None)
        words = tr("What the model sees of the picture around what is chosen")
        self.automatic.setToolTip(f"{region.width} × {region.height}" if region else words)

    def _on_chosen(self, automatic: object) -> None:
        if automatic:
            self._settings.set_region(None)
        else:
            self._adjust.trigger()


def _labelled(english: str, field: QWidget) -> QWidget:
    box = QWidget()
    label = Label(english, "secondary", "secondary")
    label.setMinimumWidth(64)
    label.setBuddy(field)
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(12)
    row.addWidget(label)
    row.addWidget(field, 1)
    return box


def _stepped(pixels: float) -> int:
    return min(MOST_MARGIN, -(-round(pixels) // MARGIN_STEP) * MARGIN_STEP)
