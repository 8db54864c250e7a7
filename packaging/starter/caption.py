"""Puts a scene into words, English or Chinese, in many phrasings, leaving some of it unsaid."""

from __future__ import annotations

import random

import free_en
import free_zh
import msgspec
import words_en
import words_zh
from scene import COLOURS, GROUNDS, MOUNTAINS, SIDES, SKIES, STYLES, THINGS, Scene

# What a caption may say, slot by slot; the empty entry is "unsaid".
CAPTION_SLOTS: dict[str, tuple[str, ...]] = {
    "style": ("", *STYLES),
    "sky": ("", *SKIES),
    "light": ("", "sun", "crescent", "moon"),
    "light_side": ("", *SIDES),
    "clouds": ("", "yes"),
    "mountains": ("", "any", *MOUNTAINS[1:]),
    "ground": ("", *GROUNDS),
    "thing": ("", *THINGS[:-1]),
    "colour": ("", *sorted({colour for row in COLOURS.values() for colour in row if colour})),
    "place": ("", *SIDES),
    "number": ("", "1", "2", "3"),
}


class Caption(msgspec.Struct, frozen=True):
    """A caption and what it says: a word (or nothing) for every slot."""

    text: str
    said: dict[str, str]


def choose(scene: Scene, rng: random.Random) -> dict[str, str]:
    """Which of the scene's attributes are said: the thing nearly always, the sky and the ground often.

    Sun, clouds and mountains go unsaid more often than not, or a prompt that does not ask for them would
    hardly ever have them, and its pictures would all be alike.
    """

    def sometimes(word: str, chance: float) -> str:
        return word if word not in ("none", "") and rng.random() < chance else ""

    thing = "" if scene.thing == "nothing" else sometimes(scene.thing, 0.97)
    light = sometimes(scene.light, 0.4)
    mountains = sometimes(scene.mountains, 0.4)
    return {
        "style": sometimes(scene.style, 0.15 if scene.style == "flat" else 0.98),
        "sky": sometimes(scene.sky, 0.93),
        "light": light,
        "light_side": sometimes(scene.light_side, 0.85) if light else "",
        "clouds": sometimes("yes" if scene.clouds else "", 0.4),
        "mountains": "any" if mountains and rng.random() < 0.25 else mountains,
        "ground": sometimes(scene.ground, 0.93),
        "thing": thing,
        "colour": sometimes(scene.colour, 0.9) if thing else "",
        "place": sometimes(scene.place, 0.85) if thing else "",
        "number": str(scene.number) if thing and thing not in ("flowers", "birds") else "",
    }


def caption(scene: Scene, rng: random.Random) -> Caption:
    """A caption in English or Chinese; one in twelve is empty, for guidance."""
    if rng.random() < 0.08:
        return Caption("", dict.fromkeys(CAPTION_SLOTS, ""))
    said = choose(scene, rng)
    text = wording(said, rng, free=rng.random() < 0.5)
    if not text:
        return Caption("", dict.fromkeys(CAPTION_SLOTS, ""))
    return Caption(text, said)


def wording(said: dict[str, str], rng: random.Random, *, free: bool) -> str:
    """What is said in English or Chinese: in the plain sentences, or in freer ones with many more words."""
    if rng.random() < 0.5:
        return (free_en if free else words_en).write(said, rng)
    return (free_zh if free else words_zh).write(said, rng)
