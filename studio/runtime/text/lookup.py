"""Guesses that look up what came after the same words before: for answers that quote or rewrite.

Prompt lookup decoding, Apoorv Saxena 2023; as in transformers' `PromptLookupCandidateGenerator`.
"""

from studio.runtime.text.guesses import Guesser

LENGTHS = (3, 2)  # tokens that have to be the same, the longest first


class Lookup(Guesser):
    """Remembers where each short sequence stood last, in what is read and what is written."""

    def __init__(self) -> None:
        self._after: dict[tuple[int, ...], int] = {}
        self._known = 0

    def guess(self, ids: list[int], most: int) -> list[int]:
        self._remember(ids)
        for length in LENGTHS:
            place = self._after.get(tuple(ids[-length:]))
            if place is not None and len(ids) > length:
                return ids[place : place + most]
        return []

    def _remember(self, ids: list[int]) -> None:
        """All but the sequences that the text ends with: nothing is known to follow them."""
        for end in range(max(self._known, min(LENGTHS)), len(ids)):
            for length in LENGTHS:
                if end >= length:
                    self._after[tuple(ids[end - length : end])] = end
        self._known = max(self._known, len(ids))
