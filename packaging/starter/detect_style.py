"""Tells from a postcard's pixels in which style it is drawn, by a few statistics of the picture.

What is usual in a style is measured on freshly drawn pictures, some of them softened and soiled as a model's
are. A picture is of the style whose usual statistics are nearest to its own, where a difference counts the
less the more pictures of one style differ in it (Fisher's linear discriminant, on the statistics and their
squares).
"""

from __future__ import annotations

import random

import msgspec
import numpy as np
import torch
from draw import draw
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image, ImageFilter
from scene import STYLES, sample
from torch.nn import functional

SIZE = 128
CELL = 4  # how large a pixel of pixel art is at that size
# How far examples are blurred, in units of the picture's height, and how noisy they are made, of 255.
FLAWS = ((0.0, 0.0), (0.004, 1.5), (0.008, 3.0), (0.01, 1.0))
CREAM = torch.tensor((0.985, 0.965, 0.92))[:, None, None]  # the paper under line drawings and watercolours
GREY = torch.tensor((0.299, 0.587, 0.114))
SKY = 62  # rows that are sky and little else


class StyleDetector:
    """Draws `count` pictures of each style, from a seed, to know them by."""

    def __init__(self, seed: int, count: int = 90) -> None:
        rng = random.Random(f"styles/{seed}")
        drawn = [[row for _ in range(count) for row in _examples(style, rng)] for style in STYLES]
        rows = [torch.stack(examples) for examples in drawn]
        everything = torch.cat(rows)
        self.middle, self.spread = everything.mean(0), everything.std(0) + 1e-6
        rows = [(row - self.middle) / self.spread for row in rows]
        self.usual = torch.stack([row.mean(0) for row in rows])
        off = torch.cat([row - row.mean(0) for row in rows])
        self.weight = torch.linalg.inv(off.T @ off / len(off) + 1e-2 * torch.eye(off.shape[1]))

    def see(self, picture: Image.Image) -> str:
        off = (_statistics(picture) - self.middle) / self.spread - self.usual
        return STYLES[int(((off @ self.weight) * off).sum(1).argmin())]


def _examples(style: str, rng: random.Random) -> list[torch.Tensor]:
    """The statistics of one drawn picture with each of the flaws."""
    picture = draw(msgspec.structs.replace(sample(rng), style=style), rng, 2 * SIZE, 2 * SIZE)
    lot = np.random.default_rng(rng.getrandbits(32))
    return [_statistics(_flawed(picture, *flaw, lot)) for flaw in FLAWS]


def _flawed(picture: Image.Image, blur: float, noise: float, lot: np.random.Generator) -> Image.Image:
    soft = picture.filter(ImageFilter.GaussianBlur(blur * picture.height))
    cells = (128 + 24 * lot.standard_normal((picture.height // 4, picture.width // 4))).clip(0, 255)
    blotches = Image.fromarray(cells.astype(np.uint8)).resize(picture.size, Image.Resampling.BICUBIC)
    stain = (np.asarray(blotches, np.float32)[..., None] - 128) * noise / 24
    return Image.fromarray((np.asarray(soft, np.float32) + stain).clip(0, 255).astype(np.uint8))


def _statistics(picture: Image.Image) -> torch.Tensor:
    """What is measured of a picture, and its squares."""
    small = picture.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BOX)
    pixels = torch.from_numpy(np.asarray(small, dtype=np.float32) / 255).permute(2, 0, 1)
    grey = torch.einsum("c,chw->hw", GREY, pixels)
    measured = torch.stack([*_tones(pixels, grey), *_textures(pixels, grey), *_edges(grey), *_strips(pixels)])
    return torch.cat((measured, measured.square()))


def _tones(pixels: torch.Tensor, grey: torch.Tensor) -> list[torch.Tensor]:
    """How light, dark and colourful it is, and how bare of paint, the margin above all."""
    chroma = pixels.amax(0) - pixels.amin(0)
    pale = (pixels - CREAM).abs().amax(0)
    margin, inner = pale.new_zeros(SIZE, SIZE).bool(), pale.new_zeros(SIZE, SIZE).bool()
    margin[:2] = margin[-2:] = margin[:, :2] = margin[:, -2:] = True
    inner[8:-8, 8:-8] = True
    frame = ~inner & ~margin
    return [
        grey.mean(),
        grey.std(),
        chroma.mean(),
        *_ranked(chroma, 0.1, 0.9),
        *_ranked(grey, 0.02, 0.98),
        (grey < 0.16).float().mean(),
        (pale < 0.15).float().mean(),
        pale[margin].mean(),
        pale[frame].mean() - pale[margin].mean(),
    ]


def _textures(pixels: torch.Tensor, grey: torch.Tensor) -> list[torch.Tensor]:
    """Grain and blotches; what is thin: how much of it, dark or bright, and in colour or not."""
    off = grey - _median(grey)
    dark, bright = (-off).clamp(min=0), off.clamp(min=0)
    blotches = functional.avg_pool2d(grey[None, None], 4)[0, 0]
    chroma = pixels.amax(0) - pixels.amin(0)
    thin = dark.mean() + bright.mean()
    return [
        off.abs().median().clamp(min=0.004).log(),
        (blotches - _median(blotches)).abs().median().clamp(min=0.002).log(),
        dark.mean(),
        bright.mean(),
        dark.mean() / thin,
        thin.clamp(min=0.002).log(),
        (chroma * bright).sum() / bright.sum().clamp(min=0.01),
    ]


def _edges(grey: torch.Tensor) -> list[torch.Tensor]:
    """Valleys and ridges of several widths, steps, and whether these stand between the cells of pixel art."""
    found = [part.mean() for reach in (2, 4) for way in (grey, grey.T) for part in _folds(way, reach)]
    found += [part.mean() for part in _folds(grey[: SKY + 10], 3)]
    down, across = (grey[1:] - grey[:-1]).abs(), (grey[:, 1:] - grey[:, :-1]).abs()
    steps = [down.median().clamp(min=0.006).log(), down[:SKY].amax(0).mean(), down[:SKY].mean()]
    return [*found, *steps, _blocky(down), _blocky(across.T), _shade(grey), _shade(grey.T)]


def _folds(grey: torch.Tensor, reach: int) -> tuple[torch.Tensor, torch.Tensor]:
    """How far each row lies below, and above, both rows `reach` away from it."""
    middle, above, below = grey[reach:-reach], grey[: -2 * reach], grey[2 * reach :]
    valleys = (torch.minimum(above, below) - middle).clamp(min=0)
    return valleys, (middle - torch.maximum(above, below)).clamp(min=0)


def _shade(grey: torch.Tensor) -> torch.Tensor:
    """How much more it darkens just after an edge than before one: shadows fall down and to the right."""
    edge = (grey[8:-6] - grey[6:-8]).abs()
    after, before = grey[13:-1] - grey[9:-5], grey[1:-13] - grey[5:-9]
    return (edge * (after - before).clamp(-0.1, 0.1)).sum() / edge.sum().clamp(min=1)


def _blocky(steps: torch.Tensor) -> torch.Tensor:
    """How much larger the steps between cells are than those within: 0 to about 1."""
    between, within = steps[CELL - 1 :: CELL].mean(), steps[CELL // 2 - 1 :: CELL].mean()
    return (between - within) / steps.mean().clamp(min=1e-3) / CELL


def _strips(pixels: torch.Tensor) -> list[torch.Tensor]:
    """Whether the sky changes in few steps or evenly, where it does so most evenly."""
    found: list[torch.Tensor] = []
    for columns in (8, 16):
        sky = pixels[:, 4:SKY].reshape(3, SKY - 4, columns, SIZE // columns).mean(3)
        steps = (sky[:, 4:] - sky[:, :-4]).square().sum(0).sqrt()
        sudden = (steps.topk(12, dim=0).values.mean(0) + 0.004) / (steps.median(0).values + 0.004)
        found += [sudden.log().quantile(share) for share in (0.12, 0.25, 0.5)]
    return found


def _median(grey: torch.Tensor) -> torch.Tensor:
    """What lies around a pixel, without what is thin: the median over 5 by 5."""
    windows = sliding_window_view(np.pad(grey.numpy(), 2, mode="edge"), (5, 5)).reshape(-1, 25)
    return torch.from_numpy(np.partition(windows, 12)[:, 12].reshape(grey.shape))


def _ranked(values: torch.Tensor, *shares: float) -> list[torch.Tensor]:
    """The values below which these shares of them lie."""
    ranked = values.flatten().sort().values
    return [ranked[int(share * len(ranked))] for share in shares]
