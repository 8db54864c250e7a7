"""What is chosen in a picture: masks of one channel, 0 (not chosen) to 255, drawn, found and combined.

A place (x, y) lies in the pixel of row ⌊y⌋ and column ⌊x⌋; the first pixel reaches from 0 to 1.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.core.edits import Region
from studio.media.blurring import blurred

Mask = NDArray[np.uint8]  # (h, w)
Pixels = NDArray[np.uint8]  # (h, w, 4), RGBA with straight alpha
Mode = Literal["replace", "add", "subtract", "intersect"]

Square = tuple[slice, slice]  # rows, columns

_Bound = int | NDArray[np.integer[Any]]

FEATHER_REACH = 1.5  # times the radius: three standard deviations, beyond which less than 1 of 255 is left
_STEP = 4  # a soft mask grows by discs of this radius, one after the other,
_FULL_SIZE = 12  # and by more than this in a reduced size
_SQUARE = 256  # pixels a side that grow together


class Patch(NamedTuple):
    """A mask and the part of the picture that it covers; beyond it nothing is chosen."""

    region: Region
    mask: Mask


NOTHING = Patch(Region(0, 0, 0, 0), np.zeros((0, 0), np.uint8))


def rectangle(region: Region, width: int, height: int) -> Patch:
    """All of the region that lies in a picture of that size."""
    inside = region.within(width, height)
    return (
        NOTHING if inside.is_empty else Patch(inside, np.full((inside.height, inside.width), 255, np.uint8))
    )


def polygon(points: Sequence[tuple[float, float]], width: int, height: int) -> Patch:
    """What the closed line through the points encloses in a picture of that size.

    Each pixel holds the exact share of it that lies inside (the signed areas that the edges cut off, summed
    along the rows, as in Levien's font-rs); where the line crosses itself, all that it goes around is inside.
    """
    line = np.asarray(points, np.float64).reshape(-1, 2)
    if len(line) < 3 or not np.isfinite(line).all():
        return NOTHING
    (left, top), (right, bottom) = np.floor(line.min(axis=0)), np.ceil(line.max(axis=0))
    box = Region(int(left), int(top), int(right - left), int(bottom - top)).within(width, height)
    if box.is_empty:
        return NOTHING
    start = line - (box.left, box.top)
    pieces = _cut_at_pixels(start, np.roll(start, -1, axis=0), box.width, box.height)
    return Patch(box, _covered(*pieces, box.width, box.height))


def _cut_at_pixels(
    start: NDArray[np.float64], end: NDArray[np.float64], width: int, height: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The edges from `start` to `end`, (n, 2) each, cut wherever they leave a pixel."""
    owners, shares = [np.arange(len(start)).repeat(2)], [np.tile([0.0, 1.0], len(start))]
    for axis, most in ((0, width), (1, height)):
        a, b = start[:, axis], end[:, axis]
        first = np.clip(np.floor(np.minimum(a, b)) + 1, 0, most + 1)
        count = np.maximum(np.clip(np.ceil(np.maximum(a, b)), 0, most + 1) - first, 0).astype(np.int64)
        owner = np.arange(len(start)).repeat(count)
        place = np.arange(len(owner)) - (np.cumsum(count) - count).repeat(count) + first.repeat(count)
        owners.append(owner)
        shares.append((place - a[owner]) / (b - a)[owner])
    owner, share = np.concatenate(owners), np.clip(np.concatenate(shares), 0, 1)
    order = np.lexsort((share, owner))
    owner, share = owner[order], share[order][:, None]
    places = start[owner] + share * (end - start)[owner]
    same = owner[1:] == owner[:-1]
    return places[:-1][same], places[1:][same]


def _covered(start: NDArray[np.float64], end: NDArray[np.float64], width: int, height: int) -> Mask:
    """How much of each pixel lies to the right of the pieces, each of which is within one pixel's row and
    column; what lies left of the picture covers its rows, what lies above, below or right of it nothing.

    Only pixels that an edge goes through are summed up; from one to the next of a row all are covered alike.
    """
    middle = (start + end) / 2
    row, column = np.floor(middle[:, 1]).astype(np.int64), np.floor(middle[:, 0])
    kept = (row >= 0) & (row < height) & (column < width)
    row, column = row[kept], np.maximum(column[kept], 0).astype(np.int64)
    drop = (end[:, 1] - start[:, 1])[kept]
    into = np.clip(middle[kept, 0] - column, 0, 1)  # how far into its pixel the piece lies
    wide = width + 1
    places = np.concatenate([row * wide + column, row * wide + column + 1, np.arange(height) * wide])
    parts = np.concatenate([drop * (1 - into), drop * into, np.zeros(height)])  # each row begins at none
    places, owner = np.unique(places, return_inverse=True)
    summed = np.cumsum(np.bincount(owner, parts))
    begins = np.searchsorted(places, np.arange(height) * wide)
    until = np.concatenate([[0.0], summed])[begins]  # by the rows above
    summed -= until[places // wide]
    values = np.clip(np.rint(np.abs(summed) * 255), 0, 255).astype(np.uint8)
    lengths = np.diff(places, append=height * wide)
    return np.ascontiguousarray(np.repeat(values, lengths).reshape(height, wide)[:, :width])


def alike(pixels: Pixels, x: int, y: int, tolerance: int, contiguous: bool) -> Mask:
    """The pixels of which no channel differs by more than `tolerance` (0…255) from the one at (x, y); with
    `contiguous` those alone that hang together with it, side by side.

    What is wholly transparent is alike, whatever colour lies under it.
    """
    seed = pixels[y, x].astype(np.int32)
    low, high = np.clip(seed - tolerance, 0, 255), np.clip(seed + tolerance, 0, 255)
    if seed[3] == 0:
        low[:3], high[:3] = 0, 255
    found = _between(pixels, low, high)
    if 0 < seed[3] <= tolerance:
        found |= _between(pixels, np.array([0, 0, 0, 0]), np.array([255, 255, 255, 0]))
    if contiguous:
        cv2.floodFill(found, None, (x, y), 128, flags=4)
        found = _between(found, 128, 128)
    return found


def _between(values: NDArray[np.uint8], low: _Bound, high: _Bound) -> Mask:
    """255 where every channel is within the bounds, which belong to it; 0 elsewhere."""
    least, most = np.asarray(low, np.float64), np.asarray(high, np.float64)
    return np.asarray(cv2.inRange(values, least, most), np.uint8)


def inverted(mask: Mask) -> Mask:
    return np.asarray(cv2.bitwise_not(mask), np.uint8)


def combined(old: Mask, new: Mask, mode: Mode) -> Mask:
    """Both of one size. Subtracting takes away as much as was chosen, as GIMP does: what is taken from itself
    leaves nothing, soft edges neither."""
    if old.size == 0:
        return new
    match mode:
        case "replace":
            return new
        case "add":
            return np.asarray(cv2.max(old, new), np.uint8)
        case "subtract":
            return np.asarray(cv2.subtract(old, new), np.uint8)
        case "intersect":
            return np.asarray(cv2.min(old, new), np.uint8)


def grown(mask: Mask, by: int) -> Mask:
    """Larger by that many pixels all around, rounded at corners; negative: smaller. Beyond the edges of the
    picture lies what lies at them. Soft edges keep their softness."""
    if by < 0:
        return inverted(grown(inverted(mask), -by))
    if by == 0 or not mask.any():
        return mask
    squares = list(_squares_near(mask, by + 1))
    if any(_is_soft(mask, square) for square in squares):
        return _grown_soft(mask, by)
    after = mask.copy()
    for square in squares:
        seen, place = _around(square, by + 1, mask)
        after[square] = _grown_hard(mask[seen], by)[place]
    return after


def _squares_near(mask: Mask, reach: int) -> Iterator[Square]:
    """The parts of it that may change by what lies so near: not those that are chosen wholly, nor those with
    nothing near."""
    height, width = mask.shape
    for top in range(0, height, _SQUARE):
        for left in range(0, width, _SQUARE):
            square = slice(top, min(top + _SQUARE, height)), slice(left, min(left + _SQUARE, width))
            if cv2.minMaxLoc(mask[square])[0] < 255 and cv2.hasNonZero(mask[_around(square, reach, mask)[0]]):
                yield square


def _around(square: Square, reach: int, mask: Mask) -> tuple[Square, Square]:
    """The square with so many pixels around it as far as there are any, and where it lies in that."""
    (top, bottom), (left, right) = (
        (max(0, side.start - reach), min(side.stop + reach, most))
        for side, most in zip(square, mask.shape, strict=True)
    )
    rows, columns = square
    inside = slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
    return (slice(top, bottom), slice(left, right)), inside


def _is_soft(mask: Mask, square: Square) -> bool:
    """Whether some of it is softer than an edge drawn smoothly, which is one pixel wide: around such a pixel
    lies one that is chosen wholly, or not at all."""
    seen, place = _around(square, 1, mask)
    core = _between(mask[seen], 1, 254)
    return bool(np.asarray(cv2.erode(core, np.ones((3, 3), np.uint8)))[place].any())


def _grown_hard(mask: Mask, by: int) -> Mask:
    """By the distance to what is chosen by half or more; the new edge goes over one pixel."""
    outside = _between(mask, 0, 127)
    distance = np.asarray(cv2.distanceTransform(outside, cv2.DIST_L2, 5), np.float32)
    np.minimum(distance, by + 1, out=distance)
    near = cv2.convertScaleAbs(distance, alpha=-255, beta=255 * (by + 1))
    return np.asarray(cv2.max(np.asarray(near, np.uint8), mask), np.uint8)


def _grown_soft(mask: Mask, by: int) -> Mask:
    """The largest value within the distance. A disc is the sum of smaller ones, so they follow each other;
    for a large one the mask is reduced."""
    height, width = mask.shape
    factor = max(1, math.ceil(by / _FULL_SIZE))
    small = max(1, width // factor), max(1, height // factor)
    wide = mask if factor == 1 else cv2.resize(mask, small, interpolation=cv2.INTER_AREA)
    left = round(by / factor)
    for step in [_STEP] * (left // _STEP) + [left % _STEP]:
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * step + 1, 2 * step + 1))
        wide = cv2.dilate(wide, disc)
    return np.asarray(cv2.max(cv2.resize(wide, (width, height)), mask), np.uint8)


def feathered(mask: Mask, radius: float) -> Mask:
    """With edges that fade over `radius` pixels to either side: a Gaussian with half of it as its standard
    deviation. At the edges of the picture nothing fades."""
    if radius <= 0 or mask.size == 0:
        return mask
    return blurred(mask, radius / 2)


def from_alpha(pixels: Pixels) -> Mask:
    """What shows, as much as it shows."""
    return np.ascontiguousarray(pixels[:, :, 3])


def bounds(mask: Mask) -> Region:
    """The least rectangle that holds all that is chosen, however little; empty for nothing."""
    if mask.size == 0:
        return Region(0, 0, 0, 0)
    return Region(*cv2.boundingRect(mask))
