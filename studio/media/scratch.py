"""Arrays that are used again and again: fresh memory for one costs more than what is computed in it."""

import math

import numpy as np
from numpy.typing import NDArray


class Scratch:
    """Each name has one array at a time, which holds anything. For one thread."""

    def __init__(self) -> None:
        self._floats: dict[str, NDArray[np.float32]] = {}
        self._bytes: dict[str, NDArray[np.uint8]] = {}

    def floats(self, name: str, *shape: int) -> NDArray[np.float32]:
        size = math.prod(shape)
        if (array := self._floats.get(name)) is None or array.size < size:
            array = self._floats[name] = np.empty(size, np.float32)
        return array[:size].reshape(shape)

    def bytes(self, name: str, *shape: int) -> NDArray[np.uint8]:
        size = math.prod(shape)
        if (array := self._bytes.get(name)) is None or array.size < size:
            array = self._bytes[name] = np.empty(size, np.uint8)
        return array[:size].reshape(shape)
