"""Reads from a flat postcard's pixels what it shows, by comparing them with what the recipe would draw.

No network is asked. Sky and ground are those whose freshly drawn landscapes explain the pixels best. Then
every thing is held against the picture in every colour, place and number it may have: the best is the one
whose own pixels are explained better by the thing than by the landscape. All of it happens at 64 by 64; the
style is another matter (`detect_style`).
"""

from __future__ import annotations

import math
import random
from functools import cache
from typing import NamedTuple

import msgspec
import numpy as np
import things
import torch
from canvas import Canvas
from detect_style import StyleDetector
from draw import TINTS, draw
from PIL import Image
from scene import COLOURS, GROUNDS, SEVERAL, SIDES, SKIES, Scene, sample
from torch.nn import functional

SIZE = 64
SPREAD = 0.09  # how far a colour may be off (of 1) before it counts as another
DOUBT = 4.0  # the most that a single pixel can speak against anything
LIKELY = 16  # how many patterns are looked at closely
WANDER = 4  # how far things wander from where patterns have them, in half pixels
FAINT = -10.0  # what gains less is not there: drawn things gain 18 and more, bare land below -25
SKY_ROWS = slice(0, int(0.58 * SIZE))
GROUND_ROWS = slice(int(0.7 * SIZE), SIZE)


class Seen(msgspec.Struct, frozen=True):
    """What a picture shows; `thing` is "nothing" and `number` 0 where no thing is to be found.

    Unless the style is flat, the rest is a guess.
    """

    sky: str
    ground: str
    thing: str
    colour: str
    place: str
    number: int
    style: str


class Middle(random.Random):
    """A lottery in which the middle always wins, for drawing things without wandering."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2

    def randint(self, a: int, b: int) -> int:
        return (a + b) // 2


class Patterns(NamedTuple):
    """Every thing in one light.

    Attributes:
        what: thing, colour, place and number of each.
        colours: as drawn on black, so multiplied with their cover: (n, 3, SIZE, SIZE).
        cover: how much of each pixel the thing hides: (n, SIZE, SIZE).
    """

    what: list[tuple[str, str, str, int]]
    colours: torch.Tensor
    cover: torch.Tensor


class Detector:
    """Draws its landscapes once, from a seed, its patterns when they are first wanted; then sees pictures.

    `landscapes` are drawn for each pair of sky and ground; with fewer of them what they lack looks rare.
    `styles` is the number of pictures drawn to know each style by.
    """

    def __init__(self, seed: int, landscapes: int = 64, styles: int = 90) -> None:
        rng = random.Random(f"detector/{seed}")
        self.styles = StyleDetector(seed, styles)
        pairs = [(sky, ground) for sky in SKIES for ground in GROUNDS]
        self.landscapes = {pair: _landscapes(*pair, landscapes, rng) for pair in pairs}
        self.patterns = cache(_patterns)

    def see(self, picture: Image.Image) -> Seen:
        pixels = _small(picture)
        strange = {pair: _strangeness(pixels, land) for pair, land in self.landscapes.items()}
        skies = {sky: min(float(strange[sky, g][SKY_ROWS].sum()) for g in GROUNDS) for sky in SKIES}
        sky = min(skies, key=lambda name: skies[name])
        ground = min(GROUNDS, key=lambda name: float(strange[sky, name][GROUND_ROWS].sum()))
        rare = _rarity(pixels, self.landscapes[sky, ground])
        thing, colour, place, number = _best(picture, rare, _median(pixels), self.patterns(sky))
        return Seen(sky, ground, thing, colour, place, number, self.styles.see(picture))


def _best(
    picture: Image.Image, rare: torch.Tensor, behind: torch.Tensor, patterns: Patterns
) -> tuple[str, str, str, int]:
    """The pattern that gains most over bare landscape, moved about: the likeliest ones by half pixels."""
    fine = _pixels(picture, 2 * SIZE)
    coarse = torch.cat((behind, rare[None])).repeat_interleave(2, 1).repeat_interleave(2, 2)
    layers = torch.cat((fine, coarse))
    likely = _moved(layers, patterns.colours, patterns.cover, WANDER - 1).topk(LIKELY).indices
    gains = _moved(layers, patterns.colours[likely], patterns.cover[likely], 1)
    winner = int(gains.argmax())
    return patterns.what[int(likely[winner])] if gains[winner] > FAINT else ("nothing", "", "", 0)


def _moved(layers: torch.Tensor, colours: torch.Tensor, cover: torch.Tensor, step: int) -> torch.Tensor:
    """The most that each pattern gains when it is moved about in steps of so many half pixels: (n,)."""
    way = range(-(WANDER // step) * step, WANDER + 1, step)
    moves = [(down, across) for down in way for across in way]
    return torch.stack([_gains(layers.roll(move, (1, 2)), colours, cover) for move in moves]).amax(0)


def _gains(layers: torch.Tensor, colours: torch.Tensor, cover: torch.Tensor) -> torch.Tensor:
    """For each pattern, how much better it explains its pixels than bare landscape does: (n,).

    `layers` holds, in twice the size, the picture's colours, those behind things, and the pixels' rarity.
    """
    here = functional.avg_pool2d(layers, 2)
    shows = torch.addcmul(colours, (1 - cover)[:, None], here[3:6])
    off = shows.sub_(here[:3]).square_().sum(1).div_(2 * SPREAD**2).clamp_(max=DOUBT)
    return ((cover > 0.15) * (here[6] - off)).sum((1, 2))


def _small(picture: Image.Image) -> torch.Tensor:
    return _pixels(picture, SIZE)


def _pixels(picture: Image.Image, size: int) -> torch.Tensor:
    """(3, size, size) in 0 to 1."""
    array = np.asarray(picture.convert("RGB").resize((size, size), Image.Resampling.BOX), dtype=np.float32)
    return torch.from_numpy(array / 255).permute(2, 0, 1)


def _strangeness(pixels: torch.Tensor, landscapes: torch.Tensor) -> torch.Tensor:
    """How badly each pixel is explained by the landscape nearest to it there: (SIZE, SIZE), 0 to DOUBT."""
    off = (landscapes - pixels).square_().sum(1).amin(0)
    return off.div_(2 * SPREAD**2).clamp_(max=DOUBT)


def _rarity(pixels: torch.Tensor, landscapes: torch.Tensor) -> torch.Tensor:
    """How seldom a landscape has such a pixel there, as a negative logarithm: (SIZE, SIZE), 0 to DOUBT.

    What a third of the landscapes have costs nothing: a sky has three palettes.
    """
    off = (landscapes - pixels).square_().sum(1).div_(2 * SPREAD**2)
    return (math.log(len(landscapes) / 3) - off.neg_().logsumexp(0)).clamp_(0, DOUBT)


def _median(pixels: torch.Tensor) -> torch.Tensor:
    """What lies around a pixel, without what is thin: the median over 7 by 7."""
    around = functional.unfold(functional.pad(pixels[None], (3,) * 4, mode="replicate"), 7)
    return around.view(3, 49, *pixels.shape[1:]).median(1).values


def _landscapes(sky: str, ground: str, count: int, rng: random.Random) -> torch.Tensor:
    """Pictures without a thing: (count, 3, SIZE, SIZE)."""
    drawn: list[torch.Tensor] = []
    while len(drawn) < count:
        scene = sample(rng)
        if scene.sky == sky:
            bare = msgspec.structs.replace(scene, ground=ground, thing="nothing", number=1, style="flat")
            drawn.append(_small(draw(bare, rng)))
    return torch.stack(drawn)


def _patterns(sky: str) -> Patterns:
    what = [
        (thing, colour, place, number)
        for thing, colours in COLOURS.items()
        if thing != "nothing"
        for colour in colours
        for place in SIDES
        for number in ((1, 2, 3) if thing in SEVERAL else (1,))
    ]
    drawn = [_pattern(sky, *one) for one in what]
    colours, cover = (torch.stack(parts) for parts in zip(*drawn, strict=True))
    return Patterns(what, colours, cover)


def _pattern(sky: str, thing: str, colour: str, place: str, number: int) -> tuple[torch.Tensor, torch.Tensor]:
    """One thing's colours and how much it covers, from the same drawing on black and on white."""
    scene = Scene(sky, "none", "left", False, "none", "sea", thing, colour, place, number)
    on: list[torch.Tensor] = []
    for back in ("black", "white"):
        canvas = Canvas(Image.new("RGB", (128, 128), back), 128, 128)
        canvas.rims = False  # at night they show on the side of the light, which is not known here
        things.place(canvas, scene, Middle(), TINTS[sky])
        on.append(_small(canvas.finish()))
    return on[0], (1 - (on[1] - on[0]).mean(0)).clamp(0, 1)


def sharpness(picture: Image.Image) -> float:
    """The root mean square of the grey picture's Laplacian: how much its edges bend within a pixel."""
    grey = torch.from_numpy(np.asarray(picture.convert("L"), dtype=np.float32) / 255)[None, None]
    kernel = torch.tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])[None, None]
    return float(functional.conv2d(grey, kernel).square().mean().sqrt())


def diversity(pictures: list[Image.Image]) -> float:
    """The mean distance between two of the pictures: the mean absolute difference of their pixels."""
    small = torch.stack([_small(picture) for picture in pictures])
    pairs = torch.triu_indices(len(small), len(small), 1)
    return float((small[pairs[0]] - small[pairs[1]]).abs().mean())
