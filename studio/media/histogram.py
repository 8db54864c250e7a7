"""Count the values of pixels by channel: RGBA with straight alpha; what shows less counts less."""

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.media.selection import Mask, Pixels

Counts = NDArray[np.float64]  # (4, 256): luma, red, green and blue


def counted(pixels: Pixels, mask: Mask | None = None) -> Counts:
    """How often each value occurs in (h, w, 4), a pixel as much as it shows and as `mask`, (h, w), chooses
    it; None chooses all. Luma is that of BT.601, as OpenCV's grey is."""
    weight = pixels[:, :, 3].astype(np.float64) / 255
    if mask is not None:
        weight *= mask.astype(np.float64) / 255
    colours = np.ascontiguousarray(pixels[:, :, :3])
    luma = np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY))
    counts = np.empty((4, 256))
    for row, values in zip(counts, (luma, *np.moveaxis(colours, 2, 0)), strict=True):
        row[:] = np.bincount(values.ravel(), weight.ravel(), 256)
    return counts
