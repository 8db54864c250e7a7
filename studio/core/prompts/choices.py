"""What a prompt with alternatives can become, as a tree that is counted, gone through and drawn from.

Nothing here calls itself, so no depth of nesting is too deep; and what is written out is bounded, so that
wildcards which double each other cost no more than any other prompt.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from random import Random

from studio.core.errors import PromptTooLong, TooManyPicked
from studio.core.job_checks import PROMPT_LIMIT
from studio.core.prompts.written import MOST_COUNTED

JOINED = ", "
_MOST_STEPS = 200_000  # in writing one prompt out; 20,000 characters never need as many


class Row:
    """Parts one after the other."""

    __slots__ = ("parts", "possible")

    def __init__(self, parts: "Sequence[Node]") -> None:
        self.parts = parts
        self.possible = 1

    def finish(self) -> None:
        """To be called once the parts are finished."""
        self.possible = 1
        for part in self.parts:
            self.possible = min(MOST_COUNTED, self.possible * possible(part))

    def numbered(self, number: int) -> "list[Numbered]":
        """The parts of the combination; the last one changes fastest."""
        parts = list[Numbered]()
        for part in reversed(self.parts):
            number, own = divmod(number, possible(part))
            parts.append((part, own))
        return parts[::-1]

    def drawn(self, _: Random) -> "list[Numbered]":
        return [(part, 0) for part in self.parts]


class Choice:
    """One of several, or a few of them in the order in which they are written.

    Attributes:
        weights: how often each is drawn; None where all are drawn alike.
        picked: how many; None for one alone.
    """

    __slots__ = ("_ends", "_heaps", "_ways", "options", "picked", "possible", "weights")

    def __init__(self, options: "Sequence[Node]", weights: list[float] | None, picked: int | None) -> None:
        self.options = options
        self.weights = weights
        self.picked = picked
        self.possible = 1
        self._ends: list[int] = []  # of the numbers that belong to each option; empty where each has one
        self._heaps: list[float] = []  # weights summed up
        self._ways: _Ways | None = None

    @classmethod
    def of(cls, options: "Iterable[tuple[Node, float]]", picked: int | None = None) -> "Choice":
        """Of options with their weights; the same words twice are one option of the weight of both."""
        merged: dict[Node, float] = {}
        for option, weight in options:
            merged[option] = merged.get(option, 0) + weight
        kept = {option: weight for option, weight in merged.items() if weight > 0} or dict.fromkeys(
            merged, 1.0
        )
        alike = len(set(kept.values())) < 2
        return cls(list(kept), None if alike else list(kept.values()), picked)

    def finish(self) -> None:
        """To be called once the options are finished. Raises TooManyPicked."""
        only = self.options[0]
        if self.picked is not None and len(self.options) == 1 and isinstance(only, Reference):
            self.options, self.weights = only.target.options, only.target.weights
        self._heaps = list(accumulate(self.weights or ()))
        counts = [possible(option) for option in self.options]
        if self.picked is None:
            self.possible = min(MOST_COUNTED, sum(counts))
            self._ends = [] if self.possible == len(counts) else list(accumulate(counts))
        else:
            if self.picked > len(counts):
                raise TooManyPicked(picked=self.picked, options=len(counts))
            self._ways = _Ways(counts, self.picked)
            self.possible = self._ways.number(0, self.picked)

    def numbered(self, number: int) -> "list[Numbered]":
        if self._ways:
            return _listed([(self.options[at], own) for at, own in self._ways.members(number)])
        if not self._ends:
            return [(self.options[number], 0)]
        at = bisect_right(self._ends, number)
        return [(self.options[at], number - (self._ends[at - 1] if at else 0))]

    def drawn(self, random: Random) -> "list[Numbered]":
        return _listed([(self.options[at], 0) for at in self._places(random)])

    def _places(self, random: Random) -> list[int]:
        count = len(self.options)
        if self.picked is None:
            if self.weights is None:
                return [random.randrange(count)]
            return random.choices(range(count), cum_weights=self._heaps)
        if self.weights is None:
            return sorted(random.sample(range(count), self.picked))
        # Efraimidis and Spirakis, "Weighted random sampling with a reservoir" (2006).
        keys = [(random.random() ** (1 / weight), at) for at, weight in enumerate(self.weights)]
        return sorted(at for _, at in sorted(keys, reverse=True)[: self.picked])


class Reference:
    """A wildcard's place in a text; `target` is set once the wildcard is read."""

    __slots__ = ("name", "possible", "target")

    target: Choice

    def __init__(self, name: str) -> None:
        self.name = name
        self.possible = 1

    def finish(self) -> None:
        self.possible = self.target.possible

    def numbered(self, number: int) -> "list[Numbered]":
        return [(self.target, number)]

    def drawn(self, _: Random) -> "list[Numbered]":
        return [(self.target, 0)]


Branching = Row | Choice | Reference
Node = str | Branching
Numbered = tuple[Node, int]


def possible(node: Node) -> int:
    """How many combinations there are, at most MOST_COUNTED."""
    return 1 if isinstance(node, str) else node.possible


def combination(root: Node, number: int) -> str:
    """The combination of that number, from 0 to below `possible`. Raises PromptTooLong."""
    return _written_out(root, number, lambda node, own: node.numbered(own))


def draw(root: Node, random: Random) -> str:
    """One at random, by the weights. Raises PromptTooLong."""
    return _written_out(root, 0, lambda node, _: node.drawn(random))


def _written_out(root: Node, number: int, unfold: Callable[[Branching, int], list[Numbered]]) -> str:
    words, length = list[str](), 0
    work: list[Numbered] = [(root, number)]
    for _ in range(_MOST_STEPS):
        if not work:
            return "".join(words)
        node, own = work.pop()
        if not isinstance(node, str):
            work.extend(reversed(unfold(node, own)))
            continue
        words.append(node)
        length += len(node)
        if length > PROMPT_LIMIT:
            break
    raise PromptTooLong(length=length, limit=PROMPT_LIMIT)


def _listed(members: list[Numbered]) -> list[Numbered]:
    listed = list[Numbered]()
    for member in members:
        listed += [(JOINED, 0), member] if listed else [member]
    return listed


class _Ways:
    """In how many ways a few of the options from some place on can be picked, each up to MOST_COUNTED.

    The table is built from the end, and only as far as not everything in it is MOST_COUNTED already.
    """

    def __init__(self, counts: list[int], picked: int) -> None:
        self._counts = counts
        self._picked = picked
        self._sums = list(accumulate(reversed(counts)))  # of the last 1, 2, …
        self._rows = [[1] + [0] * picked]  # of the last 0, 1, …
        for count in reversed(counts):
            below = self._rows[-1]
            if all(ways >= MOST_COUNTED for ways in below[2:]):
                break
            row = [below[some] + count * below[some - 1] for some in range(1, picked + 1)]
            self._rows.append([1] + [min(MOST_COUNTED, ways) for ways in row])

    def number(self, place: int, picked: int) -> int:
        left = len(self._counts) - place
        if picked == 0:
            return 1
        if picked == 1:
            return min(MOST_COUNTED, self._sums[left - 1]) if left else 0
        return self._rows[left][picked] if left < len(self._rows) else MOST_COUNTED

    def members(self, number: int) -> list[tuple[int, int]]:
        """The places of the picked options of that combination, and the number that each has of its own."""
        found, left, place = list[tuple[int, int]](), self._picked, 0
        while left:
            with_it = min(MOST_COUNTED, self._counts[place] * self.number(place + 1, left - 1))
            if number < with_it:
                rest = self.number(place + 1, left - 1)
                found.append((place, number // rest))
                number %= rest
                left -= 1
            else:
                number -= with_it
            place += 1
        return found
