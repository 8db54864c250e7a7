"""What a text keeps of what was asked for: things with their colours, numbers and places, names, moods."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .grammar import StoryBook, story_book
from .prompts import ON_GROUND, UNDER_SKY
from .scene import (
    CLOUDS,
    COLOURS,
    GROUNDS,
    KINDS,
    LIGHTS,
    NUMBERS_EN,
    NUMBERS_ZH,
    PLACES,
    SKIES,
    STYLES,
    TOUCHES,
    Scene,
    Thing,
    Word,
)

_CLAUSES = re.compile(r"[,，;；.。:：!！?？\n]| and ")
_CHOICES = re.compile(r"\[([^\[\]]*)\]")
_SHORT_NAMES = {"boat": "boat", "balloon": "balloon", "tree": "tree with", "house": "cottage"}
_SHORT_NAMES_ZH = {"tree": "圆树"}
STORY_WORDS = ("name", "kind", "place", "object")


@dataclass(frozen=True)
class Wanted:
    """One attribute: one of `words` in a text; where `near` is given, in a clause with one of those."""

    words: tuple[str, ...]
    near: tuple[str, ...] = ()

    def kept(self, text: str) -> bool:
        """Tell whether `text` has it."""
        clauses = _CLAUSES.split(text) if self.near else [text]
        return any(_any(self.words, c) for c in clauses if not self.near or _any(self.near, c))


def _any(words: tuple[str, ...], text: str) -> bool:
    return any(re.search(_pattern(word), text, re.IGNORECASE) for word in words)


def _pattern(word: str) -> str:
    return rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word)


def of_scene(scene: Scene, language: str) -> list[Wanted]:
    """Return all that a scene says, as a text in `language` would have it."""
    wanted = [one for thing in scene.things for one in of_thing(thing, language)]
    wanted += _of_surroundings(scene, language)
    wanted += [_either(TOUCHES[touch], language) for touch in scene.touches]
    if scene.style:
        wanted.append(_either(STYLES[scene.style], language))
    return wanted


def of_thing(thing: Thing, language: str) -> list[Wanted]:
    """Return the kind of a thing, and its colour, number and place where they are said."""
    kind = KINDS[thing.kind]
    if language == "en":
        nouns = (kind.en, kind.plural, *_known(_SHORT_NAMES, thing.kind))
        number = ("a", "an", "one") if thing.number == 1 else (NUMBERS_EN[thing.number],)
    else:
        nouns = (kind.zh, *_known(_SHORT_NAMES_ZH, thing.kind))
        number = (NUMBERS_ZH[thing.number] + kind.measure,)
    wanted = [Wanted(nouns), Wanted(number, nouns)]
    if thing.colour:
        wanted.append(Wanted(_either(COLOURS[thing.colour], language).words, nouns))
    if thing.place:
        wanted.append(Wanted(_either(PLACES[thing.place], language).words, nouns))
    return wanted


def _of_surroundings(scene: Scene, language: str) -> Iterator[Wanted]:
    if scene.sky:
        yield Wanted((*_either(SKIES[scene.sky], language).words, UNDER_SKY[language][scene.sky]))
    if scene.ground:
        yield Wanted((*_either(GROUNDS[scene.ground], language).words, ON_GROUND[language][scene.ground]))
    if scene.light:
        light = _either(LIGHTS[scene.light], language)
        yield light
        if scene.light_colour:
            yield Wanted(_either(COLOURS[scene.light_colour], language).words, light.words)
        if scene.light_place:
            yield Wanted(_either(PLACES[scene.light_place], language).words, light.words)
    if scene.clouds:
        yield _either(CLOUDS[scene.clouds], language)
    if scene.mountains:
        mountains = ("mountains",) if language == "en" else ("群山",)
        yield Wanted(_either(COLOURS[scene.mountains], language).words, mountains)


def _either(word: Word, language: str) -> Wanted:
    return Wanted((word.en,) if language == "en" else (word.zh,))


def _known(table: Mapping[str, str], key: str) -> tuple[str, ...]:
    return (table[key],) if key in table else ()


def of_words(words: Mapping[str, str], source: str, names: tuple[str, ...] = STORY_WORDS) -> list[Wanted]:
    """Return those of a story's words that `source` says."""
    return [Wanted((words[name],)) for name in names if words[name].lower() in source.lower()]


def mood_in(text: str, language: str) -> str:
    """Return the mood whose openings, asides and closings a story's text has most of; "" when it has none."""
    book = story_book(language)
    found = {mood: sum(piece in text for piece in _pieces(book, mood)) for mood in book.moods}
    best = max(found, key=lambda mood: found[mood])
    return best if found[best] else ""


def _pieces(book: StoryBook, mood: str) -> set[str]:
    """Return what is the same in all of a mood's templates, where it is long enough to know the mood by."""
    least = 4 if book.surnames else 9
    pieces: set[str] = set()
    for template in (*book.openings[mood], *book.asides[mood], *book.closings[mood]):
        for choice in _CHOICES.findall(template):
            pieces.update(choice.split("|"))
        pieces.update(re.split(r"\[[^\[\]]*\]|\{[\w ]+\}|[,.，。]", template))
    return {piece.strip() for piece in pieces if len(piece.strip()) >= least and "{" not in piece}
