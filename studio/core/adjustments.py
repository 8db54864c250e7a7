"""Adjustments of the colours and the sharpness of a picture, as a dialog sets them and as they are done.

Values are those of 8 bits, 0…255, where nothing else is said; what is set when one is made changes nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

Channel = Literal["all", "red", "green", "blue"]
CurvePoint = tuple[int, int]  # a value, and what it becomes
Histogram = Mapping[Channel, Sequence[float]]  # how often each of 256 values occurs; of all: in luma

CHANNELS: tuple[Channel, ...] = ("all", "red", "green", "blue")

STRAIGHT: tuple[CurvePoint, ...] = ((0, 0), (255, 255))
GAMMAS = (0.1, 10.0)
MOST_RADIUS = 250.0
SPARED = 0.001  # of the pixels, at either end; as Photoshop's automatic levels have it


class Levels(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True):
    """`black` and what is darker becomes `out_black`, `white` and what is lighter `out_white`; a `gamma`
    above 1 makes what lies between lighter."""

    black: int = 0
    white: int = 255
    gamma: float = 1.0
    out_black: int = 0
    out_white: int = 255
    channel: Channel = "all"


class Curves(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True):
    """The curve of `core/curves.py` through the points of each channel, then one through those of all. Values
    of the points ascend."""

    all: tuple[CurvePoint, ...] = STRAIGHT
    red: tuple[CurvePoint, ...] = STRAIGHT
    green: tuple[CurvePoint, ...] = STRAIGHT
    blue: tuple[CurvePoint, ...] = STRAIGHT


class HueSaturation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True):
    """`hue` in degrees, -180…180; `saturation` and `lightness` in percent, -100…100."""

    hue: float = 0.0
    saturation: float = 0.0
    lightness: float = 0.0


class Blur(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True):
    """`radius`: the standard deviation of the Gaussian, in pixels of the picture."""

    radius: float = 0.0


class Sharpen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True):
    """An unsharp mask: `radius` as of a blur, `amount` in percent, and the difference from the blurred from
    which on a value is changed."""

    radius: float = 1.0
    amount: float = 0.0
    threshold: int = 0


Adjustment = Levels | Curves | HueSaturation | Blur | Sharpen


def ends(counts: Sequence[float]) -> tuple[int, int]:
    """Between which two values all pixels lie but for a few at either end; 0 and 255 where there are none, or
    all have one value."""
    few = sum(counts) * SPARED
    black, white = _first_beyond(counts, few), 255 - _first_beyond(counts[::-1], few)
    return (black, white) if black < white else (0, 255)


def _first_beyond(counts: Sequence[float], few: float) -> int:
    passed = 0.0
    for value, count in enumerate(counts):
        passed += count
        if passed > few:
            return value
    return 255


def reach(adjustment: Adjustment) -> int:
    """How far around a pixel others decide what becomes of it, in pixels: three standard deviations."""
    match adjustment:
        case Blur(radius=radius) | Sharpen(radius=radius):
            return int(radius * 3) + 1
        case _:
            return 0
