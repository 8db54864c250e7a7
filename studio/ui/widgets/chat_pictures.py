"""Pictures in the reading column: given with a message, made in it, or of the one who answers."""

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QImage,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextImageFormat,
)

from studio.core.records import Asset
from studio.ui.theme import RADIUS, colours
from studio.ui.widgets.markdown import char_format
from studio.viewmodels.thumbnails import Thumbnails

SIDE, WIDEST = 128, 240  # pixels; the height of all, and the width of a panorama's middle
FACE = 16  # pixels; no higher than the words beside it


class ChatPictures(QObject):
    """Lays thumbnails into a document; what is not decoded yet stands as an empty tile of the same size.

    Signals:
        changed: a tile has its picture now.
    """

    changed = Signal()

    def __init__(self, document: QTextDocument, thumbnails: Thumbnails) -> None:
        super().__init__(document)
        self._document, self._thumbnails = document, thumbnails
        self._shown: dict[str, Asset] = {}
        self._faces: dict[str, Asset] = {}
        thumbnails.ready.connect(self._on_ready)

    def forget(self) -> None:
        """The document is written anew."""
        self._shown.clear()
        self._faces.clear()

    def insert(self, cursor: QTextCursor, asset: Asset, address: str, tip: str) -> None:
        self._shown[asset.id] = asset
        self._lay(asset)
        width = _width(asset)
        shape = QTextImageFormat()
        shape.setName(_name(asset))
        shape.setWidth(width)
        shape.setHeight(SIDE)
        shape.setAnchor(True)
        shape.setAnchorHref(address)
        shape.setToolTip(tip)
        shape.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBottom)
        cursor.insertImage(shape)
        cursor.insertText(" ", char_format("secondary"))

    def insert_face(self, cursor: QTextCursor, asset: Asset) -> None:
        """A small one, before a name; nothing where its file is damaged."""
        if self._thumbnails.broken(asset):
            return
        self._faces[asset.id] = asset
        self._lay_face(asset)
        shape = QTextImageFormat()
        shape.setName(_face_name(asset))
        shape.setWidth(FACE)
        shape.setHeight(FACE)
        shape.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
        cursor.insertImage(shape)
        cursor.insertText("\u00a0", char_format("strong"))

    def _lay(self, asset: Asset) -> None:
        self._put(_name(asset), asset, _width(asset), SIDE, RADIUS)

    def _lay_face(self, asset: Asset) -> None:
        self._put(_face_name(asset), asset, FACE, FACE, FACE // 2)

    def _put(self, name: str, asset: Asset, width: int, height: int, radius: int) -> None:
        """With as many pixels as the sharpest screen has there."""
        ratio = max(screen.devicePixelRatio() for screen in QGuiApplication.screens())
        wide, high = round(ratio * width), round(ratio * height)
        image = self._thumbnails.tile(asset, wide, high, round(ratio * radius)) or _empty(wide, high)
        self._document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), image)

    def _on_ready(self, name: str) -> None:
        asset, face = self._shown.get(name), self._faces.get(name)
        if asset:
            self._lay(asset)
        if face:
            self._lay_face(face)
        if asset or face:
            self.changed.emit()


def _name(asset: Asset) -> str:
    return f"picture:{asset.id}"


def _face_name(asset: Asset) -> str:
    return f"face:{asset.id}"


def _width(asset: Asset) -> int:
    """That of its true shape, up to a limit."""
    return max(SIDE // 2, min(WIDEST, round(SIDE * max(asset.width, 1) / max(asset.height, 1))))


def _empty(width: int, height: int) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(colours().hover)
    return image
