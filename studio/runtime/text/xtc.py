"""XTC: now and then the likeliest choices are taken away, so that a less worn one is made."""

import torch
from transformers import LogitsProcessor

from studio.runtime.text.chance import Chance

THRESHOLD = 0.1  # as the author recommends


class Xtc(LogitsProcessor):
    """p-e-w, "Exclude Top Choices", text-generation-webui #6335.

    With `probability`, of all tokens that are at least as likely as `threshold` all but the least likely are
    taken away. Not where an end or a line break would go with them (as there): an answer could not end.
    """

    def __init__(
        self, probability: float, threshold: float, spared: frozenset[int], chance: Chance, start: int
    ) -> None:
        self._probability, self._threshold = probability, threshold
        self._spared = spared
        self._chance, self._start = chance, start

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """`input_ids`: [1, tokens], the answer's from `start` on; `scores`: [1, vocabulary]."""
        place = input_ids.shape[-1] - self._start
        if self._chance.at(place, "xtc") >= self._probability:
            return scores
        probabilities = scores[0].softmax(-1)
        likely = (probabilities >= self._threshold).nonzero()[:, 0]
        if len(likely) < 2:
            return scores
        removed = likely[likely != likely[probabilities[likely].argmin()]]
        if not self._spared.isdisjoint(removed.tolist()):
            return scores
        return scores.index_fill(-1, removed, float("-inf"))
