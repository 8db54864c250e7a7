"""What tiles are made of: pictures with round corners, dashed places, badges on scrim, rings."""

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPixmap, QPixmapCache

from studio.core.records import Asset
from studio.ui.icons import Tone, draw_icon, tone_colour
from studio.ui.theme import INK, RADIUS, SCRIM, STAR, colours, font
from studio.viewmodels.thumbnails import Thumbnails

CENTRE = Qt.AlignmentFlag.AlignCenter
INSET = 8  # of badges from the tile's edge
BADGE = 24
DRAG_SIDE = 96
NARROW = 140  # a tile whose words go nearly to its edges
CHECK = 8  # side of a square of what shows through a picture


def paint_tile(painter: QPainter, area: QRect, asset: Asset, thumbnails: Thumbnails, radius: int) -> bool:
    """The picture of an asset, as soon as there is one; False while there is none."""
    ratio = painter.device().devicePixelRatio()
    width, height = round(area.width() * ratio), round(area.height() * ratio)
    image = thumbnails.tile(asset, width, height, round(radius * ratio))
    if image is None:
        return False
    exact = (image.width(), image.height()) == (width, height)
    if exact:
        painter.drawImage(area, image)
    else:
        paint_picture(painter, area, image, radius, smooth=False)
    return True


def paint_picture(
    painter: QPainter, area: QRect, image: QImage, radius: int = RADIUS, *, smooth: bool = True
) -> None:
    """The middle of the picture, covering the whole area, its corners rounded with the panel's colour."""
    scale = max(area.width() / image.width(), area.height() / image.height())
    width, height = area.width() / scale, area.height() / scale
    source = QRectF((image.width() - width) / 2, (image.height() - height) / 2, width, height)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    if image.hasAlphaChannel():
        paint_checker(painter, area)
    painter.drawImage(QRectF(area), image, source)
    paint_corners(painter, area, radius)


def paint_corners(painter: QPainter, area: QRect, radius: int = RADIUS) -> None:
    """A clip would leave stairs; covering the corners is smooth, and quicker."""
    corners = QPainterPath()
    corners.addRect(QRectF(area))
    inner = QPainterPath()
    inner.addRoundedRect(QRectF(area), radius, radius)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillPath(corners.subtracted(inner), QColor(colours().panel))


def paint_checker(painter: QPainter, area: QRect) -> None:
    """What shows through a transparent picture."""
    now = colours()
    painter.drawTiledPixmap(area, checker_tile(now.checker, now.checker_other))


def checker_tile(colour: str, other: str) -> QPixmap:
    """Two by two squares, to be repeated."""
    tile = QPixmap(2 * CHECK, 2 * CHECK)
    tile.fill(QColor(colour))
    inner = QPainter(tile)
    for corner in (QPoint(0, 0), QPoint(CHECK, CHECK)):
        inner.fillRect(QRect(corner.x(), corner.y(), CHECK, CHECK), QColor(other))
    inner.end()
    return tile


def paint_card(painter: QPainter, area: QRect, *, dashed: bool = False) -> None:
    """A place without a picture: dashed while one is awaited, else a raised card."""
    now = colours()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(QColor(now.border_strong), 1)
    if dashed:
        pen.setDashPattern([4, 3])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush if dashed else QColor(now.raised))
    painter.drawRoundedRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)


def paint_words(
    painter: QPainter, area: QRect, icon: str, lines: list[str], tone: Tone = "secondary", below: int = 0
) -> QRect:
    """An icon over a strong line and quieter ones, centred; leaves `below` free and gives where that lies."""
    now = colours()
    side = 10 if area.width() >= NARROW else 4
    inner = area.adjusted(side, 4, -side, -4)
    heights = ([28] if icon else []) + [20] * len(lines)
    top = inner.center().y() - (sum(heights) + below) // 2
    if icon:
        draw_icon(painter, icon, QRect(inner.center().x() - 10, top, 20, 20), tone_colour(tone))
        top += 28
    for number, line in enumerate(lines):
        painter.setFont(font("secondary") if number else font("section"))
        painter.setPen(QColor(now.secondary if number else now.text))
        shown = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(QRect(inner.left(), top, inner.width(), 20), CENTRE, shown)
        top += 20
    return QRect(inner.left(), top, inner.width(), below)


def paint_badge(painter: QPainter, area: QRect, words: str, reserve: int = 0) -> None:
    """Words on scrim at the lower left; they end before `reserve` pixels at the right."""
    painter.setFont(font("secondary"))
    metrics = painter.fontMetrics()
    room = area.width() - 2 * INSET - reserve - 16
    shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
    width = metrics.horizontalAdvance(shown) + 16
    box = QRect(area.left() + INSET, area.bottom() + 1 - INSET - BADGE, width, BADGE)
    paint_scrim(painter, box)
    painter.setPen(INK)
    painter.drawText(box, CENTRE, shown)


def paint_star(painter: QPainter, area: QRect) -> None:
    """The same on every picture, so it is drawn once and copied: hundreds may be seen."""
    ratio = painter.device().devicePixelRatio()
    key = f"star {ratio}"
    badge = QPixmap()
    if not QPixmapCache.find(key, badge):
        badge = QPixmap(round(BADGE * ratio), round(BADGE * ratio))
        badge.setDevicePixelRatio(ratio)
        badge.fill(Qt.GlobalColor.transparent)
        inner, box = QPainter(badge), QRect(0, 0, BADGE, BADGE)
        paint_scrim(inner, box)
        draw_icon(inner, "star-on", box.adjusted(5, 5, -5, -5), STAR)
        inner.end()
        QPixmapCache.insert(key, badge)
    painter.drawPixmap(area.left() + INSET, area.top() + INSET, badge)


def paint_scrim(painter: QPainter, box: QRect) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(SCRIM)
    painter.drawRoundedRect(QRectF(box), 4, 4)


def paint_selection(painter: QPainter, area: QRect, *, selected: bool, current: bool) -> None:
    """A ring of 2 pixels with a gap of 2 around the tile; dashed where only the cursor stands."""
    if not (selected or current):
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(QColor(colours().focus), 2)
    if not selected:
        pen.setDashPattern([2, 2])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(area).adjusted(-3, -3, 3, 3), RADIUS + 3, RADIUS + 3)


def paint_band(painter: QPainter, band: QRect) -> None:
    """The rectangle that is drawn to select what it touches."""
    now = colours()
    fill = QColor(now.accent)
    fill.setAlphaF(0.16)
    painter.setPen(QColor(now.focus))
    painter.setBrush(fill)
    painter.drawRect(band)


def drag_pixmap(tile: QPixmap, count: int) -> QPixmap:
    """What hangs on the pointer: the first picture, small, and how many there are."""
    pixmap = tile.scaled(
        DRAG_SIDE, DRAG_SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    if count > 1:
        painter = QPainter(pixmap)
        box = QRect(pixmap.width() - 28, pixmap.height() - 24, 24, 20)
        paint_scrim(painter, box)
        painter.setPen(INK)
        painter.setFont(font("group"))
        painter.drawText(box, CENTRE, str(count))
        painter.end()
    return pixmap
