"""A small square: a picture with rounded corners, or an icon where there is none."""

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.ui.icons import draw_icon
from studio.ui.theme import RADIUS_THUMBNAIL, colours


class Thumb(QWidget):
    """`size` pixels square."""

    def __init__(self, size: int = 40, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = "picture"
        self._image: QImage | None = None
        self.setFixedSize(size, size)

    def show_icon(self, icon: str) -> None:
        self._icon, self._image = icon, None
        self.update()

    def show_jpeg(self, jpeg: bytes) -> None:
        """A preview; decoded at the size that is shown, which JPEG can do fast."""
        buffer = QBuffer()
        buffer.setData(QByteArray(jpeg))
        buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        reader = QImageReader(buffer, QByteArray(b"jpeg"))
        pixels = round(self.width() * self.devicePixelRatioF())
        reader.setScaledSize(
            reader.size().scaled(QSize(pixels, pixels), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        )
        image = reader.read()
        self._image = None if image.isNull() else image
        self.update()

    def show_image(self, image: QImage | None) -> None:
        """A picture that is decoded already; None shows the icon."""
        self._image = image
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        now = colours()
        area = QRectF(self.rect())
        if self._image is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.hover))
            painter.drawRoundedRect(area, RADIUS_THUMBNAIL, RADIUS_THUMBNAIL)
            glyph = QRect(0, 0, 20, 20)
            glyph.moveCenter(self.rect().center())
            draw_icon(painter, self._icon, glyph, now.secondary)
            return
        path = QPainterPath()
        path.addRoundedRect(area, RADIUS_THUMBNAIL, RADIUS_THUMBNAIL)
        painter.setClipPath(path)
        side = min(self._image.width(), self._image.height())
        source = QRect(0, 0, side, side)
        source.moveCenter(self._image.rect().center())
        painter.drawImage(area, self._image, QRectF(source))
