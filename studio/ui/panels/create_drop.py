"""Recipes that come into Create from outside: dropped, chosen from the disk, or copied."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QStandardPaths, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from studio.core.inputs import Role
from studio.ui.actions import Action
from studio.ui.dialogs.recipe import RecipeSheet
from studio.ui.i18n import tr
from studio.viewmodels.drop import DropViewModel
from studio.viewmodels.messages import MessageCentre

KINDS = "*.png *.jpg *.jpeg *.webp *.avif *.gif *.bmp *.tif *.tiff"
LONGEST_TEXT = 4_000_000  # characters

AddInputs = Callable[[Sequence[Path], Role], object]


class RecipeDrop(QObject):
    """Reads them and opens the sheet with their fields.

    Attributes:
        actions: from a file, and from the clipboard.

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
        """`add_inputs` puts pictures into the Inputs row; None where the panel has none."""
        super().__init__(widget)
        self._viewmodel, self._messages, self._widget = viewmodel, messages, widget
        self._add_inputs = add_inputs
        self.sheet: RecipeSheet | None = None
        self.actions = [
            Action("Read a recipe…", self._choose, "Ctrl+Shift+O", "folder-open", parent=self),
            Action("Read the copied recipe", self.read_clipboard, "Ctrl+Shift+V", "copy", parent=self),
        ]
        viewmodel.arrived.connect(self._show)
        viewmodel.failed.connect(messages.problem)
        viewmodel.text_unread.connect(self._on_text_unread)

    def read(self, path: str) -> None:
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
        if self.sheet is None:
            takes = self._add_inputs is not None
            self.sheet = RecipeSheet(self._widget.window(), self._viewmodel, takes_inputs=takes)
            self.sheet.used.connect(self.used)
            self.sheet.get_wanted.connect(self.get_wanted)
            self.sheet.start_wanted.connect(lambda path: self._add(path, Role.START))
            self.sheet.refer_wanted.connect(lambda path: self._add(path, Role.REFER))
        self.sheet.show_dropped()

    def _add(self, path: str, role: Role) -> None:
        if self._add_inputs is not None and path:
            self._add_inputs([Path(path)], role)

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
