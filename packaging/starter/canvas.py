"""A Pillow canvas in units of the picture's height, drawn large and reduced, so that edges are smooth."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

OVERSAMPLING = 3


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


class Canvas:
    """Shapes in a coordinate system whose height is 1 and whose width is `self.width`."""

    def __init__(self, background: Image.Image, width: int, height: int) -> None:
        self.size = (width, height)
        self.scale = height * OVERSAMPLING
        self.width = width / height
        large = (width * OVERSAMPLING, height * OVERSAMPLING)
        self.image = background.resize(large, Image.Resampling.BICUBIC)
        self.pen = ImageDraw.Draw(self.image)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        self.pen.polygon([(x * self.scale, y * self.scale) for x, y in points], fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        self.oval(x, y, radius, radius, colour)

    def oval(self, x: float, y: float, across: float, down: float, colour: Colour) -> None:
        s = self.scale
        box = ((x - across) * s, (y - down) * s, (x + across) * s, (y + down) * s)
        self.pen.ellipse(box, fill=colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        s = self.scale
        self.pen.rectangle((left * s, top * s, right * s, bottom * s), fill=colour)

    def line(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        scaled = [(x * self.scale, y * self.scale) for x, y in points]
        self.pen.line(scaled, fill=colour, width=max(1, round(width * self.scale)), joint="curve")

    def arc(self, x: float, y: float, radius: Point, span: Point, colour: Colour, width: float) -> None:
        s = self.scale
        box = ((x - radius[0]) * s, (y - radius[1]) * s, (x + radius[0]) * s, (y + radius[1]) * s)
        self.pen.arc(box, span[0], span[1], fill=colour, width=max(1, round(width * s)))

    def slice(self, x: float, y: float, radius: float, span: Point, colour: Colour) -> None:
        s = self.scale
        box = ((x - radius) * s, (y - radius) * s, (x + radius) * s, (y + radius) * s)
        self.pen.pieslice(box, span[0], span[1], fill=colour)

    def below(self, heights: Sequence[float], colour: Colour) -> None:
        """Fill everything under a curve given by heights at equal steps from left to right."""
        step = self.width / (len(heights) - 1)
        curve = [(i * step, y) for i, y in enumerate(heights)]
        self.polygon([*curve, (self.width, 1.01), (0.0, 1.01)], colour)

    def finish(self) -> Image.Image:
        return self.image.reduce(OVERSAMPLING)


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
