"""How long models thought before they answered, as far as that was seen."""

import time
from collections.abc import Callable

from studio.core.conversations import Message
from studio.core.thoughts import CLOSE, OPEN


class ThinkingClock:
    """Told of each growing answer; what was written before the studio began is not known to it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._begun: dict[str, float] = {}
        self._took: dict[str, float] = {}

    def note(self, message: Message) -> None:
        """The answer has more words."""
        if message.id in self._took:
            return
        if message.id not in self._begun:
            if message.text.lstrip().startswith(OPEN):
                self._begun[message.id] = self._now()
        elif CLOSE in message.text:
            self._took[message.id] = self._now() - self._begun.pop(message.id)

    def seconds(self, message: Message) -> float | None:
        """None where it was not seen."""
        return self._took.get(message.id)
