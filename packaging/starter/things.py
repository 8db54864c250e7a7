"""The things on a postcard, each drawn from a few plain shapes around a foot (or middle) and a height."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import NamedTuple

from canvas import Canvas, Colour, Point, jitter, mix
from scene import Scene
from spots import CREAM, DARK, LAMP, PAINTS, RIMS, WOOD, Paint, Rim, Silhouette, Spot

LOOSE = 0.03  # how far places and sizes wander
SWAY = 0.015  # and petals and sails
MARGIN = 0.014  # what stays free between a thing and the picture's edge
SIDE_ROOM = 0.315  # the share of the width that a thing at the left or right may fill to either side

Shape = Callable[[Spot, random.Random, Paint, Colour], None]


class Kind(NamedTuple):
    """One sort of thing.

    Attributes:
        height: of one alone, in units of the picture's height.
        foot: where it stands (balloon: its basket, birds: their middle), down from the picture's top.
        reach: how far it goes to either side, in units of its own height.
        sunk: how far it goes below its foot, likewise.
    """

    shape: Shape
    height: float
    foot: float
    reach: float
    sunk: float


def place(canvas: Canvas, scene: Scene, rng: random.Random, tint: tuple[Colour, float]) -> None:
    """Draw the scene's thing as often as it is counted, at its place, in no order of nearness."""
    if scene.thing == "nothing":
        return
    kind = KINDS[scene.thing]
    paint = Paint(tint, scene.sky)
    colour = jitter(rng, PAINTS[scene.colour or "green"], 8)
    rim = RIMS.get(scene.sky) if canvas.rims else None
    side = -1 if scene.light_side == "left" else 1
    for spot in _spots(canvas, scene, kind, rng):
        if rim is not None:
            lot = rng.getstate()
            kind.shape(Silhouette(spot, side), rng, Rim(rim), rim)
            rng.setstate(lot)
        kind.shape(spot, rng, paint, colour)


def _spots(canvas: Canvas, scene: Scene, kind: Kind, rng: random.Random) -> list[Spot]:
    """Where things stand: side by side, smaller where the picture is narrow, none beyond its edge."""
    number, width = scene.number, canvas.width
    gap = {1: 0.0, 2: 0.38, 3: 0.3}[number] * max(1.0, 0.5 + 0.5 * width)
    height = kind.height * {1: 1.0, 2: 0.76, 3: 0.64}[number]
    half = gap * (number - 1) / 2 + kind.reach * height * (1 + LOOSE)
    shrink = min(1.0, (width * (SIDE_ROOM if number == 1 else 0.5) - MARGIN) / half)
    share = {"left": 0.27, "centre": 0.5, "right": 0.73}[scene.place]
    middle = width * (share + rng.uniform(-LOOSE, LOOSE))
    free = half * shrink + MARGIN
    middle = min(max(middle, free), width - free)
    own = LOOSE if number == 1 else SWAY  # several wander mostly together
    foot = kind.foot + rng.uniform(own - LOOSE, LOOSE - own)
    spots: list[Spot] = []
    for i in range(number):
        tall = height * shrink * (1 + rng.uniform(-own, own))
        y = foot + rng.uniform(-own, own)
        if number > 1:
            y += 0.03 if i == 1 else -0.02
        x = middle + gap * shrink * (i - (number - 1) / 2)
        spots.append(Spot(canvas, x, min(y, 1 - MARGIN - kind.sunk * tall), tall))
    return spots


def _boat(s: Spot, rng: random.Random, paint: Paint, colour: Colour) -> None:
    lit, shade = paint.pair(colour)
    hull, keel = paint.pair(WOOD)
    s.water(paint((20, 60, 100)), 0, -0.02, 0.5, 0.05)
    s.thread(keel, 0.02 * s.height + 0.004, (0, 0.1), (0, 1))
    s.polygon(lit, (0.03, 0.97), (0.46, 0.2), (0.03, 0.2))
    s.polygon(shade, (-0.03, 0.86), (-0.34, 0.2), (-0.03, 0.2))
    s.polygon(hull, (-0.48, 0.15), (0.48, 0.15), (0.32, -0.03), (-0.3, -0.03))
    s.box(paint(CREAM), -0.47, 0.11, 0.47, 0.16)


def _lighthouse(s: Spot, rng: random.Random, paint: Paint, colour: Colour) -> None:
    rock, rock_shade = paint.pair((104, 98, 104))
    s.polygon(rock, (-0.36, -0.05), (-0.22, 0.09), (0.18, 0.1), (0.36, -0.05))
    s.polygon(rock_shade, (0.02, -0.05), (0.18, 0.1), (0.36, -0.05))
    if paint.night:
        beam = paint(mix(LAMP, (255, 255, 255), 0.2), 0.8)
        side = 1 if s.x < s.canvas.width / 2 else -1
        s.polygon(beam, (0, 0.9), (0.6 * side, 1.02), (0.6 * side, 0.8))
        s.glow(0, 0.89, 0.26)
    bands = 5
    for i in range(bands):
        low, high = i / bands, (i + 1) / bands
        wide, narrow = 0.13 - 0.05 * low, 0.13 - 0.05 * high
        bottom, top = 0.08 + 0.72 * low, 0.08 + 0.72 * high
        lit, shade = paint.pair(colour if i % 2 == 0 else CREAM)
        s.polygon(lit, (-wide, bottom), (-narrow, top), (narrow, top), (wide, bottom))
        s.polygon(shade, (0.3 * wide, bottom), (0.3 * narrow, top), (narrow, top), (wide, bottom))
    s.box(paint(DARK), -0.12, 0.79, 0.12, 0.83)
    s.box(LAMP if paint.night else paint((250, 236, 170)), -0.065, 0.83, 0.065, 0.94)
    s.polygon(paint(colour), (-0.1, 0.93), (0, 1.06), (0.1, 0.93))


def _house(s: Spot, rng: random.Random, paint: Paint, colour: Colour) -> None:
    wall, wall_shade = paint.pair(CREAM)
    roof, roof_shade = paint.pair(colour)
    s.box(paint((150, 90, 76)), 0.25, 0.6, 0.35, 1.08)
    s.box(wall, -0.5, 0, 0.5, 0.52)
    s.box(wall_shade, -0.5, 0.46, 0.5, 0.52)
    s.polygon(roof, (-0.62, 0.5), (-0.4, 0.98), (0.4, 0.98), (0.62, 0.5))
    s.polygon(roof_shade, (-0.62, 0.5), (-0.58, 0.58), (0.58, 0.58), (0.62, 0.5))
    s.box(paint(WOOD), -0.09, 0, 0.09, 0.32)
    for x in (-0.3, 0.3):
        if paint.night:
            s.glow(x, 0.28, 0.26)
        s.box(paint.window(), x - 0.09, 0.18, x + 0.09, 0.38)


def _pine(s: Spot, rng: random.Random, paint: Paint, colour: Colour) -> None:
    lit, shade = paint.pair((42, 112, 78))
    s.box(paint(WOOD), -0.045, 0, 0.045, 0.2)
    for low, high, wide in ((0.12, 0.55, 0.3), (0.34, 0.78, 0.24), (0.56, 1.0, 0.17)):
        s.polygon(lit, (-wide, low), (0, high), (wide, low))
        s.polygon(shade, (0.04, low), (0, high), (wide, low))


def _tree(s: Spot, rng: random.Random, paint: Paint, colour: Colour) -> None:
    lit, shade = paint.pair(colour)
    s.polygon(paint(WOOD), (-0.06, 0), (-0.03, 0.5), (0.03, 0.5), (0.06, 0))
    s.line(paint(WOOD), 0.03, (0, 0.3), (0.13, 0.46))
    blobs = ((-0.2, 0.52, 0.2), (0.2, 0.52, 0.2), (0.0, 0.6, 0.28), (-0.12, 0.76, 0.2), (0.12, 0.76, 0.2))
    for x, y, radius in blobs:
        s.disc(shade, x, y, radius)
    for x, y, radius in blobs:
        s.disc(lit, x - 0.03, y + 0.035, radius * 0.82)
    bright = mix(lit, (255, 250, 220), 0.25)
    for x, y in ((-0.14, 0.82), (-0.2, 0.62), (0.05, 0.7), (0.16, 0.56)):
        s.disc(bright, x, y, 0.05)


def _cactus(s: Spot, rng: random.Random, paint: Paint, colour: Colour) -> None:
    lit, shade = paint.pair((62, 142, 84))
    for x, turn, tip in ((-0.25, 0.36, 0.7), (0.25, 0.5, 0.82)):
        s.line(shade, 0.1, (0, turn), (x, turn))
        s.line(shade, 0.1, (x, turn), (x, tip))
        s.disc(shade, x, tip, 0.05)
        s.disc(shade, x, turn, 0.05)
    s.box(lit, -0.08, 0, 0.08, 0.92)
    s.disc(lit, 0, 0.92, 0.08)
    s.box(shade, 0.03, 0, 0.08, 0.92)
    s.thread(mix(lit, (255, 255, 255), 0.2), 0.012, (-0.03, 0.9), (-0.03, 0))
    s.disc(paint(PAINTS["pink"]), 0, 1.0, 0.045)


def _balloon(s: Spot, rng: random.Random, paint: Paint, colour: Colour) -> None:
    """A hot-air balloon whose basket stands on the spot."""
    lit, shade = paint.pair(colour)
    stripe = paint(CREAM)
    r, top = 0.34, 0.66
    for x in (-0.1, 0.1):
        s.thread(paint(DARK), 0.006, (2.2 * x, 0.42), (0.8 * x, 0.1))
    s.polygon(lit, (-0.94 * r, top - 0.3 * r), (-0.2 * r, 0.2), (0.2 * r, 0.2), (0.94 * r, top - 0.3 * r))
    s.disc(lit, 0, top, r)
    s.polygon(shade, (0.55 * r, top), (0.12 * r, 0.2), (0.2 * r, 0.2), (0.94 * r, top - 0.3 * r))
    s.canvas.slice(*s.at(0, top), r * s.height, (-52, 20), shade)
    s.oval(lit, 0, top, 0.58 * r, r)
    s.oval(stripe, 0, top, 0.24 * r, r)
    s.polygon(stripe, (-0.24 * r, top), (-0.07 * r, 0.2), (0.07 * r, 0.2), (0.24 * r, top))
    s.box(paint(WOOD), -0.09, 0, 0.09, 0.12)
    s.box(paint((190, 140, 90)), -0.1, 0.09, 0.1, 0.13)


def _flowers(s: Spot, rng: random.Random, paint: Paint, colour: Colour) -> None:
    """A clump of seven flowers."""
    lit, shade = paint.pair(colour)
    stem = paint((44, 122, 62))
    heart = paint(PAINTS["yellow"] if colour[0] < 245 or colour[2] > 90 else PAINTS["orange"])
    spots = ((-0.8, 0.6), (0.8, 0.62), (-0.45, 0.86), (0.42, 0.9), (0.0, 1.0), (-0.15, 0.5), (0.55, 0.4))
    for spread, tall in spots:
        sway = rng.uniform(-SWAY, SWAY)
        x, y = spread * 0.62 + sway, tall
        s.thread(stem, 0.012, (spread * 0.3, -0.08), (x, y))
        for petal in range(5):
            angle = petal * 1.2566 + sway * 9
            tone = lit if petal % 2 else shade
            s.disc(tone, x + 0.1 * math.cos(angle), y - 0.1 * math.sin(angle), 0.088)
        s.disc(heart, x, y, 0.07)
    for x in (-0.4, -0.1, 0.2, 0.45):
        s.polygon(stem, (x - 0.1, -0.1), (1.4 * x, 0.24), (x + 0.1, -0.1))


def _birds(s: Spot, rng: random.Random, paint: Paint, colour: Colour) -> None:
    """A flock of five in a loose wedge; the spot is its middle, the height a wing's span."""
    tone = paint(colour, 0.2)
    flock = ((0, 0, 1), (-0.98, -0.68, 0.8), (1.03, -0.63, 0.8), (1.13, 0.74, 0.66), (-1.22, 0.57, 0.66))
    for x, y, size in flock:
        bird = Spot(s.canvas, *s.at(x, y), s.height * size)
        for side in (-1, 1):
            tips = ((0.5 * side, 0.6), (side, 0.3), (0.5 * side, 0.36))
            bird.polygon(tone, (0, -0.12), *tips, (0, 0.12))


def _windmill(s: Spot, rng: random.Random, paint: Paint, colour: Colour) -> None:
    wall, shade = paint.pair(CREAM if colour[2] < 230 or colour[0] < 230 else (178, 128, 96))
    s.polygon(wall, (-0.2, 0), (-0.12, 0.66), (0.12, 0.66), (0.2, 0))
    s.polygon(shade, (0.05, 0), (0.03, 0.66), (0.12, 0.66), (0.2, 0))
    s.polygon(paint(colour), (-0.16, 0.64), (0, 0.84), (0.16, 0.64))
    s.box(paint(WOOD), -0.05, 0, 0.05, 0.17)
    if paint.night:
        s.glow(0, 0.39, 0.15)
    s.box(paint.window(), -0.04, 0.34, 0.04, 0.44)
    turn, hub = math.pi / 4 + rng.uniform(-SWAY, SWAY) * 6, 0.68
    for blade in range(4):
        angle = turn + blade * math.pi / 2
        across, down = math.cos(angle), math.sin(angle)
        s.thread(paint(WOOD), 0.012, (0, hub), (0.44 * across, hub - 0.44 * down))
        corners = ((0.12, 0.0), (0.44, 0.0), (0.44, 0.12), (0.12, 0.12))
        s.polygon(paint(colour), *((a * across - b * down, hub - a * down - b * across) for a, b in corners))
    s.disc(paint(DARK), 0, hub, 0.035)


def _cat(s: Spot, rng: random.Random, paint: Paint, colour: Colour) -> None:
    """A sitting cat seen from the front, its tail to the right."""
    fur, shade = paint.pair(colour)
    pink = paint(PAINTS["pink"])
    s.canvas.arc(*s.at(0.3, 0.2), (0.16 * s.height, 0.2 * s.height), (-90, 90), shade, 0.08 * s.height)
    s.line(shade, 0.08, (0.1, 0.04), (0.32, 0.04))
    s.oval(fur, 0, 0.26, 0.26, 0.3)
    s.oval(mix(fur, paint(CREAM), 0.4), 0, 0.2, 0.13, 0.2)
    for x in (-0.11, 0.11):
        s.oval(fur, x, 0.02, 0.09, 0.05)
    for ear in (-1, 1):
        s.polygon(fur, (0.24 * ear, 0.68), (0.23 * ear, 1.0), (0.04 * ear, 0.84))
        s.polygon(pink, (0.2 * ear, 0.76), (0.2 * ear, 0.92), (0.1 * ear, 0.84))
    s.oval(fur, 0, 0.68, 0.26, 0.21)
    eye = (166, 214, 96) if colour[0] < 120 else (70, 120, 70)
    for x in (-0.1, 0.1):
        s.oval(eye, x, 0.7, 0.048, 0.055)
        s.oval(DARK, x, 0.7, 0.018, 0.05)
    s.polygon(pink, (-0.03, 0.62), (0.03, 0.62), (0, 0.585))


def _bridge(s: Spot, rng: random.Random, paint: Paint, colour: Colour) -> None:
    """A humped bridge on three arches over its own water, a lamp at either end."""
    lit, shade = paint.pair(colour)
    pale = paint(CREAM)
    s.water(paint((52, 128, 176)), 0, -0.02, 0.8, 0.15)
    s.water(paint((28, 84, 136)), 0, 0.0, 0.74, 0.1)
    s.polygon(lit, *_hump(0.0), (0.84, -0.04), (-0.84, -0.04))
    s.polygon(shade, *_hump(-0.13), *reversed(_hump(-0.2)))
    for x, across, tall in ((0.0, 0.29, 0.5), (-0.55, 0.16, 0.3), (0.55, 0.16, 0.3)):
        s.polygon(pale, *_arch(x, across + 0.05, tall + 0.05))
        s.polygon(paint((22, 62, 112)), *_arch(x, across, tall))
    s.line(pale, 0.07, *_hump(0.03))
    for side in (-1, 1):
        s.line(paint(DARK), 0.04, (0.76 * side, 0.4), (0.76 * side, 0.78))
        if paint.night:
            s.glow(0.76 * side, 0.8, 0.34)
        s.disc(LAMP if paint.night else pale, 0.76 * side, 0.8, 0.07)


def _hump(rise: float) -> list[Point]:
    """The bridge's deck from left to right, moved up by `rise`."""
    return [(x / 10, 0.42 + rise + 0.4 * (1 - (x / 8.4) ** 2)) for x in (-8.4, -6, -4, -2, 0, 2, 4, 6, 8.4)]


def _arch(x: float, across: float, tall: float) -> list[Point]:
    turns = [math.pi * i / 12 for i in range(13)]
    return [(x + across * math.cos(turn), -0.04 + tall * math.sin(turn)) for turn in turns]


KINDS: dict[str, Kind] = {
    "boat": Kind(_boat, 0.56, 0.86, 0.5, 0.07),
    "lighthouse": Kind(_lighthouse, 0.66, 0.87, 0.36, 0.05),
    "house": Kind(_house, 0.44, 0.89, 0.62, 0.0),
    "pine": Kind(_pine, 0.6, 0.9, 0.3, 0.0),
    "tree": Kind(_tree, 0.58, 0.9, 0.4, 0.0),
    "cactus": Kind(_cactus, 0.54, 0.92, 0.31, 0.0),
    "balloon": Kind(_balloon, 0.52, 0.58, 0.34, 0.0),
    "flowers": Kind(_flowers, 0.42, 0.94, 0.69, 0.1),
    "birds": Kind(_birds, 0.17, 0.3, 1.9, 0.8),
    "windmill": Kind(_windmill, 0.6, 0.9, 0.47, 0.0),
    "cat": Kind(_cat, 0.54, 0.94, 0.5, 0.03),
    "bridge": Kind(_bridge, 0.34, 0.85, 0.86, 0.17),
}
