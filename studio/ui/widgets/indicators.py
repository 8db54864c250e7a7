"""What shows that work moves: a bar, and a ring on a picture. Nothing here spins."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from studio.ui.theme import INK, PICTURE_RING, SCRIM, colours, font


class Bar(QProgressBar):
    """A bar 4 px high; `set_share` from 0 to 1, None where the end is not known (the bar stays empty)."""

    def __init__(self, *, quiet: bool = False, parent: QWidget | None = None) -> None:
        """`quiet` draws it in the secondary colour, for figures that are no progress."""
        super().__init__(parent)
        self._quiet = quiet
        self.setRange(0, 1000)
        self.setTextVisible(False)
        self.setFixedHeight(4)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_share(self, share: float | None) -> None:
        self.setValue(round(1000 * min(max(share or 0.0, 0.0), 1.0)))

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(now.border_strong))
        painter.drawRoundedRect(QRectF(self.rect()), 2, 2)
        if self.value() > 0:
            painter.setBrush(QColor(now.secondary if self._quiet else now.accent))
            width = max(4.0, self.width() * self.value() / 1000)
            painter.drawRoundedRect(QRectF(0, 0, width, self.height()), 2, 2)


def draw_ring(painter: QPainter, area: QRectF, share: float, words: str) -> None:
    """A ring of progress for a picture: scrim, track, arc, and a few characters inside; 36 px across."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(SCRIM)
    painter.drawEllipse(area)
    arc = area.adjusted(4, 4, -4, -4)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(255, 255, 255, 48), 3))
    painter.drawEllipse(arc)
    painter.setPen(QPen(PICTURE_RING, 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawArc(arc, 90 * 16, -round(360 * 16 * share))
    inside = font("group")
    inside.setPixelSize(9 if len(words) > 2 else 10)
    painter.setFont(inside)
    painter.setPen(INK)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, words)
    painter.restore()
