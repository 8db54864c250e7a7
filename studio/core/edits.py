"""What is to be changed of a picture: the operations, where they look, and how the result goes back into it.

A job that changes a picture carries it as an input with `Role.CHANGE`, and what is chosen in it as one with
`Role.MASK`: a grey picture of the same size, white where it is to be changed. Sizes and places are in pixels.
"""

import math
from enum import StrEnum
from typing import Literal

import msgspec

from studio.core.hand_steps import HandStep
from studio.core.model import Ability, Kind, ModelSpec

LEAST_CONTEXT = 64  # around what is chosen, whatever its size
MOST_MARGIN = 4096
MOST_FEATHER = 512
USUAL_FEATHER = 12  # a step in the colours is hardly seen any more
SCALES = (1, 8)
OVERLAP = 8  # tiles that lie beside each other share an eighth of their side
MOST_ASPECT = 4  # of what a model paints: what is longer still, no model has seen the like of


class Operation(StrEnum):
    """What is done to a picture."""

    FILL = "fill"  # what is chosen is painted anew by words (inpaint)
    REMOVE = "remove"  # what is chosen goes, and what is around it goes on
    BACKGROUND = "background"  # all but the chosen is painted anew
    EXTEND = "extend"  # beyond its edges (outpaint)
    PAINT_OVER = "paint_over"  # image to image, of the whole or of what is chosen
    INSTRUCT = "instruct"  # by an instruction, with a model that reads pictures
    UPSCALE = "upscale"
    CUT_OUT = "cut_out"  # the background becomes transparent
    BY_HAND = "by_hand"  # on the canvas, or by a tool that needs no model; no job does it


NEEDS_MASK = frozenset({Operation.FILL, Operation.REMOVE, Operation.BACKGROUND})  # or there is nothing to do
TAKES_MASK = NEEDS_MASK | {Operation.PAINT_OVER, Operation.INSTRUCT}  # and nothing changes beyond it
PAINTS = TAKES_MASK | {Operation.EXTEND}
# The others go on without words: what is around, or the picture itself, says enough.
BY_WORDS = frozenset({Operation.FILL, Operation.BACKGROUND, Operation.INSTRUCT})

# How far from what is there, unless the job says; painting over goes as far as its pipeline likes.
USUAL_STRENGTHS = {
    Operation.FILL: 1.0,
    Operation.REMOVE: 0.9,
    Operation.BACKGROUND: 1.0,
    Operation.EXTEND: 1.0,
    Operation.UPSCALE: 0.3,
}


class Region(msgspec.Struct, frozen=True):
    """A rectangle; `left` and `top` may lie outside the picture."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    @property
    def is_empty(self) -> bool:
        return self.width <= 0 or self.height <= 0

    def within(self, width: int, height: int) -> "Region":
        """What of it lies inside a picture of that size; empty where nothing does."""
        left, top = min(max(self.left, 0), width), min(max(self.top, 0), height)
        right, bottom = min(max(self.right, left), width), min(max(self.bottom, top), height)
        return Region(left, top, right - left, bottom - top)

    def grown(self, by: int) -> "Region":
        return Region(self.left - by, self.top - by, self.width + 2 * by, self.height + 2 * by)

    def joined(self, other: "Region") -> "Region":
        """The least rectangle that holds both; an empty one adds nothing."""
        if self.is_empty or other.is_empty:
            return other if self.is_empty else self
        left, top = min(self.left, other.left), min(self.top, other.top)
        right, bottom = max(self.right, other.right), max(self.bottom, other.bottom)
        return Region(left, top, right - left, bottom - top)


class Margins(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a picture is extended at each side."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0


Method = Literal["", "inpaint", "blending", "paint_over", "instruct", "tiles", "model", "lanczos", "mask"]


class Edit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a job changes its picture; in a recipe, how the picture was changed.

    Attributes:
        parent: the asset that it was made from; "" where that is none of the library.
        document: the edit document that asked, which it is proposed to; "" for none.
        region: the context that the model sees, which holds all that is chosen; None is found by `context`.
        feather: pixels outside of what is chosen over which the new passes into the old; beyond, nothing
            changes.
        exact: nothing beyond the feather changes; else all of the region is what the model made of it.
        margins: of an extension.
        scale: of an upscaling.
        steps: what was done by hand, in this order, where a recipe says so: on the canvas, since it was
            nothing but a picture of the library, or what was opened.
        left_out: how many steps came before these, of which the recipe has no room to say more.
        method: how it was done, set when it is: by a pipeline's own inpainting, by blending latents, by
            diffusion in tiles, by an upscaling or matting model, by Lanczos, by the mask alone.
    """

    operation: Operation
    parent: str = ""
    document: str = ""
    region: Region | None = None
    feather: int = 0
    exact: bool = True
    margins: Margins = Margins()
    scale: float = 1.0
    steps: tuple[HandStep, ...] = ()
    left_out: int = 0
    method: Method = ""


class Point(msgspec.Struct, frozen=True):
    """A place that was clicked; `inside`: it belongs to the object."""

    x: int
    y: int
    inside: bool = True


def context(chosen: Region, width: int, height: int, side: int) -> Region:
    """What the model is to see of a picture of that size, to change what is chosen in it.

    At least half as much again as what is chosen, and as much as fills the model's own square of `side`
    pixels; as near to a square as the picture allows, so that little is scaled away.
    """
    around = max(LEAST_CONTEXT, max(chosen.width, chosen.height) // 4)
    wanted = max(chosen.width + 2 * around, chosen.height + 2 * around, side)
    wide, high = min(wanted, width), min(wanted, height)
    left = round(chosen.left + chosen.width / 2 - wide / 2)
    top = round(chosen.top + chosen.height / 2 - high / 2)
    return Region(min(max(left, 0), width - wide), min(max(top, 0), height - high), wide, high)


def working_size(region: Region, side: int, multiple: int) -> tuple[int, int]:
    """The size at which a model works on the region: its shape, about as many pixels as the model's own
    square, sides a multiple. What is longer than `MOST_ASPECT` times its width is compressed for it."""
    aspect = min(MOST_ASPECT, max(1 / MOST_ASPECT, region.width / max(1, region.height)))
    width, height = (
        max(multiple, round(length / multiple) * multiple)
        for length in (side * math.sqrt(aspect), side / math.sqrt(aspect))
    )
    return width, height


def tiles_of(width: int, height: int, side: int) -> tuple[Region, ...]:
    """Squares of that side that cover a picture, evenly spread and overlapping, row by row; where it is
    shorter than that, so are they."""
    columns, rows = (_places(length, side) for length in (width, height))
    wide, high = min(side, width), min(side, height)
    return tuple(Region(left, top, wide, high) for top in rows for left in columns)


def _places(length: int, side: int) -> list[int]:
    if length <= side:
        return [0]
    count = -(-(length - side) // max(1, side - side // OVERLAP)) + 1
    return [round(place * (length - side) / (count - 1)) for place in range(count)]


def operations_of(spec: ModelSpec) -> frozenset[Operation]:
    """What an installed model can do to a picture."""
    found = set[Operation]()
    if Ability.GENERATE in spec.abilities and spec.kind is Kind.PICTURE:
        found |= _PAINTED | {Operation.PAINT_OVER, Operation.UPSCALE}
    if Ability.GENERATE in spec.abilities and spec.kind is Kind.EDIT:
        found |= _PAINTED | {Operation.INSTRUCT}
    if Ability.FILL in spec.abilities:
        found |= _PAINTED
    if Ability.UPSCALE in spec.abilities:
        found.add(Operation.UPSCALE)
    if Ability.CUT_OUT in spec.abilities:
        found.add(Operation.CUT_OUT)
    return frozenset(found)


_PAINTED = NEEDS_MASK | {Operation.EXTEND}

# What needs no model: Lanczos enlarges, and a mask cuts out.
PLAIN = ModelSpec(id="studio/plain", name="No model", family="plain", base="", abilities=(), path="")
