"""Do to pixels what a recipe says was done without a model."""

from typing import assert_never

from studio.core.adjustments import Blur, Curves, HueSaturation, Levels, Sharpen
from studio.core.edits import Region
from studio.core.hand_steps import Crop, Flip, PlainStep, Resize, Rotate
from studio.media.adjust import adjusted
from studio.media.geometry import cropped, flipped, inner_size, quarter_turned, resized, straightened
from studio.media.selection import Pixels


def step_done(pixels: Pixels, step: PlainStep) -> Pixels:
    """(height, width, 4), straight alpha, both. Raises CurveUnordered."""
    match step:
        case Crop(left=left, top=top, width=width, height=height):
            return cropped(pixels, Region(left, top, width, height))
        case Rotate(degrees=degrees):
            quarters, rest = _parted(degrees)
            return straightened(quarter_turned(pixels, quarters), rest)
        case Flip(horizontal=horizontal):
            return flipped(pixels, horizontal)
        case Resize(width=width, height=height):
            return resized(pixels, width, height)
        case Levels() | Curves() | HueSaturation() | Blur() | Sharpen():
            return adjusted(pixels, step)
        case _:
            assert_never(step)


def size_after(width: int, height: int, step: PlainStep) -> tuple[int, int]:
    """What `step_done` makes of a picture of that size."""
    match step:
        case Crop() | Resize():
            return step.width, step.height
        case Rotate(degrees=degrees):
            quarters, rest = _parted(degrees)
            return inner_size(*((height, width) if quarters % 2 else (width, height)), rest)
        case _:
            return width, height


def _parted(degrees: float) -> tuple[int, float]:
    """Quarters, and what is left."""
    quarters = round(degrees / 90)
    return quarters, degrees - 90 * quarters
