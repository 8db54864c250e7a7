"""Pixels of a document as pictures of Qt, and back.

Imported once a document is open: numpy takes its time.
"""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from studio.core.edits import Region
from studio.core.layers import SELECTION
from studio.session.edit_views import View

Pixels = NDArray[np.uint8]


def image_of(pixels: Pixels) -> QImage:
    """A copy of (h, w, 4) RGBA with straight alpha."""
    height, width = pixels.shape[:2]
    data = np.ascontiguousarray(pixels)
    return QImage(data.data, width, height, width * 4, QImage.Format.Format_RGBA8888).copy()


def pixels_of(image: QImage) -> Pixels:
    """A copy as (h, w, 4) RGBA with straight alpha."""
    straight = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(straight.constBits(), np.uint8).reshape(straight.height(), straight.bytesPerLine())
    return rows[:, : straight.width() * 4].reshape(straight.height(), straight.width(), 4).copy()


def seen_through(pixels: Pixels, mask: Pixels) -> Pixels:
    """(h, w, 4): as opaque as the mask, (h, w), is white there."""
    shown = pixels.copy()
    shown[..., 3] = (pixels[..., 3].astype(np.uint16) * mask + 127) // 255
    return shown


def cut_out_of(view: View, region: Region, alone: bool = False) -> QImage:
    """What is chosen in that region, as softly as it is chosen; all of it where the region is empty. `alone`:
    of the active layer, not of all that is seen. For any thread."""
    layer = view.state.active_layer if alone else None
    pixels = view.planes[layer.plane].read(view.planes[SELECTION].region) if layer else view.pixels()
    if region.is_empty:
        return image_of(pixels)
    rows, columns = slice(region.top, region.bottom), slice(region.left, region.right)
    return image_of(seen_through(pixels[rows, columns], view.planes[SELECTION].read(region)))
