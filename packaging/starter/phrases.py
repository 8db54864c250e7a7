"""Lets the word tables be read as prose, alternatives with bars between them; puts clauses together."""

from __future__ import annotations

import random
from typing import NamedTuple


def phrases(line: str) -> tuple[str, ...]:
    """`"at sea | on the ocean"` as a tuple. A phrase that stands twice is chosen twice as often."""
    return tuple(phrase.strip() for phrase in line.split("|"))


def pairs(line: str) -> tuple[tuple[str, str], ...]:
    """`"fir/firs | pine/pines"` as pairs."""
    return tuple((first, second) for first, _, second in (item.partition("/") for item in phrases(line)))


class Frame(NamedTuple):
    """What a language says around a scene; `{s}` is the style's name."""

    openings: tuple[str, ...]
    closings: tuple[str, ...]
    style_openings: tuple[str, ...]
    style_closings: tuple[str, ...]


def framed(text: str, style: str, frame: Frame, rng: random.Random) -> str:
    """The text between an opening and a closing, one of which names the style, if one is named."""
    if not text:
        return style
    opening, closing = rng.choice(frame.openings), rng.choice(frame.closings)
    if style and rng.random() < 0.5:
        opening = rng.choice(frame.style_openings).format(s=style)
    elif style:
        closing = rng.choice(frame.style_closings).format(s=style) + closing
    return f"{opening}{text}{closing}".strip()


def scattered(
    clauses: list[str], asides: tuple[str, ...], joints: tuple[str, ...], rng: random.Random
) -> str:
    """The clauses in any order, at times with asides between them, joined in any manner."""
    if not clauses:
        return ""
    rng.shuffle(clauses)
    while len(clauses) < 6 and rng.random() < 0.4:
        clauses.insert(rng.randrange(len(clauses) + 1), rng.choice(asides))
    return "".join(part for clause in clauses for part in (clause, rng.choice(joints)))
