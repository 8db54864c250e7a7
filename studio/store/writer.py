"""The store thread: it owns the writing connection, and all that is written goes through it in order."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import apsw

from studio.core.errors import DatabaseDamaged
from studio.core.paths import Paths
from studio.store.database import DAMAGE
from studio.store.library import Library

T = TypeVar("T")


class Writer:
    """One thread over one Library, which it opens first; each task's result or error is in its Future.

    When the library cannot be opened, every task fails with that error, until `open_again`.
    """

    def __init__(self, paths: Paths, instance: str = "") -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._paths, self._instance = paths, instance
        self._library = self._thread.submit(Library.open, paths, instance)

    def open_again(self) -> None:
        """Where the library could not be opened, try once more, on the store thread."""
        before = self._library

        def attempt() -> Library:
            opened = before.exception() is None
            return before.result() if opened else Library.open(self._paths, self._instance)

        self._library = self._thread.submit(attempt)

    def submit(self, task: Callable[[Library], T]) -> "Future[T]":
        """Run the task on the store thread, after all that were submitted before it.

        A database that turns out to be damaged is replaced at once, and the task fails with DatabaseDamaged:
        readers have to be opened anew, and the task may be submitted again. Where it cannot be replaced, each
        task tries to, and fails with the reason.
        """
        return self._thread.submit(self._run, task)

    def run(self, task: Callable[[], T]) -> "Future[T]":
        """The same for what needs no library, so that it is done also where none could be opened."""
        return self._thread.submit(task)

    def close(self) -> None:
        """Finish what was submitted, close the library and end the thread."""
        if not self._library.cancel():
            self._thread.submit(self._close)
        self._thread.shutdown()

    def _run(self, task: Callable[[Library], T]) -> T:
        library = self._library.result()
        try:
            return task(library)
        except (*DAMAGE, apsw.ConnectionClosedError) as error:  # closed: it could not be replaced before
            raise DatabaseDamaged(path=str(library.start_over())) from error

    def _close(self) -> None:
        if self._library.exception() is None:
            self._library.result().close()
