"""The inspector of Create: model and LoRAs, size, sampling, seed and count; the model's own until changed."""

from functools import partial

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QLineEdit, QMenu, QVBoxLayout, QWidget

from studio.core.job_checks import MAX_PICTURES
from studio.core.lane import LaneStatus
from studio.ui.i18n import tr
from studio.ui.panel import Building
from studio.ui.panels.create_advanced import Advanced
from studio.ui.panels.create_fast import FastRow
from studio.ui.panels.create_fields import Remark, WholeNumberField
from studio.ui.panels.create_loras import LoraRows
from studio.ui.panels.create_plan import PlanFoot
from studio.ui.panels.create_sampling import SamplingFields, SeedFields, row_of
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.fields import SliderField
from studio.ui.widgets.header import Header, Titled
from studio.ui.widgets.model_picker import ModelPicker
from studio.ui.widgets.plan_line import PlanLine
from studio.ui.widgets.section import ScrollColumn, Section
from studio.ui.widgets.segment import Segment
from studio.viewmodels.create_settings import GenerationSettings
from studio.viewmodels.draft import Overrides
from studio.viewmodels.shell import WindowState
from studio.viewmodels.sizes import MORE_SHAPES, SHAPES, SIZE_STEP, shape_of

ABOVE_AND_BELOW = 96  # pixels around a field that one is led to: what is wrong with it stands below


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
        self._reset = Button("Reset", "quiet", tip="Give every setting back to the model")
        self._reset.clicked.connect(settings.reset)
        header.add(self._reset)

    def fill(self) -> Building[None]:
        settings = self._settings
        yield
        model = self._model()
        yield
        size, sampling = self._size(), self._sampling()
        yield
        seed = self._seed()
        self._advanced_section = self._section("Advanced", "advanced", opened=False)
        self.advanced = Advanced(settings)
        self._advanced_section.body.addWidget(self.advanced)
        yield
        for section in (model, size, sampling, seed, self._advanced_section):
            self._column.add(section)
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
        yield
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
        section.body.addLayout(row_of(self._shape, self.more_shapes))
        section.body.addLayout(row_of(self.width_field, swap, self.height_field, self.aspect))
        section.body.addWidget(self.size_remark)
        return section

    def _sampling(self) -> Section:
        section = self._sampling_section = self._section("Sampling", "sampling")
        self.sampling = SamplingFields(self._settings)
        self._steps, self._guidance = self.sampling.steps, self.sampling.guidance
        section.body.addWidget(self.sampling)
        return section

    def _seed(self) -> Section:
        section = self._section("Seed and count", "seed")
        self.seed = SeedFields(self._settings)
        self.seed_field, self.lock = self.seed.field, self.seed.lock
        self._count = SliderField("Count", 1, MAX_PICTURES, default=4)
        self._count.changed.connect(self._on_count)
        section.body.addWidget(self.seed)
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

    def _on_count(self, count: float) -> None:
        self._settings.set_num_images(round(count))

    # What the settings say.

    def _show_models(self) -> None:
        settings = self._settings
        model = settings.model
        loaded = bool(model and model.id in self._loaded)
        self.picker.show_models(settings.models, model, loaded=loaded, looking=settings.looking)
        self.sampling.show_model()
        self._show_plan()
        self._show()

    def _show_plan(self) -> None:
        self.plan.show_outlook(self._settings.outlook)
        self.foot.show_foreseen(self._settings.foreseen, self._settings.outlook)

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
        self.sampling.show_settings()
        own = (settings.overrides.num_inference_steps, settings.overrides.guidance_scale)
        changed = own != (None, None) or settings.overrides.scheduler is not None
        unchanged = tr("fast") if settings.is_fast else tr("model's own")
        self._sampling_section.set_summary(tr("changed") if changed else unchanged)
        self.fast.show_fast(settings.fast, settings.is_fast)
        self._reset.setEnabled(settings.customised)
        self.seed.show_settings()
        self._count.set_value(settings.draft.num_images)
        self.foot.show_foreseen(settings.foreseen, settings.outlook)
        self._show_remarks()

    def _show_remarks(self) -> None:
        settings = self._settings
        problems = settings.problems
        self._model_remark.remark(problems.get("model"))
        self.size_remark.remark(problems.get("size"), self._snap_words())
        self.width_field.set_wrong("size" in problems)
        self.height_field.set_wrong("size" in problems)
        self.sampling.show_remarks()
        self.seed.show_remarks()

    def _snap_words(self) -> str:
        if self._settings.sizes.snap is None:
            return ""
        asked, used = self._settings.sizes.snap
        return tr(
            "{asked} became {used}: sizes go in steps of {step}.", asked=asked, used=used, step=SIZE_STEP
        )


def _size_words(width: int | None, height: int | None, mine: Overrides) -> str:
    """0.07 MP; 1.0 MP · changed"""
    if not (width and height):
        return tr("model's own")
    share = width * height / 1_000_000
    words = f"{share:.1f} MP" if share >= 0.1 else f"{share:.2f} MP"
    return words if (mine.width, mine.height) == (None, None) else f"{words} · {tr('changed')}"
