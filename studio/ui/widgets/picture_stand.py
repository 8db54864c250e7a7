"""A canvas with one picture of the library on it."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.records import Asset
from studio.ui.i18n import tr
from studio.ui.widgets.canvas import Canvas
from studio.ui.widgets.labels import ElidedLabel, Label
from studio.viewmodels.thumbnails import Thumbnails

STAND_IN = 512  # pixels of the thumbnail that is shown until the picture itself is decoded


class PictureStand(QWidget):
    """The picture, or a smaller one of it until it is decoded; above it a caption where one is wanted.

    Attributes:
        asset: the picture that is shown.
        canvas: what it is shown on.
        message: says that its file is broken, in its place.
        caption: hidden until somebody has something to say.
    """

    def __init__(self, thumbnails: Thumbnails, english: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self.asset: Asset | None = None
        self.canvas = Canvas()
        self._english = english
        self.canvas.setAccessibleName(tr(english))
        self.message = Label("This file cannot be read", "body", "danger", parent=self.canvas)
        self.message.hide()
        self.caption = ElidedLabel("", "secondary", "secondary")
        self.caption.setContentsMargins(12, 4, 12, 4)
        self.caption.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.caption)
        column.addWidget(self.canvas, 1)
        thumbnails.ready.connect(self._on_ready)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.canvas.setAccessibleName(tr(self._english))
        super().changeEvent(event)

    def show_asset(self, asset: Asset | None) -> None:
        self.asset = asset
        self._show_image()

    def _show_image(self) -> None:
        asset = self.asset
        if asset is None:
            self.canvas.show_image(None, 1, 1)
            return
        image = self._thumbnails.whole(asset) or self._thumbnails.thumbnail(asset, STAND_IN)
        broken = self._thumbnails.broken(asset)
        self.canvas.show_image(None if broken else image, asset.width, asset.height)
        self.message.setVisible(broken)
        self._centre_message()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._centre_message()

    def _centre_message(self) -> None:
        self.message.adjustSize()
        self.message.move(self.canvas.rect().center() - self.message.rect().center())

    def _on_ready(self, asset_id: str) -> None:
        if self.asset and self.asset.id == asset_id and self.isVisible():
            self._show_image()
