"""Pictures that come into Edit and go out of it: files, the clipboard, documents of earlier."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QStandardPaths
from PySide6.QtGui import QAction, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from studio.ui.actions import Action, menu_of
from studio.ui.i18n import tr
from studio.ui.panels.edit_actions import EditActions
from studio.ui.widgets.buttons import Button
from studio.viewmodels.edit import EditViewModel
from studio.viewmodels.messages import MessageCentre

KINDS = "*.png *.jpg *.jpeg *.webp *.avif *.gif *.bmp *.tif *.tiff *.ora *.psd"
FORMATS = {
    "PNG (*.png)": "png",
    "JPEG (*.jpg *.jpeg)": "jpg",
    "WebP (*.webp)": "webp",
    "OpenRaster (*.ora)": "ora",
    "Photoshop (*.psd)": "psd",
}
MOST_IN_MENU = 8


class EditFiles(QObject):
    """Dialogs and the clipboard over the view-model.

    Attributes:
        open_button: opens a menu of the file dialog and the documents of earlier.
    """

    def __init__(
        self, viewmodel: EditViewModel, messages: MessageCentre, actions: EditActions, widget: QWidget
    ) -> None:
        super().__init__(widget)
        self._viewmodel, self._messages, self._actions, self._widget = viewmodel, messages, actions, widget
        self._menu: QMenu | None = None
        self._recent: list[Action] = []
        self.open_button = Button("Open", icon="folder-open")
        self.open_button.clicked.connect(self._open_menu)
        actions.open.triggered.connect(lambda: self._choose())
        actions.export.triggered.connect(lambda: self._export())
        actions.paste.triggered.connect(lambda: self._paste())
        viewmodel.copied.connect(self._on_copied)
        viewmodel.exported.connect(self._on_exported)

    def take(self, paths: Sequence[Path]) -> None:
        """What was dropped: the first is opened."""
        if paths[0].is_dir():
            self._messages.notify("A folder cannot be opened here; drop a picture of it.", warning=True)
            return
        self._viewmodel.open(paths[0])
        if len(paths) > 1:
            self._messages.notify("Of {count} files the first was opened.", count=len(paths))

    def take_bytes(self, encoded: bytes) -> None:
        self._viewmodel.open(encoded, tr("Dropped picture"))

    def take_image(self, image: QImage) -> None:
        self._viewmodel.open_image(image, tr("Dropped picture"))

    def refuse_link(self) -> None:
        self._messages.notify(
            "The studio fetches nothing from elsewhere; save the picture as a file and drop that.",
            warning=True,
        )

    def _open_menu(self) -> None:
        groups: list[list[QAction]] = [[self._actions.open]]
        for old in self._recent:
            old.deleteLater()
        self._recent = [
            self._earlier(card.id, card.name or tr("Picture"))
            for card in self._viewmodel.recent[:MOST_IN_MENU]
        ]
        if self._recent:
            groups.append(list(self._recent))
        if self._viewmodel.document is not None:
            groups.append([self._actions.close])
        self._menu = menu_of(*groups)
        self._menu.popup(self.open_button.mapToGlobal(QPoint(0, self.open_button.height() + 2)))

    def _earlier(self, document_id: str, name: str) -> Action:
        action = Action("", partial(self._viewmodel.reopen, document_id), "", "clock", parent=self._widget)
        action.setText(name.replace("&", "&&"))
        return action

    def _choose(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        dialog = QFileDialog(self._widget, tr("Open…"), folder, f"{tr('Pictures')} ({KINDS})")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._open_file)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _export(self) -> None:
        document = self._viewmodel.document
        if document is None:
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        dialog = QFileDialog(self._widget, tr("Export…"), folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(FORMATS))
        dialog.filterSelected.connect(partial(_use_suffix, dialog))
        dialog.setDefaultSuffix("png")
        dialog.selectFile(f"{Path(document.state.name).stem or tr('Picture')}.png")
        dialog.fileSelected.connect(self._export_to)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _paste(self) -> None:
        """A layer of the open document; where none is open, a document of its own."""
        held = QGuiApplication.clipboard().mimeData()
        image = QGuiApplication.clipboard().image()
        vm = self._viewmodel
        if files := [Path(url.toLocalFile()) for url in held.urls() if url.isLocalFile()]:
            vm.open(files[0])
        elif image.isNull():
            self._messages.notify("There is no picture in what was copied.", warning=True)
        elif vm.document is not None:
            vm.commands.paste(image, tr("Pasted picture"))
        else:
            vm.open_image(image, tr("Pasted picture"))

    def _open_file(self, path: str) -> None:
        self._viewmodel.open(Path(path))

    def _export_to(self, path: str) -> None:
        self._viewmodel.export(Path(path))

    def _on_exported(self, path: Path) -> None:
        self._messages.notify("Saved as {name}", name=path.name)

    def _on_copied(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
        self._messages.notify("Picture copied")


def _use_suffix(dialog: QFileDialog, chosen: str) -> None:
    dialog.setDefaultSuffix(FORMATS[chosen])
