"""Pictures in the reading column: those that were given with a message, and those that were made in it."""

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QImage, QTextCharFormat, QTextCursor, QTextDocument, QTextImageFormat

from studio.core.records import Asset
from studio.ui.theme import RADIUS, colours
from studio.ui.widgets.markdown import char_format
from studio.viewmodels.thumbnails import Thumbnails

SIDE, WIDEST = 128, 240  # pixels; the height of all, and the width of a panorama's middle


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
        thumbnails.ready.connect(self._on_ready)

    def forget(self) -> None:
        """The document is written anew."""
        self._shown.clear()

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

    def _lay(self, asset: Asset) -> None:
        width = _width(asset)
        image = self._thumbnails.tile(asset, width, SIDE, RADIUS) or _empty(width)
        self._document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(_name(asset)), image)

    def _on_ready(self, name: str) -> None:
        if asset := self._shown.get(name):
            self._lay(asset)
            self.changed.emit()


def _name(asset: Asset) -> str:
    return f"picture:{asset.id}"


def _width(asset: Asset) -> int:
    """That of its true shape, up to a limit."""
    return max(SIDE // 2, min(WIDEST, round(SIDE * max(asset.width, 1) / max(asset.height, 1))))


def _empty(width: int) -> QImage:
    image = QImage(width, SIDE, QImage.Format.Format_RGB32)
    image.fill(colours().hover)
    return image
