"""Guesses that look up what came after the same words before: for answers that quote or rewrite.

Prompt lookup decoding, Apoorv Saxena 2023; as in transformers' `PromptLookupCandidateGenerator`.
"""

from studio.runtime.text.guesses import Guesser

LENGTHS = (3, 2)  # tokens that have to be the same, the longest first
LEAST_RIGHT = 2  # tokens that were guessed before it is thought to go on


class Lookup(Guesser):
    """Remembers where each short sequence stood last, in what is read and what is written.

    Where an answer leaves what it quotes for one token, it is thought to go on behind it: most of what is
    rewritten are single words.
    """

    def __init__(self) -> None:
        self._after: dict[tuple[int, ...], int] = {}
        self._known = 0
        self._last = (0, 0)  # tokens there were at the last guess, and the place that it began at

    def guess(self, ids: list[int], most: int) -> list[int]:
        self._remember(ids)
        place = self._found(ids)
        if place is None:
            place = self._behind(ids)
        if place is None:
            return []
        self._last = (len(ids), place)
        return ids[place : place + most]

    def _found(self, ids: list[int]) -> int | None:
        """Where that stands which once came after the last tokens."""
        places = (self._after.get(tuple(ids[-length:])) for length in LENGTHS if len(ids) > length)
        return next((place for place in places if place is not None), None)

    def _behind(self, ids: list[int]) -> int | None:
        """Behind the token that the last guess was wrong about, where it had been right before."""
        length, place = self._last
        right = len(ids) - length - 1
        same = right >= LEAST_RIGHT and ids[length:-1] == ids[place : place + right]
        return place + right + 1 if same else None

    def _remember(self, ids: list[int]) -> None:
        """All but the sequences that the text ends with: nothing is known to follow them."""
        for end in range(max(self._known, min(LENGTHS)), len(ids)):
            for length in LENGTHS:
                if end >= length:
                    self._after[tuple(ids[end - length : end])] = end
        self._known = max(self._known, len(ids))
