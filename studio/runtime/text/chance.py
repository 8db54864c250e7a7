"""The chance in an answer: numbers that depend on its seed and the place of the token, and on nothing else.

So an answer of a seed is the same whether it is written alone, beside others, or guessed ahead.
"""

from hashlib import blake2b

_SPAN = 1 << 53  # what a double counts without gaps


class Chance:
    """Numbers in [0, 1), each for one place and one purpose."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def at(self, place: int, purpose: str) -> float:
        """BLAKE2b of seed, place and purpose, of which 53 bits are taken."""
        digest = blake2b(f"{self._seed} {place} {purpose}".encode(), digest_size=8).digest()
        return (int.from_bytes(digest) % _SPAN) / _SPAN
