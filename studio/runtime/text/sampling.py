"""How the tokens of an answer are chosen: the job's wishes, else the model's."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from studio.core.jobs import TextJob
from studio.runtime.desk import Desk
from studio.runtime.text import dry, xtc
from studio.runtime.text.banned import Banned, Bans, Vocabulary
from studio.runtime.text.chance import Chance

# Where neither person nor model says it: a little chance, or small models go round in circles.
DEFAULT_TEMPERATURE = 0.7


@dataclass(frozen=True)
class Chosen:
    """A temperature of 0 takes the likeliest token; 1.0 and 0 leave the others without effect."""

    temperature: float
    top_p: float
    top_k: int
    min_p: float | None
    repetition_penalty: float
    dry_multiplier: float = 0.0
    dry_base: float = dry.BASE
    dry_allowed_length: int = dry.ALLOWED_LENGTH
    xtc_probability: float = 0.0
    xtc_threshold: float = xtc.THRESHOLD
    banned: tuple[str, ...] = ()


def choose(job: TextJob, desk: Desk) -> Chosen:
    """The desk notes wishes that have no effect."""
    asked, own = job.sampling, job.model.defaults
    names = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty")
    given = {name: getattr(asked, name) for name in names}
    chosen = {name: value if value is not None else getattr(own, name) for name, value in given.items()}
    temperature = DEFAULT_TEMPERATURE if chosen["temperature"] is None else chosen["temperature"]
    if temperature == 0:
        for name in ("top_p", "top_k", "min_p", "xtc_probability"):
            if getattr(asked, name):
                desk.note("sampling_unused", name=name)
    return Chosen(
        temperature=temperature,
        top_p=chosen["top_p"] or 1.0,
        top_k=chosen["top_k"] or 0,
        min_p=chosen["min_p"],
        repetition_penalty=chosen["repetition_penalty"] or 1.0,
        dry_multiplier=asked.dry_multiplier or 0.0,
        dry_base=asked.dry_base or dry.BASE,
        dry_allowed_length=asked.dry_allowed_length or dry.ALLOWED_LENGTH,
        xtc_probability=asked.xtc_probability or 0.0,
        xtc_threshold=xtc.THRESHOLD if asked.xtc_threshold is None else asked.xtc_threshold,
        banned=asked.banned,
    )


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
        dry=frozenset(special.union(*(last_of(text) for text in dry.BREAKERS))),
        xtc=ends | frozenset(last_of("\n")),
    )


class Chooser:
    """Chooses the tokens of one answer, in the order of the field: repetition, DRY, banned phrases,
    temperature, top-k, top-p, min-p, XTC; then chance."""

    def __init__(self, chosen: Chosen, bans: Bans | None, breaks: Breaks, seed: int, start: int) -> None:
        self._chance, self._start = Chance(seed), start
        self._greedy = chosen.temperature == 0
        self._processors = LogitsProcessorList()
        if chosen.repetition_penalty != 1.0:
            self._processors.append(RepetitionPenaltyLogitsProcessor(chosen.repetition_penalty))
        if chosen.dry_multiplier > 0:
            self._processors.append(
                dry.Dry(chosen.dry_multiplier, chosen.dry_base, chosen.dry_allowed_length, breaks.dry)
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
            self._processors.append(TopPLogitsWarper(chosen.top_p))
        if chosen.min_p:
            self._processors.append(MinPLogitsWarper(chosen.min_p))
        if chosen.xtc_probability > 0:
            self._processors.append(
                xtc.Xtc(chosen.xtc_probability, chosen.xtc_threshold, breaks.xtc, self._chance, self._start)
            )

    def choose(self, ids: torch.Tensor, logits: torch.Tensor) -> int | None:
        """The next token. `ids`: [1, tokens] that were read; `logits`: [1, vocabulary].

        None where nothing may be written. Raises FloatingPointError where the logits are no numbers.
        """
        scores = logits.float()
        for processor in self._processors:
            scores = processor(ids, scores)
        best, token = scores[0].max(-1)
        highest = best.item()
        if math.isnan(highest):
            raise FloatingPointError
        if highest == -math.inf:
            return None
        return int(token) if self._greedy else self._drawn(scores[0], ids.shape[-1] - self._start)

    def _drawn(self, scores: torch.Tensor, place: int) -> int:
        """By the sums of the probabilities, which one number falls between: the same for all ways to come
        to the same scores."""
        sums = scores.softmax(-1).cumsum(-1)
        number = sums[-1] * self._chance.at(place, "token")
        return min(int(torch.searchsorted(sums, number, right=True)), len(scores) - 1)


def choosers(
    chosen: Chosen,
    tokenizer: Any,
    vocabulary: Vocabulary,
    ends: frozenset[int],
    seed: int,
    start: int,
    count: int,
) -> list[Chooser]:
    """One for each of `count` answers, of which the first has the seed itself; they begin after `start`
    tokens."""
    breaks = breaks_of(tokenizer, ends)
    bans = Bans(chosen.banned, vocabulary) if any(chosen.banned) else None
    return [Chooser(chosen, bans, breaks, seed + take, start) for take in range(count)]
