"""Reads what Scribe's conversations are written from: the typed contents of `texts/`, one set a language."""

from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")
_TEXTS = Path(__file__).parent / "texts"


class Plot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A story's course: beats told in order, talk for its middle, its summary and its titles."""

    summary: str
    titles: tuple[str, ...]
    beats: tuple[tuple[str, ...], ...]
    talk: tuple[str, ...]


class StoryAsks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a person asks for a story, and afterwards about it."""

    story: tuple[str, ...]
    opening: tuple[str, ...]
    closing: tuple[str, ...]
    summarise: tuple[str, ...]
    continue_it: tuple[str, ...]
    name_it: tuple[str, ...]
    follow_up: dict[str, str]
    who: str
    where: str


class StoryBook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who and what a story may hold; names and syllables are words with spaces between them."""

    women: str
    men: str
    syllables: str
    roles: tuple[str, ...]
    roles_of_men: tuple[str, ...]
    beasts: tuple[str, ...]
    objects: tuple[str, ...]
    friends: tuple[str, ...]
    moods: dict[str, str]
    places: dict[str, tuple[str, ...]]
    details: dict[str, tuple[str, ...]]
    openings: dict[str, tuple[str, ...]]
    asides: dict[str, tuple[str, ...]]
    closings: dict[str, tuple[str, ...]]
    plots: dict[str, Plot]
    asks: StoryAsks
    surnames: str = ""


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One small happening in five voices."""

    plain: str
    short: str
    long: str
    happy: str
    formal: str


class Rewriting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What passages to rewrite are made of, and how each voice is asked for."""

    spots: str
    repeat: str
    happy_frame: tuple[str, ...]
    formal_frame: tuple[str, ...]
    asks: dict[str, str]
    arrive: tuple[Event, ...]
    do: tuple[Event, ...]
    end: tuple[Event, ...]


class Exchange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ways to ask something and ways to answer it."""

    ask: tuple[str, ...]
    answer: tuple[str, ...]


class Outside(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A topic that Scribe knows nothing about, and questions about it."""

    topic: str
    ask: tuple[str, ...]


class Talk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Small talk, system prompts and refusals."""

    system: tuple[str, ...]
    refuse: tuple[str, ...]
    greeting: tuple[Exchange, ...]
    thanks: tuple[Exchange, ...]
    chat: tuple[Exchange, ...]
    outside: tuple[Outside, ...]


class PictureAsks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a person asks for prompts and for changes to them; `sky` and `place` by what is wanted."""

    expand: tuple[str, ...]
    lead: str
    translate: tuple[str, ...]
    entitle: tuple[str, ...]
    title_only: tuple[str, ...]
    caption_only: tuple[str, ...]
    ideas: tuple[str, ...]
    shorter: tuple[str, ...]
    choose: str
    bring: str
    name_it: str
    translate_it: str
    style: str
    add: str
    remove: str
    colour: str
    number: str
    sky: dict[str, str]
    place: dict[str, str]


class Studio(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Questions about the studio with their answers."""

    facts: tuple[Exchange, ...]


@cache
def story_book(language: str) -> StoryBook:
    """Return the words and plots of stories in `language`, "en" or "zh"."""
    return _read("story", language, StoryBook)


@cache
def rewriting(language: str) -> Rewriting:
    """Return the events of passages to rewrite."""
    return _read("rewrite", language, Rewriting)


@cache
def talk(language: str) -> Talk:
    """Return small talk and refusals."""
    return _read("talk", language, Talk)


@cache
def picture_asks(language: str) -> PictureAsks:
    """Return how prompts are asked for."""
    return _read("picture", language, PictureAsks)


@cache
def studio(language: str) -> Studio:
    """Return the questions and answers about the studio."""
    return _read("studio", language, Studio)


def _read(name: str, language: str, kind: type[T]) -> T:
    return msgspec.toml.decode((_TEXTS / f"{name}.{language}.toml").read_bytes(), type=kind)
