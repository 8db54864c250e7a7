"""Small postcards drawn with Pillow, as the files behind the pictures of a fake session."""

import io
import random
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from studio.core.records import Asset

Colour = tuple[int, int, int]
SKIES: tuple[tuple[Colour, Colour], ...] = (
    ((186, 148, 206), (250, 206, 190)),
    ((22, 26, 72), (58, 62, 128)),
    ((150, 206, 240), (222, 240, 246)),
    ((236, 126, 88), (252, 208, 126)),
)
HILLS: tuple[Colour, ...] = ((150, 104, 180), (62, 108, 190), (96, 160, 110), (150, 112, 84))
GROUNDS: tuple[Colour, ...] = ((44, 110, 170), (24, 62, 96), (112, 178, 92), (236, 240, 246))
THINGS: tuple[Colour, ...] = ((216, 58, 50), (248, 208, 72), (236, 236, 228), (58, 150, 140))


@lru_cache(maxsize=256)
def postcard(seed: int, width: int = 256, height: int = 256) -> Image.Image:
    """Sky, sun or moon, hills, sea or land, and a boat or a tree, chosen by the seed."""
    chance = random.Random(seed)
    night = chance.randrange(4) == 1
    top, bottom = SKIES[1] if night else chance.choice((SKIES[0], SKIES[2], SKIES[3]))
    big = (width * 2, height * 2)  # drawn twice as large, for smooth edges
    picture = Image.new("RGB", big)
    brush = ImageDraw.Draw(picture)
    horizon = big[1] * (0.55 + 0.1 * chance.random())
    for line in range(big[1]):
        share = min(line / horizon, 1)
        mixed = tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
        brush.line((0, line, big[0], line), mixed)
    side, across = min(big), chance.uniform(0.2, 0.8) * big[0]
    light = side * 0.09
    middle = (across, horizon * 0.35)
    box = (middle[0] - light, middle[1] - light, middle[0] + light, middle[1] + light)
    brush.ellipse(box, (244, 242, 232) if night else (250, 210, 72))
    hill = chance.choice(HILLS)
    for _ in range(3):
        left, wide, high = chance.uniform(-0.2, 0.9) * big[0], side * 0.6, side * chance.uniform(0.15, 0.3)
        brush.polygon([(left, horizon), (left + wide / 2, horizon - high), (left + wide, horizon)], hill)
        hill = tuple(round(part * 0.9) for part in hill)
    ground = GROUNDS[1] if night else chance.choice(GROUNDS)
    brush.rectangle((0, horizon, *big), ground)
    _thing(brush, chance, big[0] * chance.uniform(0.3, 0.7), horizon + side * 0.2, side / 18)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _thing(brush: ImageDraw.ImageDraw, chance: random.Random, x: float, y: float, unit: float) -> None:
    """A boat or a tree, about eight units high."""
    colour = chance.choice(THINGS)

    def shape(points: list[tuple[float, float]], fill: Colour) -> None:
        brush.polygon([(x + across * unit, y + down * unit) for across, down in points], fill)

    if chance.random() < 0.5:
        shape([(-3, 0), (3, 0), (2, 1), (-2, 1)], (124, 84, 56))
        shape([(-0.2, -0.3), (-0.2, -4), (-2, -0.3)], colour)
        shape([(0.2, -0.3), (0.2, -4.6), (2.6, -0.3)], colour)
        return
    shape([(-0.4, 0), (0.4, 0), (0.4, 1.4), (-0.4, 1.4)], (112, 78, 52))
    for step in range(3):
        half, base = 2.4 - 0.6 * step, -1.5 * step
        shape([(-half, base), (0, base - 2.2), (half, base)], colour)


def encoded(picture: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def draw(asset: Asset, pixels: int) -> bytes:
    """For `FakeSession.draw`: the same picture for the same seed, at most `pixels` large, or whole for 0."""
    return _file(asset.recipe.seed or 0, asset.width, asset.height, pixels)


@lru_cache(maxsize=512)
def _file(seed: int, width: int, height: int, pixels: int) -> bytes:
    picture = postcard(seed, width, height)
    if pixels:
        picture = picture.copy()
        picture.thumbnail((pixels, pixels))
    return encoded(picture)


def half_denoised(seed: int) -> bytes:
    """A preview as it comes from the middle of the denoising: a JPEG."""
    small = postcard(seed).resize((32, 32))
    noise = Image.frombytes("RGB", (32, 32), random.Random(seed).randbytes(32 * 32 * 3))
    mixed = ImageChops.blend(small, noise, 0.45).resize((256, 256), Image.Resampling.BICUBIC)
    return encoded(mixed.filter(ImageFilter.GaussianBlur(1)), "JPEG")
