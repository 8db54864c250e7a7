"""What Create's middle does with pictures that are dropped on it or pasted."""

from PySide6.QtCore import QEvent, QMimeData, QObject, Signal
from PySide6.QtGui import QDropEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QTextEdit, QWidget

from studio.ui.panels.create_inputs import dropped_files, dropped_ids
from studio.ui.widgets.model_drop import DropSurface


class PictureSurface(DropSurface):
    """Takes files of this machine, and pictures of the library.

    Signals:
        dropped_files (list of Path), dropped_assets (list of ids).
    """

    dropped_files = Signal(object)
    dropped_assets = Signal(object)

    def wants(self, event: QDropEvent) -> bool:
        return bool(dropped_ids(event) or dropped_files(event))

    def take(self, event: QDropEvent) -> None:
        if ids := dropped_ids(event):
            self.dropped_assets.emit(ids)
        elif files := dropped_files(event):
            self.dropped_files.emit(files)


class PicturesFirst(QObject):
    """Keeps text fields from what is a picture: a paste where the clipboard has one and no text, which they
    would take and do nothing; and files, copied or dropped, whose addresses they would write."""

    def __init__(self, middle: QWidget) -> None:
        super().__init__(middle)
        for field in middle.findChildren(QTextEdit):
            field.installEventFilter(self)
            field.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        picture = False
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            paste = event.matches(QKeySequence.StandardKey.Paste)
            picture = paste and _is_picture(QGuiApplication.clipboard().mimeData())
        elif isinstance(event, QDropEvent):  # and those of entering and moving, which are drops to Qt
            picture = bool(dropped_ids(event) or dropped_files(event))
        if picture:
            event.ignore()  # so that what lies around the field gets it
        return picture


def _is_picture(copied: QMimeData) -> bool:
    if any(url.isLocalFile() for url in copied.urls()):
        return True  # file managers copy their names as text beside them
    return copied.hasImage() and not copied.hasText()
