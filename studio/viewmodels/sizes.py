"""Sizes that a model can make: shapes to choose from, and the nearest good number to one that was typed."""

import math

from studio.core.job_checks import SIZE_RANGE
from studio.core.model import Defaults

SHAPES: tuple[tuple[str, int, int], ...] = (
    ("1:1", 1, 1),
    ("3:2", 3, 2),
    ("2:3", 2, 3),
    ("16:9", 16, 9),
    ("9:16", 9, 16),
)
MORE_SHAPES: tuple[tuple[str, int, int], ...] = (
    ("4:3", 4, 3),
    ("3:4", 3, 4),
    ("5:4", 5, 4),
    ("4:5", 4, 5),
    ("21:9", 21, 9),
)
# What a side grows by: a latent stands for 8 pixels, and many models pack latents in pairs, or squeeze more.
SIZE_STEP = 16
UNKNOWN_SIDE = 512  # for a model that does not say how large its pictures are


def native_size(defaults: Defaults) -> tuple[int, int]:
    """Width and height that the model was made for."""
    width = defaults.width or defaults.height or UNKNOWN_SIDE
    return width, defaults.height or width


def snapped(side: int) -> int:
    """The nearest multiple of the step within the sizes that can be made."""
    least, most = SIZE_RANGE
    return min(max(round(side / SIZE_STEP) * SIZE_STEP, least), most)


def shape_size(name: str, defaults: Defaults) -> tuple[int, int]:
    """Width and height of a shape with about as many pixels as the model was made for."""
    across, down = next((across, down) for shape, across, down in (*SHAPES, *MORE_SHAPES) if shape == name)
    native = native_size(defaults)
    if across * native[1] == down * native[0]:
        return native
    area = native[0] * native[1]
    return snapped(round(math.sqrt(area * across / down))), snapped(round(math.sqrt(area * down / across)))


def other_side(side: int, ratio: float) -> int:
    """The nearest side that can be made which is `ratio` times as long."""
    return max(SIZE_STEP, round(side * ratio / SIZE_STEP) * SIZE_STEP)


def shape_of(width: int, height: int, defaults: Defaults) -> str:
    """The shape that has exactly this size; empty for a size of the person's own."""
    return next(
        (name for name, _, _ in (*SHAPES, *MORE_SHAPES) if shape_size(name, defaults) == (width, height)), ""
    )
