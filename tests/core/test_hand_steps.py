"""What a recipe says of steps by hand: how much of it there is room for, and which figures can be."""

import math

import pytest

from studio.core.adjustments import Blur, Curves, HueSaturation, Levels, Sharpen
from studio.core.hand_steps import MOST_BYTES, MOST_STEPS, Flip, Handwork, Rotate, is_possible, listed

FLIP = Flip(horizontal=True)


def test_strokes_one_after_the_other_are_counted_and_steps_with_figures_are_not():
    stroke, eraser = Handwork(label="Paint"), Handwork(label="Eraser")
    steps, left_out = listed([stroke, stroke, stroke, eraser, FLIP, FLIP, stroke])
    assert steps == (Handwork(label="Paint", count=3), eraser, FLIP, FLIP, stroke)
    assert left_out == 0
    assert listed([]) == ((), 0)


def test_the_last_ones_are_listed_and_those_before_are_counted():
    steps, left_out = listed([Handwork(label="Paint")] * 3 + [FLIP] * MOST_STEPS)
    assert (steps, left_out) == ((FLIP,) * MOST_STEPS, 3)
    points = tuple((value, value) for value in range(256))
    curves = Curves(all=points, red=points, green=points, blue=points)
    steps, left_out = listed([FLIP, curves, curves, FLIP])
    assert (steps, left_out) == ((curves, FLIP), 2)
    assert listed([Handwork(label="x" * MOST_BYTES)]) == ((), 1)


@pytest.mark.parametrize(
    "step",
    [
        Levels(gamma=0),
        Levels(white=300),
        Levels(out_black=-1),
        Curves(red=((0, 0), (999, 4))),
        Curves(all=((9, 9), (9, 20))),
        HueSaturation(hue=math.inf),
        Blur(radius=math.nan),
        Blur(radius=1e9),
        Sharpen(amount=1e9),
        Rotate(degrees=1e9),
    ],
    ids=str,
)
def test_figures_that_no_tool_sets_are_none(step):
    assert not is_possible(step)
    assert is_possible(Rotate(degrees=-360) if isinstance(step, Rotate) else type(step)())
