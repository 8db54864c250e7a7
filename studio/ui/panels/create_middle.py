"""What Create's middle does with pictures that are dropped on it or pasted."""

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDropEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QTextEdit, QWidget

from studio.ui.actions import Action
from studio.ui.panels.create_inputs import dropped_files, dropped_ids
from studio.ui.widgets.model_drop import DropSurface


class PictureSurface(DropSurface):
    """Takes files of this machine, and pictures of the library.

    Signals:
        dropped_files (list of Path), dropped_assets (list of ids).
    """

    dropped_files = Signal(object)
    dropped_assets = Signal(object)

    def take(self, event: QDropEvent) -> None:
        if ids := dropped_ids(event):
            self.dropped_assets.emit(ids)
        elif files := dropped_files(event):
            self.dropped_files.emit(files)


class PastedPictures(QObject):
    """Leaves a paste to the action where the clipboard has a picture and no text: a text field would take the
    keys and do nothing."""

    def __init__(self, paste: Action, middle: QWidget) -> None:
        super().__init__(middle)
        self._paste = paste
        for field in middle.findChildren(QTextEdit):
            field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            held = QGuiApplication.clipboard().mimeData()
            if event.matches(QKeySequence.StandardKey.Paste) and held.hasImage() and not held.hasText():
                event.ignore()
                return True
        return False
