"""A stretch of work timed as the window does it: without collections of garbage in between."""

import gc
import time
from types import TracebackType


class Clock:
    """`with Clock() as clock: …`, then `clock.seconds`.

    Attributes:
        seconds: from beginning to end.
        work: those of them in which this thread worked; on a quiet machine nearly all.
    """

    def __init__(self) -> None:
        self.seconds = self.work = 0.0

    @property
    def note(self) -> str:
        return f"{1000 * self.work:.0f} ms of work in {1000 * self.seconds:.0f}"

    def __enter__(self) -> "Clock":
        gc.collect()
        gc.disable()
        self._began, self._worked = time.perf_counter(), time.thread_time()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.seconds, self.work = time.perf_counter() - self._began, time.thread_time() - self._worked
        gc.enable()
