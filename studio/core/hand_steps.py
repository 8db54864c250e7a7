"""What is done to a picture without a model, step by step, as its recipe remembers it."""

import msgspec

from studio.core.adjustments import Adjustment


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


Shaping = Crop | Rotate | Flip | Resize
HandStep = Shaping | Adjustment
