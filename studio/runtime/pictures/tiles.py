"""A picture done in tiles by a model that sees only a part of it at once, put together without seams.

Each tile is cut with more around it than is used, and passes over its left and upper neighbours smoothly.
"""

import math
from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.core.messages import Stage
from studio.runtime.desk import Desk
from studio.runtime.failures import out_of_memory
from studio.runtime.residency import empty_caches

AROUND = 16  # pixels of the picture that a model sees beyond a tile
BLEND = 8  # pixels of the picture over which a tile passes into those before it
SIDES = (512, 384, 256, 192, 128, 96, 64)  # of tiles, the largest first
MULTIPLE = 16  # what sides are padded to: the windows of most models divide it

Enlarge = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]


class Span(NamedTuple):
    """A tile along one side.

    Attributes:
        begin, end: what of the picture is cut.
        low, high: what of that is used, in pixels of the picture from `begin`.
        first, length: its place in the result.
        blend: how much of it passes into the tile before it, in pixels of the result.
    """

    begin: int
    end: int
    low: float
    high: float
    first: int
    length: int
    blend: int


class Tiles:
    """How a model does pictures in tiles.

    Attributes:
        side: of a tile, in pixels; it shrinks when memory runs out, and stays so.
    """

    def __init__(self, enlarge: Enlarge, scale: int, side: int) -> None:
        """`enlarge` takes and gives arrays of shape (height, width, 3), the result `scale` times as large."""
        self.side = side
        self._enlarge = enlarge
        self._scale = scale

    def resized(self, picture: Image.Image, size: tuple[int, int], desk: Desk) -> Image.Image:
        """The RGB picture at that size: by the model, and the rest of the way by Lanczos.

        Raises what the model raises; MemoryError and the like only for the smallest tiles.
        """
        while True:
            try:
                return self._done(picture, size, desk)
            except (RuntimeError, MemoryError) as error:
                smaller = next((side for side in SIDES if side < self.side), None)
                if not out_of_memory(error) or smaller is None:
                    raise
                self.side = smaller
            empty_caches()  # not before here: the traceback held what did not fit
            desk.note("smaller_tiles", side=self.side)

    def _done(self, picture: Image.Image, size: tuple[int, int], desk: Desk) -> Image.Image:
        made = Image.new("RGB", size)
        columns, rows = (spans(*sides, self.side) for sides in zip(picture.size, size, strict=True))
        for number, (row, column) in enumerate(product(rows, columns)):
            desk.phase(Stage.WORKING, number, len(rows) * len(columns))
            pixels = np.asarray(picture.crop((column.begin, row.begin, column.end, row.end)))
            large = Image.fromarray(self._enlarge(padded(pixels)))
            used = tuple(side * self._scale for side in (column.low, row.low, column.high, row.high))
            part = large.resize((column.length, row.length), Image.Resampling.LANCZOS, used)
            made.paste(part, (column.first, row.first), _weights(row, column))
        return made


def spans(source: int, result: int, side: int) -> list[Span]:
    """Tiles of about `side` pixels along a side of the picture, which is `result` pixels long in the end."""
    count, across, made = -(-source // side), source / result, list[Span]()
    for number in range(count):
        first, last = (result * one // count for one in (number, number + 1))
        blend = round(BLEND / across) if number else 0
        first -= blend
        begin = max(0, math.floor(first * across) - AROUND)
        end = min(source, math.ceil(last * across) + AROUND)
        low, high = first * across - begin, min(last * across, source) - begin
        made.append(Span(begin, end, low, high, first, last - first, blend))
    return made


def padded(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """With its last row and column repeated, until windows divide it."""
    rows, columns = (-side % MULTIPLE for side in pixels.shape[:2])
    return np.pad(pixels, ((0, rows), (0, columns), (0, 0)), mode="edge")


def _weights(row: Span, column: Span) -> Image.Image:
    """How much of a tile counts at each place of it, as a grey picture."""
    down, right = (np.clip(np.arange(1, span.length + 1) / (span.blend + 1), 0, 1) for span in (row, column))
    return Image.fromarray(np.rint(np.outer(down, right) * 255).astype(np.uint8))
