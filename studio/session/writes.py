"""Changes of the library: made in the store's thread, told of in the window's."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from studio.core.errors import BadRequest
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
        self._owed: list[tuple[Callable[[Library], Any], Callable[[Any], object]]] = []

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

        def refused(error: Exception) -> None:
            (failed or self.report)(error)
            if isinstance(error, BadRequest):  # the store has done its part
                self._pay()

        self._relay.then(self._writer.submit(change), succeeded, refused)

    def write_surely(
        self,
        change: Callable[[Library], T],
        then: Callable[[T], object],
        failed: Callable[[Exception], object],
    ) -> None:
        """The same; after a failure, told once, it is tried again whenever the store did
        its part of another write."""

        def fail(error: Exception) -> None:
            failed(error)
            self._owe(change, then, error)

        self.write(change, then, fail)

    def close(self) -> None:
        """What is owed is tried once more: there may be room by now. Nothing is told any more."""
        for change, _ in self._owed:
            self._writer.submit(change)

    def report(self, error: Exception) -> None:
        """Something could not be written: a problem that the person is told of."""
        self.problem_raised.emit(problem_of(error))

    def _owe(self, change: Callable[[Library], Any], then: Callable[[Any], object], error: Exception) -> None:
        if not isinstance(error, BadRequest):  # what is gone does not come back
            self._owed.append((change, then))

    def _pay(self) -> None:
        """A write has succeeded: what is owed may succeed too, in the order in which it failed."""
        owed, self._owed = self._owed, []
        for change, then in owed:
            self.write(change, then, partial(self._owe, change, then))
