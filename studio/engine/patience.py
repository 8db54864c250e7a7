"""How long a job that was told to stop may be silent before its worker counts as deaf."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from studio.core.messages import Begun, Phase, Stage

FACTOR = 4
IMPORTING_SECONDS = 0.3  # while libraries are imported, which nothing can interrupt and which cost no model
ASIDE_SECONDS = 60.0  # the same for a job that nobody waits for


@dataclass(frozen=True)
class Limits:
    """How long the engine waits, in seconds.

    Attributes:
        silence: for a sign of life from a job that was told to stop; longer for a model known to be slow.
        start: from spawn to Ready; usually 0.15.
        send: for a worker to take a message.
        close: for workers to end when the studio closes.
    """

    silence: float = 3.0
    start: float = 60.0
    send: float = 10.0
    close: float = 2.0


DEFAULT_LIMITS = Limits()


class Patience:
    """Learns each model's pace from the silences between the messages of its jobs.

    A worker may be silent for max(floor, 4 × the longest silence of this model so far): its longest block,
    load or decode. Neither what it does before it begins the job counts as a model's pace nor the import of
    libraries, and whoever stops a job meanwhile does not wait for the rest of it. Where nobody waits, as for
    a count that another one replaces, the import goes on: a new worker would begin it anew for the next job.
    """

    def __init__(self, floor_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._floor = floor_seconds
        self._clock = clock
        self._longest: dict[str, float] = {}
        self._model: str | None = None
        self._heard = 0.0
        self._begun = self._importing = self._aside = False
        self._stop_asked: float | None = None

    @property
    def limit(self) -> float:
        """Seconds that the running job may be silent."""
        if self._importing:
            return ASIDE_SECONDS if self._aside else min(self._floor, IMPORTING_SECONDS)
        return max(self._floor, FACTOR * self._longest.get(self._model or "", 0.0))

    def begin(self, model: str, aside: bool = False) -> None:
        """A job with this model was sent; nobody waits for the end of one that is done `aside`."""
        self._model, self._heard, self._aside = model, self._clock(), aside
        self._begun = self._importing = False
        self._stop_asked = None

    def heard(self, message: object) -> None:
        """The thread that runs the jobs gave a sign of life."""
        if self._model is None:
            return
        now = self._clock()
        if self._begun and not self._importing:
            self._longest[self._model] = max(self._longest.get(self._model, 0.0), now - self._heard)
        self._begun |= isinstance(message, Begun)
        self._importing = isinstance(message, Phase) and message.stage is Stage.STARTING
        self._heard = now

    def stop_asked(self) -> None:
        """The running job was told to stop; asking again does not lengthen its time."""
        if self._stop_asked is None:
            self._stop_asked = self._clock()

    def end(self) -> None:
        """No job runs."""
        self._model = self._stop_asked = None

    def seconds_left(self) -> float | None:
        """Until the worker counts as deaf; None while it may be silent for ever. Not below 0."""
        if self._model is None or self._stop_asked is None:
            return None
        return max(0.0, max(self._heard, self._stop_asked) + self.limit - self._clock())
