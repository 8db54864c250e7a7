"""Pictures that go out of Edit: as files in the formats of other programs, and to the clipboard."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from studio.core.edit_news import Remark
from studio.ui.i18n import tr
from studio.ui.panels.edit_actions import EditActions
from studio.ui.panels.edit_files import KINDS
from studio.viewmodels.edit import EditViewModel
from studio.viewmodels.messages import MessageCentre
from studio.viewmodels.shell import WindowState

FORMATS = {
    "PNG (*.png)": "png",
    "JPEG (*.jpg *.jpeg)": "jpg",
    "WebP (*.webp)": "webp",
    "OpenRaster (*.ora)": "ora",
    "Photoshop (*.psd)": "psd",
}
FOLDER, FORMAT = "edit.export.folder", "edit.export.format"


class EditExport(QObject):
    """The dialog, which begins where it ended last time, and the clipboard over the view-model."""

    def __init__(
        self,
        viewmodel: EditViewModel,
        state: WindowState,
        messages: MessageCentre,
        actions: EditActions,
        widget: QWidget,
    ) -> None:
        super().__init__(widget)
        self._viewmodel, self._state, self._messages, self._widget = viewmodel, state, messages, widget
        self._remarked = ""
        actions.export.triggered.connect(lambda: self._choose())
        viewmodel.copied.connect(self._on_copied)
        viewmodel.remarked.connect(self._on_remarked)
        viewmodel.exported.connect(self._on_exported)

    def _choose(self) -> None:
        document = self._viewmodel.document
        if document is None:
            return
        folder = self._state.get(FOLDER)
        if not Path(folder).is_dir() or not folder:
            folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        kind = self._state.get(FORMAT, "png")
        dialog = QFileDialog(self._widget, tr("Export…"), folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(FORMATS))
        dialog.filterSelected.connect(partial(_use_suffix, dialog))
        dialog.selectNameFilter(next((one for one in FORMATS if FORMATS[one] == kind), next(iter(FORMATS))))
        dialog.setDefaultSuffix(kind)
        dialog.selectFile(f"{Path(document.state.name).stem or tr('Picture')}.{kind}")
        dialog.fileSelected.connect(partial(self._export_to, dialog))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _export_to(self, dialog: QFileDialog, path: str) -> None:
        chosen, kind = Path(path), FORMATS[dialog.selectedNameFilter()]
        target = named(chosen, kind)
        self._state.put(FOLDER, str(target.parent))
        self._state.put(FORMAT, kind)
        if target != chosen and target.exists():  # the dialog asked about another name
            self._messages.offer(
                "{name} is there already.",
                "Replace",
                partial(self._viewmodel.export, target),
                lambda: None,
                name=target.name,
            )
        else:
            self._viewmodel.export(target)

    def _on_remarked(self, remark: Remark) -> None:
        self._remarked = remark.target

    def _on_exported(self, path: Path) -> None:
        if str(path) == self._remarked:  # that says so too, and what the file could not carry
            self._remarked = ""
        else:
            self._messages.notify("Saved as {name}", name=path.name)

    def _on_copied(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
        self._messages.notify("Picture copied")


def _use_suffix(dialog: QFileDialog, chosen: str) -> None:
    dialog.setDefaultSuffix(FORMATS[chosen])


def named(path: Path, kind: str) -> Path:
    """With the ending of the format, unless it ends as pictures do: what follows the last dot of a name may
    be a part of it."""
    if f"*{path.suffix.lower()}" in KINDS.split():
        return path
    return path.with_name(f"{path.name.rstrip('.')}.{kind}")
