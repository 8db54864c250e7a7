"""The inspector of Chat: model, system prompt and how tokens are chosen; the model's own until changed."""

from functools import partial

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from studio.core.lane import LaneStatus
from studio.core.model import Defaults
from studio.ui.i18n import tr
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.fields import SliderField
from studio.ui.widgets.header import Header, Titled
from studio.ui.widgets.model_picker import ModelPicker
from studio.ui.widgets.plan_line import PlanLine
from studio.ui.widgets.section import ScrollColumn, Section
from studio.viewmodels.chat import ChatViewModel
from studio.viewmodels.shell import WindowState

SYSTEM_LINES = 5
KEEP_AFTER_MS = 600
# Field of Sampling, words, least, most, step, decimals, and what most models take where they say nothing.
FIELDS = (
    ("temperature", "Temperature", 0.0, 2.0, 0.05, 2, 0.7),
    ("top_p", "Top-p", 0.05, 1.0, 0.05, 2, 1.0),
    ("min_p", "Min-p", 0.0, 0.5, 0.01, 2, 0.0),
    ("repetition_penalty", "Repetition", 1.0, 2.0, 0.05, 2, 1.0),
    ("max_new_tokens", "Max tokens", 16, 4096, 16, 0, 4096),
)


class ChatInspector(Titled):
    """Binds the view-model; keeps nothing itself.

    Attributes:
        picker: the model picker.
    """

    def __init__(self, viewmodel: ChatViewModel, state: WindowState, parent: QWidget | None = None) -> None:
        header = Header("Chat", section=True)
        column = ScrollColumn()
        super().__init__(header, column, parent=parent)
        self._viewmodel, self._state = viewmodel, state
        self._loaded: tuple[str, ...] = ()
        self._conversation = viewmodel.conversation_id
        self._reset = Button("Reset", "quiet", tip="Give every setting back to the model")
        self._reset.clicked.connect(viewmodel.reset_sampling)
        header.add(self._reset)
        for section in (self._model(), self._system(), self._sampling()):
            column.add(section)
        viewmodel.settings_changed.connect(self.refresh)
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
        if viewmodel.conversation_id != self._conversation or not self._system_edit.hasFocus():
            self._conversation = viewmodel.conversation_id
            self._system_edit.setPlainText(viewmodel.system)
        self._system_edit.setReadOnly(viewmodel.trashed)
        self._system_section.set_summary(tr("this conversation"))
        defaults = model.defaults if model else Defaults()
        for name, slider in self._sliders.items():
            own = getattr(defaults, name)
            common = next(field[-1] for field in FIELDS if field[0] == name)
            chosen = getattr(viewmodel.sampling, name)
            slider.set_default(common if own is None else own)
            slider.set_value(next(value for value in (chosen, own, common) if value is not None))
        changed = any(getattr(viewmodel.sampling, name) is not None for name in self._sliders)
        self._sampling_section.set_summary(tr("changed") if changed else tr("model's own"))
        self._reset.setEnabled(changed)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._system_edit.setPlaceholderText(tr("How the model should answer"))
            self._system_edit.setAccessibleName(tr("System prompt"))
            self.refresh()
        super().changeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and self._keep.isActive():
            self._keep_system()
        return False

    def _section(self, english: str, name: str) -> Section:
        key = f"chat.section.{name}"
        section = Section(english, opened=self._state.flag(key))
        section.folded.connect(partial(self._state.put_flag, key))
        return section

    def _model(self) -> Section:
        section = self._section("Model", "model")
        self.picker = ModelPicker()
        self.picker.chosen.connect(self._viewmodel.choose_model)
        self.plan = PlanLine()
        section.body.addWidget(self.picker)
        section.body.addWidget(self.plan)
        return section

    def _system(self) -> Section:
        section = self._system_section = self._section("System prompt", "system")
        edit = self._system_edit = QPlainTextEdit()
        edit.setPlaceholderText(tr("How the model should answer"))
        edit.setAccessibleName(tr("System prompt"))
        edit.setTabChangesFocus(True)
        edit.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        edit.setFixedHeight(edit.fontMetrics().lineSpacing() * SYSTEM_LINES + 16)
        keep = self._keep = QTimer(self)
        keep.setSingleShot(True)
        keep.setInterval(KEEP_AFTER_MS)
        keep.timeout.connect(self._keep_system)
        edit.textChanged.connect(lambda: keep.start() if edit.hasFocus() else None)
        edit.installEventFilter(self)
        section.body.addWidget(edit)
        return section

    def _sampling(self) -> Section:
        section = self._sampling_section = self._section("Sampling", "sampling")
        self._sliders: dict[str, SliderField] = {}
        for name, english, least, most, step, decimals, _ in FIELDS:
            slider = SliderField(english, least, most, step, decimals, label_width=84)
            slider.changed.connect(partial(self._on_changed, name, decimals))
            section.body.addWidget(slider)
            self._sliders[name] = slider
        return section

    def _on_changed(self, name: str, decimals: int, value: float) -> None:
        self._viewmodel.set_sampling(**{name: round(value, decimals) if decimals else round(value)})

    def _keep_system(self) -> None:
        self._keep.stop()
        if self._system_edit.toPlainText() != self._viewmodel.system:
            self._viewmodel.set_system(self._system_edit.toPlainText())
