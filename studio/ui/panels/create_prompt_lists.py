"""What opens at the prompt box: styles to choose, earlier prompts, and the prompts that will run."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QLineEdit, QWidget

from studio.core.prompts.styles import NAME_LIMIT, PLACE
from studio.core.prompts.written import Style
from studio.ui.i18n import is_chinese, plural, tr
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.labels import Label
from studio.ui.widgets.pick_list import Pick, PickList
from studio.viewmodels.create_settings import GenerationSettings
from studio.viewmodels.prompt import PromptViewModel


def title_of_style(style: Style | str) -> str:
    """Its name in the person's language."""
    if isinstance(style, str):
        return style
    return style.titles.get("zh" if is_chinese() else "en", style.name)


class StyleList(PickList):
    """Ticks styles, keeps the prompt as a style of one's own, removes one of them."""

    def __init__(self, host: QWidget, prompt: PromptViewModel, settings: GenerationSettings) -> None:
        super().__init__(host, "Styles", "Search styles", lines=1, stays=True)
        self._prompt, self._settings = prompt, settings
        self.name = QLineEdit()
        self.name.setMaxLength(NAME_LIMIT)
        self.keep = Button("Save as style", tip="Keep the prompt as it stands as a style of your own")
        self.remove = IconButton("trash", "Remove this style of your own")
        for widget in (self.name, self.keep, self.remove):
            self.foot.addWidget(widget, 1 if widget is self.name else 0)
        self.picked.connect(prompt.toggle_style)
        self.current_changed.connect(self._show_state)
        self.name.textChanged.connect(self._show_state)
        self.name.returnPressed.connect(self._save)
        self.keep.clicked.connect(self._save)
        self.remove.clicked.connect(self._remove)
        prompt.styles_changed.connect(self._show_styles)
        self._show_language()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._show_language()

    def open_below(self, anchor: QWidget) -> None:
        self._show_styles()
        self.name.clear()
        self._show_state()
        super().open_below(anchor)

    def _show_language(self) -> None:
        self.name.setPlaceholderText(tr("Name"))
        self.name.setAccessibleName(tr("Name of the new style"))
        self._show_styles()

    def _show_styles(self) -> None:
        chosen = {style if isinstance(style, str) else style.name for style in self._prompt.chosen}
        self.fill(
            [
                Pick(
                    style.name,
                    title_of_style(style) + (" · " + tr("your own") if style.own else ""),
                    style.prompt.replace(PLACE, "…") or style.negative_prompt,
                    style.name in chosen,
                )
                for style in self._prompt.styles
            ]
        )
        self._show_state()

    def _show_state(self) -> None:
        own = {style.name for style in self._prompt.styles if style.own}
        self.remove.setEnabled(self.current in own)
        words = self._settings.draft.prompt.strip() or self._settings.draft.negative_prompt.strip()
        self.keep.setEnabled(bool(self.name.text().strip() and words))

    def _save(self) -> None:
        if self.keep.isEnabled():
            self._prompt.save_style(self.name.text())
            self.name.clear()

    def _remove(self) -> None:
        self._prompt.remove_style(self.current)


class PossibleList(PickList):
    """The very prompts that will run, in the order of the pictures; read, not picked."""

    def __init__(self, host: QWidget, prompt: PromptViewModel, settings: GenerationSettings) -> None:
        super().__init__(host, "Prompts that will run", lines=6, stays=True)
        self._prompt, self._settings = prompt, settings
        self._seed = Label("", "secondary", "secondary")
        self.others = Button("Draw others", "quiet", icon="seed")
        self.foot.addWidget(self._seed, 1)
        self.foot.addWidget(self.others)
        self.others.clicked.connect(self._draw)
        prompt.previewed.connect(self._show_prompts)

    def open_below(self, anchor: QWidget) -> None:
        self._show_prompts()
        super().open_below(anchor)

    def _draw(self) -> None:
        self._prompt.draw_others()
        self._prompt.look()

    def _show_prompts(self) -> None:
        expanded, locked = self._prompt.expanded, self._settings.draft.seed_locked
        prompts = self._prompt.prompts
        self.fill([Pick(str(at), f"{at}.  {text}") for at, text in enumerate(prompts, 1)])
        some = bool(expanded and expanded.possible > len(prompts))
        self.others.setEnabled(some and not locked)
        if not some:
            self._seed.say("These are all that are possible.")
        elif locked:
            self._seed.say("The seed is locked, so these stay.")
        else:
            self._seed.say("Drawn for the next seed.")


class PromptLists(QObject):
    """Makes each list when it is first wanted."""

    def __init__(self, home: QWidget, prompt: PromptViewModel, settings: GenerationSettings) -> None:
        super().__init__(home)
        self._home, self._prompt, self._settings = home, prompt, settings
        self.styles: StyleList | None = None
        self.possible: PossibleList | None = None
        self.history: PickList | None = None

    def open_styles(self, anchor: QWidget) -> None:
        if self.styles is None:
            self.styles = StyleList(self._home.window(), self._prompt, self._settings)
        self.styles.open_below(anchor)

    def open_possible(self, anchor: QWidget) -> None:
        if self.possible is None:
            self.possible = PossibleList(self._home.window(), self._prompt, self._settings)
        self.possible.open_below(anchor)

    def open_history(self, anchor: QWidget) -> None:
        if self.history is None:
            self.history = PickList(self._home.window(), "Earlier prompts", "Search earlier prompts")
            self.history.picked.connect(self._settings.set_prompt)
        self.history.fill([Pick(text, " ".join(text.split())) for text in self._prompt.history.prompts])
        self.history.open_below(anchor)


def possible_words(possible: int, pictures: int, most: int) -> str:
    """8 prompts possible, these 4 will run"""
    if possible <= pictures:
        return tr("{n} prompts, all of them will run", n=possible)
    many = tr("more than a million") if possible >= most else str(possible)
    return plural(
        pictures,
        "{many} prompts possible, this one will run",
        "{many} prompts possible, these {n} will run",
        many=many,
    )
