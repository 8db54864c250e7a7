"""How much of what Scribe tells is its own: varied pairs of words, no long sentence from its training."""

import re
from collections.abc import Iterable
from itertools import pairwise
from random import Random

from .conversation import sample_conversation

LONG = {"en": 12, "zh": 20}  # words; in Chinese characters, of which twelve words have about twenty
_WORDS = re.compile(r"[\u4e00-\u9fff]|[\w'-]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ENDS = re.compile(r"(?<=[.!?。！？])[\"”]?\s*")


def words(text: str) -> list[str]:
    """Return the words of a text in small letters, a Chinese character being a word."""
    return _WORDS.findall(text.lower())


def word_pairs(text: str) -> list[tuple[str, str]]:
    """Return the pairs of neighbouring words of a text, in Chinese of characters."""
    return list(pairwise(words(text)))


def distinct_pairs(texts: Iterable[str]) -> float:
    """Return the share of pairs of neighbouring words in `texts` that differ from all others (distinct-2)."""
    pairs = [pair for text in texts for pair in word_pairs(text)]
    return len(set(pairs)) / len(pairs)


def long_sentences(text: str) -> set[str]:
    """Return the sentences of over twelve words, by their words alone."""
    sentences = [" ".join(words(sentence)) for sentence in _ENDS.split(text)]
    limit = LONG["zh" if _HAN.search(text) else "en"]
    return {sentence for sentence in sentences if sentence.count(" ") >= limit}


def training_sentences(seed: int, pool: int, pools: int, run: int = 0) -> set[str]:
    """Return the long sentences of the first `pools` pools of a training run, as the grammar is now.

    What the person says is in it too, for a part of that is learned.
    """
    found: set[str] = set()
    for number in range(pools):
        rng = Random(f"{seed}/train/{run}/{number}")
        for _ in range(pool):
            for message in sample_conversation(rng):
                found |= long_sentences(message["content"])
    return found
