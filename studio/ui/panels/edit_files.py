"""Pictures that come into Edit: files, the clipboard, what is dropped, documents of earlier."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QStandardPaths
from PySide6.QtGui import QAction, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from studio.ui.actions import Action, menu_of
from studio.ui.i18n import tr
from studio.ui.panels.edit_actions import EditActions
from studio.ui.panels.edit_drag import encoded_in
from studio.ui.widgets.buttons import Button
from studio.viewmodels.edit import EditViewModel
from studio.viewmodels.messages import MessageCentre

KINDS = "*.png *.jpg *.jpeg *.webp *.avif *.gif *.bmp *.tif *.tiff *.ora *.psd"
MOST_IN_MENU = 8


class EditFiles(QObject):
    """Dialogs and the clipboard over the view-model. Of several files the first is opened; the others can be
    opened from the menu, or become layers of the first.

    Attributes:
        open_button: opens a menu of the file dialog, files that came together, and the documents of earlier.
    """

    def __init__(
        self, viewmodel: EditViewModel, messages: MessageCentre, actions: EditActions, widget: QWidget
    ) -> None:
        super().__init__(widget)
        self._viewmodel, self._messages, self._actions, self._widget = viewmodel, messages, actions, widget
        self._menu: QMenu | None = None
        self._listed: list[Action] = []
        self._others: list[Path] = []  # that came with what was opened last
        self._untold = 0  # files that came together, until the first of them is open
        self.open_button = Button("Open", icon="folder-open")
        self.open_button.clicked.connect(self._open_menu)
        actions.open.triggered.connect(lambda: self._choose())
        actions.paste.triggered.connect(lambda: self._paste())
        viewmodel.opened.connect(self._tell_others)

    def take(self, paths: Sequence[Path]) -> None:
        """Files that were dropped or chosen."""
        files = self._files_of(paths)
        if files:
            self._others = files[1:]
            self._untold = len(files)
            self._viewmodel.open(files[0])

    def take_as_layers(self, paths: Sequence[Path]) -> None:
        """Each on the document that is open; where none is, as `take`."""
        if self._viewmodel.document is None:
            self.take(paths)
            return
        for path in self._files_of(paths):
            self._viewmodel.commands.place(path, path.stem)

    def take_bytes(self, encoded: bytes) -> None:
        self._viewmodel.open(encoded, tr("Dropped picture"))

    def take_image(self, image: QImage) -> None:
        self._viewmodel.open_image(image, tr("Dropped picture"))

    def refuse_link(self) -> None:
        self._messages.notify(
            "The studio fetches nothing from elsewhere; save the picture as a file and drop that.",
            warning=True,
        )

    def _files_of(self, paths: Sequence[Path]) -> list[Path]:
        files = [path for path in paths if not path.is_dir()]
        if not files:
            self._messages.notify("A folder cannot be opened here; drop a picture of it.", warning=True)
        return files

    def _tell_others(self) -> None:
        count, self._untold = self._untold, 0
        if count > 1:
            self._messages.notify(
                "Of {count} files the first was opened; the others are in the menu of Open.",
                action_label="Add them as layers",
                action=self._add_others,
                count=count,
            )

    def _add_others(self) -> None:
        others, self._others = self._others, []
        self.take_as_layers(others)

    def _open_menu(self) -> None:
        for old in self._listed:
            old.deleteLater()
        others = [
            self._entry(path.name, partial(self._open_other, path), "picture")
            for path in self._others[:MOST_IN_MENU]
        ]
        earlier = [
            self._entry(card.name or tr("Picture"), partial(self._viewmodel.reopen, card.id), "clock")
            for card in self._viewmodel.recent[:MOST_IN_MENU]
        ]
        self._listed = [*others, *earlier]
        close = [self._actions.close] if self._viewmodel.document is not None else []
        groups: list[list[QAction]] = [[self._actions.open], [*others], [*earlier], [*close]]
        self._menu = menu_of(*(group for group in groups if group))
        self._menu.popup(self.open_button.mapToGlobal(QPoint(0, self.open_button.height() + 2)))

    def _entry(self, name: str, run: partial[None], icon: str) -> Action:
        action = Action("", run, "", icon, parent=self._widget)
        action.setText(name.replace("&", "&&"))
        return action

    def _open_other(self, path: Path) -> None:
        self._others = [one for one in self._others if one != path]
        self._viewmodel.open(path)

    def _choose(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        dialog = QFileDialog(self._widget, tr("Open…"), folder, f"{tr('Pictures')} ({KINDS})")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._take_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _take_chosen(self, paths: Sequence[str]) -> None:
        self.take([Path(path) for path in paths])

    def _paste(self) -> None:
        """Layers of the open document; where none is open, a document of its own."""
        held = QGuiApplication.clipboard().mimeData()
        vm, name = self._viewmodel, tr("Pasted picture")
        if files := [Path(url.toLocalFile()) for url in held.urls() if url.isLocalFile()]:
            self.take_as_layers(files)
        elif kind := encoded_in(held):  # Qt would decode it in this thread, and say nothing of why it cannot
            encoded = bytes(held.data(kind).data())
            if vm.document is not None:
                vm.commands.place(encoded, name)
            else:
                vm.open(encoded, name)
        elif (image := QGuiApplication.clipboard().image()).isNull():
            self._messages.notify("There is no picture in what was copied.", warning=True)
        elif vm.document is not None:
            vm.commands.paste(image, name)
        else:
            vm.open_image(image, name)
