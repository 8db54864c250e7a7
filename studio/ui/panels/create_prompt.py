"""The prompt box: what to make, what to avoid, help with both, and the one button that makes it."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.prompts.written import MOST_COUNTED, TokenCount
from studio.ui.i18n import explain, plural, tr
from studio.ui.panels.create_prompt_lists import PromptLists, possible_words, title_of_style
from studio.ui.panels.create_suggestion import SuggestionCard
from studio.ui.theme import MAIN_BUTTON, SMALL
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.chip import Chip
from studio.ui.widgets.flow import FlowLayout
from studio.ui.widgets.labels import ElidedLabel, Label, Line
from studio.ui.widgets.prompt_edit import PromptEdit
from studio.ui.widgets.prompt_editor import PromptEditor
from studio.ui.widgets.well import Well
from studio.viewmodels.create_settings import GenerationSettings
from studio.viewmodels.prompt import PromptViewModel

WIDEST = 1200


class PromptBox(Well):
    """A well with prompt, suggestion, negative prompt, what is wrong with them, styles, help and Generate.

    Attributes:
        settings, viewmodel: what it binds.
        prompt: where one begins to write.
        card: the suggestion below it.
        problem: what is wrong with the words.
        lists: what opens at the buttons.
        generate: the one accent button.
    """

    def __init__(
        self,
        settings: GenerationSettings,
        viewmodel: PromptViewModel,
        generate: QAction,
        write: QAction,
        translate: QAction,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.settings, self.viewmodel = settings, viewmodel
        self.setMaximumWidth(WIDEST)
        self.prompt = PromptEditor(
            "Describe the picture",
            "prompt",
            2,
            8,
            lambda: viewmodel.known_wildcards,
            lambda: viewmodel.loras.known,
            lambda: viewmodel.wildcards,
        )
        self.prompt.take_suggestion = viewmodel.accept
        self.card = SuggestionCard()
        self.negative = PromptEdit("What should not be in it", "body", 1, 3)
        self.negative_tokens = Label("", "secondary", "secondary")
        self.problem = ElidedLabel("", "secondary", "danger")
        self.lists = PromptLists(self, viewmodel, settings)
        self.generate = Button("Generate", "primary", keys="Ctrl+Return", height=MAIN_BUTTON)
        self.generate.bind(generate)
        self._make_tools(write, translate)
        self._lay_out()
        self.watch(self.prompt, self.negative)
        self._connect()
        self._show_settings()
        self.prompt.forget_undo()
        self.negative.forget_undo()
        self._show_problems()
        self._show_styles()
        self._show_preview()
        self._show_counts()
        self.card.show_suggestion(viewmodel.suggestion)

    def escape(self) -> bool:
        """Closes the suggestion; False where there is none."""
        return self.viewmodel.discard()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._show_problems()
            self._show_styles()
            self._show_preview()
            self._show_counts()
        super().changeEvent(event)

    # Building.

    def _make_tools(self, write: QAction, translate: QAction) -> None:
        self._help = (write, translate)
        self.add_style = Button("Style", icon="add", height=SMALL, tip="Lay a style over the prompt")
        self.write = Button("Write it for me", "quiet", icon="wand", height=SMALL)
        self.translate = Button("Translate", "quiet", icon="language", height=SMALL)
        self.write.bind(write)
        self.translate.bind(translate)
        self.earlier = IconButton("clock", "Earlier prompts", keys="Alt+Up", size=SMALL)
        self.possible = Button("", "quiet", height=SMALL, tip="Show the prompts that will run")
        self.tokens = Label("", "secondary", "secondary")

    def _lay_out(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2, 2, 2, 2)
        whole.setSpacing(0)
        whole.addLayout(_row(self.prompt, top=11, bottom=8))
        whole.addWidget(self.card)
        self._negative_row = QWidget()
        negative = QVBoxLayout(self._negative_row)
        negative.setContentsMargins(0, 0, 0, 0)
        negative.setSpacing(0)
        negative.addWidget(Line())
        label = Label("Negative", "section", "secondary")
        negative.addLayout(_row(label, self.negative, self.negative_tokens, top=6, bottom=6))
        whole.addWidget(self._negative_row)
        whole.addWidget(Line())
        whole.addLayout(self._buttons())

    def _buttons(self) -> QVBoxLayout:
        self._tools = FlowLayout(gap=6)
        for widget in (self.add_style, self.write, self.translate, self.earlier, self.possible):
            self._tools.addWidget(widget)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addLayout(self._tools, 1)
        self.tokens.setFixedHeight(MAIN_BUTTON)
        row.addWidget(self.tokens, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.generate, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout()
        column.setContentsMargins(12, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.problem)
        column.addLayout(row)
        return column

    def _connect(self) -> None:
        settings, vm, card = self.settings, self.viewmodel, self.card
        self.prompt.edited.connect(settings.set_prompt)
        self.prompt.older_wanted.connect(lambda: self._step(1))
        self.prompt.newer_wanted.connect(lambda: self._step(-1))
        self.negative.edited.connect(settings.set_negative_prompt)
        settings.changed.connect(self._show_settings)
        settings.models_changed.connect(self._show_settings)
        settings.problems_changed.connect(self._show_problems)
        vm.previewed.connect(self._show_preview)
        vm.counted.connect(self._show_counts)
        vm.styles_changed.connect(self._show_styles)
        vm.styles_changed.connect(self.prompt.colours.look_again)
        vm.loras.changed.connect(self.prompt.colours.look_again)
        vm.suggestion_changed.connect(self._show_suggestion)
        card.accept_wanted.connect(vm.accept)
        card.discard_wanted.connect(vm.discard)
        card.again_wanted.connect(vm.ask_again)
        card.stop_wanted.connect(vm.stop)
        for button in (self.write, self.translate, card.again):
            button.clicked.connect(lambda: self.prompt.setFocus())  # where Tab accepts what comes
        self.add_style.clicked.connect(lambda: self.lists.open_styles(self.add_style))
        self.earlier.clicked.connect(lambda: self.lists.open_history(self.earlier))
        self.possible.clicked.connect(lambda: self.lists.open_possible(self.possible))

    # What is shown.

    def _show_settings(self) -> None:
        draft = self.settings.draft
        self.prompt.show_text(draft.prompt)
        self.negative.show_text(draft.negative_prompt)
        self.generate.say("Generate {n}", n=draft.num_images)
        self._negative_row.setVisible(self.viewmodel.takes_negative)
        for action in self._help:
            action.setEnabled(bool(draft.prompt.strip()))

    def _show_problems(self) -> None:
        problems = self.settings.problems
        error = problems.get("prompt") or problems.get("negative_prompt")
        shown = error or self.viewmodel.problem
        self.problem.setText(explain(shown) if shown else "")
        self.problem.setVisible(shown is not None)
        self.show_wrong(error is not None)

    def _show_preview(self) -> None:
        expanded, pictures = self.viewmodel.expanded, self.settings.draft.num_images
        several = expanded is not None and expanded.possible > 1
        self.possible.setVisible(several)
        if expanded is not None and several:
            self.possible.setText(possible_words(expanded.possible, pictures, MOST_COUNTED))
            self.possible.setAccessibleName(self.possible.text())
            self.possible.updateGeometry()
        self._show_problems()

    def _show_counts(self) -> None:
        count, negative = self.viewmodel.count, self.viewmodel.negative_count
        self.tokens.setVisible(count is not None)
        if count:
            self.tokens.setText(tokens_words(count))
            self.tokens.set_tone(tokens_tone(count))
            self.tokens.setToolTip(tokens_tip(count))
        self.negative_tokens.setVisible(negative is not None)
        if negative:
            self.negative_tokens.setText(_short_tokens(negative))
            self.negative_tokens.set_tone(tokens_tone(negative))
            self.negative_tokens.setToolTip(tokens_tip(negative))

    def _show_styles(self) -> None:
        for chip in self.findChildren(Chip):
            self._tools.removeWidget(chip)
            chip.hide()
            chip.setParent(None)
            chip.deleteLater()
        for place, style in enumerate(self.viewmodel.chosen):
            name = style if isinstance(style, str) else style.name
            chip = Chip(name, title_of_style(style), isinstance(style, str), self)
            chip.clicked.connect(lambda _=False, name=name: self.viewmodel.toggle_style(name))
            self._tools.insert(place, chip)
            chip.show()
        self.updateGeometry()

    def _show_suggestion(self) -> None:
        focus = self.card.isAncestorOf(self.window().focusWidget() or self)
        self.card.show_suggestion(self.viewmodel.suggestion)
        if focus and self.viewmodel.suggestion is None:
            self.prompt.setFocus()

    def _step(self, by: int) -> None:
        text = self.viewmodel.history.step(by, self.settings.draft.prompt)
        if text is not None:
            self.settings.set_prompt(text)


def tokens_words(count: TokenCount) -> str:
    """49 / 75 tokens; 98 tokens · 2 parts"""
    if count.limit and count.parts == 1:
        return tr("{n} / {limit} tokens", n=count.tokens, limit=count.limit)
    words = plural(count.tokens, "{n} token", "{n} tokens")
    return words if count.parts == 1 else f"{words} · " + tr("{n} parts", n=count.parts)


def _short_tokens(count: TokenCount) -> str:
    return f"{count.tokens} / {count.limit}" if count.limit and count.parts == 1 else tokens_words(count)


def tokens_tone(count: TokenCount) -> str:
    """A warning where the model does not read all of it."""
    return "warning" if count.read < count.tokens else "secondary"


def tokens_tip(count: TokenCount) -> str:
    """What the count means for the picture; "" where it is short."""
    if count.read < count.tokens:
        return tr("The model reads the first {limit} tokens; the rest has no effect.", limit=count.read)
    if count.parts > 1:
        return tr(
            "The model reads {limit} tokens at once, so the prompt is read in parts.", limit=count.limit
        )
    return ""


def _row(*widgets: QWidget, top: int, bottom: int) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(14, top, 14, bottom)
    row.setSpacing(12)
    for widget in widgets:
        row.addWidget(widget, 1 if isinstance(widget, PromptEdit) else 0, Qt.AlignmentFlag.AlignTop)
    return row
