"""The tone of what a model painted, brought in line with the picture around it, so that no edge shows."""

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.media.pasting import Weight
from studio.runtime.pictures.surroundings import flowing

Pixels = NDArray[np.uint8]

_ALIKE = 24  # of 255: what differs by more around the place is other things, not another tone
_LEAST = 16  # pixels that have to be alike, or nothing can be said of the tone


def toned(old: Pixels, new: Pixels, weight: Weight) -> Pixels:
    """`new`, [height, width, 3], in the tone of `old`, which has the same size and maybe an alpha channel.

    Where the new passes into the old, by the weight, both show the same place. How they differ there flows
    into the new, and fades with the distance; where they show different things, it says nothing.
    """
    both = (weight > 0) & (weight < 1)
    if old.shape[2] == 4:
        both &= old[:, :, 3] == 255
    other = old[:, :, :3].astype(np.float32) - new
    known = both * np.exp(-np.square(np.abs(other).max(axis=2) / _ALIKE), dtype=np.float32)
    if known.sum() < _LEAST:
        return new
    tone = flowing(other * known[:, :, None], known)
    away = cv2.distanceTransform((weight >= 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    tone *= np.exp(-away / (max(weight.shape) / 4))[:, :, None]
    return np.rint((new + tone * (weight > 0)[:, :, None]).clip(0, 255)).astype(np.uint8)
