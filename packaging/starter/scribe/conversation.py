"""Whole conversations: which tasks, in which language, with or without a system prompt."""

from collections.abc import Callable, Sequence
from random import Random

from . import picture_tasks, text_tasks
from .asking import typed
from .grammar import Exchange, studio, talk
from .phrase import write
from .story import sample_name

FIRST_ASKED = 24  # of the facts about the studio, which stand in the order of a newcomer's interest

Turn = tuple[str, str]
Message = dict[str, str]


def ask_studio(rng: Random, language: str) -> list[Turn]:
    """A question about the studio, the more often the more ways there are to ask it; a newcomer's twice."""
    facts = studio(language).facts
    weights = [len(fact.ask) * (2 if number < FIRST_ASKED else 1) for number, fact in enumerate(facts)]
    return _exchange(rng, language, rng.choices(facts, weights))


def small_talk(rng: Random, language: str) -> list[Turn]:
    """A greeting, a thank-you, a question about Scribe."""
    words = talk(language)
    return _exchange(rng, language, (*words.chat, *words.greeting, *words.thanks))


def refuse(rng: Random, language: str) -> list[Turn]:
    """A question outside Scribe's world, and a kind no."""
    outside = rng.choice(talk(language).outside)
    numbers = {"n": str(rng.randint(2, 999)), "m": str(rng.randint(2, 99))}
    answer = write(rng, talk(language).refuse, {"topic": outside.topic})
    return [(typed(rng, write(rng, outside.ask, numbers), language), answer)]


def _exchange(rng: Random, language: str, exchanges: Sequence[Exchange]) -> list[Turn]:
    exchange = rng.choice(exchanges)
    words = {"name": sample_name(rng, language, rng.random() < 0.5)}
    ask = write(rng, exchange.ask, words)
    if words["name"] not in ask:
        ask = typed(rng, ask, language)
    return [(ask, write(rng, exchange.answer, words))]


TASKS: dict[Callable[[Random, str], list[Turn]], float] = {
    picture_tasks.expand_idea: 11,
    picture_tasks.translate: 16,
    picture_tasks.entitle: 8,
    picture_tasks.shorten: 4,
    picture_tasks.ideas: 3,
    picture_tasks.studio_session: 6,
    picture_tasks.change_prompt: 13,
    text_tasks.tell_story: 14,
    text_tasks.begin_or_end: 9,
    text_tasks.continue_story: 4,
    text_tasks.summarise: 9,
    text_tasks.name_story: 1,
    text_tasks.rewrite: 20,
    text_tasks.repeat: 4,
    ask_studio: 44,
    small_talk: 6,
    refuse: 16,
}


def sample_conversation(rng: Random) -> list[Message]:
    """Return one conversation as chat messages, mostly of one task, at times of several."""
    language = rng.choice(("en", "zh"))
    turns = _turns(rng, language)
    messages: list[Message] = []
    if rng.random() < 0.3:
        messages.append({"role": "system", "content": write(rng, talk(language).system)})
    for ask, answer in turns:
        messages.append({"role": "user", "content": ask.strip()})
        messages.append({"role": "assistant", "content": answer.strip()})
    return messages


def _turns(rng: Random, language: str) -> list[Turn]:
    if rng.random() < 0.7:
        return _task(rng, language)
    turns = _exchange(rng, language, talk(language).greeting) if rng.random() < 0.4 else []
    for _ in range(rng.choice((1, 2, 2, 3))):
        spoken = language if rng.random() < 0.85 else ("en" if language == "zh" else "zh")
        turns += _task(rng, spoken)
    return turns + (_exchange(rng, language, talk(language).thanks) if rng.random() < 0.4 else [])


def _task(rng: Random, language: str) -> list[Turn]:
    return rng.choices(tuple(TASKS), weights=tuple(TASKS.values()))[0](rng, language)
