"""A hole in a picture filled from what is around it, without a model."""

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def filled_from_around(pixels: Pixels, hole: NDArray[np.bool_]) -> Pixels:
    """[height, width, 3] with the places of `hole`, [height, width], in the colours around them, which flow
    into each other; what has nothing around it stays.

    Push and pull (Gortler et al., The Lumigraph, SIGGRAPH 1996): known colours are averaged to ever smaller
    pictures until nothing is unknown, and what is unknown in each is taken from the next smaller one.
    """
    if hole.all() or not hole.any():
        return pixels
    known = (~hole).astype(np.float32)
    filled = flowing(pixels.astype(np.float32) * known[:, :, None], known)
    made = pixels.copy()
    made[hole] = np.rint(filled[hole]).clip(0, 255)
    return made


def flowing(colours: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float32]:
    """`colours` are already multiplied by how much of each place is `known`, 0…1."""
    high, wide = known.shape
    own = colours / np.maximum(known, 1e-6)[:, :, None]
    if known.min() > 0 or (high, wide) == (1, 1):
        return own
    size = (max(1, wide // 2), max(1, high // 2))
    smaller = flowing(
        cv2.resize(colours, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], 3),
        cv2.resize(known, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0]),
    )
    beneath = cv2.resize(smaller, (wide, high), interpolation=cv2.INTER_LINEAR).reshape(high, wide, 3)
    share = np.minimum(known, 1)[:, :, None]
    return own * share + beneath * (1 - share)
