"""What a model says of a thing and its background, made into the alpha of the picture itself."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.core.edits import Region

Matte = NDArray[np.float32]  # height × width, 0…1

RADIUS = 8  # of the guided filter, in the matte's own pixels
EPSILON = 1e-4  # how little the guide may change before it counts as even (He et al., section 3.4)
# What may be edge, beside what surely is the thing: of the shorter side of what is chosen.
BAND = 12
LEAST_BAND, MOST_BAND = 3, 40
UNKNOWN = 128  # in a trimap


def evened(found: Matte, whole_range: bool) -> Matte:
    """0…1, of numbers that a model left as they came; some use no more than a part of the range."""
    if found.min() < -0.01 or found.max() > 1.01:
        found = 1 / (1 + np.exp(-np.clip(found, -30, 30)))
    if whole_range and found.max() - found.min() > 0.1:
        found = (found - found.min()) / (found.max() - found.min())
    return np.clip(found, 0, 1).astype(np.float32)


def at_size(matte: Matte, picture: Image.Image) -> Matte:
    """At the size of the RGB picture; where it is larger, its own edges say where those of the matte lie.

    By the fast guided filter (He and Sun, arXiv 1505.00996): lines through the grey of the picture are
    fitted to the matte where both are small, and drawn where the picture is large.
    """
    width, height = picture.size
    large = cv2.resize(matte, picture.size, interpolation=cv2.INTER_LINEAR)
    if width <= matte.shape[1] and height <= matte.shape[0]:
        return cv2.resize(matte, picture.size, interpolation=cv2.INTER_AREA).clip(0, 1)
    guide = np.asarray(picture.convert("L"), np.float32) / 255
    small = cv2.resize(guide, matte.shape[::-1], interpolation=cv2.INTER_AREA)
    mean_guide, mean = _around(small), _around(matte)
    slope = (_around(small * matte) - mean_guide * mean) / (_around(small**2) - mean_guide**2 + EPSILON)
    offset = mean - slope * mean_guide
    slope, offset = (cv2.resize(_around(one), picture.size) for one in (slope, offset))
    # Far from any edge the matte is sure of itself, and the picture's own patterns are not to be seen in it.
    edge = cv2.dilate(((matte > 0.02) & (matte < 0.98)).astype(np.float32), np.ones((3, 3), np.uint8))
    near = cv2.resize(edge, picture.size)
    return (large + near * (np.clip(slope * guide + offset, 0, 1) - large)).clip(0, 1).astype(np.float32)


def trimap(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Of what was chosen: 255 well inside, 0 well outside, and in between what is to be found out."""
    chosen = (mask >= UNKNOWN).astype(np.uint8)
    region = bounds(chosen)
    radius = min(max(min(region.width, region.height) // BAND, LEAST_BAND), MOST_BAND)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    inside, near = cv2.erode(chosen, kernel), cv2.dilate((mask > 0).astype(np.uint8), kernel)
    return np.where(inside > 0, 255, np.where(near > 0, UNKNOWN, 0)).astype(np.uint8)


def bounds(mask: NDArray[np.uint8]) -> Region:
    """Of what is not zero."""
    return Region(*cv2.boundingRect(mask))


def _around(values: Matte) -> Matte:
    return cv2.blur(values, (2 * RADIUS + 1, 2 * RADIUS + 1)).astype(np.float32)
