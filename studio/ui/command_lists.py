"""The palette and the list of shortcuts: what can be done in the window, and in the panels that are made."""

from collections.abc import Mapping, Sequence
from functools import cached_property, partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from studio.ui.actions import Action
from studio.ui.dialogs.palette import CommandPalette
from studio.ui.dialogs.shortcuts import ShortcutsSheet
from studio.ui.edit_words import CANVAS_KEYS
from studio.ui.frame import ENTRIES
from studio.ui.i18n import tr
from studio.ui.panel import Panel
from studio.ui.widgets.buttons import keys_text
from studio.ui.widgets.overlay import Overlay
from studio.viewmodels.palette import Command, PaletteModel
from studio.viewmodels.shell import Shell


class CommandLists(QObject):
    """Opens them over the frame.

    Attributes:
        model: what the palette lists.
    """

    def __init__(
        self,
        shell: Shell,
        frame: QWidget,
        own: Sequence[Action],
        panels: Mapping[str, Panel],
        parent: QObject,
    ) -> None:
        """`own` are the window's; `panels`, by name, may become more."""
        super().__init__(parent)
        self._shell, self._frame, self._own, self._panels = shell, frame, own, panels
        self.model = PaletteModel(self)

    @cached_property
    def palette(self) -> CommandPalette:
        return CommandPalette(self.model, self._frame)

    @cached_property
    def shortcuts(self) -> ShortcutsSheet:
        return ShortcutsSheet(self._frame)

    def open_palette(self) -> None:
        self._fill_palette()
        self.palette.open()

    def open_shortcuts(self) -> None:
        titles = {"": tr("Everywhere"), **_titles()}
        groups: list[tuple[str, list[tuple[str, str]]]] = []
        for name, commands in self.commands().items():
            groups.append((titles[name], [(one.words, keys_text(one.keys)) for one in commands]))
            if name == "edit":
                on_canvas = [(tr(words), " ".join(map(keys_text, keys))) for words, keys in CANVAS_KEYS]
                groups.append((tr("On the canvas of Edit"), on_canvas))
        self.shortcuts.show_groups(groups)

    def refresh(self) -> None:
        """There is a further panel, or another language: the list that is open is filled anew."""
        opened = {type(one) for one in self._frame.findChildren(Overlay) if one.isVisible()}
        if CommandPalette in opened:
            self._fill_palette()
        if ShortcutsSheet in opened:
            self.open_shortcuts()

    def commands(self) -> dict[str, list[Command]]:
        """Every action by its panel's name, the window's own under an empty one.

        Panels that are not built yet have none: to build them all takes the time of twenty frames.
        """
        built = [entry.name for entry in ENTRIES if entry.name in self._panels]
        actions = {"": self._own, **{name: actions_of(self._panels[name]) for name in built}}
        titles = _titles()
        return {
            name: [self._command(name, titles.get(name, ""), action) for action in group]
            for name, group in actions.items()
        }

    def _fill_palette(self) -> None:
        """What can be done here first, then in the window, then elsewhere."""
        rank = {self._shell.panel: 0, "": 1}
        groups = sorted(self.commands().items(), key=lambda group: rank.get(group[0], 2))
        here = [command for _, commands in groups for command in commands]
        self.palette.fill([command for command in here if command.enabled])

    def _command(self, panel: str, where: str, action: Action) -> Command:
        return Command(
            words=action.text(),
            english=action.english,
            where=where,
            keys=action.shortcut().toString(),
            glyph=action.glyph,
            enabled=action.isEnabled(),
            run=partial(self._run, panel, action),
        )

    def _run(self, panel: str, action: Action) -> None:
        if panel:
            self._shell.go(panel)
        action.trigger()


def actions_of(panel: Panel) -> list[Action]:
    """What can be done in it, as far as it has words."""
    return [action for action in panel.actions() if isinstance(action, Action)]


def _titles() -> dict[str, str]:
    return {entry.name: tr(entry.title) for entry in ENTRIES}
