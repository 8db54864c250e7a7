"""How far a picture goes over into another one where a mask says so."""

import cv2
import numpy as np
from numpy.typing import NDArray

CHOSEN = 128  # of a mask's 255: from there on a place is wholly the new picture's

Weight = NDArray[np.float32]


def weight_of(mask: NDArray[np.uint8], feather: int) -> Weight:
    """How much the new counts, 0…1: as the mask says, all of it from its half on, and falling smoothly from
    there to nothing at so many pixels outside."""
    weight = np.where(mask >= CHOSEN, np.float32(1), mask.astype(np.float32) / 255)
    if feather and (mask >= CHOSEN).any():
        away = cv2.distanceTransform((mask < CHOSEN).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        near = np.clip(1 - away / feather, 0, 1)
        weight = np.maximum(weight, near * near * (3 - 2 * near))
    return weight.astype(np.float32)
