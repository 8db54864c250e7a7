"""The inspector of Chat: who answers, what it is told, how tokens are chosen, and what it reads."""

from functools import partial

from PySide6.QtCore import QEvent
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from studio.core.lane import LaneStatus
from studio.core.sampling import Sampling
from studio.ui.actions import Action
from studio.ui.panels.chat_inspector_context import ContextSection
from studio.ui.panels.chat_inspector_persona import PersonaSection
from studio.ui.panels.chat_inspector_sampling import SamplingSection
from studio.ui.panels.chat_inspector_texts import TextSection
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.header import Header, Titled
from studio.ui.widgets.model_picker import ModelPicker
from studio.ui.widgets.plan_line import PlanLine
from studio.ui.widgets.section import ScrollColumn, Section
from studio.viewmodels.chat import ChatViewModel
from studio.viewmodels.chat_context import ContextViewModel
from studio.viewmodels.chat_personas import PersonasViewModel
from studio.viewmodels.chat_presets import PresetsViewModel
from studio.viewmodels.sampling import without_thinking
from studio.viewmodels.shell import WindowState
from studio.viewmodels.thumbnails import Thumbnails

SYSTEM_LINES, NOTE_LINES = 4, 3


class ChatInspector(Titled):
    """Binds the view-models; keeps nothing itself.

    Attributes:
        picker: the model picker.
        persona, system, notes, sampling, context: sections.
        commands: what can be done here, for the palette.
    """

    def __init__(
        self,
        viewmodel: ChatViewModel,
        personas: PersonasViewModel,
        presets: PresetsViewModel,
        context: ContextViewModel,
        summarise: QAction,
        state: WindowState,
        thumbnails: Thumbnails,
        parent: QWidget | None = None,
    ) -> None:
        """`summarise` lets the model sum up older messages."""
        header = Header("Chat", section=True)
        column = ScrollColumn()
        super().__init__(header, column, parent=parent)
        self._viewmodel, self._presets, self._state = viewmodel, presets, state
        self._loaded: tuple[str, ...] = ()
        self._reset = Button("Reset", "quiet", tip="Give every setting back to the model")
        self._reset.clicked.connect(partial(presets.choose, ""))
        header.add(self._reset)
        opened = self._opened
        self.persona = PersonaSection(personas, presets, thumbnails, opened=opened("persona"))
        self.sampling = SamplingSection(viewmodel, presets, state, opened=opened("sampling"))
        self.context = ContextSection(context, summarise, opened=opened("context"))
        for name, section in (
            ("model", self._model(opened("model"))),
            ("persona", self.persona),
            ("system", self._system(opened("system"))),
            ("notes", self._notes(self._state.flag("chat.section.notes", False))),
            ("sampling", self.sampling),
            ("context", self.context),
        ):
            section.folded.connect(partial(state.put_flag, f"chat.section.{name}"))
            column.add(section)
        self.context.sight_wanted.connect(partial(column.ensureWidgetVisible, self.context))
        self.commands = [
            self.context.choose,
            Action("New persona…", self.persona.make, "Ctrl+Shift+N", "persona", parent=self),
            Action("Save as a preset…", self.sampling.save_preset, "Ctrl+Alt+P", "save", parent=self),
        ]
        viewmodel.settings_changed.connect(self.refresh)
        presets.changed.connect(self.refresh)
        viewmodel.outlook_changed.connect(lambda: self.plan.show_outlook(viewmodel.outlook))
        self.refresh()

    def show_lane(self, status: LaneStatus) -> None:
        """Which models lie in memory."""
        if status.lane == "language" and status.models != self._loaded:
            self._loaded = status.models
            self.refresh()

    def refresh(self) -> None:
        viewmodel = self._viewmodel
        model = viewmodel.model
        loaded = bool(model and model.id in self._loaded)
        self.picker.show_models(viewmodel.models, model, loaded=loaded, looking=viewmodel.looking)
        self.plan.show_outlook(viewmodel.outlook)
        for section in (self.system, self.notes):
            section.show_conversation(viewmodel.conversation_id, locked=viewmodel.trashed)
        self._reset.setEnabled(without_thinking(viewmodel.sampling) != Sampling())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.refresh()
        super().changeEvent(event)

    def _opened(self, name: str) -> bool:
        return self._state.flag(f"chat.section.{name}")

    def _model(self, opened: bool) -> Section:
        section = Section("Model", opened=opened)
        self.picker = ModelPicker()
        self.picker.chosen.connect(self._viewmodel.choose_model)
        self.plan = PlanLine()
        section.body.addWidget(self.picker)
        section.body.addWidget(self.plan)
        return section

    def _system(self, opened: bool) -> TextSection:
        vm = self._viewmodel
        self.system = TextSection(
            "System prompt",
            "How the model should answer",
            SYSTEM_LINES,
            lambda: vm.system,
            vm.set_system,
            opened=opened,
        )
        return self.system

    def _notes(self, opened: bool) -> TextSection:
        vm = self._viewmodel
        self.notes = TextSection(
            "Notes to the model",
            "What the model is to know in every answer",
            NOTE_LINES,
            lambda: vm.notes,
            vm.set_notes,
            opened=opened,
        )
        return self.notes
