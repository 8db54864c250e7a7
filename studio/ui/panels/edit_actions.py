"""Every action of the Edit panel, with its words and keys, apart from those that choose a tool."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from studio.core.edits import Operation
from studio.ui.actions import Action
from studio.ui.panels.edit_layer_actions import LayerActions
from studio.viewmodels.edit import EditViewModel
from studio.viewmodels.edit_tools import Tool

GROWTH, FEATHER = 8, 8  # pixels of one step of the menu


class EditActions(QObject):
    """What needs no widget is done here; the panel connects the rest.

    Attributes:
        run, stop, apply, discard, next_take, previous_take: of the next change, and what came of the last.
        undo, redo: of the document.
        open, close, export, keep, copy, cut, paste: of documents and the clipboard.
        compare, compare_two, back: looking at what was before, and returning to it.
        adjust_context: the frame of what the model sees, set on the canvas.
        select, image: what the menus of the bar hold.
        levels, curves, hue, blur, sharpen, straighten, resize, text: what opens a sheet.
    """

    def __init__(self, viewmodel: EditViewModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._viewmodel, self._parent = viewmodel, parent
        vm = viewmodel
        self.layers = LayerActions(vm, parent)
        self.run = self._action("Run the change", None, "Ctrl+Return", "brush")
        self.stop = self._action("Stop", vm.stop, "Shift+Esc", "stop")
        self.apply = self._action("Apply", None, "Ctrl+Shift+Return", "check")
        self.discard = self._action("Discard", None, "Ctrl+Shift+Backspace", "trash")
        self.next_take = self._action("Next take", lambda: vm.takes.walk(1), "Alt+Right", "right")
        self.previous_take = self._action("Previous take", lambda: vm.takes.walk(-1), "Alt+Left", "left")
        self.hide_take = self._action(
            "Show the document", lambda: vm.takes.choose(None), "Alt+Down", "picture"
        )
        self.undo = self._action("Undo", lambda: vm.in_turn(vm.history.undo), "Ctrl+Z", "undo")
        self.redo = self._action("Redo", lambda: vm.in_turn(vm.history.redo), "Ctrl+Shift+Z", "redo")
        self.open = self._action("Open…", None, "Ctrl+O", "folder-open")
        self.close = self._action("Close the document", vm.close_document, "Ctrl+W", "close")
        self.export = self._action("Export…", None, "Ctrl+S", "export")
        self.keep = self._action("Save to gallery", vm.keep, "Ctrl+Shift+S", "gallery")
        self.copy = self._action("Copy picture", vm.copy, "Ctrl+C", "copy")
        self.cut = self._action("Cut", vm.cut, "Ctrl+X", "crop")
        self.paste = self._action("Paste as a layer", None, "Ctrl+V", "add")
        self.paste.setShortcuts([QKeySequence("Ctrl+V"), QKeySequence("Ctrl+Shift+V")])
        self.compare = self._action("Before / after", None, "Y", "compare")
        self.compare_two = self._action("Compare", None, "Ctrl+Y", "compare")
        self.back = self._action("Return", None, "Ctrl+Shift+R", "again")
        choose = vm.tools.choose
        self.adjust_context = self._action(
            "Set what the model sees", lambda: choose(Tool.CONTEXT), "Shift+K", "context"
        )
        self.write = self._action("Write the prompt", None, "Ctrl+L", "edit")
        self._make_select()
        self._make_image()
        vm.opened.connect(self.refresh)
        vm.history.changed.connect(self.refresh)
        vm.takes.changed.connect(self.refresh)
        vm.busy_changed.connect(self.refresh)
        vm.settings.models_changed.connect(self.refresh)
        vm.settings.problems_changed.connect(self.refresh)
        self.refresh()

    @property
    def all(self) -> list[QAction]:
        """In the order of palette and F1."""
        found: list[QAction] = [
            *(self.run, self.stop, self.write, self.apply, self.discard),
            *(self.next_take, self.previous_take, self.hide_take),
            *(self.undo, self.redo, self.open, self.close, self.keep, self.export),
            *(self.copy, self.cut, self.paste),
            *(self.compare, self.back, self.compare_two, self.adjust_context),
            *self.operations,
            *(one for group in (*self.select, *self.adjust, *self.image) for one in group),
            *self.layers.all,
        ]
        return list(dict.fromkeys(found))  # menus share some

    def refresh(self) -> None:
        vm = self._viewmodel
        opened = vm.document is not None and not vm.busy
        for group in (*self.select, *self.adjust, *self.image):
            for action in group:
                action.setEnabled(opened)
        for action in (self.apply, self.close, self.export, self.keep, self.copy, self.cut, self.compare):
            action.setEnabled(opened)
        possible = vm.settings.model is not None or vm.settings.looking
        self.run.setEnabled(opened and possible and "margins" not in vm.settings.problems)
        self.stop.setEnabled(vm.running)
        self.undo.setEnabled(vm.history.can_undo)
        self.redo.setEnabled(vm.history.can_redo)
        for action in (self.next_take, self.previous_take, self.hide_take):
            action.setEnabled(vm.takes.done > 0)

    def _make_select(self) -> None:
        vm = self._viewmodel
        self.select: list[list[QAction]] = [
            [
                self._action("Select all", lambda: vm.commands.select_all(), "Ctrl+A", "selection"),
                self._action("Select nothing", lambda: vm.commands.select_none(), "Ctrl+D", "close"),
                self._action(
                    "Invert the selection", lambda: vm.commands.invert_selection(), "Ctrl+Shift+I", "swap"
                ),
            ],
            [
                self._action("Grow by 8 px", lambda: vm.commands.grow_selection(GROWTH), "Ctrl+Alt++", "add"),
                self._action(
                    "Shrink by 8 px", lambda: vm.commands.grow_selection(-GROWTH), "Ctrl+Alt+-", "remove"
                ),
                self._action(
                    "Feather by 8 px",
                    lambda: vm.commands.feather_selection(FEATHER),
                    "Ctrl+Alt+F",
                    "circle-part",
                ),
            ],
            [
                self._action(
                    "Select what is not transparent",
                    lambda: vm.commands.select_from_alpha(),
                    "Ctrl+Alt+A",
                    "mask",
                ),
                self.layers.mask,
            ],
            [
                self._action("Fill with the colour", self._fill, "Alt+Backspace", "paint"),
                self._action("Clear what is selected", lambda: vm.commands.clear_selected(), "Del", "trash"),
            ],
        ]

    def _make_image(self) -> None:
        vm = self._viewmodel
        self.levels = self._action("Levels…", None, "Ctrl+Alt+L", "settings")
        self.curves = self._action("Curves…", None, "Ctrl+M", "control")
        self.hue = self._action("Hue and saturation…", None, "Ctrl+U", "palette")
        self.blur = self._action("Blur…", None, "Ctrl+Alt+B", "circle-part")
        self.sharpen = self._action("Sharpen…", None, "Ctrl+Alt+S", "create")
        self.adjust: list[list[QAction]] = [[self.levels, self.curves, self.hue], [self.blur, self.sharpen]]
        self.straighten = self._action("Straighten…", None, "Ctrl+Alt+R", "turn")
        self.resize = self._action("Resize…", None, "Ctrl+Alt+I", "expand")
        self.text = self._action("Add words…", None, "Ctrl+T", "words")
        self.image: list[list[QAction]] = [
            [
                self._action("Rotate right", lambda: vm.commands.rotate(1), "Ctrl+R", "turn"),
                self._action("Rotate left", lambda: vm.commands.rotate(-1), "Ctrl+Shift+L", "again"),
                self._action(
                    "Flip across", lambda: vm.commands.flip(horizontal=True), "Ctrl+Shift+H", "swap"
                ),
                self._action(
                    "Flip upside down", lambda: vm.commands.flip(horizontal=False), "Ctrl+Alt+H", "sort"
                ),
            ],
            [self.straighten, self.resize],
            [self.text],
            [self.layers.flatten],
        ]
        self.operations = [
            self._action(english, partial(self._choose, operation), f"Alt+{number}", "brush")
            for number, (english, operation) in enumerate(_OPERATIONS, 1)
        ]

    def _choose(self, operation: Operation) -> None:
        self._viewmodel.settings.choose_operation(operation)

    def _fill(self) -> None:
        self._viewmodel.commands.fill_colour(self._viewmodel.tools.now.colour)

    def _action(self, english: str, run: Callable[[], object] | None, keys: str, icon: str) -> Action:
        """Without `run` the panel connects it."""
        return Action(english, run or _nothing, keys, icon, parent=self._parent)


_OPERATIONS = (
    ("Change: fill", Operation.FILL),
    ("Change: remove", Operation.REMOVE),
    ("Change: background", Operation.BACKGROUND),
    ("Change: extend", Operation.EXTEND),
    ("Change: paint over", Operation.PAINT_OVER),
    ("Change: instruct", Operation.INSTRUCT),
    ("Change: upscale", Operation.UPSCALE),
    ("Change: cut out", Operation.CUT_OUT),
)


def _nothing() -> None:
    """The panel connects what is done."""
