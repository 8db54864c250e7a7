"""The picture dragged out of Edit into other programs, and what they drop here."""

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QDrag, QDropEvent, QImage, QMouseEvent, QPixmap
from PySide6.QtWidgets import QApplication

from studio.ui.panels.create_inputs import dropped_files, dropped_ids
from studio.ui.panels.create_middle import PictureSurface
from studio.ui.widgets.buttons import IconButton
from studio.viewmodels.edit import EditViewModel
from studio.viewmodels.edit_drag import Dragged, DraggedPicture

ENCODED = ("image/png", "image/jpeg", "image/webp")


class DragHandle(IconButton):
    """Pressed, it has the picture written; dragged, it carries it away, as soon as it is written. The
    keyboard, which cannot drag, copies the picture with it."""

    def __init__(self, viewmodel: EditViewModel) -> None:
        super().__init__("drag", "Drag the picture into another program")
        self.clicked.connect(viewmodel.copy)  # by a key alone: the mouse drags
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self._pressed: QPoint | None = None
        self._moved = False
        self._dragged: Dragged | None = None
        self._picture = DraggedPicture(lambda: viewmodel.document, self)
        self._picture.ready.connect(self._on_ready)
        self._picture.failed.connect(viewmodel.refused)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._moved, self._dragged = event.position().toPoint(), False, None
            self._picture.ask()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None:
            far = (event.position().toPoint() - self._pressed).manhattanLength()
            self._moved = self._moved or far >= QApplication.startDragDistance()
            self._carry()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed = None

    def _on_ready(self, dragged: Dragged) -> None:
        self._dragged = dragged
        self._carry()

    def _carry(self) -> None:
        if self._pressed is None or not self._moved or self._dragged is None:
            return
        self._pressed = None  # the drag takes the release
        drag = QDrag(self)
        drag.setMimeData(mime_of(self._dragged))
        drag.setPixmap(QPixmap.fromImage(self._dragged.small))
        drag.exec(Qt.DropAction.CopyAction)


def mime_of(dragged: Dragged) -> QMimeData:
    """As a file, as PNG and as an image: programs take one or the other."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(dragged.path))])
    mime.setData("image/png", dragged.png)
    mime.setImageData(dragged.image)
    return mime


class EditSurface(PictureSurface):
    """Also takes pictures that are no files, as programs for pictures give them.

    Signals:
        dropped_layers (list of Path): with Shift, what is to be added to the document that is open.
        dropped_bytes (bytes): one as it is encoded.
        dropped_image (QImage): one that is not.
        dropped_link: the address of something that is elsewhere.
    """

    dropped_layers = Signal(object)
    dropped_bytes = Signal(object)
    dropped_image = Signal(object)
    dropped_link = Signal()

    def wants(self, event: QDropEvent) -> bool:
        held = event.mimeData()
        own = isinstance(event.source(), DragHandle)
        return not own and (
            super().wants(event) or held.hasImage() or held.hasUrls() or bool(encoded_in(held))
        )

    def take(self, event: QDropEvent) -> None:
        held = event.mimeData()
        files = dropped_files(event)  # pictures of the library are files too
        if files and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.dropped_layers.emit(files)
        elif files:
            self.dropped_files.emit(files)
        elif dropped_ids(event):
            super().take(event)
        elif encoded := encoded_in(held):
            self.dropped_bytes.emit(bytes(held.data(encoded).data()))
        elif held.hasImage():
            self.dropped_image.emit(QImage(held.imageData()))
        else:
            self.dropped_link.emit()


def encoded_in(held: QMimeData) -> str:
    """The format in which another program gives a picture that can be opened as it is."""
    return next((one for one in ENCODED if held.hasFormat(one)), "")
