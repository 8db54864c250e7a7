"""What one does with finished pictures, as actions: the same in Create and in the Gallery."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from studio.core.records import Asset
from studio.ui.actions import Action
from studio.ui.i18n import tr
from studio.viewmodels.messages import MessageCentre
from studio.viewmodels.picture_commands import PictureCommands

NAME_LENGTH = 60
FORMATS = {"PNG (*.png)": "png", "JPEG (*.jpg *.jpeg)": "jpg", "WebP (*.webp)": "webp"}


class PictureActions(QObject):
    """Acts on whatever is chosen in its panel.

    Attributes:
        star, copy, copy_prompt, copy_recipe, save, show_folder, trash: the actions.
    """

    def __init__(
        self,
        commands: PictureCommands,
        messages: MessageCentre,
        chosen: Callable[[], list[Asset]],
        parent: QWidget,
    ) -> None:
        """`parent` is the widget that a file dialog opens over."""
        super().__init__(parent)
        self._commands, self._messages, self._chosen, self._widget = commands, messages, chosen, parent
        self.star = Action("Star", self._star, "S", "star", parent=self)
        self.copy = Action("Copy picture", self._copy, "Ctrl+C", "copy", parent=self)
        self.copy_prompt = Action("Copy prompt", self._copy_prompt, "Ctrl+Shift+C", "text", parent=self)
        self.copy_recipe = Action("Copy recipe", self._copy_recipe, "Ctrl+Alt+C", "recipe", parent=self)
        self.save = Action("Save as…", self._save, "Ctrl+S", "save", parent=self)
        self.show_folder = Action("Show in folder", self._show, "Ctrl+Up", "folder-open", parent=self)
        self.trash = Action("Move to trash", self._trash, "Del", "trash", parent=self)
        commands.copied.connect(self._on_copied)
        commands.saved.connect(self._on_saved)
        commands.failed.connect(messages.problem)

    def refresh(self, assets: Sequence[Asset]) -> None:
        """Bring words and enabled states in line with what is chosen."""
        one, trashed = len(assets) == 1, any(asset.trashed for asset in assets)
        for action in (self.copy, self.copy_prompt, self.copy_recipe, self.save, self.show_folder):
            action.setEnabled(one)
        self.star.setEnabled(bool(assets) and not trashed)
        self.trash.setEnabled(bool(assets) and not trashed)
        starred = bool(assets) and all(asset.starred for asset in assets)
        self.star.say("Remove the star" if starred else "Star")

    def _star(self) -> None:
        self._commands.toggle_star(self._chosen())

    def _copy(self) -> None:
        self._commands.copy(self._chosen()[0])

    def _on_copied(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
        self._messages.notify("Picture copied")

    def _copy_prompt(self) -> None:
        QGuiApplication.clipboard().setText(self._chosen()[0].recipe.prompt)
        self._messages.notify("Prompt copied")

    def _copy_recipe(self) -> None:
        QGuiApplication.clipboard().setText(self._commands.recipe_text(self._chosen()[0]))
        self._messages.notify("Recipe copied")

    def _save(self) -> None:
        asset = self._chosen()[0]
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        dialog = QFileDialog(self._widget, tr("Save as…"), folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(FORMATS))
        dialog.filterSelected.connect(partial(_use_suffix, dialog))
        dialog.setDefaultSuffix("png")
        dialog.selectFile(file_name(asset))
        dialog.fileSelected.connect(partial(self._save_to, asset))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _save_to(self, asset: Asset, path: str) -> None:
        self._commands.save_copy(asset, Path(path))

    def _on_saved(self, path: Path) -> None:
        self._messages.notify("Saved as {name}", name=path.name)

    def _show(self) -> None:
        folder = self._commands.path(self._chosen()[0]).parent
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _trash(self) -> None:
        self.trash_all(self._chosen())

    def trash_all(self, assets: Sequence[Asset]) -> None:
        """Into the trash, with an undo."""
        text = "1 picture moved to trash" if len(assets) == 1 else "{n} pictures moved to trash"

        def offer_undo() -> None:
            self._messages.undoable(text, lambda: self._commands.restore(assets), n=len(assets))

        self._commands.trash(assets, offer_undo)


def file_name(asset: Asset) -> str:
    """A name for a copy: the first words of the prompt and the seed, free of what a file system forbids."""
    words = re.sub(r"[\W_]+", "-", asset.recipe.prompt)[:NAME_LENGTH].strip("-") or "picture"
    seed = "" if asset.recipe.seed is None else f"-{asset.recipe.seed}"
    return f"{words}{seed}.png"


def _use_suffix(dialog: QFileDialog, chosen: str) -> None:
    dialog.setDefaultSuffix(FORMATS[chosen])
