"""A short list of the person's own that is kept in a file: what is there, and changes one after the other."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from studio.core.errors import ChatFileDamaged, ExamplesTooMany, KeptTooLong, NameMissing
from studio.core.personas import Example
from studio.core.plain_text import clean_text
from studio.core.records import Problem, problem_of
from studio.session.relay import Relay
from studio.store.kept_lists import change_list, load_list

T = TypeVar("T")
R = TypeVar("R")

NAME_LIMIT = 80  # characters
TEXT_LIMIT = 200_000  # characters of a text, and of an example turn
MOST_EXAMPLES = 50


class KeptList(QObject, Generic[T]):
    """Read and changed in a thread of its own; read at the start, for whoever asks waits for it.

    Signals:
        changed: the list on disk is another one.
        problem_raised (Problem): the file cannot be read whole.
    """

    changed = Signal()
    problem_raised = Signal(object)

    def __init__(self, file: Path, kind: type[T], parent: QObject) -> None:
        super().__init__(parent)
        self._file, self._kind = file, kind
        self._relay = Relay(self)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kept")
        self._known: tuple[T, ...] | None = None
        self._damaged = list[Path]()
        self._loading = self._thread.submit(load_list, file, kind, self._damaged.append)
        self._told = False

    def close(self) -> None:
        """Finishes what was to be changed."""
        self._relay.close()
        self._thread.shutdown()

    def _own(self) -> tuple[T, ...]:
        if self._known is None:
            self._known = self._loading.result()
            self._tell(self._damaged)
        return self._known

    def _changing(
        self, work: Callable[[], R], change: Callable[[R, tuple[T, ...]], Sequence[T]]
    ) -> Future[R]:
        """What `work` gives, once the list with it is written."""
        damaged = list[Path]()

        def write() -> tuple[R, tuple[T, ...]]:
            made = work()
            before, after = change_list(
                self._file, self._kind, lambda before: change(made, before), damaged.append
            )
            self._tidy(before, after)
            return made, after

        written, told = self._thread.submit(write), Future[R]()

        def take(outcome: tuple[R, tuple[T, ...]]) -> None:
            self._known = outcome[1]
            self.changed.emit()
            self._tell(damaged)
            told.set_result(outcome[0])

        self._relay.then(written, take, told.set_exception)
        return told

    def _tidy(self, before: tuple[T, ...], after: tuple[T, ...]) -> None:
        """What is to be done once the list is written, in the thread that wrote it."""

    def _tell(self, damaged: list[Path]) -> None:
        if damaged and not self._told:
            self._told = True
            self.problem_raised.emit(_damage(self._file))


def _damage(file: Path) -> Problem:
    return problem_of(ChatFileDamaged(path=str(file)))


def checked_name(name: str) -> str:
    """In one line. Raises NameMissing, KeptTooLong."""
    shown = " ".join(clean_text(name).split())
    if not shown:
        raise NameMissing
    return checked_length(shown, shown, NAME_LIMIT)


def checked_length(text: str, name: str, limit: int) -> str:
    """Without what no reader should meet. Raises KeptTooLong."""
    cleaned = clean_text(text)
    if len(cleaned) > limit:
        raise KeptTooLong(name=name[:40], length=len(cleaned), limit=limit)
    return cleaned


def checked_examples(examples: Sequence[Example], name: str) -> tuple[Example, ...]:
    """Those that say something on both sides. Raises ExamplesTooMany, KeptTooLong."""
    if len(examples) > MOST_EXAMPLES:
        raise ExamplesTooMany(name=name, count=len(examples), limit=MOST_EXAMPLES)
    return tuple(
        Example(
            user=checked_length(one.user, name, TEXT_LIMIT),
            assistant=checked_length(one.assistant, name, TEXT_LIMIT),
        )
        for one in examples
        if one.user.strip() and one.assistant.strip()
    )
