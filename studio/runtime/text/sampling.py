"""How the tokens of an answer are chosen, by processors of transformers and of ours."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
)

from studio.runtime.text.banned import Bans, Vocabulary
from studio.runtime.text.chance import Chance
from studio.runtime.text.chosen import DRY_BREAKERS, Chosen
from studio.runtime.text.dry import Dry
from studio.runtime.text.top_p import TopP
from studio.runtime.text.xtc import Xtc


@dataclass(frozen=True)
class Breaks:
    """Tokens with a meaning of their own to the samplers.

    Attributes:
        dry: those that sequences do not reach over.
        xtc: those that are not taken away.
    """

    dry: frozenset[int]
    xtc: frozenset[int]


def breaks_of(tokenizer: Any, ends: frozenset[int]) -> Breaks:
    """All tokens that write no text or end an answer are among them: a template repeats them by right."""
    special = {number for number, one in tokenizer.added_tokens_decoder.items() if one.special} | ends

    def last_of(text: str) -> set[int]:
        # After a letter, as the author does it: alone, some tokenizers put a space before.
        return set(tokenizer("a" + text, add_special_tokens=False).input_ids[-1:])

    return Breaks(
        dry=frozenset(special.union(*(last_of(text) for text in DRY_BREAKERS))),
        xtc=ends | frozenset(last_of("\n")),
    )


class Banned(LogitsProcessor):
    """Takes away what would complete a phrase; what ends an answer is always left."""

    def __init__(self, bans: Bans, start: int) -> None:
        self._bans, self._start = bans, start

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """`input_ids`: [rows, tokens], the answers' from `start` on; `scores`: [rows, vocabulary]."""
        left, words = scores.clone(), scores.shape[-1]  # some tokenizers know more
        for row, ids in enumerate(input_ids[:, self._start :].tolist()):
            taken = [token for tokens in self._bans.now(ids) for token in tokens if token < words]
            left[row, taken] = float("-inf")
        return left


class Chooser:
    """Chooses the tokens of answers to one prompt, in the order of the field: repetition, DRY, banned
    phrases, temperature, top-k, top-p, min-p, XTC; then chance, each answer's own."""

    def __init__(
        self, chosen: Chosen, bans: Bans | None, breaks: Breaks, seeds: Sequence[int], start: int
    ) -> None:
        """The answers begin after `start` tokens."""
        self._chances, self._start = [Chance(seed) for seed in seeds], start
        self._greedy = chosen.temperature == 0
        self._xtc: Xtc | None = None
        self._processors = LogitsProcessorList()
        if chosen.repetition_penalty != 1.0:
            self._processors.append(RepetitionPenaltyLogitsProcessor(chosen.repetition_penalty))
        if chosen.dry_multiplier > 0:
            self._processors.append(
                Dry(chosen.dry_multiplier, chosen.dry_base, chosen.dry_allowed_length, breaks.dry)
            )
        if bans and bans.phrases:
            self._processors.append(Banned(bans, start))
        if not self._greedy:
            self._add_warpers(chosen, breaks)

    def _add_warpers(self, chosen: Chosen, breaks: Breaks) -> None:
        self._processors.append(TemperatureLogitsWarper(float(chosen.temperature)))
        if chosen.top_k:
            self._processors.append(TopKLogitsWarper(chosen.top_k))
        if chosen.top_p < 1.0:
            self._processors.append(TopP(chosen.top_p))
        if chosen.min_p:
            self._processors.append(MinPLogitsWarper(chosen.min_p))
        if chosen.xtc_probability > 0:
            probability, threshold = chosen.xtc_probability, chosen.xtc_threshold
            self._xtc = Xtc(probability, threshold, breaks.xtc, self._chances, self._start)
            self._processors.append(self._xtc)

    def keep(self, rows: Sequence[int]) -> None:
        """Only these answers go on."""
        self._chances = [self._chances[row] for row in rows]
        if self._xtc:
            self._xtc.chances = self._chances

    def choose(self, ids: torch.Tensor, logits: torch.Tensor) -> list[int | None]:
        """The next token of each. `ids`: [rows, tokens] that were read; `logits`: [rows, vocabulary].

        None where nothing may be written. Raises FloatingPointError where the logits are no numbers.
        """
        scores = logits.float()
        # What stands for a picture may be no word: a model that reads it does not write it.
        ids = ids.clamp(max=scores.shape[-1] - 1)
        for processor in self._processors:
            scores = processor(ids, scores)
        best, likeliest = scores.max(-1)
        highest = best.tolist()
        if any(map(math.isnan, highest)):
            raise FloatingPointError
        tokens = likeliest if self._greedy else self._drawn(scores, ids.shape[-1] - self._start)
        pairs = zip(tokens.tolist(), highest, strict=True)
        return [None if most == -math.inf else token for token, most in pairs]

    def _drawn(self, scores: torch.Tensor, place: int) -> torch.Tensor:
        """By the sums of the probabilities, which a number falls between: the same for all ways to come to
        the same scores."""
        sums = scores.softmax(-1).cumsum(-1)
        numbers = torch.tensor([one.at(place, "token") for one in self._chances], device=sums.device)
        found = torch.searchsorted(sums, numbers[:, None] * sums[:, -1:], right=True)
        return found[:, 0].clamp(max=scores.shape[-1] - 1)


def chooser_of(
    chosen: Chosen,
    tokenizer: Any,
    vocabulary: Vocabulary,
    ends: frozenset[int],
    seeds: Sequence[int],
    start: int,
) -> Chooser:
    """For answers of these seeds, which begin after `start` tokens."""
    bans = Bans(chosen.banned, vocabulary) if any(chosen.banned) else None
    return Chooser(chosen, bans, breaks_of(tokenizer, ends), seeds, start)
