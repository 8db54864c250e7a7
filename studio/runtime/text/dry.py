"""DRY: what would go on with a sequence that was there before becomes the less likely, the longer that is."""

import torch
from transformers import LogitsProcessor

LONGEST = 50  # tokens of a repeated sequence that are counted


class Dry(LogitsProcessor):
    """p-e-w, "DRY: A modern repetition penalty", text-generation-webui #5677.

    A token that would make a repeated sequence of `n` tokens one longer loses
    `multiplier · base ** (n − allowed_length)` from its logit, where n is at least `allowed_length`.
    Sequences do not reach over a breaker, and no breaker is made less likely.
    """

    def __init__(self, multiplier: float, base: float, allowed_length: int, breakers: frozenset[int]) -> None:
        self._multiplier, self._base, self._allowed = multiplier, base, allowed_length
        self._breakers = breakers

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """`input_ids`: [rows, tokens]; `scores`: [rows, vocabulary], which are left as they are."""
        lost = torch.zeros_like(scores)
        for row, ids in enumerate(input_ids.tolist()):
            for token, length in self._repeated(ids).items():
                if length >= self._allowed:
                    lost[row, token] = self._multiplier * self._base ** (length - self._allowed)
        return scores - lost

    def _repeated(self, ids: list[int]) -> dict[int, int]:
        """The tokens that followed what the text ends with, and how long that was at most."""
        found: dict[int, int] = {}
        if not ids or ids[-1] in self._breakers:
            return found
        last, end = ids[-1], len(ids) - 1
        place = -1
        while (place := _next(ids, last, place + 1, end)) >= 0:
            token = ids[place + 1]
            if token not in self._breakers:
                found[token] = max(found.get(token, 0), self._length(ids, place))
        return found

    def _length(self, ids: list[int], place: int) -> int:
        """How many tokens up to `place` are those that the text ends with."""
        most = min(place + 1, LONGEST)
        length = 1
        while length < most and ids[place - length] == (token := ids[-1 - length]):
            if token in self._breakers:
                break
            length += 1
        return length


def _next(ids: list[int], token: int, start: int, end: int) -> int:
    try:
        return ids.index(token, start, end)
    except ValueError:
        return -1
