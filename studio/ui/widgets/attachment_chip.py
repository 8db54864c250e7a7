"""A file that goes with a message: its name, what is to be known about it, and a cross that takes it off."""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from studio.ui.i18n import tr
from studio.ui.icons import draw_icon
from studio.ui.theme import RADIUS, RADIUS_THUMBNAIL, SMALL, colours, font
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.labels import plain_tip

TALL, LEFT = 40, 40
NARROWEST, WIDEST = 120, 280


class AttachmentChip(QWidget):
    """Return shows what is in it, Del takes it off.

    Signals:
        opened, removed: the person wants to see it, or to send without it.
    """

    opened = Signal()
    removed = Signal()

    def __init__(self, name: str, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.face = _Face(name, icon)
        self.cross = IconButton("close", "Take it off", keys="Del", size=SMALL, glyph_size=12)
        self.face.clicked.connect(self.opened)
        self.cross.clicked.connect(self.removed)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 6, 0)
        row.setSpacing(0)
        row.addWidget(self.face, 1)
        row.addWidget(self.cross)

    def show_detail(self, words: str, tone: str = "") -> None:
        """The line below the name, in the person's language; `tone` warning where it says what is amiss."""
        self.face.show_detail(words, tone)
        self.updateGeometry()

    def show_image(self, image: QImage | None) -> None:
        self.face.show_image(image)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(now.border_strong))
        painter.setBrush(QColor(now.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)


class _Face(QPushButton):
    """Picture or icon, name, and the line below it."""

    def __init__(self, name: str, icon: str) -> None:
        super().__init__()
        self._name, self._icon = name, icon
        self._detail, self._tone = "", ""
        self._image: QImage | None = None
        self.setFont(font("secondary"))
        self.setFixedHeight(TALL)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAutoDefault(False)
        self._translate()

    def show_detail(self, words: str, tone: str) -> None:
        self._detail, self._tone = words, tone
        self._translate()
        self.updateGeometry()
        self.update()

    def show_image(self, image: QImage | None) -> None:
        self._image = image
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        words = max(metrics.horizontalAdvance(self._name), metrics.horizontalAdvance(self._detail))
        return QSize(min(max(LEFT + words + 10, NARROWEST), WIDEST), TALL)

    def minimumSizeHint(self) -> QSize:
        return QSize(NARROWEST, TALL)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_picture(painter)
        room = QRect(LEFT, 4, self.width() - LEFT - 4, 16)
        painter.setFont(self.font())
        painter.setPen(QColor(now.text))
        middle = Qt.TextElideMode.ElideMiddle
        painter.drawText(
            room,
            Qt.AlignmentFlag.AlignVCenter,
            self.fontMetrics().elidedText(self._name, middle, room.width()),
        )
        painter.setPen(QColor(now.warning if self._tone == "warning" else now.secondary))
        shown = self.fontMetrics().elidedText(self._detail, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room.translated(0, 16), Qt.AlignmentFlag.AlignVCenter, shown)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.setFont(font("secondary"))
            self._translate()
        super().changeEvent(event)

    def _paint_picture(self, painter: QPainter) -> None:
        now = colours()
        area = QRectF(6, 6, 28, 28)
        shape = QPainterPath()
        shape.addRoundedRect(area, RADIUS_THUMBNAIL, RADIUS_THUMBNAIL)
        painter.fillPath(shape, QColor(now.hover_raised if self.underMouse() else now.hover))
        if self._image is None:
            draw_icon(painter, self._icon, area.adjusted(6, 6, -6, -6), now.secondary)
            return
        painter.setClipPath(shape)
        side = min(self._image.width(), self._image.height())
        source = QRect((self._image.width() - side) // 2, (self._image.height() - side) // 2, side, side)
        painter.drawImage(area, self._image, QRectF(source))
        painter.setClipping(False)

    def _translate(self) -> None:
        self.setAccessibleName(tr("Show {name}", name=self._name))
        self.setAccessibleDescription(self._detail)
        self.setToolTip(plain_tip(f"{self._name}\n{self._detail}" if self._detail else self._name))
