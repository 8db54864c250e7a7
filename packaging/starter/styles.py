"""The styles a postcard is drawn in: canvases that lay shapes down, or finish, in their own way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from canvas import Canvas, Colour, Stroke
from PIL import Image, ImageDraw, ImageFilter

# Pictures are worked on plane by plane, (3, height, width): three times as fast in numpy as pixel by pixel.
INK = np.array((52, 48, 66), np.float32)[:, None, None]
CREAM = np.array((252, 247, 235), np.float32)[:, None, None]
FOUR = "CMYK"  # Pillow's mode for four channels of which none is taken for transparency
DUSK = np.array((7, 5, 22), np.float32)[:, None, None]


class Pieces(Canvas):
    """A canvas that also notes which piece lies where: each run of shapes in one colour is a piece.

    Attributes:
        depth: for each pixel its piece's number, later ones on top; the background is 0.
    """

    rims = False

    def __init__(self, background: Image.Image, width: int, height: int, seed: int = 0) -> None:
        super().__init__(background, width, height, seed)
        self.depth = Image.new("L", self.image.size)
        self.piece = 0
        self.last: Colour | None = None
        self._notes = ImageDraw.Draw(self.depth)

    def lay(self, stroke: Stroke, xy: Sequence[Any], colour: Colour, **more: Any) -> None:
        super().lay(stroke, xy, colour, **more)
        if colour != self.last:
            self.piece, self.last = min(self.piece + 1, 255), colour
        stroke(self._notes, xy, fill=self.piece, **more)

    def outlines(self, thickness: float) -> Image.Image:
        """White along the edges, inside the upper piece, `thickness` of the picture's height wide; small."""
        depth = np.asarray(self.depth)
        step = max(1, round(thickness * self.scale))
        edge = np.zeros(depth.shape, bool)
        edge[:, step:] |= depth[:, step:] > depth[:, :-step]
        edge[:, :-step] |= depth[:, :-step] > depth[:, step:]
        edge[step:] |= depth[step:] > depth[:-step]
        edge[:-step] |= depth[:-step] > depth[step:]
        return self.reduced(Image.fromarray(edge.view(np.uint8) * np.uint8(255)))

    def reduced(self, image: Image.Image) -> Image.Image:
        return image.reduce(self.scale // self.size[1])

    def colours(self) -> np.ndarray:
        """What was drawn, at the picture's size: (3, height, width), 0 to 255."""
        return _planes(self.reduced(self.image))

    def grain(self) -> np.ndarray:
        """Paper's grain: normal noise, (height, width)."""
        columns, rows = self.size
        noise = np.random.default_rng(self.seed).standard_normal((rows, columns), np.float32)
        noise[1:] += noise[:-1]
        return 0.7 * noise

    def clouds(self, cells: int) -> np.ndarray:
        """Soft noise from 0 to 1 with about `cells` blotches down the picture: (height, width)."""
        columns = max(2, round(cells * self.width))
        coarse = np.random.default_rng(self.seed + cells).integers(0, 256, (cells, columns), np.uint8)
        soft = Image.fromarray(coarse).resize(self.size, Image.Resampling.BICUBIC)
        return _share(soft)


class Paper(Pieces):
    """Cut-out paper: the sky in strips, each piece with a lit edge and its shadow on what lies below."""

    STRIPS = 5
    SHADOW = 0.017  # how far a shadow falls, in units of the picture's height

    def __init__(self, background: Image.Image, width: int, height: int, seed: int = 0) -> None:
        super().__init__(background, width, height, seed)
        sky = background.crop((0, 0, width, round(0.66 * height)))
        strips = np.asarray(sky.resize((1, self.STRIPS), Image.Resampling.BOX))[:, 0].tolist()
        for i, (red, green, blue) in enumerate(strips):
            level = 0.66 * i / self.STRIPS
            self.below([level + 0.012 * np.sin(1.3 * x + 2.2 * i) for x in range(13)], (red, green, blue))

    def finish(self) -> Image.Image:
        here = np.asarray(self.reduced(self.depth), np.int16)
        shadow = self._fallen(here, self.SHADOW)
        lit = self._fallen(here, -0.008)
        colours = self.colours()
        grey = colours.mean(0)
        calm = 20 + 0.93 * (colours + 0.14 * (grey - colours))
        shaded = calm * (1 - 0.45 * shadow) + 26 * (lit * (1 - shadow))
        return _picture(shaded + 2 * self.grain() + 6 * (self.clouds(9) - 0.5))

    def _fallen(self, here: np.ndarray, distance: float) -> np.ndarray:
        """Where higher pieces lie `distance` up and to the left, softly: (height, width), 0 to 1."""
        far = distance * self.size[1]
        step = round(far)
        above = np.roll(here, (step, round(0.6 * far)), (0, 1))
        above[: max(step, 0)] = 0
        over = ((above > here) if distance > 0 else (above < here)).view(np.uint8) * np.uint8(255)
        soft = Image.fromarray(over).filter(ImageFilter.GaussianBlur(abs(far) * 0.55))
        return _share(soft)


class Pixels(Canvas):
    """Pixel art: few large cells, the same number of them at any size, in few colours."""

    COLOURS = 28
    FINE = 4  # how many times finer than its cells it is drawn
    CRISP = 0.6  # how much of a cell's colour is that of its middle, the rest being its mean
    DITHER = np.array(((0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5)), np.float32) / 15 - 0.5

    def cells(self) -> tuple[int, int]:
        rows = 40 if self.size[1] > self.size[0] else 32
        return round(rows * self.size[0] / self.size[1]), rows

    def large(self) -> tuple[int, int]:
        columns, rows = self.cells()
        return columns * self.FINE, rows * self.FINE

    def finish(self) -> Image.Image:
        columns, rows = self.cells()
        middles = self.image.resize((columns, rows), Image.Resampling.NEAREST)
        cells = _planes(Image.blend(self.image.reduce(self.FINE), middles, self.CRISP))
        dither = np.tile(self.DITHER, (rows // 4 + 1, columns // 4 + 1))[:rows, :columns]
        vivid = cells + 0.15 * (cells - cells.mean(0)) + 7 * dither
        few = _picture(vivid).quantize(
            self.COLOURS, Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE
        )
        return few.convert("RGB").resize(self.size, Image.Resampling.NEAREST)


class Lines(Pieces):
    """A drawing in ink on cream paper, under a light wash."""

    def finish(self) -> Image.Image:
        ink = _share(self.outlines(0.0055))
        colours = self.colours()
        coloured = _colourful(colours)
        wash = colours + 0.45 * coloured * (_bright(colours) - colours)
        black = (1 - coloured) * (1 - colours.max(0) / 255)
        paper = CREAM + (wash - CREAM) * (0.48 + 0.35 * black + 0.12 * (self.clouds(7) - 0.5))
        return _picture(paper + (INK - paper) * (0.92 * ink) + 1.5 * self.grain())


class Watercolour(Pieces):
    """Washes that gather at their edges and run into each other, on rough paper with a bare margin."""

    WANDER = 0.009  # how far edges stray, in units of the picture's height
    MESH = 8

    def finish(self) -> Image.Image:
        colours = self.reduced(self.image).split()
        drawn = self._strayed(Image.merge(FOUR, (*colours, self.outlines(0.008))))
        blurred = drawn.filter(ImageFilter.GaussianBlur(0.014 * self.size[1]))
        bleed = np.clip(2.2 * self.clouds(6) - 0.9, 0.1, 0.6)
        both = _planes(drawn)
        both += (_planes(blurred) - both) * bleed
        pigment = 0.8 + 0.5 * (self.clouds(5) - 0.5) + 0.34 * (self.clouds(19) - 0.5)
        pigment = (pigment + 0.45 * both[3] / 255 + 0.05 * self.grain()) * self._painted()
        return _picture(CREAM * (np.maximum(both[:3], 24) / 255) ** (0.92 * pigment))

    def _strayed(self, drawn: Image.Image) -> Image.Image:
        far = self.WANDER * self.size[1]
        moves = np.random.default_rng(self.seed).uniform(-far, far, (self.MESH + 1, self.MESH + 1, 2))
        x, y = (np.linspace(0, length, self.MESH + 1).round().astype(int).tolist() for length in self.size)
        mesh = []
        for row in range(self.MESH):
            for column in range(self.MESH):
                corners = ((row, column), (row + 1, column), (row + 1, column + 1), (row, column + 1))
                quad = [v for r, c in corners for v in (x[c] + moves[r, c, 0], y[r] + moves[r, c, 1])]
                mesh.append(((x[column], y[row], x[column + 1], y[row + 1]), tuple(quad)))
        return drawn.transform(self.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)

    def _painted(self) -> np.ndarray:
        """How much of the paper the brush reached: a ragged margin stays nearly bare. (height, width)"""
        columns, rows = self.size
        y, x = (np.minimum(np.arange(n), np.arange(n)[::-1]) / rows for n in (rows, columns))
        inside = np.minimum(y[:, None], x[None]) - 0.03 * self.clouds(13)
        return np.clip(inside / 0.008, 0.06, 1)


class Neon(Pieces):
    """Signs of light in the dark: every piece's outline glows in its colour."""

    def finish(self) -> Image.Image:
        colours = self.colours()
        outline = _share(self.outlines(0.009))
        hue = _saturated(colours)
        power = 0.5 + 0.5 / 255 * colours.max(0)
        light = hue * (power * outline)
        small = _picture(light)
        near = _planes(small.filter(ImageFilter.GaussianBlur(0.016 * self.size[1])))
        haze = small.reduce(4).filter(ImageFilter.GaussianBlur(0.011 * self.size[1]))
        far = _planes(haze.resize(self.size, Image.Resampling.BILINEAR))
        core = 70 * outline**2 * power
        dark = colours - 0.78 * colours.min(0)
        dark *= 1.05 - 0.75 / 255 * dark.max(0)
        return _picture(DUSK + dark + light + core + 0.7 * near + 0.6 * far)


def _bright(colours: np.ndarray) -> np.ndarray:
    """The same hues, each as bright as it goes."""
    return colours * (255 / np.maximum(colours.max(0), 1))


def _saturated(colours: np.ndarray) -> np.ndarray:
    """The same hues, each as bright as it goes and with little grey in it; greys become white."""
    coloured = np.minimum((colours.max(0) - colours.min(0)) / 40, 1)
    return 255 + (_bright(colours - 0.6 * colours.min(0)) - 255) * coloured


def _colourful(colours: np.ndarray) -> np.ndarray:
    """How far from grey each colour is: (height, width), 0 to 1."""
    most = np.maximum(colours.max(0), 1)
    return (most - colours.min(0)) / most


def _planes(image: Image.Image) -> np.ndarray:
    """The image's bands as floats: (bands, height, width), 0 to 255."""
    return np.array([np.asarray(band) for band in image.split()], np.float32)


def _share(image: Image.Image) -> np.ndarray:
    """A grey image as (height, width), 0 to 1."""
    return np.asarray(image, np.float32) / 255


def _picture(planes: np.ndarray) -> Image.Image:
    bands = np.clip(planes, 0, 255).astype(np.uint8)
    return Image.merge("RGB", [Image.fromarray(band) for band in bands])


CANVASES: dict[str, type[Canvas]] = {
    "flat": Canvas,
    "paper": Paper,
    "pixel": Pixels,
    "line": Lines,
    "watercolour": Watercolour,
    "neon": Neon,
}
