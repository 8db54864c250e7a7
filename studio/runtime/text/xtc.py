"""XTC: now and then the likeliest choices are taken away, so that a less worn one is made."""

from collections.abc import Sequence

import torch
from transformers import LogitsProcessor

from studio.runtime.text.chance import Chance


class Xtc(LogitsProcessor):
    """p-e-w, "Exclude Top Choices", text-generation-webui #6335.

    With `probability`, of all tokens that are at least as likely as `threshold` all but the least likely are
    taken away. Not where an end or a line break would go with them (as there): an answer could not end.
    """

    def __init__(
        self,
        probability: float,
        threshold: float,
        spared: frozenset[int],
        chances: Sequence[Chance],
        start: int,
    ) -> None:
        """`chances`: of each row."""
        self._probability, self._threshold = probability, threshold
        self._spared = spared
        self.chances, self._start = chances, start

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """`input_ids`: [rows, tokens], the answers' from `start` on; `scores`: [rows, vocabulary]."""
        place = input_ids.shape[-1] - self._start
        now = [row for row, one in enumerate(self.chances) if one.at(place, "xtc") < self._probability]
        if not now:
            return scores
        left = scores.clone()
        for row in now:
            self._exclude(left[row])
        return left

    def _exclude(self, scores: torch.Tensor) -> None:
        """`scores`: [vocabulary], which are changed."""
        probabilities = scores.softmax(-1)
        likely = (probabilities >= self._threshold).nonzero()[:, 0]
        if len(likely) < 2:
            return
        removed = likely[likely != likely[probabilities[likely].argmin()]]
        if self._spared.isdisjoint(removed.tolist()):
            scores[removed] = float("-inf")
