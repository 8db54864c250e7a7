"""How layers lie over each other: straight alpha, from the lowest layer up, each blended in its own way."""

from collections.abc import Mapping, Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.core.edits import Region
from studio.core.layers import Blending, Document, Layer
from studio.media.blending import blended
from studio.media.planes import TILE, Pixels, Plane
from studio.media.scratch import Scratch

Weight = NDArray[np.float32]  # 0…255

# What is clear above and below keeps the colour that it hides; too little to be seen beside any alpha.
_HIDDEN = np.float32(0.01)


def composite(document: Document, planes: Mapping[str, Plane], region: Region) -> Pixels:
    """What the visible layers show in the region: (height, width, 4), clear where nothing is.

    A single layer shows its very bytes, and so does one that is normal and opaque over what lies below.
    """
    shown = np.zeros((max(0, region.height), max(0, region.width), 4), np.uint8)
    layers = [(layer, planes[layer.plane]) for layer in document.layers if _shows(layer)]
    if len(layers) == 1 and layers[0][0].opacity == 1:
        return layers[0][1].read(region)
    inside, scratch = region.within(document.width, document.height), Scratch()
    for top in _cuts(inside.top, inside.bottom):
        for left in _cuts(inside.left, inside.right):
            right = min(inside.right, (left // TILE + 1) * TILE)
            bottom = min(inside.bottom, (top // TILE + 1) * TILE)
            part = _put_together(layers, Region(left, top, right - left, bottom - top), scratch)
            if part is not None:
                y, x = top - region.top, left - region.left
                shown[y : y + part.shape[0], x : x + part.shape[1]] = part
    return shown


def over(below: Pixels, above: Pixels, weight: Weight, scratch: Scratch) -> Pixels:
    """Colours laid over a picture, both (height, width, 4); `weight` (height, width) is the alpha of those
    above, whose own does not count. The result is in the scratch, until the next one.

    With a for alpha: a = a₁ + a₀ (1 - a₁) and colour = (c₁ a₁ + c₀ a₀ (1 - a₁)) / a, after Porter and Duff,
    Compositing Digital Images (1984), without premultiplied colours.
    """
    size = weight.shape
    alpha = cv2.extractChannel(below, 3, scratch.bytes("alpha", *size))
    beneath, total = scratch.floats("beneath", *size), scratch.floats("total", *size)
    np.multiply(weight, np.float32(-1 / 255), out=total)
    total += np.float32(1)
    np.multiply(total, alpha, out=beneath)
    np.add(beneath, weight, out=total)
    total += np.float32(0.5)
    np.copyto(alpha, total, casting="unsafe")
    beneath += _HIDDEN
    # It divides by the sum of both weights, as the formula does.
    shown = cv2.blendLinear(above, below, weight, beneath, scratch.bytes("shown", *below.shape))
    cv2.insertChannel(alpha, shown, 3)
    return cast(Pixels, shown)


def _shows(layer: Layer) -> bool:
    return layer.visible and layer.kind != "mask" and layer.opacity > 0


def _cuts(start: int, end: int) -> Sequence[int]:
    """Where tiles begin between two places, and the first of these."""
    return [start, *range((start // TILE + 1) * TILE, end, TILE)] if start < end else []


def _put_together(layers: list[tuple[Layer, Plane]], region: Region, scratch: Scratch) -> Pixels | None:
    """The region, which lies in one tile; None where no layer has anything there."""
    at = region.top // TILE, region.left // TILE
    there = [(layer, plane.read(region)) for layer, plane in layers if plane.tile(at) is not None]
    # What an opaque layer hides is not put together.
    first = next((place for place in reversed(range(len(there))) if _hides(*there[place])), 0)
    shown: Pixels | None = None
    for layer, pixels in there[first:]:
        if shown is None and layer.opacity == 1:
            shown = pixels
            continue
        alpha = cv2.extractChannel(pixels, 3)
        if not alpha.any():
            continue
        weight = scratch.floats("weight", *alpha.shape)
        np.multiply(alpha, np.float32(layer.opacity), out=weight)
        below = np.zeros_like(pixels) if shown is None else shown
        if shown is not None and layer.blending is not Blending.NORMAL:
            pixels = blended(below, pixels, layer.blending)
        shown = over(below, pixels, weight, scratch).copy()
    return shown


def _hides(layer: Layer, pixels: Pixels) -> bool:
    whole = layer.opacity == 1 and layer.blending is Blending.NORMAL
    return whole and bool((cv2.extractChannel(pixels, 3) == 255).all())
