"""What a stroke is painted with."""

import msgspec

BRUSH_SIZES = (1.0, 2000.0)  # pixels


class Brush(msgspec.Struct, frozen=True, kw_only=True):
    """A round brush.

    Attributes:
        size: its diameter in pixels of the picture, at full pressure.
        hardness: 0…1, the part of the radius within which it covers wholly; from there it falls off softly.
        opacity: 0…1, the most that one stroke covers, however often it goes over itself.
        colour: #RRGGBB, which paints the active layer; "" paints the selection.
    """

    size: float = 60.0
    hardness: float = 0.8
    opacity: float = 1.0
    colour: str = ""
