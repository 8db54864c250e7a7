"""Tokens that are guessed and then read all at once: how it is told whether that is worth its time."""

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from statistics import median
from typing import Any, ClassVar

TRIES = 4  # guesses after which it is looked at whether they pay
REST = 16  # tokens without a guess, once they do not; twice as many each time
REMEMBERED = 7  # of the last times, whose median counts: the first are slow, and now and then one is
FEWEST, MOST = 3, 32  # tokens guessed at once
PLAIN = 2  # tokens at first without a guess, to know what one takes


class Guesser(ABC):
    """Guesses what one answer goes on with. What is wrong costs time and nothing else.

    Attributes:
        wants: what the model's forward is to be told besides, so that `saw` has what it needs.
    """

    wants: ClassVar[dict[str, Any]] = {}

    @abstractmethod
    def guess(self, ids: list[int], most: int) -> list[int]:
        """At most so many tokens that may follow these; often none."""

    def saw(self, outputs: Any, count: int | None = None) -> None:  # noqa: B027
        """The model has read; the first `count` tokens of what it read are right, all where it says none."""


class Pace:
    """Whether a guesser is faster than none, by the clock: what it costs depends on model and machine.

    Attributes:
        size: how many tokens to guess.
    """

    def __init__(self) -> None:
        self.size = FEWEST
        self._ahead = deque[float](maxlen=REMEMBERED)  # seconds a token
        self._resting, self._rest = 0, REST

    @property
    def wanted(self) -> bool:
        """Whether to guess now."""
        return self._resting == 0

    def rest(self) -> None:
        """A token was written without a guess."""
        self._resting = max(0, self._resting - 1)

    def guessed(self, guessed: int, written: int, seconds: float, plain: float) -> None:
        """So many were guessed, and so many written, one more than were right, with so many seconds for
        each; without a guess it would have been `plain`."""
        self._ahead.append(seconds)
        # Right, twice as many may be; else those that were, and a few more.
        self.size = min(MOST, 2 * self.size) if written > guessed else max(FEWEST, written + 1)
        if len(self._ahead) >= TRIES and median(self._ahead) > plain:
            self._resting, self._rest = self._rest, self._rest * 2
            self._ahead.clear()
            self.size = FEWEST


class Guessing:
    """Asks the guessers one after another, each as long as it pays."""

    def __init__(self, guessers: Sequence[Guesser]) -> None:
        self._guessers = [(guesser, Pace()) for guesser in guessers]
        self._asked: Pace | None = None
        self._plain = deque[float](maxlen=REMEMBERED)  # seconds a token without a guess
        self._began = 0.0

    @property
    def wants(self) -> dict[str, Any]:
        """What the model's forward is to be told besides."""
        return {name: value for guesser, _ in self._guessers for name, value in guesser.wants.items()}

    def saw(self, outputs: Any, count: int | None = None) -> None:
        """As `Guesser.saw`."""
        for guesser, _ in self._guessers:
            guesser.saw(outputs, count)

    def guess(self, ids: list[int], most: int) -> list[int]:
        """At most so many tokens; the clock runs from here to `end`."""
        self._began, self._asked = time.perf_counter(), None
        if most < 1 or len(self._plain) < PLAIN:
            return []
        for guesser, pace in self._guessers:
            if pace.wanted and (tokens := guesser.guess(ids, min(most, pace.size))):
                self._asked = pace
                return tokens
        return []

    def end(self, guessed: int, written: int) -> None:
        """So many were guessed, and so many written: one more than were right."""
        seconds = (time.perf_counter() - self._began) / written
        if self._asked:
            self._asked.guessed(guessed, written, seconds, median(self._plain))
            return
        self._plain.append(seconds)
        for _, pace in self._guessers:
            pace.rest()
