"""Adjust the colours and the sharpness of pixels: RGBA with straight alpha, which stays as it is.

By channel everything is a table of 256 values. What changes nothing gives the pixels themselves.
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.core.adjustments import (
    Adjustment,
    Blur,
    CurvePoint,
    Curves,
    HueSaturation,
    Levels,
    Sharpen,
)
from studio.core.curves import curve_through
from studio.media.blurring import EXACT, blurred_colours
from studio.media.selection import Mask, Pixels

Table = NDArray[np.uint8]  # (256,): what becomes of each value

_ROWS = 256  # of a band
_THREADS = 4
_SAME = np.arange(256, dtype=np.uint8)


def adjusted(pixels: Pixels, adjustment: Adjustment) -> Pixels:
    """The pixels after the adjustment; those that reach in from beyond the edges are taken to be as at them.

    Raises CurveUnordered.
    """
    match adjustment:
        case Levels():
            return _by_tables(pixels, level_tables(adjustment))
        case Curves():
            return _by_tables(pixels, curve_tables(adjustment))
        case HueSaturation():
            same = adjustment == HueSaturation()
            return pixels if same else _in_bands(pixels, lambda band: _turned(band, adjustment))
        case Blur():
            same = adjustment.radius <= 0
            return (
                pixels
                if same
                else _in_bands(pixels, lambda band: _softened(band, adjustment), adjustment.radius)
            )
        case Sharpen(radius=radius, amount=amount):
            same = radius <= 0 or amount == 0
            return pixels if same else _in_bands(pixels, lambda band: _sharpened(band, adjustment), radius)


def level_tables(levels: Levels) -> tuple[Table, Table, Table]:
    """For red, green and blue: out = out_black + (out_white - out_black) · ((v - black) / (white - black))^(1
    / gamma), the formula of GIMP's and Photoshop's levels."""
    span = max(1, levels.white - levels.black)
    inside = np.clip((np.arange(256) - levels.black) / span, 0, 1) ** (1 / levels.gamma)
    table = _rounded(levels.out_black + (levels.out_white - levels.out_black) * inside)
    red, green, blue = (
        table if levels.channel in ("all", name) else _SAME for name in ("red", "green", "blue")
    )
    return red, green, blue


def curve_tables(curves: Curves) -> tuple[Table, Table, Table]:
    """For red, green and blue: their own curve, then that of all. Raises CurveUnordered."""
    of_all = curve_table(curves.all)
    red, green, blue = (of_all[curve_table(points)] for points in (curves.red, curves.green, curves.blue))
    return red, green, blue


def curve_table(points: Sequence[CurvePoint]) -> Table:
    """The curve that is drawn, in whole values. Raises CurveUnordered."""
    return _rounded(np.array(curve_through(points)))


def _rounded(values: NDArray[np.float64]) -> Table:
    return np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)


def _by_tables(pixels: Pixels, tables: tuple[Table, Table, Table]) -> Pixels:
    if pixels.size == 0 or all(np.array_equal(table, _SAME) for table in tables):
        return pixels
    return np.asarray(cv2.LUT(pixels, np.stack([*tables, _SAME], axis=1).reshape(1, 256, 4)), np.uint8)


def _in_bands(pixels: Pixels, change: Callable[[Pixels], Pixels], radius: float = 0) -> Pixels:
    """The change of bands of rows, several at a time: as floating point a band takes four times the room, and
    a whole picture would take it all at once. Each sees as many rows more as the blur needs; a wide blur is
    made of the whole picture in a reduced size."""
    if radius > EXACT:
        return change(pixels)
    around = math.ceil(4 * radius) + 1  # as far as OpenCV's Gaussian of 16 bits goes
    result = np.empty_like(pixels)

    def fill(row: int) -> None:
        top = max(0, row - around)
        part = change(pixels[top : row + _ROWS + around])
        result[row : row + _ROWS] = part[row - top : row - top + _ROWS]

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="adjust") as threads:
        list(threads.map(fill, range(0, len(pixels), _ROWS)))
    return result


def _turned(pixels: Pixels, change: HueSaturation) -> Pixels:
    """In HSL: hue is turned; saturation s becomes s · (1 + change); lightness l becomes l · (1 + change)
    below 0 and l + (1 - l) · change above, as GIMP has it (`gimpoperationhuesaturation.c`)."""
    colours = pixels[:, :, :3].astype(np.float32) / 255
    hsl = np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2HLS), np.float32)
    hue, light, saturation = hsl[:, :, 0], hsl[:, :, 1], hsl[:, :, 2]
    np.mod(hue + change.hue, 360, out=hue)
    np.clip(saturation * (1 + change.saturation / 100), 0, 1, out=saturation)
    lighter = change.lightness / 100
    light *= 1 - abs(lighter)
    light += max(0.0, lighter)
    turned = cv2.cvtColor(hsl, cv2.COLOR_HLS2RGB)
    return _with_colours(pixels, np.asarray(cv2.convertScaleAbs(turned, alpha=255), np.uint8))


def _softened(pixels: Pixels, change: Blur) -> Pixels:
    return _with_colours(pixels, blurred_colours(pixels, change.radius))


def _sharpened(pixels: Pixels, change: Sharpen) -> Pixels:
    """v + amount · (v - blurred v) wherever that difference is `threshold` or more (the unsharp mask)."""
    colours = np.ascontiguousarray(pixels[:, :, :3])
    soft, amount = blurred_colours(pixels, change.radius), change.amount / 100
    sharp = np.asarray(cv2.addWeighted(colours, 1 + amount, soft, -amount, 0), np.uint8)
    if change.threshold > 0:
        sharp = np.where(np.asarray(cv2.absdiff(colours, soft)) >= change.threshold, sharp, colours)
    return _with_colours(pixels, sharp)


def _with_colours(pixels: Pixels, colours: NDArray[np.uint8]) -> Pixels:
    return np.dstack((colours, pixels[:, :, 3]))


def mixed(old: Pixels, new: Pixels, mask: Mask) -> Pixels:
    """`new` as far as the mask says, `old` beyond; colours count by their alpha, so that none of what is
    hidden shows at a soft edge."""
    result = new.copy()
    for row in range(0, len(new), _ROWS):
        part = slice(row, row + _ROWS)
        result[part] = _mixed(old[part], new[part], mask[part])
    return result


def _mixed(old: Pixels, new: Pixels, mask: Mask) -> Pixels:
    share = mask.astype(np.float32) * np.float32(1 / 255)
    becomes, stays = new[:, :, 3] * share, old[:, :, 3] * (1 - share)
    found = cv2.blendLinear(new, old, becomes, stays)  # it divides by the sum of both
    cv2.insertChannel(np.rint(becomes + stays).astype(np.uint8), found, 3)
    found = np.where((mask == 0)[:, :, None], old, np.asarray(found, np.uint8))
    return np.where((mask == 255)[:, :, None], new, found)
