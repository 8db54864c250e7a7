"""A Pillow canvas in units of the picture's height, drawn large and reduced, so that edges are smooth."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

Pen = ImageDraw.ImageDraw
Stroke = Callable[..., None]  # one of a pen's methods


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`first` with `share` (0 to 1) of `second` in it."""
    return (
        round(first[0] + (second[0] - first[0]) * share),
        round(first[1] + (second[1] - first[1]) * share),
        round(first[2] + (second[2] - first[2]) * share),
    )


def jitter(rng: random.Random, colour: Colour, spread: int) -> Colour:
    """`colour` moved a little, all channels mostly together."""
    shift = rng.randint(-spread, spread)
    red, green, blue = (min(255, max(0, c + shift + rng.randint(-spread // 2, spread // 2))) for c in colour)
    return (red, green, blue)


def oversampling(height: int) -> int:
    """How many times larger a picture is drawn than it will be: large ones need it less."""
    return 3 if height <= 192 else 2


class Canvas:
    """Shapes in a coordinate system whose height is 1 and whose width is `self.width`.

    Styles are canvases that lay shapes down or finish in their own way (see `styles`).

    Attributes:
        rims: whether things at night get a rim of light, so as to stand out from the dark.
        seed: what a style's texture is drawn from.
    """

    rims = True

    def __init__(self, background: Image.Image, width: int, height: int, seed: int = 0) -> None:
        self.size = (width, height)
        self.seed = seed
        self.width = width / height
        self.image = background.resize(self.large(), Image.Resampling.BICUBIC)
        self.scale = self.image.height
        self.pen = ImageDraw.Draw(self.image)

    def large(self) -> tuple[int, int]:
        """The size in which shapes are drawn, in pixels."""
        times = oversampling(self.size[1])
        return self.size[0] * times, self.size[1] * times

    def lay(self, stroke: Stroke, xy: Sequence[Any], colour: Colour, **more: Any) -> None:
        """Lay one shape down: the pen's `stroke` over `xy`, in pixels."""
        stroke(self.pen, xy, fill=colour, **more)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        self.lay(Pen.polygon, self._pixels(points), colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        self.oval(x, y, radius, radius, colour)

    def oval(self, x: float, y: float, across: float, down: float, colour: Colour) -> None:
        self.lay(Pen.ellipse, self._around(x, y, across, down), colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        self.lay(Pen.rectangle, self._pixels(((left, top), (right, bottom))), colour)

    def line(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        self.lay(Pen.line, self._pixels(points), colour, width=self._width(width), joint="curve")

    def arc(self, x: float, y: float, radius: Point, span: Point, colour: Colour, width: float) -> None:
        around = self._around(x, y, *radius)
        self.lay(Pen.arc, around, colour, start=span[0], end=span[1], width=self._width(width))

    def slice(self, x: float, y: float, radius: float, span: Point, colour: Colour) -> None:
        self.lay(Pen.pieslice, self._around(x, y, radius, radius), colour, start=span[0], end=span[1])

    def below(self, heights: Sequence[float], colour: Colour) -> None:
        """Fill everything under a curve given by heights at equal steps from left to right."""
        step = self.width / (len(heights) - 1)
        curve = [(i * step, y) for i, y in enumerate(heights)]
        self.polygon([*curve, (self.width, 1.01), (0.0, 1.01)], colour)

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        """A soft light around a point, `strength` (0 to 1) in its middle; it is no piece of its own."""
        size = max(2, round(2 * radius * self.scale))
        corner = round((x - radius) * self.scale), round((y - radius) * self.scale)
        self.image.paste(colour, corner, _halo(size, strength))

    def veil(self, top: float, bottom: float, colour: Colour, strength: float) -> None:
        """Haze that thickens from `top` down to `strength` (0 to 1) at `bottom`."""
        first, last = round(top * self.scale), round(bottom * self.scale)
        thick = np.linspace(0, 255 * strength, last - first).astype(np.uint8)
        mask = Image.fromarray(np.repeat(thick[:, None], self.image.width, 1))
        self.image.paste(colour, (0, first), mask)

    def finish(self) -> Image.Image:
        return self.image.reduce(self.scale // self.size[1])

    def _pixels(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self.scale, y * self.scale) for x, y in points]

    def _around(self, x: float, y: float, across: float, down: float) -> list[Point]:
        return self._pixels(((x - across, y - down), (x + across, y + down)))

    def _width(self, width: float) -> int:
        return max(1, round(width * self.scale))


@lru_cache(256)
def _halo(size: int, strength: float) -> Image.Image:
    """A disc that fades to its edge, as a mask."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    fading = np.clip(1 - np.hypot(x, y), 0, 1) ** 1.6
    return Image.fromarray((255 * strength * fading).astype(np.uint8))


def waves(rng: random.Random, level: float, swing: float, count: float, steps: int = 49) -> list[float]:
    """A calm curve around `level`: two sines with `count` waves across the picture."""
    first, second = rng.uniform(0, 6.28), rng.uniform(0, 6.28)
    return [
        level
        + swing * math.sin(first + count * 6.28 * i / (steps - 1))
        + 0.4 * swing * math.sin(second + 1.9 * count * 6.28 * i / (steps - 1))
        for i in range(steps)
    ]


def gradient(stops: Sequence[Colour], rows: int, columns: int, horizon: float) -> np.ndarray:
    """Rows of colour from the top of the picture to the horizon, as floats (rows, columns, 3)."""
    places = np.linspace(0, horizon, len(stops))
    y = np.linspace(0, 1, rows)
    bands = [np.interp(y, places, [stop[c] for stop in stops]) for c in range(3)]
    return np.repeat(np.stack(bands, -1)[:, None, :], columns, axis=1)
