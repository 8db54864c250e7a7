"""What becomes of the colours of a layer over others, by its way of blending.

The formulas are those of Compositing and Blending Level 1 (W3C, https://www.w3.org/TR/compositing-1/), as
Photoshop, Krita and browsers have them: B(b, s) of the colour below and the layer's own, both 0…1.
"""

from collections.abc import Callable, Mapping
from functools import cache

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from studio.core.layers import Blending
from studio.media.planes import Pixels

Shares = NDArray[np.float64]  # 0…1
Values = NDArray[np.float32]  # 0…255

_LIGHT = np.array([[0.3, 0.59, 0.11, 0]], np.float32)  # of red, green, blue; of the specification
_NO_MORE = np.empty(0, np.uint16)  # parts of a place, of which whole ones have none
_OPAQUE = 255


def blended(below: Pixels, above: Pixels, blending: Blending) -> Pixels:
    """The colours with which a layer is to be laid over others, all (height, width, 4); alpha holds anything.

    As far as nothing is below, they are the layer's own: (1 - a) s + a B(b, s), a being the alpha below.
    """
    if blending is Blending.NORMAL:
        return above
    found = _found(below, above, blending)
    there = cv2.extractChannel(below, 3)
    if (there != _OPAQUE).any():
        share = there.astype(np.float32)
        found = cv2.blendLinear(found, above, share, _OPAQUE - share)
    return np.asarray(found, np.uint8)


def _found(below: Pixels, above: Pixels, blending: Blending) -> MatLike:
    """B(b, s) of each pixel."""
    if (direct := _DIRECT.get(blending)) is not None:
        return direct(below, above)
    if (formula := _FORMULAS.get(blending)) is not None:
        return _looked_up(below, above, _table(formula))
    match blending:
        case Blending.HUE:
            return _with_light(above, _spread(below), below)
        case Blending.SATURATION:
            return _with_light(below, _spread(above), below)
        case Blending.COLOUR:
            return _with_light(above, _spread(above), below)
        case _:
            return _with_light(below, _spread(below), above)


# Channel by channel.


def _screened(below: MatLike, above: MatLike) -> MatLike:
    """b + s - b s."""
    return cv2.bitwise_not(cv2.multiply(cv2.bitwise_not(below), cv2.bitwise_not(above), scale=1 / 255))


_DIRECT: Mapping[Blending, Callable[[MatLike, MatLike], MatLike]] = {
    Blending.MULTIPLY: lambda below, above: cv2.multiply(below, above, scale=1 / 255),
    Blending.SCREEN: _screened,
    Blending.DARKEN: cv2.min,
    Blending.LIGHTEN: cv2.max,
    Blending.DIFFERENCE: cv2.absdiff,
}


def _hard_light(below: Shares, above: Shares) -> Shares:
    return np.where(above <= 0.5, 2 * below * above, 1 - 2 * (1 - below) * (1 - above))


def _overlay(below: Shares, above: Shares) -> Shares:
    return _hard_light(above, below)


def _soft_light(below: Shares, above: Shares) -> Shares:
    lighter = np.where(below <= 0.25, ((16 * below - 12) * below + 4) * below, np.sqrt(below)) - below
    darker = below * (1 - below)
    return below + (2 * above - 1) * np.where(above <= 0.5, darker, lighter)


def _colour_dodge(below: Shares, above: Shares) -> Shares:
    """min(1, b / (1 - s)); what is black stays so."""
    return below / np.maximum(1 - above, np.where(below == 0, 1, below))


def _colour_burn(below: Shares, above: Shares) -> Shares:
    """1 - min(1, (1 - b) / s); what is white stays so."""
    return 1 - _colour_dodge(1 - below, 1 - above)


def _exclusion(below: Shares, above: Shares) -> Shares:
    return below + above - 2 * below * above


_FORMULAS: Mapping[Blending, Callable[[Shares, Shares], Shares]] = {
    Blending.OVERLAY: _overlay,
    Blending.HARD_LIGHT: _hard_light,
    Blending.SOFT_LIGHT: _soft_light,
    Blending.COLOUR_DODGE: _colour_dodge,
    Blending.COLOUR_BURN: _colour_burn,
    Blending.EXCLUSION: _exclusion,
}


@cache
def _table(formula: Callable[[Shares, Shares], Shares]) -> Pixels:
    """Of all values below, and above: (256, 256)."""
    shares = np.arange(256) / 255
    return np.rint(formula(*np.meshgrid(shares, shares, indexing="ij")) * 255).astype(np.uint8)


def _looked_up(below: Pixels, above: Pixels, table: Pixels) -> MatLike:
    """OpenCV reads a table of two sides as a picture, several times as fast as numpy."""
    height, width = below.shape[:2]
    places = np.empty((height, width * 4, 2), np.int16)  # column, row
    places[..., 0], places[..., 1] = above.reshape(height, -1), below.reshape(height, -1)
    return cv2.remap(table, places, _NO_MORE, cv2.INTER_NEAREST).reshape(below.shape)


# By light and saturation.


def _spread(colours: Pixels) -> Values:
    """The saturation, as the specification has it: from the least channel to the most."""
    least, most = _ends(colours)
    return most - least


def _ends(colours: Pixels) -> tuple[Values, Values]:
    red, green, blue, _ = cv2.split(colours)
    least, most = cv2.min(cv2.min(red, green), blue), cv2.max(cv2.max(red, green), blue)
    return least.astype(np.float32), most.astype(np.float32)


def _with_light(colours: Pixels, spread: Values, lit: Pixels) -> MatLike:
    """SetLum(SetSat(colours, spread), Lum(lit)): what a colour differs from its own light by is scaled to the
    spread, and as far down as the new light leaves room for it (ClipColor)."""
    own = np.asarray(cv2.transform(values := colours.astype(np.float32), _LIGHT), np.float32)
    light = np.asarray(cv2.transform(lit.astype(np.float32), _LIGHT), np.float32)
    least, most = _ends(colours)
    scale = spread / np.maximum(most - least, 1)  # grey differs from its light by nothing
    down, up = (own - least) * scale, (most - own) * scale
    room = _OPAQUE - light
    scale *= light / np.maximum(down, np.where(light > 0, light, 1))
    scale *= room / np.maximum(up, np.where(room > 0, room, 1))
    values -= own[..., None]
    values *= scale[..., None]
    values += light[..., None]
    return cv2.convertScaleAbs(values)
