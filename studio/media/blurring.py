"""Blur what lies in a picture: masks, and colours that count by their alpha."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

EXACT = 6.0  # standard deviations up to this, in pixels, are blurred in full size

Values = NDArray[Any]  # (h, w) or (h, w, c) of 8 or 16 bits without sign


def blurred(values: Values, sigma: float) -> Values:
    """A Gaussian blur; a wide one is made of a reduced picture, which it cannot be told from. Beyond the
    edges lies what lies at them."""
    height, width = values.shape[:2]
    soft = _small_blur(values, sigma)
    if soft.shape[:2] == (height, width):
        return soft
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR))


def blurred_colours(pixels: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
    """Of RGBA (h, w, 4) the blurred colours, (h, w, 3): each pixel counts by its alpha, so that what is
    hidden under transparent ones does not come out as a fringe. Where nothing near shows they are as they
    were."""
    colours, alpha = np.ascontiguousarray(pixels[:, :, :3]), pixels[:, :, 3:]
    if pixels.size == 0 or int(alpha.min()) == 255:
        return blurred(colours, sigma) if pixels.size else colours
    height, width = pixels.shape[:2]
    weighed = pixels.astype(np.uint16)
    weighed[:, :, 3] = 255
    weighed *= alpha
    soft = _small_blur(weighed, sigma)
    shows = np.maximum(soft[:, :, 3:], 1)
    found = np.clip(soft[:, :, :3] * np.float32(255) / shows + 0.5, 0, 255).astype(np.uint8)
    seen = np.ascontiguousarray(soft[:, :, 3])
    if seen.shape != (height, width):
        found = cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR)
        seen = cv2.resize(seen, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.where(np.asarray(seen)[:, :, None] > 0, np.asarray(found, np.uint8), colours)


def _small_blur(values: Values, sigma: float) -> Values:
    """Blurred in the size that is fine enough for that."""
    height, width = values.shape[:2]
    factor = max(1.0, sigma / EXACT)
    if factor > 1:
        small = max(1, round(width / factor)), max(1, round(height / factor))
        values = np.asarray(cv2.resize(values, small, interpolation=cv2.INTER_AREA))
    across, down = sigma * values.shape[1] / width, sigma * values.shape[0] / height
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.GaussianBlur(values, (0, 0), across, sigmaY=down, borderType=border))
