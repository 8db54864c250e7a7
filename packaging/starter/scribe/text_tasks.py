"""Conversations about texts: stories, continuing, summing up, titles, rewriting in another voice."""

from collections.abc import Sequence
from random import Random

from .grammar import Event, rewriting, story_book
from .phrase import capital, write
from .prompts import prompt, sample_order
from .scene import COLOURS, KINDS, sample_scene
from .story import Story, ask_for, ask_with, gap, sample_cast, sample_name, sample_story

Turn = tuple[str, str]
VOICES = ("short", "long", "happy", "formal")


def tell_story(rng: Random, language: str) -> list[Turn]:
    """A story on request, at times with questions about it afterwards."""
    story = sample_story(rng, language)
    turns = [(ask_for(rng, story, language), story.text)]
    if rng.random() < 0.45:
        kinds = rng.sample(tuple(story_book(language).asks.follow_up), rng.choice((1, 1, 2, 3)))
        kinds.sort(key=lambda kind: kind == "again")
        turns += [_follow_up(rng, language, story, kind) for kind in kinds]
    return turns


def begin_or_end(rng: Random, language: str) -> list[Turn]:
    """The first or the last sentence alone of a story of a mood."""
    story, asks = sample_story(rng, language), story_book(language).asks
    first = rng.random() < 0.6
    ask = ask_with(rng, asks.opening if first else asks.closing, story)
    return [(ask, story.sentences[0 if first else -1])]


def continue_story(rng: Random, language: str) -> list[Turn]:
    """The beginning of a story is given, the rest is answered."""
    story = sample_story(rng, language)
    cut = rng.choice((1, 2, 2, 3))
    start, rest = story.gap.join(story.sentences[:cut]), story.gap.join(story.sentences[cut:])
    ask = write(rng, story_book(language).asks.continue_it)
    return [(f"{ask}{rng.choice((story.gap, chr(10) * 2))}{start}", rest)]


def summarise(rng: Random, language: str) -> list[Turn]:
    """A story is given, one sentence is answered."""
    story = sample_story(rng, language, short=True)
    ask = write(rng, story_book(language).asks.summarise)
    return [(f"{ask}\n\n{story.text}" if rng.random() < 0.6 else f"{story.text}\n\n{ask}", story.summary)]


def name_story(rng: Random, language: str) -> list[Turn]:
    """A story is given, a title is answered."""
    story = sample_story(rng, language, short=True)
    return [(f"{write(rng, story_book(language).asks.name_it)}\n\n{story.text}", story.title)]


def rewrite(rng: Random, language: str) -> list[Turn]:
    """A passage is told again in another voice, at times in yet another one afterwards."""
    if rng.random() < 0.35:
        return _rewrite_any(rng, language)
    words, events = passage(rng, language)
    asks = rewriting(language).asks
    voice = "plain" if rng.random() < 0.75 else rng.choice(("long", "happy", "formal"))
    targets = [name for name in VOICES if name != voice] + (["plain"] if voice in ("long", "formal") else [])
    target = rng.choice(targets)
    text = tell(rng, events, voice, words, language)
    colon, stop = ("：", "。") if language == "zh" else (": ", ".")
    ask = write(rng, asks[target])
    turns = [
        (
            f"{ask}{colon}{text}" if rng.random() < 0.7 else f"{text}\n\n{ask}{stop}",
            tell(rng, events, target, words, language),
        )
    ]
    if rng.random() < 0.3:
        second = rng.choice([name for name in VOICES if name != target])
        follow = write(rng, asks[second]).replace("this", "it")
        turns.append((follow + stop, tell(rng, events, second, words, language)))
    return turns


def _rewrite_any(rng: Random, language: str) -> list[Turn]:
    """Sentences that no table holds in several voices: cut down, added to, or framed."""
    story, voice, source = sample_story(rng, language), rng.choice(VOICES), rewriting(language)
    start, number = rng.randrange(len(story.sentences) - 2), rng.choice((1, 2, 2, 3))
    said = story.sentences[start : start + max(number, 2 if voice == "short" else 1)]
    text = story.gap.join(said)
    if voice == "short":
        after = said[0]
    elif voice == "long":
        details = rng.choice(tuple(story_book(language).details.values()))
        after = story.gap.join((*said, capital(write(rng, details, story.words))))
    else:
        frame = source.happy_frame if voice == "happy" else source.formal_frame
        after = write(rng, frame, {"text": text})
    ask, colon = write(rng, source.asks[voice]), "：" if language == "zh" else ": "
    return [(f"{ask}{colon}{text}", after)]


def repeat(rng: Random, language: str) -> list[Turn]:
    """A text is said again to the letter: the shortest way to learn to carry words over."""
    source = rewriting(language)
    kind = rng.random()
    if kind < 0.4:
        text = prompt(sample_scene(rng), language, sample_order(rng))
    elif kind < 0.5:
        text = rng.choice(sample_story(rng, language, short=True).sentences)
    else:
        pool = [*source.spots.split(), *COLOURS] if language == "en" else source.spots.split()
        pool += [sample_name(rng, language, rng.random() < 0.5) for _ in range(20)]
        pool += [kind.en if language == "en" else kind.zh for kind in KINDS.values()]
        text = " ".join(rng.choices(pool, k=rng.randint(3, 16)))
    return [(write(rng, source.repeat, {"text": text}), text)]


def _follow_up(rng: Random, language: str, story: Story, kind: str) -> Turn:
    asks = story_book(language).asks
    answers = {
        "title": story.title,
        "summary": story.summary,
        "who": write(rng, asks.who, story.words),
        "where": write(rng, asks.where, story.words),
    }
    answer = answers.get(kind) or sample_story(rng, language, short=True).text
    return write(rng, asks.follow_up[kind]), answer


def passage(rng: Random, language: str) -> tuple[dict[str, str], list[Event]]:
    """Return the words and events of a passage to rewrite."""
    source = rewriting(language)
    events = [rng.choice(source.arrive), *rng.sample(source.do, 2), rng.choice(source.end)]
    kept = rng.choice(((0,), (0, 3), (0, 1, 3), (0, 1, 2), (0, 1, 2, 3)))
    words = sample_cast(rng, language) | {"spot": rng.choice(source.spots.split())}
    return words, [events[index] for index in kept]


def tell(rng: Random, events: Sequence[Event], voice: str, words: dict[str, str], language: str) -> str:
    """Return events told in a voice, one after the other."""
    return gap(language).join(capital(write(rng, getattr(event, voice), words)) for event in events)
