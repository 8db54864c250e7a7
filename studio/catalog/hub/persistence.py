"""Trying again: which failures pass by themselves, and how long to wait between attempts."""

import math
from collections.abc import Callable
from threading import Event
from typing import TypeVar

from studio.catalog.hub.wire import Patience
from studio.core.errors import DownloadDamaged, HubBroken, HubBusy, HubError, HubUnreachable

T = TypeVar("T")


class Stopped(Exception):
    """Another file failed, so this one is left as it is."""


def persist(
    attempt: Callable[[], T],
    patience: Patience,
    stopped: Event,
    size: Callable[[], int],
    tell: Callable[[int], object],
) -> T:
    """What `attempt` returns once it succeeds. A failure after `size` has grown counts as the first.

    `tell` hears each second how many are left until the next attempt, at last 0.

    Raises the last HubError when patience ends, Stopped when `stopped` is set meanwhile.
    """
    failures, before = 0, size()
    while True:
        try:
            return attempt()
        except HubError as error:
            now = size()
            failures = 1 if now > before else failures + 1
            before = now
            pause = _pause(error, failures, patience)
            if pause is None or failures >= patience.attempts:
                raise
        _wait(pause, stopped, tell)


def _wait(pause: float, stopped: Event, tell: Callable[[int], object]) -> None:
    left = pause
    while left > 0:
        tell(math.ceil(left))
        step = min(1.0, left)
        if stopped.wait(step):
            raise Stopped
        left -= step
    tell(0)


def _pause(error: HubError, failures: int, patience: Patience) -> float | None:
    """Seconds until the next attempt; None where it would be in vain."""
    doubled = min(patience.first_pause * 2 ** (failures - 1), patience.longest_pause)
    match error:
        case HubBusy():
            seconds = float(error.params["seconds"])
            return max(seconds, doubled) if seconds <= patience.busy else None
        case HubBroken():
            return doubled if int(error.params["status"]) in (408, *range(500, 600)) else None
        case HubUnreachable() | DownloadDamaged():
            return doubled
        case _:
            return None
