"""What is done with the layers of the document, and with the active one."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from studio.ui.actions import Action
from studio.viewmodels.edit import EditViewModel


class LayerActions:
    """What one does with the active layer.

    Attributes:
        all: every action; buttons: those with a button, and its icon.
    """

    def __init__(self, viewmodel: EditViewModel, parent: QWidget) -> None:
        vm, layers = viewmodel, viewmodel.layers
        self._viewmodel, self._layers = vm, layers
        self._parent = parent
        self.add = Action(
            "Add a layer", lambda: vm.commands.add_layer(), "Ctrl+Shift+N", "add", parent=parent
        )
        self.duplicate = self._of_layer(
            "Duplicate the layer", lambda name: vm.commands.duplicate_layer(name), "Ctrl+Shift+J", "copy"
        )
        self.merge = self._of_layer(
            "Merge down", lambda name: vm.commands.merge_down(name), "Ctrl+E", "merge"
        )
        self.remove = self._of_layer(
            "Delete the layer", lambda name: vm.commands.remove_layer(name), "Shift+Del", "trash"
        )
        self.choose = self._of_layer(
            "Choose what the layer holds", lambda name: vm.commands.select_layer(name), "Ctrl+Shift+A", "mask"
        )
        self.higher = Action("Layer up", lambda: self._move(1), "Ctrl+]", "arrow-up", parent=parent)
        self.lower = Action("Layer down", lambda: self._move(-1), "Ctrl+[", "arrow-down", parent=parent)
        self.flatten = Action(
            "Flatten", lambda: vm.commands.flatten(), "Ctrl+Shift+E", "layers", parent=parent
        )
        self.mask = Action(
            "Keep the selection as a layer",
            lambda: vm.commands.keep_selection_as_layer(),
            "Ctrl+Alt+M",
            "mask",
            parent=parent,
        )
        # Without words of its own to change it is off; the sheets do it.
        self.rewrite = Action("Write the words anew…", _nothing, "Ctrl+Shift+T", "words", parent=parent)
        layers.changed.connect(self._refresh)
        self._refresh()

    @property
    def all(self) -> list[Action]:
        most = [self.add, self.duplicate, self.merge, self.remove, self.choose, self.rewrite]
        return [*most, self.higher, self.lower, self.flatten, self.mask]

    @property
    def buttons(self) -> list[tuple[Action, str]]:
        return [
            (self.add, "add"),
            (self.mask, "mask"),
            (self.duplicate, "copy"),
            (self.merge, "merge"),
            (self.higher, "arrow-up"),
            (self.lower, "arrow-down"),
            (self.remove, "trash"),
        ]

    def _of_layer(self, english: str, run: Callable[[str], None], keys: str, icon: str) -> Action:
        def act() -> None:
            row = self._layers.active
            if row >= 0:
                run(self._layers.layer(row).id)

        return Action(english, act, keys, icon, parent=self._parent)

    def _move(self, by: int) -> None:
        row = self._layers.active
        if row >= 0:
            index = self._layers.index_in_document(row) + by
            if 0 <= index < self._layers.rowCount():
                self._viewmodel.commands.move_layer(self._layers.layer(row).id, index)

    def _refresh(self) -> None:
        row, count = self._layers.active, self._layers.rowCount()
        some = row >= 0
        for action in (self.duplicate, self.choose):
            action.setEnabled(some)
        self.rewrite.setEnabled(some and self._layers.layer(row).text is not None)
        self.add.setEnabled(count > 0)
        self.mask.setEnabled(count > 0)
        self.remove.setEnabled(some and count > 1)
        self.merge.setEnabled(some and row < count - 1)
        self.lower.setEnabled(some and row < count - 1)
        self.higher.setEnabled(some and row > 0)
        self.flatten.setEnabled(count > 1)


def _nothing() -> None:
    """The sheets do it."""
