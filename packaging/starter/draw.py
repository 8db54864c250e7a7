"""Draws a scene as a postcard in its style: sky, light, clouds, mountains, ground, then the thing."""

from __future__ import annotations

import math
import random

import numpy as np
import things
from canvas import Canvas, Colour, Point, gradient, jitter, mix, waves
from PIL import Image
from scene import Scene
from styles import CANVASES

# Each sky from top to horizon, in several moods.
SKY_COLOURS: dict[str, tuple[tuple[Colour, ...], ...]] = {
    "day": (
        ((64, 148, 214), (128, 196, 234), (204, 234, 242)),
        ((48, 128, 204), (104, 184, 228), (186, 226, 240)),
        ((96, 182, 220), (154, 214, 230), (222, 242, 238)),
    ),
    "sunset": (
        ((86, 50, 118), (214, 84, 104), (255, 152, 82), (255, 206, 118)),
        ((112, 46, 98), (232, 92, 78), (255, 166, 76), (255, 214, 128)),
        ((60, 52, 124), (178, 76, 126), (250, 126, 92), (255, 190, 110)),
    ),
    "dawn": (
        ((138, 164, 216), (206, 186, 216), (250, 202, 198), (255, 228, 200)),
        ((156, 172, 224), (230, 190, 212), (255, 208, 190), (255, 236, 206)),
        ((124, 172, 206), (184, 202, 216), (244, 206, 206), (252, 226, 210)),
    ),
    "night": (
        ((10, 16, 48), (24, 36, 84), (52, 70, 128)),
        ((14, 14, 44), (38, 32, 88), (78, 66, 132)),
        ((8, 22, 46), (18, 50, 86), (44, 92, 124)),
    ),
}

# What the hour does to a colour: the tint laid over it, and how much of it on land.
TINTS: dict[str, tuple[Colour, float]] = {
    "day": ((255, 250, 225), 0.0),
    "sunset": ((150, 52, 82), 0.34),
    "dawn": ((246, 196, 200), 0.3),
    "night": ((16, 24, 66), 0.62),
}

LIGHT_COLOURS: dict[str, tuple[Colour, Colour]] = {
    "day": ((255, 226, 92), (255, 246, 200)),
    "sunset": ((255, 236, 150), (255, 176, 96)),
    "dawn": ((255, 246, 214), (255, 226, 190)),
    "night": ((252, 242, 200), (120, 140, 196)),
}

MOUNTAIN_COLOURS: dict[str, Colour] = {
    "blue": (62, 104, 168),
    "purple": (118, 80, 158),
    "green": (62, 128, 92),
    "grey": (120, 124, 136),
    "red": (178, 84, 68),
    "snowy": (104, 124, 158),
}

GROUND_COLOURS: dict[str, tuple[Colour, ...]] = {
    "sea": ((38, 122, 168), (30, 134, 160), (46, 110, 172)),
    "desert": ((226, 170, 98), (232, 182, 118), (214, 150, 88)),
    "meadow": ((116, 176, 76), (98, 168, 86), (138, 184, 74)),
    "snow": ((232, 240, 248), (224, 236, 250), (238, 240, 248)),
}


def draw(scene: Scene, rng: random.Random, width: int = 128, height: int = 128) -> Image.Image:
    """The scene as an RGB picture; what the scene leaves open is drawn by `rng`."""
    horizon = rng.uniform(0.62, 0.66)
    stops = tuple(jitter(rng, stop, 8) for stop in rng.choice(SKY_COLOURS[scene.sky]))
    light = _light_place(scene, rng, width / height, horizon)
    sky = _sky(scene, stops, light, horizon, width, height)
    canvas = CANVASES[scene.style](sky, width, height, rng.getrandbits(32))
    if scene.sky == "night":
        _stars(canvas, rng, horizon)
    _light(canvas, scene, light)
    if scene.clouds:
        _clouds(canvas, scene, rng, stops)
    if scene.mountains != "none":
        _mountains(canvas, scene, rng, stops[-1], horizon)
    _ground(canvas, scene, rng, stops[-1], horizon, light)
    things.place(canvas, scene, rng, TINTS[scene.sky])
    return canvas.finish()


def tinted(colour: Colour, sky: str, share: float = 1.0) -> Colour:
    tint, strength = TINTS[sky]
    return mix(colour, tint, strength * share)


def _light_place(
    scene: Scene, rng: random.Random, width: float, horizon: float
) -> tuple[float, float, float]:
    """Where the sun or moon stands, and its radius: x, y, radius in units of the height."""
    share = {"left": 0.2, "centre": 0.5, "right": 0.8}[scene.light_side]
    x = width * (share + rng.uniform(-0.02, 0.02))
    low = scene.sky in ("sunset", "dawn")
    y = horizon - rng.uniform(0.12, 0.18) if low and scene.mountains == "none" else rng.uniform(0.17, 0.22)
    radius = rng.uniform(0.095, 0.105) if scene.sky == "sunset" else rng.uniform(0.08, 0.09)
    return x, y, radius


def _sky(
    scene: Scene,
    stops: tuple[Colour, ...],
    light: tuple[float, float, float],
    horizon: float,
    width: int,
    height: int,
) -> Image.Image:
    """The sky's gradient with a glow around sun or moon, at the picture's own size."""
    sky = gradient(stops, height, width, horizon)
    if scene.light != "none":
        y, x = np.mgrid[0:height, 0:width] / height
        reach = 0.34 if scene.sky in ("sunset", "dawn") else 0.2
        far = ((x - light[0]) ** 2 + (y - light[1]) ** 2) / reach**2
        strength = 0.75 if scene.sky != "night" else 0.6
        glow = (strength - 0.2) * np.exp(-far) + 0.2 * np.exp(-far / 5)
        glow = glow[..., None]
        sky = sky * (1 - glow) + np.array(LIGHT_COLOURS[scene.sky][1]) * glow
    return Image.fromarray(sky.astype(np.uint8))


def _stars(canvas: Canvas, rng: random.Random, horizon: float) -> None:
    """Many faint stars and a few bright ones; the brightest twinkle."""
    for _ in range(rng.randint(26, 40)):
        x, y = rng.uniform(0, canvas.width), rng.uniform(0, horizon - 0.12)
        bright = rng.random() ** 1.6
        colour = mix((140, 154, 208), (255, 250, 226), bright)
        canvas.disc(x, y, 0.0032 + 0.0056 * bright, colour)
        if bright > 0.8:
            for across, down in ((0.02, 0.003), (0.003, 0.02)):
                corners = ((x - across, y), (x, y - down), (x + across, y), (x, y + down))
                canvas.polygon(corners, colour)


def _light(canvas: Canvas, scene: Scene, light: tuple[float, float, float]) -> None:
    x, y, radius = light
    colour = LIGHT_COLOURS[scene.sky][0]
    if scene.light == "none":
        return
    if scene.light == "crescent":
        canvas.polygon(_crescent(x, y, radius), colour)
        return
    canvas.disc(x, y, radius, colour)
    if scene.light == "moon":
        shade = mix(colour, (150, 150, 170), 0.3)
        for dx, dy, r in ((-0.35, -0.2, 0.24), (0.3, 0.25, 0.18), (0.1, -0.5, 0.13)):
            canvas.disc(x + dx * radius, y + dy * radius, r * radius, shade)


def _crescent(x: float, y: float, radius: float) -> list[Point]:
    """A disc less a smaller one to its upper right, as a polygon."""
    dx, dy, inner = 0.5, -0.16, 0.86
    apart = math.hypot(dx, dy)
    middle = (1 + apart**2 - inner**2) / (2 * apart)  # from the disc's centre to the chord of both tips
    tilt = math.atan2(dy, dx)
    outer_tip, inner_tip = math.acos(middle), math.acos((middle - apart) / inner)
    points: list[Point] = []
    for i in range(33):
        turn = tilt + outer_tip + (2 * math.pi - 2 * outer_tip) * i / 32
        points.append((x + radius * math.cos(turn), y + radius * math.sin(turn)))
    for i in range(33):
        turn = tilt - inner_tip - (2 * math.pi - 2 * inner_tip) * i / 32
        across, down = dx + inner * math.cos(turn), dy + inner * math.sin(turn)
        points.append((x + radius * across, y + radius * down))
    return points


def _clouds(canvas: Canvas, scene: Scene, rng: random.Random, stops: tuple[Colour, ...]) -> None:
    """Two clouds, three in a wide picture, with a flat bottom, their bellies in the sky's colour."""
    white: Colour = {
        "day": (255, 255, 255),
        "sunset": (255, 196, 160),
        "dawn": (255, 240, 236),
        "night": (92, 106, 160),
    }[scene.sky]
    for slot in rng.sample((0.16, 0.5, 0.84), 3 if canvas.width > 1.3 else 2):
        x = canvas.width * slot + rng.uniform(-0.03, 0.03)
        y = rng.uniform(0.14, 0.26)
        size = rng.uniform(0.075, 0.09)
        puffs = ((-1.35, 0.42), (-0.7, 0.72), (0.15, 0.98), (0.95, 0.66), (1.5, 0.4))
        turn = rng.choice((-1, 1))
        for share, lift in ((0.4, 0.0), (0.2, -0.1), (0.0, -0.2)):
            colour = mix(white, stops[1], share)
            canvas.oval(x, y + (0.32 + 1.2 * lift) * size, (1.9 + 2 * lift) * size, 0.3 * size, colour)
            for dx, r in puffs:
                middle = y - (r * 0.5 - 0.3 - 1.1 * lift) * size
                canvas.disc(x + (dx * turn + 0.3 * lift) * size, middle, r * size * (1 + lift), colour)


def _mountains(canvas: Canvas, scene: Scene, rng: random.Random, haze: Colour, horizon: float) -> None:
    """Two ranges of peaks with a lit and a shaded flank; the far one drowns in the horizon's colour."""
    base = jitter(rng, MOUNTAIN_COLOURS[scene.mountains], 10)
    lit_left = scene.light_side == "left"
    for depth, height in ((0.46, 0.27), (0.1, 0.18)):
        body = mix(tinted(base, scene.sky, 0.8), haze, depth)
        count = max(2, round(3 * canvas.width))
        for i in range(count):
            x = canvas.width * (i + rng.uniform(0.35, 0.65)) / count
            top = horizon - height * rng.uniform(0.8, 1.0)
            _peak(canvas, rng, (x, top), horizon + 0.02, body, lit_left, scene.mountains == "snowy")
        canvas.veil(horizon - 0.11, horizon + 0.03, haze, 0.5 if scene.sky != "night" else 0.3)


def _peak(
    canvas: Canvas,
    rng: random.Random,
    top: tuple[float, float],
    foot: float,
    body: Colour,
    lit_left: bool,
    snowy: bool,
) -> None:
    x, y = top
    tall = foot - y
    left, right = x - tall * rng.uniform(1.0, 1.15), x + tall * rng.uniform(1.0, 1.15)
    fold = x + tall * rng.uniform(-0.1, 0.1)
    light, dark = mix(body, (255, 255, 255), 0.16), mix(body, (20, 24, 60), 0.16)
    first, second = (light, dark) if lit_left else (dark, light)
    canvas.polygon(((left, foot), (x, y), (fold, foot)), first)
    canvas.polygon(((fold, foot), (x, y), (right, foot)), second)
    if snowy:
        d = 0.36
        low = y + tall * d
        a, b, m = x + (left - x) * d, x + (right - x) * d, x + (fold - x) * d
        white = mix(body, (255, 255, 255), 0.86)
        canvas.polygon(((a, low), (x, y), (m, low + 0.02), ((a + m) / 2, low - 0.025)), white)
        shade = mix(body, (255, 255, 255), 0.62)
        canvas.polygon(((m, low + 0.02), (x, y), (b, low), ((b + m) / 2, low - 0.025)), shade)


def _ground(
    canvas: Canvas,
    scene: Scene,
    rng: random.Random,
    haze: Colour,
    horizon: float,
    light: tuple[float, float, float],
) -> None:
    colour = jitter(rng, rng.choice(GROUND_COLOURS[scene.ground]), 8)
    if scene.ground == "sea":
        _sea(canvas, scene, rng, colour, haze, horizon, light)
        return
    deep: Colour = {
        "desert": (168, 92, 62),
        "meadow": (38, 104, 66),
        "snow": (150, 178, 216),
    }[scene.ground]
    layers = 4
    for i in range(layers):
        nearness = i / (layers - 1)
        level = horizon + (0.97 - horizon) * (nearness**1.25) * 0.8
        body = mix(colour, deep, 0.12 + 0.42 * nearness if scene.ground != "snow" else 0.42 - 0.4 * nearness)
        body = mix(tinted(body, scene.sky), haze, 0.32 * (1 - nearness))
        curve = waves(rng, level, 0.014 + 0.014 * nearness, rng.uniform(0.5, 1.1))
        canvas.below([y - 0.006 for y in curve], mix(body, (255, 250, 220), 0.22))
        canvas.below([y + 0.006 for y in curve], body)
    if scene.ground == "meadow":
        _tufts(canvas, rng, horizon, tinted(deep, scene.sky))


def _tufts(canvas: Canvas, rng: random.Random, horizon: float, colour: Colour) -> None:
    for _ in range(8):
        x, y = rng.uniform(0, canvas.width), rng.uniform(horizon + 0.12, 0.98)
        size = 0.01 + 0.02 * (y - horizon)
        for dx in (-0.6, 0.0, 0.6):
            canvas.line(((x, y), (x + dx * size, y - size * 1.6)), colour, 0.005)


def _sea(
    canvas: Canvas,
    scene: Scene,
    rng: random.Random,
    colour: Colour,
    haze: Colour,
    horizon: float,
    light: tuple[float, float, float],
) -> None:
    """Bands of water, lighter towards the horizon, glints, and the light's road when it stands high."""
    water = tinted(colour, scene.sky)
    bands = 7
    for i in range(bands):
        share = i / (bands - 1)
        body = mix(mix(water, haze, 0.5 * (1 - share) ** 1.5), (10, 36, 84), 0.34 * share)
        level = horizon + (1 - horizon) * share**1.4 * 0.92
        curve = [level] * 2 if i == 0 else waves(rng, level, 0.004 + 0.006 * share, 2.2 + share)
        canvas.below(curve, body)
    glint = mix(water, (255, 255, 255) if scene.sky != "night" else (150, 176, 226), 0.5)
    for _ in range(8):
        x, y = rng.uniform(0, canvas.width), horizon + (1 - horizon) * rng.uniform(0.06, 0.96)
        long = 0.02 + 0.08 * (y - horizon)
        canvas.line(((x - long, y), (x + long, y)), glint, 0.005)
    if scene.light != "none":
        road = mix(LIGHT_COLOURS[scene.sky][0], water, 0.12)
        for i in range(11):
            y = horizon + 0.014 + (1 - horizon) * 0.088 * i
            long = (0.035 + 0.05 * math.sin(0.3 * i)) * rng.uniform(0.5, 1.1)
            x = light[0] + rng.uniform(-0.018, 0.018)
            canvas.line(((x - long, y), (x + long, y)), road, 0.009)
