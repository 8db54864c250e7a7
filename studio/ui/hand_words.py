"""What was done to a picture by hand, in words and figures."""

from typing import assert_never

from studio.core.adjustments import Blur, Curves, HueSaturation, Levels, Sharpen
from studio.core.edits import Edit
from studio.core.hand_steps import (
    MOST_ABOUT,
    Crop,
    Flip,
    HandStep,
    Handwork,
    Partly,
    Resize,
    Rotate,
    TookIn,
)
from studio.ui.i18n import plural, tr


def edit_lines(edit: Edit, most: int) -> list[str]:
    """All that was done by hand, in its order; where that takes more than `most` lines, how many more."""
    left_out = edit.left_out
    before = [plural(left_out, "{n} step before", "{n} steps before")] if left_out > 0 else []
    lines = [*before, *(f"{words[:1].upper()}{words[1:]}" for words in map(step_words, edit.steps))]
    more = len(lines) - most + 1
    return lines if more <= 1 else [*lines[:-more], tr("{n} more", n=more)]


def step_words(step: HandStep) -> str:
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
        case Partly():
            return tr("{step} of a part", step=step_words(step.step))
        case TookIn(label=label):
            return tr("{step} laid over", step=tr(_short(label)))
        case Handwork():
            done = tr(_short(step.label))
            if step.about:
                done = tr("{done}: {words}", done=done, words=_short(step.about))
            return done if step.count <= 1 else tr("{step} × {count}", step=done, count=step.count)
        case _:
            assert_never(step)


def _short(text: str) -> str:
    """What a picture says may be of any length."""
    return " ".join(text[: 2 * MOST_ABOUT].split())[:MOST_ABOUT]
