"""Soft strokes: what a brush covers on its way, and what it makes of the pixels below it."""

import math
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.core.brushes import BRUSH_SIZES, Brush
from studio.core.edits import Region
from studio.media.compose import over
from studio.media.planes import Pixels, Plane, Tile
from studio.media.scratch import Scratch

Place = tuple[float, float, float]  # x, y, radius
Floats = NDArray[np.float32]

LEAST_PRESSURE = 0.05  # of the size: a pen that hardly touches still draws a line

_EDGE = 0.5  # pixels by which a hard edge is smoothed to either side
_SMOOTH = np.rint([255 * t * t * (3 - 2 * t) for t in np.linspace(0, 1, 256)]).astype(np.uint8)


class Painter:
    """One stroke over one plane, from its first point to its last.

    The stroke covers each pixel as much as the nearest of its points does, so going over itself adds nothing.
    What is painted is laid over the plane as it was when the stroke began.
    """

    def __init__(self, brush: Brush, plane: Plane, erase: bool, selection: Plane | None = None) -> None:
        """A plane of one channel is painted white. `selection`: how much may be painted where, one channel;
        None leaves everything free."""
        self._brush, self._erase, self._selection = brush, erase, selection
        self._before, self._plane = plane.copy(), plane
        self._covered = np.zeros((plane.height, plane.width), np.uint8)  # pages are taken as they are touched
        self._colour = _rgba(brush.colour)
        self._last: Place | None = None
        self._scratch = Scratch()

    def to(self, x: float, y: float, pressure: float = 1.0) -> tuple[Region, dict[Tile, Pixels | None]]:
        """What the stroke changes on its way from the last point: where, and the tiles as they are then.

        `x`, `y` in pixels, whose centres are at halves. `pressure` 0…1 is the part of the brush's size, and
        changes evenly between two points.
        """
        start, self._last = self._last, (x, y, self._radius(pressure))
        region = self._cover(start or self._last, self._last)
        return region, self._plane.changed(region, self._painted(region))

    def _radius(self, pressure: float) -> float:
        size = min(max(self._brush.size, BRUSH_SIZES[0]), BRUSH_SIZES[1])
        return size / 2 * min(max(pressure, LEAST_PRESSURE), 1.0)

    def _cover(self, start: Place, end: Place) -> Region:
        """Adds the way between two points, each with its radius, to what is covered."""
        region = _around(start).joined(_around(end)).within(self._plane.width, self._plane.height)
        if not region.is_empty:
            covered = self._covered[region.top : region.bottom, region.left : region.right]
            cv2.max(covered, _capsule(region, start, end, self._brush.hardness, self._scratch), covered)
        return region

    def _painted(self, region: Region) -> Pixels:
        """The plane before the stroke, with the stroke on it; in the scratch."""
        size = region.height, region.width
        weight = self._scratch.floats("weight", *size)
        covered = self._covered[region.top : region.bottom, region.left : region.right]
        np.multiply(covered, np.float32(self._brush.opacity), out=weight)
        if self._selection is not None:
            weight *= self._selection.read(region, self._scratch.bytes("chosen", *size))
            weight *= np.float32(1 / 255)
        shape = size if self._plane.channels == 1 else (*size, 4)
        before = self._before.read(region, self._scratch.bytes("before", *shape))
        if region.is_empty:
            return before
        if self._plane.channels == 1:
            return _blended(before, 0 if self._erase else 255, weight)
        if self._erase:
            before[..., 3] = _blended(before[..., 3], 0, weight)
            return before
        above = self._scratch.bytes("above", *shape)
        above.view(np.uint32).fill(self._colour)
        return over(before, above, weight, self._scratch)


def _around(point: Place) -> Region:
    x, y, radius = point
    reach = radius + 2 * _EDGE
    left, top = math.floor(x - reach), math.floor(y - reach)
    right, bottom = math.ceil(x + reach), math.ceil(y + reach)
    return Region(left, top, right - left, bottom - top)


def _capsule(region: Region, start: Place, end: Place, hardness: float, scratch: Scratch) -> Pixels:
    """How much a brush covers on its way between two points, 0…255: whole to `hardness` of its radius, from
    there to the radius falling along t²(3 - 2t), and never steeper than one pixel. In the scratch."""
    size = region.height, region.width
    across = np.arange(region.left, region.right, dtype=np.float32)[None, :] + np.float32(0.5 - start[0])
    down = np.arange(region.top, region.bottom, dtype=np.float32)[:, None] + np.float32(0.5 - start[1])
    way_x, way_y, growth = (end[index] - start[index] for index in range(3))
    squared = way_x * way_x + way_y * way_y
    along, radius = scratch.floats("along", *size), scratch.floats("radius", *size)
    if squared > _EDGE**4:
        np.add(across * np.float32(way_x / squared), down * np.float32(way_y / squared), out=along)
        np.clip(along, 0, 1, out=along)  # the nearest point of the way, as a part of it
    else:
        along.fill(1)
    distance, other = scratch.floats("distance", *size), scratch.floats("other", *size)
    np.multiply(along, np.float32(-way_x), out=distance)
    distance += across
    np.multiply(along, np.float32(-way_y), out=other)
    other += down
    cv2.magnitude(distance, other, distance)
    np.multiply(along, np.float32(growth), out=radius)
    radius += np.float32(start[2])
    return _profile(distance, radius, hardness, scratch)


def _profile(distance: Floats, radius: Floats, hardness: float, scratch: Scratch) -> Pixels:
    soft, flat = scratch.floats("soft", *distance.shape), scratch.bytes("flat", *distance.shape)
    np.multiply(radius, np.float32(1 - hardness), out=soft)
    np.maximum(soft, np.float32(2 * _EDGE), out=soft)
    radius += np.float32(_EDGE)
    np.maximum(radius, soft, out=radius)
    inside = np.subtract(radius, distance, out=radius)
    inside /= soft
    inside *= np.float32(255)
    np.clip(inside, 0, 255, out=inside)
    np.copyto(flat, inside, casting="unsafe")
    return cast(Pixels, cv2.LUT(flat, _SMOOTH, scratch.bytes("smooth", *distance.shape)))


def _blended(mask: Pixels, goal: int, weight: Floats) -> Pixels:
    part = weight * np.float32(1 / 255)
    return np.rint(mask + (np.float32(goal) - mask) * part).astype(np.uint8)


def _rgba(colour: str) -> np.uint32:
    """#RRGGBB as the four bytes of a pixel in one number; "" is white."""
    return np.frombuffer(bytes.fromhex((colour or "#FFFFFF")[1:] + "FF"), np.uint32)[0]
