"""Changes of the library: made in the store's thread, told of in the window's."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from studio.core.errors import NotFound
from studio.core.records import problem_of
from studio.session.relay import Relay
from studio.store.library import Library
from studio.store.writer import Writer

T = TypeVar("T")


class Writes(QObject):
    """Lives in the window's thread. What cannot be written is told; what must not be lost is tried again.

    Signals:
        problem_raised (Problem): the store could not do its part.
    """

    problem_raised = Signal(object)

    def __init__(self, writer: Writer, relay: Relay, parent: QObject) -> None:
        super().__init__(parent)
        self._writer = writer
        self._relay = relay
        self._owed: list[Callable[[], None]] = []

    def write(
        self,
        change: Callable[[Library], T],
        then: Callable[[T], object],
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """Changes the library, then calls back here; a failure is a problem, or what `failed` makes of it."""

        def succeeded(outcome: T) -> None:
            then(outcome)
            self._pay()

        self._relay.then(self._writer.submit(change), succeeded, failed or self.report)

    def write_surely(
        self,
        change: Callable[[Library], T],
        then: Callable[[T], object],
        failed: Callable[[Exception], object],
    ) -> None:
        """The same; after a failure, told once, it is tried again whenever another write has succeeded."""

        def attempt() -> None:
            self.write(change, then, owe)

        def owe(error: Exception) -> None:
            if not isinstance(error, NotFound):  # what is gone does not come back
                self._owed.append(attempt)

        def fail(error: Exception) -> None:
            failed(error)
            owe(error)

        self.write(change, then, fail)

    def report(self, error: Exception) -> None:
        """Something could not be written: a problem that the person is told of."""
        self.problem_raised.emit(problem_of(error))

    def _pay(self) -> None:
        """A write has succeeded: what is owed may succeed too, in the order in which it failed."""
        owed, self._owed = self._owed, []
        for attempt in owed:
            attempt()
