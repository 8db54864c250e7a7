"""Do to pixels what a recipe says was done without a model."""

from typing import assert_never

from studio.core.adjustments import Blur, Curves, HueSaturation, Levels, Sharpen
from studio.core.edits import Region
from studio.core.hand_steps import Crop, Flip, HandStep, Resize, Rotate
from studio.media.adjust import adjusted
from studio.media.geometry import cropped, flipped, quarter_turned, resized, straightened
from studio.media.selection import Pixels


def step_done(pixels: Pixels, step: HandStep) -> Pixels:
    """(height, width, 4), straight alpha, both. Raises CurveUnordered."""
    match step:
        case Crop(left=left, top=top, width=width, height=height):
            return cropped(pixels, Region(left, top, width, height))
        case Rotate(degrees=degrees):
            quarters = round(degrees / 90)
            return straightened(quarter_turned(pixels, quarters), degrees - 90 * quarters)
        case Flip(horizontal=horizontal):
            return flipped(pixels, horizontal)
        case Resize(width=width, height=height):
            return resized(pixels, width, height)
        case Levels() | Curves() | HueSaturation() | Blur() | Sharpen():
            return adjusted(pixels, step)
        case _:
            assert_never(step)
