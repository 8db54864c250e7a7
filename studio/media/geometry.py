"""Turn, cut, scale and extend pictures and masks: arrays of (h, w) or (h, w, 4), RGBA with straight alpha."""

import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.core.edits import Margins, Region

Array = NDArray[np.uint8]

_MUCH_SMALLER = 3  # times: from here on means of areas are as sharp as Lanczos, and much faster
_SHORT = 32_767  # OpenCV's warps count the sides of what they read and write in 16 bits
_PART = 4096  # a side of what is warped at once where a picture is longer than that
_TAPS = 5  # pixels around a place that Lanczos looks at, and one for rounding
_QUARTERS = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}


def cropped(pixels: Array, region: Region) -> Array:
    """The region of it; what lies beyond its edges is zero."""
    inside = region.within(pixels.shape[1], pixels.shape[0])
    result = np.zeros((region.height, region.width, *pixels.shape[2:]), np.uint8)
    top, left = inside.top - region.top, inside.left - region.left
    result[top : top + inside.height, left : left + inside.width] = pixels[
        inside.top : inside.bottom, inside.left : inside.right
    ]
    return result


def extended(pixels: Array, margins: Margins) -> Array:
    """With so many zero pixels added at each side; negative ones cut off."""
    height, width = pixels.shape[:2]
    wider, higher = width + margins.left + margins.right, height + margins.top + margins.bottom
    return cropped(pixels, Region(-margins.left, -margins.top, wider, higher))


def quarter_turned(pixels: Array, turns: int) -> Array:
    """Turned by so many quarters, clockwise; the very pixels, in other places."""
    way = _QUARTERS.get(turns % 4)
    return pixels if way is None or pixels.size == 0 else np.asarray(cv2.rotate(pixels, way), np.uint8)


def flipped(pixels: Array, horizontal: bool) -> Array:
    """Left and right exchanged, or top and bottom; the very pixels, in other places."""
    return pixels if pixels.size == 0 else np.asarray(cv2.flip(pixels, 1 if horizontal else 0), np.uint8)


def straightened(pixels: Array, degrees: float) -> Array:
    """Turned clockwise about its centre, within ±45°, and cut to the largest rectangle without empty corners.

    Lanczos over 8 × 8 pixels, on colours weighed by alpha.
    """
    height, width = pixels.shape[:2]
    inner = inner_size(width, height, degrees)
    if inner == (width, height):
        return pixels
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1)
    turn[:, 2] += (inner[0] - width) / 2, (inner[1] - height) / 2
    warp = _warped if max(width, height) < _SHORT else _warped_in_parts
    return _by_alpha(pixels, lambda values: warp(values, np.asarray(turn, np.float64), inner))


def _warped(values: NDArray[Any], turn: NDArray[np.float64], size: tuple[int, int]) -> NDArray[Any]:
    # Lanczos looks four pixels beyond the corner, where the picture goes on as it is at its edge.
    way, beyond = cv2.INTER_LANCZOS4, cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpAffine(values, turn, size, flags=way, borderMode=beyond))


def _warped_in_parts(values: NDArray[Any], turn: NDArray[np.float64], size: tuple[int, int]) -> NDArray[Any]:
    """Square by square, each of what it comes from and the pixels around."""
    width, height = size
    result = np.empty((height, width, *values.shape[2:]), values.dtype)
    back = np.asarray(cv2.invertAffineTransform(turn), np.float64)
    for top in range(0, height, _PART):
        for left in range(0, width, _PART):
            right, bottom = min(left + _PART, width), min(top + _PART, height)
            corners = np.array([[x, y, 1] for x in (left, right) for y in (top, bottom)], np.float64)
            places = corners @ back.T  # (4, 2): x and y in the picture
            least = np.maximum(np.floor(places.min(axis=0)).astype(int) - _TAPS, 0)
            most = np.ceil(places.max(axis=0)).astype(int) + _TAPS
            seen = np.ascontiguousarray(values[least[1] : most[1], least[0] : most[0]])
            own = turn.copy()
            own[:, 2] += own[:, :2] @ least - (left, top)
            result[top:bottom, left:right] = _warped(seen, own, (right - left, bottom - top))
    return result


def inner_size(width: int, height: int, degrees: float) -> tuple[int, int]:
    """Of the largest upright rectangle in one of that size that is turned (the largest area, as derived at
    https://stackoverflow.com/questions/16702966)."""
    angle = math.radians(abs(degrees))
    if angle == 0 or min(width, height) < 1:
        return width, height
    sine, cosine = math.sin(angle), math.cos(angle)
    long, short = max(width, height), min(width, height)
    if short <= 2 * sine * cosine * long or abs(sine - cosine) < 1e-10:
        # Two corners touch the long side: half the short one is all that there is.
        half = short / 2
        across, down = (half / sine, half / cosine) if width >= height else (half / cosine, half / sine)
    else:
        double = cosine * cosine - sine * sine
        across = (width * cosine - height * sine) / double
        down = (height * cosine - width * sine) / double
    return max(1, math.floor(across + 1e-6)), max(1, math.floor(down + 1e-6))


def resized(pixels: Array, width: int, height: int) -> Array:
    """Scaled with Lanczos; to a third and less with the means of areas. Colours are weighed by alpha."""
    high, wide = pixels.shape[:2]
    if (wide, high) == (width, height):
        return pixels
    if wide >= width * _MUCH_SMALLER and high >= height * _MUCH_SMALLER:
        return _by_alpha(pixels, lambda values: _scaled(values, width, height, cv2.INTER_AREA))
    if wide <= width and high <= height:
        return _by_alpha(pixels, lambda values: _scaled(values, width, height, cv2.INTER_LANCZOS4))
    # OpenCV's own Lanczos skips pixels where it makes a picture smaller; Pillow's looks at all of them.
    way = Image.Resampling.LANCZOS
    return _by_alpha(pixels, lambda values: np.asarray(Image.fromarray(values).resize((width, height), way)))


def _scaled(values: NDArray[Any], width: int, height: int, way: int) -> NDArray[Any]:
    return np.asarray(cv2.resize(values, (width, height), interpolation=way))


def _by_alpha(pixels: Array, change: Callable[[NDArray[Any]], NDArray[Any]]) -> Array:
    """The change of a mask or of an opaque picture; else of each channel as floating point, colours times
    alpha, so that what is hidden under transparent pixels does not come out and an edge does not get darker
    or lighter where Lanczos goes beyond."""
    if pixels.ndim == 2:
        return change(np.ascontiguousarray(pixels))
    if int(pixels[:, :, 3].min(initial=255)) == 255:
        result = change(np.ascontiguousarray(pixels)).copy()
        result[:, :, 3] = 255
        return result
    alpha = pixels[:, :, 3].astype(np.float32)
    changed = change(alpha)
    result = np.zeros((*changed.shape, 4), np.uint8)
    result[:, :, 3] = np.clip(changed + 0.5, 0, 255)
    shows = result[:, :, 3] > 0
    for channel in range(3):
        colour = change(pixels[:, :, channel] * alpha) / np.maximum(changed, 0.5)
        result[:, :, channel] = np.where(shows, np.clip(colour + 0.5, 0, 255), 0)
    return result
