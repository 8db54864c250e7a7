"""What is done to a picture by hand, step by step, as its recipe remembers it.

A recipe may come from anybody: `is_possible` is for whoever does its steps again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby, pairwise

import msgspec

from studio.core.adjustments import (
    GAMMAS,
    MOST_RADIUS,
    Adjustment,
    Blur,
    CurvePoint,
    Curves,
    HueSaturation,
    Levels,
    Sharpen,
)

MOST_STEPS = 100  # that a recipe lists
MOST_BYTES = 16 * 2**10  # of them, as JSON
MOST_ABOUT = 80  # characters
MOST_AMOUNT = 500  # percent of sharpening
MOST_SIDE = 30_000  # as Photoshop's files have; what the tools of OpenCV can do is not much more


class Crop(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What is kept, in pixels of the picture as it was before this step; it lies inside."""

    left: int
    top: int
    width: int
    height: int


class Rotate(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`degrees` clockwise; what is no quarter is straightened, and cut to what has no empty corners."""

    degrees: float


class Flip(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`horizontal`: left and right exchanged; else top and bottom."""

    horizontal: bool


class Resize(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    width: int
    height: int


class Partly(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An adjustment of what was chosen, or of one layer of several."""

    step: Adjustment


class TookIn(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A picture of the library became part of the canvas, beside what was there: its id, and the step's name
    in English."""

    asset: str
    label: str


class Handwork(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """What no figures say, such as strokes and layers.

    Attributes:
        label: of the step, in English.
        count: how many of these came one after the other.
        about: the colour, or the words, that it was done with.
    """

    label: str
    count: int = 1
    about: str = ""


Shaping = Crop | Rotate | Flip | Resize
PlainStep = Shaping | Adjustment  # it can be done to any picture
HandStep = PlainStep | Partly | TookIn | Handwork

_FIGURES: Mapping[type, Mapping[str, tuple[float, float]]] = {
    Rotate: {"degrees": (-360, 360)},
    Levels: {
        "black": (0, 254),
        "white": (1, 255),
        "gamma": GAMMAS,
        "out_black": (0, 255),
        "out_white": (0, 255),
    },
    HueSaturation: {"hue": (-180, 180), "saturation": (-100, 100), "lightness": (-100, 100)},
    Blur: {"radius": (0, MOST_RADIUS)},
    Sharpen: {"radius": (0, MOST_RADIUS), "amount": (0, MOST_AMOUNT), "threshold": (0, 255)},
}


def is_possible(step: PlainStep) -> bool:
    """Whether its figures are such as a tool sets; sizes are for whoever knows the picture."""
    bounds = _FIGURES.get(type(step), {})
    if not all(least <= getattr(step, name) <= most for name, (least, most) in bounds.items()):
        return False
    return not isinstance(step, Curves) or all(map(_is_curve, (step.all, step.red, step.green, step.blue)))


def _is_curve(points: Sequence[CurvePoint]) -> bool:
    values = all(0 <= value <= 255 for value in chain.from_iterable(points))
    return values and all(before[0] < after[0] for before, after in pairwise(points))


def listed(steps: Iterable[HandStep]) -> tuple[tuple[HandStep, ...], int]:
    """The last of them, as many as a recipe has room for, alike ones as one with their count; and how many
    came before these."""
    counted, room = list(_counted(steps)), MOST_BYTES
    first = len(counted)
    while first > max(0, len(counted) - MOST_STEPS):
        room -= len(msgspec.json.encode(counted[first - 1]))
        if room < 0:
            break
        first -= 1
    left_out = sum(step.count if isinstance(step, Handwork) else 1 for step in counted[:first])
    return tuple(counted[first:]), left_out


def _counted(steps: Iterable[HandStep]) -> Iterator[HandStep]:
    for step, alike in groupby(steps):
        if isinstance(step, Handwork):
            yield msgspec.structs.replace(step, count=sum(1 for _ in alike))
        else:
            yield from alike
