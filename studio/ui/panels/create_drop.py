"""Recipes that come into Create from outside: dropped, chosen from the disk, or copied."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QStandardPaths, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from studio.core.inputs import Role
from studio.core.reading import Dropped
from studio.ui.actions import Action
from studio.ui.dialogs.recipe import RecipeSheet
from studio.ui.i18n import tr
from studio.viewmodels.drop import DropViewModel
from studio.viewmodels.messages import MessageCentre

KINDS = "*.png *.jpg *.jpeg *.webp *.avif *.gif *.bmp *.tif *.tiff"
LONGEST_TEXT = 4_000_000  # characters

AddInputs = Callable[[Sequence[Path], Role | None], object]


class RecipeDrop(QObject):
    """Reads them and opens the sheet with their fields.

    Attributes:
        actions: from a file, and from the clipboard.
        add_inputs: puts pictures into the Inputs row, without a role in the likely one; None where the panel
            has none.

    Signals:
        used: fields of a recipe were written into Create's.
        get_wanted (str): the repository of a model that a recipe wants.
    """

    used = Signal()
    get_wanted = Signal(str)

    def __init__(
        self,
        viewmodel: DropViewModel,
        messages: MessageCentre,
        widget: QWidget,
        add_inputs: AddInputs | None,
    ) -> None:
        super().__init__(widget)
        self._viewmodel, self._messages, self._widget = viewmodel, messages, widget
        self.add_inputs = add_inputs
        self._was_dropped = False
        self.sheet: RecipeSheet | None = None
        self.actions = [
            Action("Read a recipe…", self._choose, "Ctrl+Shift+O", "folder-open", parent=self),
            Action("Read the copied recipe", self.read_clipboard, "Ctrl+Shift+V", "copy", parent=self),
        ]
        viewmodel.arrived.connect(self._show)
        viewmodel.failed.connect(messages.problem)
        viewmodel.text_unread.connect(self._on_text_unread)
        viewmodel.pasted.connect(self._offer)

    def take(self, paths: Sequence[Path]) -> None:
        """What was dropped: the recipe of one picture; several, or one without a recipe, are inputs."""
        if len(paths) == 1 or self.add_inputs is None:
            self._was_dropped = True
            self._viewmodel.read(paths[0])
        else:
            self.add_inputs(paths, None)

    def read(self, path: str) -> None:
        """A picture that the person wants the recipe of."""
        self._was_dropped = False
        self._viewmodel.read(Path(path))

    def read_clipboard(self) -> None:
        """A picture's file, the path of one, or the text of a recipe."""
        copied = QGuiApplication.clipboard().mimeData()
        path = _path_in(copied)
        if path:
            self.read(path)
        elif copied.hasText() and len(copied.text()) <= LONGEST_TEXT:
            self._viewmodel.read_text(copied.text())
        else:
            self._on_text_unread()

    def close(self) -> bool:
        """False where nothing was open."""
        if self.sheet is None or not self.sheet.isVisible():
            return False
        self.sheet.close_overlay()
        return True

    def _choose(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        dialog = QFileDialog(self._widget, tr("Read a recipe…"), folder, f"{tr('Pictures')} ({KINDS})")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.read)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _show(self) -> None:
        dropped = self._viewmodel.dropped
        if dropped is None:
            return
        plain = dropped.reading is None and not dropped.too_long
        if plain and self._was_dropped and self.add_inputs:
            self.add_inputs([Path(dropped.path)], None)
            return
        if self.sheet is None:
            self.sheet = RecipeSheet(self._widget.window(), self._viewmodel)
            self.sheet.used.connect(self.used)
            self.sheet.get_wanted.connect(self.get_wanted)
            self.sheet.start_wanted.connect(partial(self._add, Role.START))
            self.sheet.refer_wanted.connect(partial(self._add, Role.REFER))
        self.sheet.show_dropped(takes_inputs=self.add_inputs is not None)

    def _offer(self, pasted: Dropped) -> None:
        """What was pasted stays in the prompt until the person takes its fields over."""
        assert pasted.reading
        self._messages.notify(
            "What was pasted is a recipe of {tool}.",
            action_label="Read it",
            action=partial(self._show_pasted, pasted),
            tool=pasted.reading.dialect,
        )

    def _show_pasted(self, pasted: Dropped) -> None:
        self._was_dropped = False
        self._viewmodel.show(pasted)

    def _add(self, role: Role, path: str) -> None:
        if self.add_inputs is not None and path:
            self.add_inputs([Path(path)], role)

    def _on_text_unread(self) -> None:
        self._messages.notify("There is no recipe in what was copied.", warning=True)


def _path_in(copied: QMimeData) -> str:
    """The file that was copied, or whose path was; "" for anything else."""
    for url in copied.urls():
        if url.isLocalFile():
            return url.toLocalFile()
    text = copied.text().strip().strip('"') if copied.hasText() else ""
    suffixes = tuple(kind.removeprefix("*") for kind in KINDS.split())
    is_path = len(text) < 4096 and "\n" not in text and text.lower().endswith(suffixes)
    return text if is_path and Path(text).is_absolute() else ""
