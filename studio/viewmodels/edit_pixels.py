"""Pixels of a document as pictures of Qt, and back."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage


def image_of(pixels: NDArray[np.uint8]) -> QImage:
    """A copy of (h, w, 4) RGBA with straight alpha."""
    height, width = pixels.shape[:2]
    data = np.ascontiguousarray(pixels)
    return QImage(data.data, width, height, width * 4, QImage.Format.Format_RGBA8888).copy()


def pixels_of(image: QImage) -> NDArray[np.uint8]:
    """A copy as (h, w, 4) RGBA with straight alpha."""
    straight = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(straight.constBits(), np.uint8).reshape(straight.height(), straight.bytesPerLine())
    return rows[:, : straight.width() * 4].reshape(straight.height(), straight.width(), 4).copy()
