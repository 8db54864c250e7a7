"""The inspector of Create: model and LoRAs, size, sampling, seed and count; the model's own until changed."""

from functools import partial

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from studio.core.jobs import MAX_PICTURES
from studio.core.lane import LaneStatus
from studio.core.messages import Note
from studio.core.traits import Guidance
from studio.ui.i18n import sentence_of_note, tr
from studio.ui.panels.create_advanced import Advanced
from studio.ui.panels.create_fast import FastRow
from studio.ui.panels.create_fields import Remark, WholeNumberField
from studio.ui.panels.create_loras import LoraRows
from studio.ui.panels.create_plan import PlanFoot
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.fields import Combo, SliderField
from studio.ui.widgets.header import Header, Titled
from studio.ui.widgets.labels import Label
from studio.ui.widgets.model_picker import ModelPicker
from studio.ui.widgets.plan_line import PlanLine
from studio.ui.widgets.section import ScrollColumn, Section
from studio.ui.widgets.segment import Segment
from studio.viewmodels.create_settings import GenerationSettings
from studio.viewmodels.draft import Overrides
from studio.viewmodels.shell import WindowState
from studio.viewmodels.sizes import MORE_SHAPES, SHAPES, SIZE_STEP, shape_of

ABOVE_AND_BELOW = 96  # pixels around a field that one is led to: what is wrong with it stands below
MOST_STEPS = 150
MOST_GUIDANCE = 20
GUIDANCE_STEP = 0.1
GUIDANCES = {
    Guidance.PLAIN: "Guidance",
    Guidance.TRUE: "True CFG",
    Guidance.DISTILLED: "Distilled guidance",
    Guidance.NONE: "Guidance",
}


class CreateInspector(Titled):
    """Binds the settings; keeps nothing itself.

    Attributes:
        picker: the model picker, for whoever sends the person there.
        fast: the switch below it.
        loras: what is laid over the model.
        advanced: what few pictures need.
        foot: whether the next job fits, and how long it takes.
        width_field, height_field, size_remark, seed_field, lock: what the person types and is told.
    """

    def __init__(
        self, settings: GenerationSettings, state: WindowState, parent: QWidget | None = None
    ) -> None:
        header = Header("Create", section=True)
        column = self._column = ScrollColumn()
        self.foot = PlanFoot()
        body = QWidget()
        whole = QVBoxLayout(body)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(column, 1)
        whole.addWidget(self.foot)
        super().__init__(header, body, parent=parent)
        self._settings, self._state = settings, state
        self._loaded: tuple[str, ...] = ()
        self._offered: list[tuple[str, str | None]] = []
        self._reset = Button("Reset", "quiet", tip="Give every setting back to the model")
        self._reset.clicked.connect(settings.reset)
        header.add(self._reset)
        model, size, sampling, seed = self._model(), self._size(), self._sampling(), self._seed()
        self._advanced_section = self._section("Advanced", "advanced", opened=False)
        self.advanced = Advanced(settings)
        self._advanced_section.body.addWidget(self.advanced)
        for section in (model, size, sampling, seed, self._advanced_section):
            column.add(section)
        self._fields: dict[str, tuple[Section, QWidget]] = {
            "model": (model, self.picker),
            "loras": (model, self.loras.add),
            "size": (size, self.width_field),
            "steps": (sampling, self._steps.field),
            "guidance": (sampling, self._guidance.field),
            "seed": (seed, self.seed_field),
            "pictures": (seed, self._count.field),
            "advanced": (self._advanced_section, self.advanced.seamless),
        }
        settings.options_changed.connect(self._show)
        settings.models_changed.connect(self._show_models)
        settings.problems_changed.connect(self._show_remarks)
        settings.outlook_changed.connect(self._show_plan)
        self._show_models()

    def show_lane(self, status: LaneStatus) -> None:
        """Which models lie in memory."""
        if status.lane == "image" and status.models != self._loaded:
            self._loaded = status.models
            self._show_models()

    def go_to(self, field: str) -> bool:
        """Give the field (of `GenerationSettings.problems`) the keyboard; False where nobody can see it."""
        if not self.isVisible() or field not in self._fields:
            return False
        section, widget = self._fields[field]
        if field == "loras":
            widget = self.loras.at_fault()
        section.set_open(True)
        widget.setFocus()
        if isinstance(widget, QLineEdit):
            widget.selectAll()
        # Later, because a section that was opened just now is not laid out yet.
        QTimer.singleShot(0, self, partial(self._column.ensureWidgetVisible, widget, 0, ABOVE_AND_BELOW))
        return True

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._show_models()
        super().changeEvent(event)

    # Sections.

    def _section(self, english: str, name: str, *, opened: bool = True) -> Section:
        key = f"create.section.{name}"
        section = Section(english, opened=self._state.flag(key, opened))
        section.folded.connect(partial(self._state.put_flag, key))
        return section

    def _model(self) -> Section:
        section = self._section("Model", "model")
        self.picker = ModelPicker()
        self.picker.chosen.connect(self._settings.pick_model)
        self._model_remark = Remark()
        self.fast = FastRow()
        self.fast.switched.connect(self._settings.set_fast)
        self.plan = PlanLine()
        self.loras = LoraRows(self._settings)
        for widget in (self.picker, self.plan, self.fast, self.loras):
            section.body.addWidget(widget)
        section.body.addWidget(self._model_remark)
        return section

    def _size(self) -> Section:
        section = self._size_section = self._section("Size", "size")
        self._shape = Segment("Shape", [(name, name) for name, _, _ in SHAPES])
        self._shape.chosen.connect(self._settings.sizes.choose_shape)
        self.width_field = WholeNumberField("Width", 6, letter="W")
        self.height_field = WholeNumberField("Height", 6, letter="H")
        self.more_shapes = IconButton("more", "More shapes")
        self.more_shapes.clicked.connect(self._open_shapes)
        swap = IconButton("swap", "Swap width and height")
        swap.clicked.connect(self._settings.sizes.swap)
        self.width_field.entered.connect(self._on_width)
        self.height_field.entered.connect(self._on_height)
        self.aspect = IconButton("unlock", "Keep the shape", checkable=True)
        self.aspect.clicked.connect(self._settings.sizes.lock_aspect)
        self.size_remark = Remark()
        section.body.addLayout(_row(self._shape, self.more_shapes))
        section.body.addLayout(_row(self.width_field, swap, self.height_field, self.aspect))
        section.body.addWidget(self.size_remark)
        return section

    def _sampling(self) -> Section:
        section = self._sampling_section = self._section("Sampling", "sampling")
        self._scheduler = Combo("Scheduler")
        self._scheduler.chosen.connect(self._settings.set_scheduler)
        label = Label("Scheduler", "secondary", "secondary")
        label.setMinimumWidth(64)
        label.setBuddy(self._scheduler)
        self._steps = SliderField("Steps", 1, MOST_STEPS)
        self._guidance = SliderField("Guidance", 0, MOST_GUIDANCE, GUIDANCE_STEP, 1)
        self._steps.changed.connect(self._on_steps)
        self._guidance.changed.connect(self._on_guidance)
        self._steps_remark, self._guidance_remark = Remark(), Remark()
        self._scheduler_remark = Remark()
        row = _row(label, self._scheduler)
        row.setSpacing(12)
        section.body.addLayout(row)
        section.body.addWidget(self._scheduler_remark)
        for widget in (self._steps, self._steps_remark, self._guidance, self._guidance_remark):
            section.body.addWidget(widget)
        return section

    def _seed(self) -> Section:
        section = self._section("Seed and count", "seed")
        self.seed_field = WholeNumberField("Seed", 20, empty="Random", mono=True)
        self.seed_field.entered.connect(self._on_seed)
        dice = IconButton("seed", "Draw a new seed")
        dice.clicked.connect(self._settings.roll_seed)
        self.lock = IconButton("unlock", "Lock the seed", checkable=True)
        self.lock.clicked.connect(self._settings.lock_seed)
        self._seed_remark = Remark()
        self._count = SliderField("Count", 1, MAX_PICTURES, default=4)
        self._count.changed.connect(self._on_count)
        section.body.addLayout(_row(self.seed_field, dice, self.lock))
        section.body.addWidget(self._seed_remark)
        section.body.addWidget(self._count)
        return section

    # What the person enters.

    def _on_width(self, side: int | None) -> None:
        self._fields["size"] = (self._size_section, self.width_field)
        self._settings.sizes.set_width(side)

    def _on_height(self, side: int | None) -> None:
        self._fields["size"] = (self._size_section, self.height_field)
        self._settings.sizes.set_height(side)

    def _open_shapes(self) -> None:
        menu = QMenu(self)
        for name, _, _ in MORE_SHAPES:
            menu.addAction(name).triggered.connect(partial(self._choose_shape, name))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.more_shapes.mapToGlobal(self.more_shapes.rect().bottomLeft()))

    def _choose_shape(self, name: str, checked: bool = False) -> None:
        self._settings.sizes.choose_shape(name)

    def _on_steps(self, steps: float) -> None:
        self._settings.set_steps(round(steps) or None)

    def _on_guidance(self, guidance: float) -> None:
        self._settings.set_guidance(None if guidance < 0 else round(guidance, 1))

    def _on_seed(self, seed: int | None) -> None:
        if seed is None:
            self._settings.roll_seed()
        else:
            self._settings.set_seed(seed)

    def _on_count(self, count: float) -> None:
        self._settings.set_num_images(round(count))

    # What the settings say.

    def _show_models(self) -> None:
        settings = self._settings
        model = settings.model
        loaded = bool(model and model.id in self._loaded)
        self.picker.show_models(settings.models, model, loaded=loaded, looking=settings.looking)
        self._set_ranges()
        self._show_plan()
        self._show()

    def _fill_schedulers(self) -> None:
        """The model's own first, then those that fit it, and a chosen one in any case."""
        settings = self._settings
        own, names, chosen = settings.own_scheduler, list(settings.schedulers), settings.overrides.scheduler
        extra = [chosen] if chosen and chosen not in names else []
        rows: list[tuple[str, str | None]] = [
            (own or tr("Model's own"), own),
            *((name, name) for name in extra + names),
        ]
        if rows != self._offered:
            self._offered = rows
            self._scheduler.fill(rows)
            self._scheduler.setEnabled(len(rows) > 1)

    def _show_plan(self) -> None:
        self.plan.show_outlook(self._settings.outlook)
        self.foot.show_foreseen(self._settings.foreseen, self._settings.outlook)

    def _set_ranges(self) -> None:
        """Where the model leaves a value to the pipeline, the least position of its slider says Auto."""
        defaults = self._settings.defaults
        steps, guidance = defaults.num_inference_steps, defaults.guidance_scale
        self._steps.set_range(0 if steps is None else 1, MOST_STEPS)
        self._steps.set_default(steps or 0)
        self._guidance.set_range(-GUIDANCE_STEP if guidance is None else 0, MOST_GUIDANCE)
        self._guidance.set_default(-GUIDANCE_STEP if guidance is None else guidance)
        self._steps.field.setSpecialValueText(tr("Auto") if steps is None else "")
        self._guidance.field.setSpecialValueText(tr("Auto") if guidance is None else "")
        kind = self._settings.traits.guidance
        self._guidance.rename(GUIDANCES[kind])
        self._guidance.setEnabled(kind is not Guidance.NONE)

    def _show(self) -> None:
        settings = self._settings
        width, height = settings.size
        if "size" not in settings.problems:  # a number that was refused stays, to be mended
            self.width_field.show_number(width)
            self.height_field.show_number(height)
        shape = shape_of(width, height, settings.defaults) if width and height else ""
        self._shape.select(shape if shape in [name for name, _, _ in SHAPES] else "")
        locked = settings.draft.aspect_locked
        self.aspect.setChecked(locked)
        self.aspect.set_icon("lock" if locked else "unlock")
        self.aspect.say("Let the shape change" if locked else "Keep the shape")
        self._size_section.set_summary(_size_words(width, height, settings.overrides))
        self.loras.show_loras()
        self._advanced_section.set_summary(self.advanced.show_settings())
        self._fill_schedulers()
        self._scheduler.select(settings.scheduler)
        self._steps.set_value(settings.steps or 0)
        self._guidance.set_value(-GUIDANCE_STEP if settings.guidance is None else settings.guidance)
        own = (settings.overrides.num_inference_steps, settings.overrides.guidance_scale)
        changed = own != (None, None) or settings.overrides.scheduler is not None
        unchanged = tr("fast") if settings.is_fast else tr("model's own")
        self._sampling_section.set_summary(tr("changed") if changed else unchanged)
        self.fast.show_fast(settings.fast, settings.is_fast)
        self._reset.setEnabled(settings.customised)
        draft = settings.draft
        if "seed" not in settings.problems:
            self.seed_field.show_number(draft.seed)
        self.lock.setChecked(draft.seed_locked)
        self.lock.set_icon("lock" if draft.seed_locked else "unlock")
        self.lock.say("Unlock the seed" if draft.seed_locked else "Lock the seed")
        self._count.set_value(draft.num_images)
        self.foot.show_foreseen(settings.foreseen, settings.outlook)
        self._show_remarks()

    def _show_remarks(self) -> None:
        settings = self._settings
        scheduler = settings.overrides.scheduler or ""
        unfit = "" if settings.scheduler_fits else "scheduler_unused"
        words = sentence_of_note(Note(code=unfit, params={"scheduler": scheduler})) if unfit else ""
        self._scheduler_remark.remark(None, words)
        unused = settings.traits.guidance is Guidance.NONE
        problems = settings.problems
        self._model_remark.remark(problems.get("model"))
        self.size_remark.remark(problems.get("size"), self._snap_words())
        self.width_field.set_wrong("size" in problems)
        self.height_field.set_wrong("size" in problems)
        self._steps_remark.remark(problems.get("steps"))
        said = sentence_of_note(Note(code="guidance_unused")) if unused else ""
        self._guidance_remark.remark(problems.get("guidance"), said)
        locked = settings.draft.seed_locked
        words = tr("Locked: repeats will be identical.") if locked else tr("A new seed each time.")
        self._seed_remark.remark(problems.get("seed"), words)
        self.seed_field.set_wrong("seed" in problems)

    def _snap_words(self) -> str:
        if self._settings.sizes.snap is None:
            return ""
        asked, used = self._settings.sizes.snap
        return tr(
            "{asked} became {used}: sizes go in steps of {step}.", asked=asked, used=used, step=SIZE_STEP
        )


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget, 0 if isinstance(widget, IconButton | Label) else 1)
    return row


def _size_words(width: int | None, height: int | None, mine: Overrides) -> str:
    """0.07 MP; 1.0 MP · changed"""
    if not (width and height):
        return tr("model's own")
    share = width * height / 1_000_000
    words = f"{share:.1f} MP" if share >= 0.1 else f"{share:.2f} MP"
    return words if (mine.width, mine.height) == (None, None) else f"{words} · {tr('changed')}"
