"""What `session.suggestions` is to the window, without a model."""

import itertools

from PySide6.QtCore import QObject, Signal

from studio.core.jobs import Purpose
from studio.core.model import ModelSpec
from studio.core.records import Problem


class FakeSuggestions(QObject):
    """A test plays the model with `play` and the signals."""

    suggesting = Signal(str, str)
    suggested = Signal(str, str)
    failed = Signal(str, object)
    stopped = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.asked: list[tuple[Purpose, str, str, bool]] = []
        self._numbers = itertools.count(1)
        self.last = ""

    def ask(self, purpose: Purpose, text: str, model: ModelSpec, *, again: bool = False) -> str:
        self.asked.append((purpose, text, model.id, again))
        self.last = f"suggestion-{next(self._numbers)}"
        return self.last

    def stop(self, job_id: str) -> None:
        self.stopped.emit(job_id)

    def play(self, text: str, done: bool = True) -> None:
        """The text model writes."""
        (self.suggested if done else self.suggesting).emit(self.last, text)

    def fail(self, code: str, **params: str) -> None:
        self.failed.emit(self.last, Problem(code=code, params=params))
