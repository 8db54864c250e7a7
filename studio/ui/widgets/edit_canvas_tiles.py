"""A picture in tiles at every halving of its size, which are made in threads when they are looked at.

A tile of level n shows 256·2ⁿ pixels of the picture a side. What changes is put into the tiles that are there
when they are painted next, so that many changes between two paintings cost one.
"""

import itertools
import math
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from studio.core.edits import Region
from studio.ui.widgets.edit_canvas_workshop import Workshop
from studio.viewmodels.edit_surface import Pixels

SIDE = 256
CHUNK = 1024  # pixels a side that are read at a time: 4 MB
KEPT = 640  # tiles of 256 KB; those of a screen of 4K, and some around it
PATCH = 2**19  # pixels that may be read while painting; more is left to a thread

_numbers = itertools.count()

Dress = Callable[[Pixels, int], Pixels]


class Key(NamedTuple):
    level: int
    row: int
    column: int


@dataclass(frozen=True)
class Source:
    """Where a pyramid has its pixels from.

    Attributes:
        read: pixels of a region, from any thread.
        dress: (h, w, …) as read, and how many n of them a side become one → (h / n, w / n, 4) as Qt paints
            them: blue, green, red, alpha, premultiplied.
    """

    width: int
    height: int
    read: Callable[[Region], Pixels]
    dress: Dress

    @property
    def top(self) -> int:
        """The level at which the whole is one tile."""
        return max(0, math.ceil(math.log2(max(self.width, self.height, 1) / SIDE)))


class Tile:
    """Pixels as they are painted; where all are transparent there are none."""

    def __init__(self, pixels: Pixels) -> None:
        self.height, self.width = pixels.shape[:2]
        least = int(pixels[..., 3].min())
        self.pixels = pixels if least or pixels[..., 3].any() else None
        self.opaque = least == 255
        self.image = self._image()

    def put(self, left: int, top: int, part: Pixels) -> None:
        """Other pixels in a part of it."""
        if self.pixels is None:
            if not part[..., 3].any():
                return
            self.pixels = np.zeros((self.height, self.width, 4), np.uint8)
        self.pixels[top : top + part.shape[0], left : left + part.shape[1]] = part
        self.opaque = self.opaque and int(part[..., 3].min()) == 255
        self.image = self._image()

    def _image(self) -> QImage | None:
        """Shares the pixels, which live as long as the tile."""
        if self.pixels is None:
            return None
        formats = QImage.Format
        form = formats.Format_RGB32 if self.opaque else formats.Format_ARGB32_Premultiplied
        return QImage(self.pixels.data, self.width, self.height, 4 * self.width, form)


class Pyramid:
    """The tiles of one source.

    Attributes:
        source: where they come from.
    """

    def __init__(self, source: Source, workshop: Workshop, arrived: Callable[[Region], None]) -> None:
        """`arrived` is told of each region that can be painted better now."""
        self.source = source
        self._number = next(_numbers)
        self._workshop = workshop
        self._arrived = arrived
        self._tiles: OrderedDict[Key, Tile] = OrderedDict()
        self._stale: dict[Key, Region] = {}
        self._patched = 0

    def mark(self, region: Region) -> None:
        """The source has other pixels there."""
        region = region.within(self.source.width, self.source.height)
        if region.is_empty:
            return
        for level in range(self.source.top + 1):
            for key in _keys(region, level):
                if key in self._tiles or self._workshop.waits_for((self._number, key)):
                    part = self._cut(key, region)
                    self._stale[key] = self._stale[key].joined(part) if key in self._stale else part

    def level_at(self, scale: float) -> int:
        """The level to paint from at so many pixels of the screen for each of the picture."""
        return min(max(0, math.floor(-math.log2(max(scale, 1e-6)) + 1e-6)), self.source.top)

    def paint(self, painter: QPainter, exposed: QRectF, scale: float) -> bool:
        """Paint that part, in a painter whose units are pixels of the picture; whether all of it was there as
        fine as it is looked at."""
        self._patched = 0
        level = self.level_at(scale)
        keys = list(self._seen(exposed, level))
        whole = True
        for key in keys:
            tile = self._tile(key)
            if tile is not None:
                _draw(painter, key, tile)
            else:
                self._stand_in(painter, key)
                whole = False
        while len(self._tiles) > max(KEPT, 2 * len(keys)):
            dropped, _ = self._tiles.popitem(last=False)
            self._stale.pop(dropped, None)
        return whole

    def has(self, exposed: QRectF, scale: float) -> bool:
        """Whether all of that part is there as fine as it is looked at."""
        return all(key in self._tiles for key in self._seen(exposed, self.level_at(scale)))

    def see_through(self, exposed: QRectF, scale: float) -> Iterator[QRectF]:
        """The parts of it through which something behind is seen."""
        for key in self._seen(exposed, self.level_at(scale)):
            tile = self._tiles.get(key)
            if tile is not None and not tile.opaque:
                yield QRectF(*_place(self._region(key)))

    def _tile(self, key: Key) -> Tile | None:
        tile = self._tiles.get(key)
        if tile is None:
            if not self._workshop.waits_for((self._number, key)):
                self._make(key)
            return None
        self._tiles.move_to_end(key)
        stale = self._stale.pop(key, None)
        if stale is not None:
            self._renew(key, tile, stale)
        return tile

    def _renew(self, key: Key, tile: Tile, stale: Region) -> None:
        step = 1 << key.level
        left, top = stale.left // step * step, stale.top // step * step
        right, bottom = -(-stale.right // step) * step, -(-stale.bottom // step) * step
        part = Region(left, top, right - left, bottom - top).within(self.source.width, self.source.height)
        self._patched += part.width * part.height
        if self._patched > PATCH:
            self._make(key)
            return
        own = self._region(key)
        pixels = _dressed(self.source, part, step)
        tile.put((part.left - own.left) // step, (part.top - own.top) // step, pixels)

    def _make(self, key: Key) -> None:
        region, step, source = self._region(key), 1 << key.level, self.source
        self._workshop.make(
            (self._number, key),
            lambda: Tile(_dressed(source, region, step)),
            lambda tile: self._keep(key, tile),
        )

    def _keep(self, key: Key, tile: Tile) -> None:
        self._tiles[key] = tile
        self._tiles.move_to_end(key)
        self._arrived(self._region(key))

    def _stand_in(self, painter: QPainter, key: Key) -> None:
        """What is there of that part: of a coarser level, else of the next finer one."""
        for up in range(1, self.source.top - key.level + 1):
            over = Key(key.level + up, key.row >> up, key.column >> up)
            if (tile := self._tiles.get(over)) is not None:
                _draw(painter, over, tile, QRectF(*_place(self._region(key))))
                return
        for row in (0, 1):
            for column in (0, 1):
                under = Key(key.level - 1, 2 * key.row + row, 2 * key.column + column)
                if (tile := self._tiles.get(under)) is not None:
                    _draw(painter, under, tile)

    def _region(self, key: Key) -> Region:
        side = SIDE << key.level
        whole = Region(key.column * side, key.row * side, side, side)
        return whole.within(self.source.width, self.source.height)

    def _cut(self, key: Key, region: Region) -> Region:
        own = self._region(key)
        left, top = max(own.left, region.left), max(own.top, region.top)
        return Region(left, top, min(own.right, region.right) - left, min(own.bottom, region.bottom) - top)

    def _seen(self, exposed: QRectF, level: int) -> Iterator[Key]:
        area = exposed.toAlignedRect()
        region = Region(area.x(), area.y(), area.width(), area.height())
        region = region.within(self.source.width, self.source.height)
        return iter(()) if region.is_empty else _keys(region, level)


def picture_dress(pixels: Pixels, step: int) -> Pixels:
    """RGBA with straight alpha, as Qt paints it."""
    if int(pixels[..., 3].min()) < 255:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2mRGBA), np.uint8)
    return np.asarray(cv2.cvtColor(_shrunk(pixels, step), cv2.COLOR_RGBA2BGRA), np.uint8)


def veil_dress(red: int, green: int, blue: int, share: float) -> Dress:
    """A mask (h, w) as a veil of that colour, which covers so much where the mask is whole."""
    alpha = np.arange(256) * share
    table = np.stack([channel * alpha / 255 for channel in (blue, green, red)] + [alpha], axis=1)
    veil = np.rint(table).astype(np.uint8)
    return lambda pixels, step: veil[_shrunk(pixels, step)]


def image_source(image: QImage) -> Source:
    """A picture that Qt has decoded; it must not be painted on meanwhile."""

    def read(region: Region) -> Pixels:
        part = image.copy(region.left, region.top, region.width, region.height)
        part = part.convertToFormat(QImage.Format.Format_RGBA8888)
        lines = np.frombuffer(part.constBits(), np.uint8).reshape(part.height(), part.bytesPerLine())
        # A copy: what Qt lends does not keep the image alive, whose memory is others' then.
        return lines[:, : 4 * part.width()].reshape(part.height(), part.width(), 4).copy()

    return Source(image.width(), image.height(), read, picture_dress)


def array_source(pixels: Pixels) -> Source:
    """(h, w, 4), straight alpha."""

    def read(region: Region) -> Pixels:
        return pixels[region.top : region.bottom, region.left : region.right]

    return Source(pixels.shape[1], pixels.shape[0], read, picture_dress)


def shrunk_mask(read: Callable[[Region], Pixels], region: Region, step: int) -> Pixels:
    """A mask with one pixel for `step` a side, read in parts."""
    return _dressed(Source(region.right, region.bottom, read, _shrunk), region, step)


def _dressed(source: Source, region: Region, step: int) -> Pixels:
    """A region of the source at 1 / step of its size, read in parts."""
    chunk = max(CHUNK, step)
    rows = [
        np.concatenate([source.dress(source.read(part), step) for part in parts], axis=1)
        for parts in _parts(region, chunk)
    ]
    return np.ascontiguousarray(rows[0] if len(rows) == 1 else np.concatenate(rows, axis=0))


def _parts(region: Region, side: int) -> Iterator[list[Region]]:
    for top in range(region.top, region.bottom, side):
        high = min(side, region.bottom - top)
        yield [
            Region(left, top, min(side, region.right - left), high)
            for left in range(region.left, region.right, side)
        ]


def _shrunk(pixels: Pixels, step: int) -> Pixels:
    """The mean of each square; those at the edge that are not whole are filled up with the edge."""
    if step == 1:
        return pixels
    height, width = pixels.shape[:2]
    down, right = -height % step, -width % step
    if down or right:
        whole = cv2.copyMakeBorder(np.ascontiguousarray(pixels), 0, down, 0, right, cv2.BORDER_REPLICATE)
    else:
        whole = pixels
    size = (-(-width // step), -(-height // step))
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.uint8)


def _keys(region: Region, level: int) -> Iterator[Key]:
    side = SIDE << level
    for row in range(region.top // side, (region.bottom - 1) // side + 1):
        for column in range(region.left // side, (region.right - 1) // side + 1):
            yield Key(level, row, column)


def _place(region: Region) -> tuple[int, int, int, int]:
    return region.left, region.top, region.width, region.height


def _draw(painter: QPainter, key: Key, tile: Tile, part: QRectF | None = None) -> None:
    if tile.image is None:
        return
    step = 1 << key.level
    left, top = key.column * SIDE * step, key.row * SIDE * step
    if part is None:
        painter.drawImage(QRectF(left, top, tile.width * step, tile.height * step), tile.image)
        return
    inside = QRectF(
        (part.x() - left) / step, (part.y() - top) / step, part.width() / step, part.height() / step
    )
    painter.drawImage(part, tile.image, inside)
