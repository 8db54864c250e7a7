"""Judges Scribe task by task and prints a Markdown table.

From the folder above: `python -m scribe.judge [MODEL] [--count 20]`.

The requests are written from seeds that no training uses. Questions about the studio are asked twice, one for
each fact: as the training text words them, and in words of our own (`texts/freely.toml`).

`format`: the answer has the form that was asked for (language, length, lines, one sentence). `attributes`:
the share of what had to be kept that is in it: things with their colours, numbers and places, names, mood;
the right fact for a question about the studio, and the way to bigger models for one from outside. The
likeliest words are judged, for stories those drawn as in the studio. Everything is seeded.
"""

import argparse
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from statistics import mean

import msgspec
import torch

from . import items
from .conversation import Message
from .export import RESOURCES
from .grammar import studio, talk
from .items import Item
from .novelty import distinct_pairs, long_sentences, training_sentences, word_pairs
from .phrase import write
from .story import sample_story
from .train import HELD_OUT, IGNORED, Recipe, batches
from .writer import Writer

FREELY = Path(__file__).parent / "texts" / "freely.toml"
LANGUAGES = ("en", "zh")
FORMAT, ATTRIBUTES, DISTINCT, UNCOPIED, SPEED = 0.95, 0.9, 0.6, 0.9, 60.0
VARIANTS = 12  # ways to tell a fact, with which an answer is compared
POOLS = 450  # of training text, searched for copied sentences
STORY, CONTINUED = "story", "story continued"
STORIES = 3  # times as many stories, for their figures scatter most

Make = Callable[[Random, str], Item]
TASKS: dict[str, Make] = {
    "idea to prompt": items.idea_to_prompt,
    "prompt into the other language": items.translate,
    "prompt changed": items.change_prompt,
    "the change itself": items.the_change,
    "prompt shortened": items.shorten_prompt,
    "title and caption": items.title_and_caption,
    STORY: items.tell_story,
    "story's first or last sentence": items.begin_or_end,
    CONTINUED: items.continue_story,
    "summary in one sentence": items.summarise,
    "passage shorter": partial(items.rewrite, voice="short"),
    "passage longer": partial(items.rewrite, voice="long"),
    "passage happier": partial(items.rewrite, voice="happy"),
    "passage more formal": partial(items.rewrite, voice="formal"),
}
SAMPLED = (STORY, CONTINUED)
BIGGER = {"en": ("bigger", "Models"), "zh": ("更大的模型", "模型”")}


@dataclass(frozen=True)
class Score:
    """A task's figures, by language: the share of answers in form, and of attributes kept."""

    format: dict[str, float]
    attributes: dict[str, float]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, nargs="?", default=RESOURCES)
    parser.add_argument("--count", type=int, default=20, help="requests of each task and language")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(report(options.model, options.count))


def report(folder: Path = RESOURCES, count: int = 20) -> str:
    """Return the judge's tables, in Markdown, on `count` requests of each task and language."""
    torch.manual_seed(0)
    writer = Writer.load(folder)
    scores: dict[str, Score] = {}
    stories: list[str] = []
    for name, make in TASKS.items():
        scores[name], answers = score(writer, make, name, count * (STORIES if name == STORY else 1))
        stories += answers if name == STORY else []
    scores["question about the studio, as the grammar asks"] = _studio(writer)
    scores["question about the studio, in words of our own"] = _studio_freely(writer)
    known = {language: _outside(language) for language in LANGUAGES}
    own = {language: freely(language).outside for language in LANGUAGES}
    scores["refusal from outside its world, as the grammar asks"] = _refusals(writer, known)
    scores["refusal from outside its world, in words of our own"] = _refusals(writer, own)
    lines = [*table(scores), "", "| | | bar | |", "|---|---|---|---|"]
    lines.append(
        _row("distinct-2 of stories, as a share of the training text's", _distinct(stories), DISTINCT)
    )
    lines.append(_row("stories with no sentence copied from training", _uncopied(stories), UNCOPIED))
    lines.append(_row("tokens a second", speed(writer), SPEED, digits=0))
    lines.append(f"| perplexity on held-out answers | {perplexity(writer):.2f} | reported | |")
    return "\n".join(lines)


def score(writer: Writer, make: Make, name: str, count: int) -> tuple[Score, list[str]]:
    """Return a task's figures and the answers that they were taken from."""
    form: dict[str, float] = {}
    kept: dict[str, float] = {}
    told: list[str] = []
    for language in LANGUAGES:
        asked = [make(Random(f"judge/{name}/{language}/{number}"), language) for number in range(count)]
        answers = writer.answers([item.chat for item in asked], sample=name in SAMPLED)
        pairs = list(zip(asked, answers, strict=True))
        form[language] = mean(item.formed(answer) for item, answer in pairs)
        kept[language] = mean([one for item, answer in pairs for one in item.kept(answer)])
        told += answers
    return Score(form, kept), told


def _studio(writer: Writer) -> Score:
    asks: dict[str, list[str]] = {}
    told: dict[str, list[list[set[tuple[str, str]]]]] = {}
    for language in LANGUAGES:
        rng, facts = Random(f"judge/studio/{language}"), studio(language).facts
        asks[language] = [write(rng, fact.ask) for fact in facts]
        told[language] = [
            [set(word_pairs(write(rng, fact.answer))) for _ in range(VARIANTS)] for fact in facts
        ]
    return _score_questions(writer, asks, lambda lang, number, text: nearest(text, told[lang]) == number)


def _studio_freely(writer: Writer) -> Score:
    asked = {language: freely(language).studio for language in LANGUAGES}
    asks = {language: [ask for ask, _ in pairs] for language, pairs in asked.items()}
    return _score_questions(writer, asks, lambda lang, number, text: asked[lang][number][1] in text)


def _refusals(writer: Writer, asks: Mapping[str, Sequence[str]]) -> Score:
    return _score_questions(writer, asks, lambda lang, _, text: all(word in text for word in BIGGER[lang]))


def _score_questions(
    writer: Writer, asks: Mapping[str, Sequence[str]], right: Callable[[str, int, str], bool]
) -> Score:
    """Return the figures of single questions; `right` gets a language, a question's number and the answer."""
    form: dict[str, float] = {}
    kept: dict[str, float] = {}
    for language in LANGUAGES:
        answers = writer.answers([_chat(ask) for ask in asks[language]])
        form[language] = mean(items.speaks_of(text, language) for text in answers)
        kept[language] = mean(right(language, number, text) for number, text in enumerate(answers))
    return Score(form, kept)


def nearest(text: str, told: list[list[set[tuple[str, str]]]]) -> int:
    """Return the number of the fact, told in several variants, whose pairs of words a text shares most."""
    pairs = set(word_pairs(text))
    alike = [max(len(pairs & variant) / len(pairs | variant) for variant in fact) for fact in told]
    return alike.index(max(alike))


class Freely(msgspec.Struct, frozen=True):
    """Questions in words of our own: about the studio, with a phrase of the answer, and from outside."""

    studio: tuple[tuple[str, str], ...]
    outside: tuple[str, ...]


def freely(language: str) -> Freely:
    """Return the questions in words of our own."""
    return msgspec.toml.decode(FREELY.read_bytes(), type=dict[str, Freely])[language]


def _outside(language: str) -> list[str]:
    """Return a question on each topic from outside, as the training text asks it."""
    rng, numbers = Random(f"judge/outside/{language}"), {"n": "37", "m": "5"}
    return [write(rng, topic.ask, numbers) for topic in talk(language).outside]


def _chat(ask: str) -> list[Message]:
    return [{"role": "user", "content": ask}]


def _distinct(stories: list[str]) -> float:
    """Return the distinct-2 of the stories over that of as many of the grammar, mean of the languages."""
    half = len(stories) // 2
    shares: list[float] = []
    for language, told in zip(LANGUAGES, (stories[:half], stories[half:]), strict=True):
        rng = Random(f"judge/distinct/{language}")
        shares.append(distinct_pairs(told) / distinct_pairs(sample_story(rng, language).text for _ in told))
    return mean(shares)


def _uncopied(stories: list[str]) -> float:
    recipe = Recipe()
    known = training_sentences(recipe.seed, recipe.pool, POOLS)
    return mean(not long_sentences(story) & known for story in stories)


def speed(writer: Writer) -> float:
    """Return how many tokens a second a long answer brings, on the threads that torch was given."""
    inputs = writer.tokenizer.apply_chat_template(
        _chat("Write a story about a fox."), add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    writer.model.generate(**inputs, do_sample=False, max_new_tokens=8)
    began = time.monotonic()
    writer.model.generate(**inputs, do_sample=False, min_new_tokens=128, max_new_tokens=128)
    return 128 / (time.monotonic() - began)


@torch.no_grad()
def perplexity(writer: Writer, count: int = 24) -> float:
    """Return the perplexity of what the assistant says in `count` held-out batches of conversations."""
    source = batches(writer.tokenizer, Recipe(), HELD_OUT)
    loss, number = 0.0, 0
    for batch in (next(source) for _ in range(count)):
        learned = batch.targets != IGNORED
        logits = writer.model(input_ids=batch.ids).logits[learned].float()
        loss += float(torch.nn.functional.cross_entropy(logits, batch.targets[learned], reduction="sum"))
        number += int(learned.sum())
    return math.exp(loss / number)


def table(scores: dict[str, Score]) -> list[str]:
    """Return the lines of a Markdown table of the tasks, each figure with its verdict."""
    lines = [
        f"| task | format en | zh | bar {FORMAT} | attributes en | zh | bar {ATTRIBUTES} |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, one in scores.items():
        form, kept = one.format, one.attributes
        cells = (
            f"{form['en']:.2f} | {form['zh']:.2f} | {_verdict(mean(form.values()), FORMAT)}",
            f"{kept['en']:.2f} | {kept['zh']:.2f} | {_verdict(mean(kept.values()), ATTRIBUTES)}",
        )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _row(name: str, figure: float, bar: float, digits: int = 2) -> str:
    return f"| {name} | {figure:.{digits}f} | {bar:.{digits}f} | {_verdict(figure, bar)} |"


def _verdict(figure: float, bar: float) -> str:
    return "met" if figure >= bar else "not met"


if __name__ == "__main__":
    main()
