"""Every action of the Create panel, with its words and keys, apart from those of pictures and sheets."""

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from studio.ui.actions import Action
from studio.ui.panels.create_vary import VaryActions
from studio.viewmodels.create import CreateViewModel


class CreateActions(QObject):
    """What needs no widget is done here; the panel connects the rest.

    Attributes:
        generate, anew: with the seed as it is set, or with a new one.
        write, judge: to the prompt, to the pictures.
        help: what a text model does for the prompt.
        open, again, reuse, edit, begin, compare, vary: of the chosen picture; vary are several.
        paste, reset: a picture to begin with, the settings as they were at first.
    """

    def __init__(self, viewmodel: CreateViewModel, vary: VaryActions, parent: QObject) -> None:
        super().__init__(parent)
        vm, self.vary = viewmodel, vary
        self.generate = self._action("Generate", "Ctrl+Return", "create")
        self.anew = self._action("Generate with a new seed", "Ctrl+Shift+Return", "seed")
        self.write = self._action("Write the prompt", "Ctrl+L", "edit")
        self.judge = self._action("Go to the pictures", "Ctrl+G", "picture")
        # Space does it in the grid; as a shortcut of the window it would be taken from every button.
        self.open = self._action("View large", "Ctrl+I", "expand")
        self.again = self._action("Make again", "Ctrl+R", "again")
        self.reuse = self._action("Use these settings", "Ctrl+U", "settings")
        self.compare = self._action("Compare", "C", "compare")
        self.edit = self._action("Edit", "E", "brush")
        self.begin = self._action("Use as input", "I", "picture")
        self.paste = self._action("Paste a picture", "Ctrl+V", "add")
        self.reset = self._action("Reset the settings", "Ctrl+Alt+R", "undo")
        self.reset.triggered.connect(lambda: vm.settings.reset())
        self.help = (
            Action("Write it for me", partial(vm.prompt.ask, "write"), "Ctrl+Shift+W", "wand", parent=self),
            Action("Translate", partial(vm.prompt.ask, "translate"), "Ctrl+Shift+T", "language", parent=self),
        )

    @property
    def all(self) -> list[Action]:
        """In the order of palette and F1."""
        first = [self.generate, self.anew, self.write, self.judge, *self.help]
        chosen = [self.open, self.again, self.reuse, self.edit, self.begin, self.compare]
        return [*first, *chosen, *self.vary.all, self.paste, self.reset]

    @property
    def of_picture(self) -> list[list[QAction]]:
        """The groups of the menu of a picture that are of this panel."""
        one: list[QAction] = [self.open, self.edit, self.compare, self.again, self.reuse, self.begin]
        return [one, [*self.vary.all]]

    def _action(self, english: str, keys: str, icon: str) -> Action:
        return Action(english, _connected_later, keys, icon, parent=self)


def _connected_later() -> None:
    """The panel does it."""
