"""Two ways of doing the same thing, turn by turn, so that what else the machine does hits both alike."""

from collections.abc import Callable
from statistics import median
from typing import NamedTuple


class Compared(NamedTuple):
    """What was measured of both ways, and the ratio of each pair."""

    ours: list[float]
    bare: list[float]

    @property
    def ratios(self) -> list[float]:
        return [ours / bare for ours, bare in zip(self.ours, self.bare, strict=True)]

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    def rates_note(self, what: str) -> str:
        """How a ratio of rates came about."""
        return (
            f"{what}: {median(self.ours):.4g} against {median(self.bare):.4g} a second; median of "
            f"{len(self.ours)} pairs, {min(self.ratios):.2f} to {max(self.ratios):.2f}"
        )


def compare(rounds: int, ours: Callable[[int], float], bare: Callable[[int], float]) -> Compared:
    """`ours(n)` and `bare(n)` for n in 1 … rounds; who goes first changes. n = 0 warms both up."""
    ours(0)
    bare(0)
    compared = Compared([], [])
    for number in range(1, rounds + 1):
        turns = [(ours, compared.ours), (bare, compared.bare)]
        for way, measured in turns if number % 2 else turns[::-1]:
            measured.append(way(number))
    return compared
