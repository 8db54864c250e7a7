"""The inspector of Edit: what is done and how, what came of it, and what the document is made of."""

from functools import partial

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from studio.core.lane import LaneStatus
from studio.ui.panel import Building
from studio.ui.panels.create_fields import Remark
from studio.ui.panels.create_inspector import ABOVE_AND_BELOW
from studio.ui.panels.create_loras import LoraRows
from studio.ui.panels.create_sampling import SamplingFields, SeedFields
from studio.ui.panels.edit_actions import EditActions
from studio.ui.panels.edit_change import ChangeFields
from studio.ui.panels.edit_history import HistoryList
from studio.ui.panels.edit_layers import LayersBox
from studio.ui.panels.edit_lineage import LineageBox
from studio.ui.panels.edit_prompt import EditPrompt
from studio.ui.panels.edit_takes import TakesBox
from studio.ui.widgets.header import Header, Titled
from studio.ui.widgets.labels import Line
from studio.ui.widgets.model_picker import ModelPicker
from studio.ui.widgets.section import ScrollColumn, Section
from studio.viewmodels.edit import EditViewModel
from studio.viewmodels.shell import WindowState


class EditInspector(Titled):
    """Binds the view-model; keeps nothing itself.

    Attributes:
        prompt, change, takes, layers, lineage, history: its parts.
        sections: by name.
        picker: the model picker, for whoever sends the person there.
    """

    def __init__(self, viewmodel: EditViewModel, state: WindowState, parent: QWidget | None = None) -> None:
        self._column = ScrollColumn()
        super().__init__(Header("Edit", section=True), self._column, parent=parent)
        self._viewmodel, self._state = viewmodel, state
        self._loaded: tuple[str, ...] = ()

    def fill(self, actions: EditActions) -> Building[None]:
        viewmodel, thumbnails = self._viewmodel, self._viewmodel.thumbnails
        self.prompt = EditPrompt(viewmodel, actions.run, actions.stop)
        yield
        self.change = ChangeFields(viewmodel, actions.adjust_context)
        self.takes = TakesBox(viewmodel.takes, thumbnails, actions.apply, actions.discard)
        yield
        self.layers = LayersBox(viewmodel, actions.layers)
        self.lineage = LineageBox(viewmodel.lineage, thumbnails, actions.back, actions.compare_two)
        self.history = HistoryList(viewmodel.history)
        yield
        self._head = QWidget()
        head = QVBoxLayout(self._head)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(0)
        head.addWidget(self.prompt)
        head.addWidget(Line())
        self._column.add(self._head)
        self._change = self._section("Change", "change", self.change)
        self._sampling = self._section("Sampling", "sampling", *self._sampling_parts())
        yield
        self._takes = self._section("Takes", "takes", self.takes)
        self._layers = self._section("Layers", "layers", self.layers)
        self._lineage = self._section("Lineage", "lineage", self.lineage)
        self._history = self._section("History", "history", self.history, opened=False)
        # What came of it stands near the button; figures of sampling are seldom touched.
        for section in (
            self._change,
            self._takes,
            self._sampling,
            self._layers,
            self._lineage,
            self._history,
        ):
            self._column.add(section)
        yield
        self.sections = {
            "change": self._change,
            "sampling": self._sampling,
            "takes": self._takes,
            "layers": self._layers,
            "lineage": self._lineage,
            "history": self._history,
        }
        self._connect()
        self._show_models()
        self._show_document()

    def show_lane(self, status: LaneStatus) -> None:
        """Which models lie in memory."""
        if status.lane == "image" and status.models != self._loaded:
            self._loaded = status.models
            self._show_models()

    def go_to(self, field: str) -> bool:
        """Give the field (of `EditSettings.problems`) the keyboard; False where nobody can see it. What is no
        field, as nothing that is chosen, is said at the button, and the person goes on where they were."""
        fields: dict[str, tuple[Section | None, QWidget]] = {
            "prompt": (None, self.prompt.prompt),
            "margins": (self._change, self.change.margins["left"]),
            "pictures": (self._change, self.change.takes.field),
            "model": (self._sampling, self.picker),
            "loras": (self._sampling, self.loras.add),
            "steps": (self._sampling, self.sampling.steps.field),
            "guidance": (self._sampling, self.sampling.guidance.field),
            "seed": (self._sampling, self.seed.field),
        }
        if self.isVisible() and field == "edit":
            self._column.ensureWidgetVisible(self.prompt.run, 0, ABOVE_AND_BELOW)
            return True
        if not self.isVisible() or field not in fields:
            return False
        section, widget = fields[field]
        if section is not None:
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
            self._show_document()
        super().changeEvent(event)

    def _section(self, english: str, name: str, *parts: QWidget, opened: bool = True) -> Section:
        key = f"edit.section.{name}"
        section = Section(english, opened=self._state.flag(key, opened))
        section.folded.connect(partial(self._state.put_flag, key))
        for part in parts:
            section.body.addWidget(part)
        return section

    def _sampling_parts(self) -> tuple[QWidget, ...]:
        settings = self._viewmodel.settings
        self.picker = ModelPicker()
        self.picker.chosen.connect(settings.pick_model)
        self._model_remark = Remark()
        self.sampling = SamplingFields(settings)
        self.seed = SeedFields(settings)
        self.loras = LoraRows(settings)
        return self.picker, self._model_remark, self.sampling, self.seed, self.loras

    def _connect(self) -> None:
        vm, settings = self._viewmodel, self._viewmodel.settings
        settings.options_changed.connect(self._show)
        settings.models_changed.connect(self._show_models)
        settings.problems_changed.connect(self._show_remarks)
        vm.opened.connect(self._show_document)
        vm.takes.changed.connect(self._show_document)
        vm.layers.changed.connect(self._show_document)
        vm.lineage.changed.connect(self._show_document)
        vm.history.changed.connect(self._show_document)

    def _show_models(self) -> None:
        settings = self._viewmodel.settings
        model = settings.model
        loaded = bool(model and model.id in self._loaded)
        self.picker.show_models(
            settings.models, model, loaded=loaded, looking=settings.looking, missing="No model for this"
        )
        self.sampling.show_model()
        self._show()

    def _show(self) -> None:
        settings = self._viewmodel.settings
        self.change.show_settings()
        self._change.set_summary(self.change.summary())
        self.sampling.show_settings()
        self.seed.show_settings()
        self.loras.show_loras()
        sampled = not settings.is_processed and settings.model is not None
        for widget in (self.sampling, self.seed, self.loras):
            widget.setVisible(sampled)
        self._sampling.set_summary(settings.model.name if settings.model else "")
        self._show_remarks()

    def _show_remarks(self) -> None:
        settings = self._viewmodel.settings
        self._model_remark.remark(settings.problems.get("model"))
        self.sampling.show_remarks()
        self.seed.show_remarks()

    def _show_document(self) -> None:
        """What of it there is to see, while a document is open."""
        vm = self._viewmodel
        opened = vm.document is not None
        for section in (self._takes, self._layers, self._lineage, self._history):
            section.setVisible(opened)
        self._takes.set_summary(self.takes.summary())
        count = vm.layers.rowCount()
        self._layers.set_summary(str(count) if count else "")
        steps = len(vm.history.labels)
        self._history.set_summary(f"{vm.history.position} / {steps}" if steps else "")
        self._change.set_summary(self.change.summary())
