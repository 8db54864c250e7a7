"""Carries events from a lane's thread to the window's; what piles up meanwhile is folded together."""

import threading
from dataclasses import dataclass

import msgspec

from studio.core.errors import StudioError
from studio.core.messages import FromWorker, Phase, Preview, Tokens


@dataclass(frozen=True)
class Lost:
    """The worker ended, or could not be started; `cause` says why."""

    cause: StudioError


Event = FromWorker | Lost


class Mailbox:
    """Keeps order and loses nothing that lasts; a flooding worker cannot fill the window's event queue.

    Neighbouring Tokens of a job become one, and of neighbouring Phases and Previews of the same thing the
    last one stays.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: list[Event] = []

    def put(self, event: Event) -> bool:
        """Whether the box was empty, so that the reader has to be told."""
        with self._lock:
            was_empty = not self._events
            folded = None if was_empty else _folded(self._events[-1], event)
            if folded is None:
                self._events.append(event)
            else:
                self._events[-1] = folded
            return was_empty

    def take(self) -> list[Event]:
        """Everything that came since the last time."""
        with self._lock:
            events, self._events = self._events, []
            return events


def _folded(earlier: Event, later: Event) -> Event | None:
    """One event that says what both say; None where there is none."""
    match earlier, later:
        case Tokens(), Tokens() if (earlier.job, earlier.take) == (later.job, later.take):
            return msgspec.structs.replace(later, text=earlier.text + later.text)
        case Phase(), Phase() if _place(earlier) == _place(later):
            return later
        case Preview(), Preview() if (earlier.job, earlier.index) == (later.job, later.index):
            return later
        case _:
            return None


def _place(phase: Phase) -> tuple[str, str, int]:
    return phase.job, phase.stage, phase.index
