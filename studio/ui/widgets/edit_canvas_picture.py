"""What lies on the canvas: the picture, a proposal over it, the veil over the chosen, or two to compare."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from studio.core.edits import Region
from studio.ui.theme import colours
from studio.ui.widgets.edit_canvas_tiles import (
    Pyramid,
    Source,
    array_source,
    image_source,
    picture_dress,
    veil_dress,
)
from studio.ui.widgets.edit_canvas_workshop import Workshop
from studio.ui.widgets.tile_painting import CHECK, checker_tile
from studio.viewmodels.edit_surface import Pixels, Surface

MASK = QColor("#FF3D6E")
MASK_SHARE = 0.42
CRISP_FROM, GRID_FROM = 2.0, 8.0  # screen pixels for each of the picture
FAR = 400_000.0  # beyond what a window shows of a picture at 1 %

Compare = Literal["slider", "side_by_side", "difference"]
Side = Literal["now", "original"] | QImage | Pixels


@dataclass(frozen=True)
class Compared:
    """Two pictures, or what is between them where there is no `after`, and where each lies.

    Attributes:
        place, other: in pixels of the canvas, of the one before and of the one after.
        sizes: of both.
    """

    before: Pyramid
    after: Pyramid | None
    place: QRectF
    other: QRectF
    sizes: tuple[QSize, QSize]


class Picture(QGraphicsItem):
    """Paints only what is exposed; a unit of it is a pixel of the picture.

    Attributes:
        veiled: the veil is seen.
        still: a small picture in the place of one that is being read, or that has not arrived here yet.
        held_bare, held_original: the veil is not seen, the original is seen instead, while a key is held.
        divider: of the slider, 0…1 of the view's width.
    """

    def __init__(
        self, workshop: Workshop, port: Callable[[], QRectF], repaint: Callable[[QRectF], None]
    ) -> None:
        """`port` gives what is seen in the view's coordinates; `repaint` takes what is new of the picture."""
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._workshop = workshop
        self._port, self._repaint = port, repaint
        self.surface: Surface | None = None
        self.still: QImage | None = None
        self.width = self.height = 1
        self.veiled = True
        self.held_bare = self.held_original = False
        self.divider = 0.5
        self._now: Pyramid | None = None
        self._original: Pyramid | None = None
        self._veil: Pyramid | None = None
        self._proposal: tuple[Pyramid, QRectF] | None = None
        self._preview: tuple[QImage, QRectF] | None = None
        self.compared: Compared | None = None
        self.compare_mode: Compare | None = None

    def show_still(self, image: QImage, width: int, height: int) -> None:
        """Stretched over the size of a picture whose document is still to come."""
        self.show_surface(None)
        self.still, self.width, self.height = image, width, height

    def show_surface(self, surface: Surface | None) -> None:
        """Another document, or other sizes of this one. What stands in for it stays until it is painted."""
        self.prepareGeometryChange()
        if surface is None or (surface.state.width, surface.state.height) != (self.width, self.height):
            self.still = None
        self._workshop.forget()
        self.surface = surface
        self._now = self._original = self._veil = None
        self._proposal = self._preview = self.compared = self.compare_mode = None
        if surface is None:
            return
        self.width, self.height = surface.state.width, surface.state.height
        self._now = self._pyramid(Source(self.width, self.height, surface.pixels, picture_dress))
        dress = veil_dress(MASK.red(), MASK.green(), MASK.blue(), MASK_SHARE)
        # The plane may be another one after each step, so it is asked for anew.
        self._veil = self._pyramid(
            Source(self.width, self.height, lambda region: surface.selection.read(region), dress)
        )

    def mark(self, region: Region, chosen: Region) -> None:
        """The document has other pixels, and another mask, in these parts."""
        if self._now and self._veil:
            self._now.mark(region)
            self._veil.mark(chosen)
            if self.compared and self.compare_mode == "difference":
                self.compared.before.mark(region)

    def propose(self, image: QImage | Pixels | None, over: QRectF | None) -> None:
        self.prepareGeometryChange()
        if image is None:
            self._proposal = None
        else:
            self._proposal = (self._pyramid(_source_of(image)), over or self.picture_rect())

    @property
    def shows_veil(self) -> bool:
        return self.veiled and not (self.held_bare or self.held_original)

    @property
    def proposes(self) -> bool:
        return self._proposal is not None

    def preview(self, image: QImage | None, over: QRectF) -> None:
        """What a job has so far, in the place where it will be."""
        self._preview = None if image is None else (image, over)

    def compare(self, before: Side, after: Side, mode: Compare, over: QRectF | None = None) -> None:
        """The one before is as wide as the canvas. The one after lies `over`, in pixels of the one before;
        where that is not known it is as wide, too, and around the same middle."""
        self.prepareGeometryChange()
        self.compare_mode = mode
        one, two = self._side(before), self._side(after)
        scale = self.width / one.source.width
        place = QRectF(0, 0, self.width, one.source.height * scale)
        if over is None:
            other = QRectF(0, 0, self.width, two.source.height * self.width / two.source.width)
            other.moveCenter(place.center())
        else:
            other = QRectF(over.topLeft() * scale, over.size() * scale)
        sizes = (
            QSize(one.source.width, one.source.height),
            QSize(two.source.width, two.source.height),
        )
        if mode == "difference":
            inside = QTransform().scale(1 / scale, 1 / scale).mapRect(other)
            between = self._pyramid(_difference(one.source, two.source, inside))
            self.compared = Compared(between, None, place, other, sizes)
        else:
            self.compared = Compared(one, two, place, other, sizes)

    def stop_comparing(self) -> None:
        self.prepareGeometryChange()
        self.compared = self.compare_mode = None

    def picture_rect(self) -> QRectF:
        return QRectF(0, 0, self.width, self.height)

    def boundingRect(self) -> QRectF:
        if self.compared:
            return self.picture_rect().adjusted(-FAR, -FAR, FAR, FAR)
        return self.picture_rect() if self._proposal is None else self.picture_rect() | self._proposal[1]

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        exposed = option.exposedRect  # pyright: ignore[reportAttributeAccessIssue]
        if self.still is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.picture_rect(), self.still)
        if self._now is None or self._veil is None:
            return
        if self.compared is not None:
            self._paint_compared(painter, self.compared)
        elif self.held_original and self._proposal is None:
            self._paint_one(painter, exposed, self._of_original())
        elif self._proposal is not None and not self.held_original:
            self._paint_proposal(painter, exposed, *self._proposal)
        else:
            if self._paint_one(painter, exposed, self._now):
                self.still = None
            if self._preview is not None:
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                painter.drawImage(self._preview[1], self._preview[0])
            if self.shows_veil and self.surface and not self.surface.selection.is_empty:
                self._veil.paint(painter, exposed & self.picture_rect(), _scale(painter))

    def _paint_proposal(self, painter: QPainter, exposed: QRectF, pyramid: Pyramid, over: QRectF) -> None:
        """Over the canvas, which is seen until all of it is there: else each would begin as a hole."""
        if self._now is not None and not pyramid.has(*_part_of(painter, exposed, pyramid, over)):
            self._paint_one(painter, exposed, self._now)
        self._paint_one(painter, exposed, pyramid, over)

    def _paint_one(
        self, painter: QPainter, exposed: QRectF, pyramid: Pyramid, over: QRectF | None = None
    ) -> bool:
        """A picture in its place: the canvas, or where a proposal lies. Whether all of it was there."""
        painter.save()
        if over is not None:
            across, down = over.width() / pyramid.source.width, over.height() / pyramid.source.height
            painter.translate(over.topLeft())
            painter.scale(across, down)
            exposed = (
                QTransform().scale(1 / across, 1 / down).translate(-over.x(), -over.y()).mapRect(exposed)
            )
        whole = QRectF(0, 0, pyramid.source.width, pyramid.source.height)
        exposed &= whole
        painter.setClipRect(whole, Qt.ClipOperation.IntersectClip)
        scale = _scale(painter)
        _paint_checker(painter, pyramid, exposed, scale)
        # From twice the size on a pixel is seen as what it is; before, its edges would be uneven.
        smooth = scale < CRISP_FROM and (scale != 1 or painter.worldTransform().isRotating())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        whole_there = pyramid.paint(painter, exposed, scale)
        if scale >= GRID_FROM:
            _paint_grid(painter, exposed)
        painter.restore()
        return whole_there

    def _paint_compared(self, painter: QPainter, compared: Compared) -> None:
        before, after = compared.before, compared.after
        place, other = compared.place, compared.other
        port = self._port()
        if after is None:
            self._paint_part(painter, port, QPointF(), before, place)
        elif self.compare_mode == "slider":
            edge = port.width() * self.divider
            left, right = QRectF(port), QRectF(port)
            left.setRight(port.left() + edge)
            right.setLeft(port.left() + edge)
            self._paint_part(painter, left, QPointF(), before, place)
            self._paint_part(painter, right, QPointF(), after, other)
        else:
            half = port.width() / 2
            left, right = QRectF(port), QRectF(port)
            left.setWidth(half)
            right.setLeft(port.left() + half)
            self._paint_part(painter, left, QPointF(-half / 2, 0), before, place)
            self._paint_part(painter, right, QPointF(half / 2, 0), after, other)

    def _paint_part(
        self, painter: QPainter, area: QRectF, shift: QPointF, pyramid: Pyramid, place: QRectF
    ) -> None:
        """A picture in a part of the view, moved; both in the view's own coordinates."""
        painter.save()
        world = painter.worldTransform()
        painter.resetTransform()
        painter.setClipRect(area)
        moved = world * QTransform.fromTranslate(shift.x(), shift.y())
        painter.setWorldTransform(moved)
        inverse, _ = moved.inverted()
        self._paint_one(painter, inverse.mapRect(area), pyramid, place)
        painter.restore()

    def _side(self, side: Side) -> Pyramid:
        if isinstance(side, str):
            assert self._now is not None
            return self._now if side == "now" else self._of_original()
        return self._pyramid(_source_of(side))

    def _of_original(self) -> Pyramid:
        if self._original is None:
            assert self.surface is not None
            source = Source(self.width, self.height, self.surface.original, picture_dress)
            self._original = self._pyramid(source)
        return self._original

    def _pyramid(self, source: Source) -> Pyramid:
        def arrived(region: Region) -> None:
            across, down = self.width / source.width, self.height / source.height
            if self._proposal is not None or self.compared is not None:
                self._repaint(self.boundingRect())
            else:
                self._repaint(
                    QRectF(
                        region.left * across,
                        region.top * down,
                        region.width * across,
                        region.height * down,
                    )
                )

        return Pyramid(source, self._workshop, arrived)


def _source_of(image: QImage | Pixels) -> Source:
    return image_source(image) if isinstance(image, QImage) else array_source(image)


def _difference(before: Source, after: Source, place: QRectF) -> Source:
    """How far two pictures are from each other, black where they are equal, transparent where only one is.
    `place`: of the one after, in pixels of the one before."""
    fits = place == QRectF(0, 0, before.width, before.height)
    same = fits and (before.width, before.height) == (after.width, after.height)

    def read(region: Region) -> Pixels:
        other = after.read(region) if same else _resampled(after, region, place)
        apart = np.asarray(cv2.absdiff(before.read(region), other), np.uint8)
        apart[..., :3] |= apart[..., 3:]  # a change of transparency is one too
        apart[..., 3] = 255
        if not same:
            apart[~_inside(region, place)] = 0
        return apart

    return Source(before.width, before.height, read, picture_dress)


def _resampled(source: Source, region: Region, place: QRectF) -> Pixels:
    """That region of where the source is put: (h, w, 4); at its edges what lies at them."""
    across, down = source.width / place.width(), source.height / place.height()
    left, top = (region.left - place.x()) * across, (region.top - place.y()) * down
    first = max(0, math.floor(left) - 2), max(0, math.floor(top) - 2)
    last = (
        min(source.width, math.ceil(left + region.width * across) + 2),
        min(source.height, math.ceil(top + region.height * down) + 2),
    )
    if first[0] >= last[0] or first[1] >= last[1]:
        return np.zeros((region.height, region.width, 4), np.uint8)
    pixels = source.read(Region(*first, last[0] - first[0], last[1] - first[1]))
    # From the middle of a pixel to the middle of what lies there.
    matrix = np.array(
        [
            [across, 0, left + across / 2 - 0.5 - first[0]],
            [0, down, top + down / 2 - 0.5 - first[1]],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = region.width, region.height
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpAffine(pixels, matrix, size, flags=flags, borderMode=border), np.uint8)


def _inside(region: Region, place: QRectF) -> NDArray[np.bool_]:
    """(h, w): which pixels of the region lie in that place by their middle."""
    x, y = np.arange(region.width) + region.left + 0.5, np.arange(region.height) + region.top + 0.5
    columns = (x >= place.left()) & (x < place.left() + place.width())
    rows = (y >= place.top()) & (y < place.top() + place.height())
    return rows[:, None] & columns[None, :]


def _part_of(painter: QPainter, exposed: QRectF, pyramid: Pyramid, over: QRectF) -> tuple[QRectF, float]:
    """That part in pixels of a picture that lies there, and how many of the screen one of them is."""
    width, height = pyramid.source.width, pyramid.source.height
    across, down = over.width() / width, over.height() / height
    part = QTransform().scale(1 / across, 1 / down).translate(-over.x(), -over.y()).mapRect(exposed)
    return part & QRectF(0, 0, width, height), _scale(painter) * (across * down) ** 0.5


def _scale(painter: QPainter) -> float:
    """Pixels of the screen for a unit of the painter."""
    world = painter.worldTransform()
    return (abs(world.determinant()) ** 0.5) * painter.device().devicePixelRatio()


def _paint_checker(painter: QPainter, pyramid: Pyramid, exposed: QRectF, scale: float) -> None:
    """Squares of the same size at every zoom, which move along with the picture."""
    areas = list(pyramid.see_through(exposed, scale))
    if not areas:
        return
    now = colours()
    brush = QBrush(checker_tile(now.checker, now.checker_other))
    inverse, _ = painter.worldTransform().inverted()
    corner = painter.worldTransform().map(QPointF(0, 0))
    period = 2 * CHECK
    brush.setTransform(QTransform.fromTranslate(corner.x() % period, corner.y() % period) * inverse)
    for area in areas:
        painter.fillRect(area & exposed, brush)


def _paint_grid(painter: QPainter, exposed: QRectF) -> None:
    area = exposed.toAlignedRect()
    pen = QPen(QColor(128, 128, 128, 110), 0)
    painter.setPen(pen)
    for x in range(area.left(), area.right() + 2):
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom() + 1))
    for y in range(area.top(), area.bottom() + 2):
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right() + 1, y))
