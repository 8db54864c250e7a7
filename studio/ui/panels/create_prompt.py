"""The prompt box: what to make, what to avoid, and the one button that makes it."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.i18n import explain
from studio.ui.theme import MAIN_BUTTON
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.labels import ElidedLabel, Label, Line
from studio.ui.widgets.prompt_edit import PromptEdit
from studio.ui.widgets.well import Well
from studio.viewmodels.create_settings import GenerationSettings

WIDEST = 1200


class PromptBox(Well):
    """A well with prompt, negative prompt, what is wrong with them, and Generate.

    Attributes:
        prompt: where one begins to write.
        problem: what is wrong with the words.
        generate: the one accent button.
    """

    def __init__(
        self, settings: GenerationSettings, generate: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setMaximumWidth(WIDEST)
        self.prompt = PromptEdit("Describe the picture", "prompt", 2, 8)
        self._negative = PromptEdit("What should not be in it", "body", 1, 3)
        self.problem = ElidedLabel("", "secondary", "danger")
        self.generate = Button("Generate", "primary", keys="Ctrl+Return", height=MAIN_BUTTON)
        self.generate.bind(generate)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2, 2, 2, 2)
        whole.setSpacing(0)
        whole.addLayout(_row(self.prompt, top=11, bottom=8))
        whole.addWidget(Line())
        whole.addLayout(_row(Label("Negative", "section", "secondary"), self._negative, top=6, bottom=6))
        whole.addWidget(Line())
        whole.addLayout(self._buttons())
        self.watch(self.prompt, self._negative)
        self.prompt.edited.connect(settings.set_prompt)
        self._negative.edited.connect(settings.set_negative_prompt)
        settings.changed.connect(self._show_settings)
        settings.problems_changed.connect(self._show_problems)
        self._show_settings()
        self._show_problems()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._show_problems()
        super().changeEvent(event)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(14, 8, 8, 8)
        row.setSpacing(12)
        row.addWidget(self.problem, 1)
        row.addStretch(0)
        row.addWidget(self.generate)
        return row

    def _show_settings(self) -> None:
        draft = self._settings.draft
        self.prompt.show_text(draft.prompt)
        self._negative.show_text(draft.negative_prompt)
        self.generate.say("Generate {n}", n=draft.num_images)

    def _show_problems(self) -> None:
        problems = self._settings.problems
        error = problems.get("prompt") or problems.get("negative_prompt")
        self.problem.setText(explain(error) if error else "")
        self.problem.setVisible(error is not None)
        self.show_wrong(error is not None)


def _row(*widgets: QWidget, top: int, bottom: int) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(14, top, 14, bottom)
    row.setSpacing(12)
    for widget in widgets:
        row.addWidget(widget, 1 if isinstance(widget, PromptEdit) else 0, Qt.AlignmentFlag.AlignTop)
    return row
