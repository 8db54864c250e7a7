"""The head of the Edit inspector: what is done, in which words, and the one button that does it."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.edits import NEEDS_MASK, Operation
from studio.core.errors import NothingChosen
from studio.ui.actions import Action
from studio.ui.edit_words import FILLS, OPERATIONS, PROMPTS, RUN
from studio.ui.i18n import tr
from studio.ui.panels.create_fields import Remark
from studio.ui.panels.create_prompt import tokens_tip, tokens_tone, tokens_words
from studio.ui.theme import MAIN_BUTTON
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.labels import Label, Line
from studio.ui.widgets.prompt_edit import PromptEdit
from studio.ui.widgets.prompt_editor import PromptEditor
from studio.ui.widgets.segment import Segment
from studio.ui.widgets.well import Well
from studio.viewmodels.edit import EditViewModel


class EditPrompt(QWidget):
    """Binds the settings and the takes that run.

    Attributes:
        operations: two rows of them; fills: the ways to fill.
        prompt, negative: where one writes.
        run, stop: of which one is shown.
        get: leads to the models, where none that is installed can do it.
    """

    def __init__(self, viewmodel: EditViewModel, run: Action, stop: Action) -> None:
        super().__init__()
        self._viewmodel, self._settings = viewmodel, viewmodel.settings
        self.operations = [
            Segment("What is done", OPERATIONS[:3]),
            Segment("What else is done", OPERATIONS[3:]),
        ]
        self.fills = Segment("How it is filled", FILLS)
        for segment in (*self.operations, self.fills):
            segment.chosen.connect(self._on_operation)
        vm = viewmodel.prompt
        self.prompt = PromptEditor(
            "Describe the picture",
            "prompt",
            2,
            7,
            lambda: vm.known_wildcards,
            lambda: vm.loras.known,
            lambda: vm.wildcards,
        )
        self.negative = PromptEdit("What should not be in it", "body", 1, 3)
        self._tokens = Label("", "secondary", "secondary")
        self._remark = Remark()
        self.run = Button("Fill selection", "primary", keys="Ctrl+Return", height=MAIN_BUTTON)
        self.run.bind(run)
        self.stop = Button("Stop", icon="stop", keys="Esc", height=MAIN_BUTTON)
        self.stop.bind(stop)
        self.get = Button("Get a model", icon="model")
        self._lay_out()
        self._connect()
        self.show_settings()
        self.prompt.forget_undo()
        self.negative.forget_undo()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.show_settings()
        super().changeEvent(event)

    def _lay_out(self) -> None:
        self._well = Well()
        self._well.watch(self.prompt, self.negative)
        inner = QVBoxLayout(self._well)
        inner.setContentsMargins(12, 10, 12, 10)
        inner.setSpacing(8)
        inner.addWidget(self.prompt)
        self._line = Line()
        inner.addWidget(self._line)
        inner.addWidget(self.negative)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._tokens)
        row.addStretch(1)
        row.addWidget(self.stop)
        row.addWidget(self.run)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 12, 16, 12)
        whole.setSpacing(8)
        for widget in (*self.operations, self.fills, self._well):
            whole.addWidget(widget)
        whole.addLayout(row)
        whole.addWidget(self._remark)
        whole.addWidget(self.get)

    def _connect(self) -> None:
        settings, vm = self._settings, self._viewmodel
        self.prompt.edited.connect(settings.set_prompt)
        self.negative.edited.connect(settings.set_negative_prompt)
        self.prompt.older_wanted.connect(lambda: self._step(1))
        self.prompt.newer_wanted.connect(lambda: self._step(-1))
        settings.changed.connect(self.show_settings)
        settings.models_changed.connect(self.show_settings)
        settings.problems_changed.connect(self._show_problems)
        vm.prompt.counted.connect(self._show_count)
        vm.prompt.previewed.connect(self._show_problems)
        vm.takes.changed.connect(self._show_running)
        vm.opened.connect(self._show_running)

    def show_settings(self) -> None:
        settings, operation = self._settings, self._settings.operation
        row = Operation.FILL if operation in NEEDS_MASK else operation
        for segment in self.operations:
            segment.select(row)
        self.fills.select(operation)
        self.fills.setVisible(operation in NEEDS_MASK)
        self._well.setVisible(settings.takes_words)
        self.prompt.show_text(settings.draft.prompt)
        self.prompt.say(PROMPTS[operation])
        negative = settings.takes_words and self._viewmodel.prompt.takes_negative
        self._line.setVisible(negative)
        self.negative.setVisible(negative)
        self.negative.show_text(settings.draft.negative_prompt)
        self.run.say(RUN[operation])
        self._show_count()
        self._show_problems()
        self._show_running()

    def _show_count(self) -> None:
        count = self._viewmodel.prompt.count
        self._tokens.setVisible(count is not None and self._settings.takes_words)
        if count:
            self._tokens.setText(tokens_words(count))
            self._tokens.set_tone(tokens_tone(count))
            self._tokens.setToolTip(tokens_tip(count))

    def _show_problems(self) -> None:
        problems = self._settings.problems
        error = next((problems[field] for field in ("edit", "prompt") if field in problems), None)
        said = self._viewmodel.prompt.problem if self._settings.takes_words else None
        lacking = self._settings.model is None and not self._settings.looking
        if isinstance(error, NothingChosen):
            self._remark.remark(None, tr("Choose a place first: paint over it with the brush (B)."))
            self._remark.set_tone("danger")
        else:
            self._remark.remark(error or said, tr("No installed model can do this.") if lacking else "")
        self.get.setVisible(lacking)
        self._well.show_wrong("prompt" in problems)

    def _show_running(self) -> None:
        self.run.setVisible(not self._viewmodel.running)
        self.stop.setVisible(self._viewmodel.running)

    def _on_operation(self, operation: object) -> None:
        assert isinstance(operation, Operation)
        self._settings.choose_operation(operation)

    def _step(self, by: int) -> None:
        text = self._viewmodel.prompt.history.step(by, self._settings.draft.prompt)
        if text is not None:
            self._settings.set_prompt(text)
