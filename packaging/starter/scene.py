"""What a postcard shows: the words of its small world, and how a scene is drawn by lot."""

from __future__ import annotations

import random

import msgspec

STYLES = ("flat", "paper", "pixel", "line", "watercolour", "neon")
SKIES = ("day", "sunset", "dawn", "night")
GROUNDS = ("sea", "desert", "meadow", "snow")
SIDES = ("left", "centre", "right")
MOUNTAINS = ("none", "blue", "purple", "green", "grey", "red", "snowy")

# Colours that a thing may have; an empty entry means that its colour is its own and goes unsaid.
COLOURS: dict[str, tuple[str, ...]] = {
    "boat": ("red", "white", "yellow", "blue", "orange", "purple"),
    "lighthouse": ("red", "blue", "green", "black"),
    "house": ("red", "blue", "orange", "yellow", "purple"),
    "pine": ("",),
    "tree": ("green", "orange", "pink", "red", "yellow"),
    "cactus": ("",),
    "balloon": ("red", "yellow", "blue", "purple", "orange", "green", "pink"),
    "flowers": ("red", "yellow", "pink", "purple", "white", "blue"),
    "birds": ("white", "black"),
    "windmill": ("red", "blue", "white"),
    "cat": ("black", "orange", "white", "grey"),
    "bridge": ("red", "grey", "orange", "blue"),
    "nothing": ("",),
}
THINGS = tuple(COLOURS)

HOMES: dict[str, tuple[str, ...]] = {
    "boat": ("sea",),
    "lighthouse": ("sea", "sea", "meadow", "snow"),
    "house": ("meadow", "meadow", "snow", "desert"),
    "pine": ("snow", "meadow"),
    "tree": ("meadow", "meadow", "snow"),
    "cactus": ("desert",),
    "balloon": GROUNDS,
    "flowers": ("meadow",),
    "birds": GROUNDS,
    "windmill": ("meadow", "meadow", "snow"),
    "cat": ("meadow", "snow", "desert"),
    "bridge": ("sea", "sea", "meadow"),
    "nothing": GROUNDS,
}
OFTEN = ("cactus", "balloon", "birds", "cat")  # drawn twice as often: they are hardest to learn
STYLED = (*STYLES[1:], "pixel")  # pixel art likewise
SEVERAL = ("boat", "pine", "tree", "cactus", "balloon")
FLAT = 0.55  # the share of pictures in the plain style, which a prompt gets that asks for none
STRANGE = 0.08  # how often a thing on land stands on a ground that is not its home


class Scene(msgspec.Struct, frozen=True):
    """One postcard in words. `colour` is empty where the thing's colour is its own."""

    sky: str
    light: str
    light_side: str
    clouds: bool
    mountains: str
    ground: str
    thing: str
    colour: str
    place: str
    number: int
    style: str = "flat"


def sample(rng: random.Random) -> Scene:
    """A scene by lot: every sky as likely as the next, things nearly so, grounds where things are at home."""
    things = THINGS if rng.random() < 0.5 else THINGS[:-1]
    thing = rng.choice(things + OFTEN)
    ground = rng.choice(HOMES[thing])
    if thing not in ("boat", "bridge", "flowers") and rng.random() < STRANGE:
        ground = rng.choice(GROUNDS[1:])
    sky = rng.choice(SKIES)
    place = rng.choice(SIDES)
    number = rng.choice((1, 1, 1, 2, 3)) if thing in SEVERAL else 1
    if sky == "night":
        light = rng.choice(("crescent", "crescent", "moon", "none"))
    else:
        light = rng.choice(("sun", "sun", "sun", "none"))
    return Scene(
        sky=sky,
        light=light,
        light_side=_light_side(rng, thing, place),
        clouds=rng.random() < 0.4,
        mountains=rng.choice(MOUNTAINS[1:]) if rng.random() < 0.4 else "none",
        ground=ground,
        thing=thing,
        colour="white" if thing == "birds" and sky == "night" else rng.choice(COLOURS[thing]),
        place=place,
        number=number,
        style="flat" if rng.random() < FLAT else rng.choice(STYLED),
    )


def _light_side(rng: random.Random, thing: str, place: str) -> str:
    """Sun or moon beside the thing rather than behind it, most of the time: postcards are composed."""
    free = [side for side in SIDES if side != place]
    return rng.choice(free if thing != "nothing" and rng.random() < 0.85 else SIDES)
