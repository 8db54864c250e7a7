"""What was done to a picture without a model, in words and figures."""

from collections.abc import Sequence
from typing import assert_never

from studio.core.adjustments import Blur, Curves, HueSaturation, Levels, Sharpen
from studio.core.hand_steps import Crop, Flip, HandStep, Resize, Rotate
from studio.ui.i18n import plural, tr

MOST_STEPS = 8  # that are named: the recipe of a foreign picture may have any number


def steps_words(steps: Sequence[HandStep]) -> str:
    """Such as: blur 2 px, curves, and 12 more steps."""
    named = ", ".join(map(_words, steps[:MOST_STEPS]))
    more = len(steps) - MOST_STEPS
    if more <= 0:
        return named
    return plural(more, "{named}, and 1 more step", "{named}, and {n} more steps", named=named)


def _words(step: HandStep) -> str:
    """Such as: blur 2 px."""
    match step:
        case Crop():
            size = f"{step.width} × {step.height}"
            return tr("crop to {size} at {left}, {top}", size=size, left=step.left, top=step.top)
        case Rotate():
            return tr("turn by {degrees}°", degrees=f"{step.degrees:g}")
        case Flip():
            return tr("flip left and right") if step.horizontal else tr("flip top and bottom")
        case Resize():
            return tr("resize to {size}", size=f"{step.width} × {step.height}")
        case Levels():
            figures = f"{step.black}, {step.gamma:g}, {step.white} → {step.out_black}, {step.out_white}"
            return tr("levels {figures}", figures=figures)
        case Curves():
            return tr("curves")
        case HueSaturation():
            figures = f"{step.hue:g}°, {step.saturation:g} %, {step.lightness:g} %"
            return tr("hue, saturation, lightness {figures}", figures=figures)
        case Blur():
            return tr("blur {radius} px", radius=f"{step.radius:g}")
        case Sharpen():
            figures = f"{step.amount:g} %, {step.radius:g} px"
            return tr("sharpen {figures}", figures=figures)
        case _:
            assert_never(step)
