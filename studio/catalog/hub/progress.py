"""How far each file of a download is; told by the threads that fetch, read by the one that reports."""

import time
from collections import deque
from collections.abc import Iterable
from threading import Lock

from studio.catalog.hub.listing import HubFile
from studio.catalog.hub.wire import Progress
from studio.core.downloads import DownloadFile, FileState

SPEED_SECONDS = 5.0  # that the speed is an average of


class Ledger:
    """The state of each file. Any thread may tell."""

    def __init__(self, files: Iterable[DownloadFile]) -> None:
        self._lock = Lock()
        self._files = {file.name: file for file in files}
        self._waiting: dict[str, int] = {}
        self._totals: deque[tuple[float, int]] = deque([(time.monotonic(), self._done())])

    def tell(self, file: HubFile, state: FileState, done: int) -> None:
        told = DownloadFile(name=file.name, size_bytes=file.size_bytes, done_bytes=done, state=state)
        with self._lock:
            self._files[file.name] = told

    def wait(self, file: HubFile, seconds: int) -> None:
        """The file is tried again after that; 0: it is under way."""
        with self._lock:
            self._waiting[file.name] = seconds

    def files(self) -> tuple[DownloadFile, ...]:
        with self._lock:
            return tuple(self._files.values())

    def progress(self) -> Progress:
        """How far it is now, with the speed of the last seconds."""
        now, files = time.monotonic(), self.files()
        total = sum(file.done_bytes for file in files)
        self._totals.append((now, total))
        while len(self._totals) > 2 and now - self._totals[0][0] > SPEED_SECONDS:
            self._totals.popleft()
        then, before = self._totals[0]
        speed = max(0, total - before) / (now - then) if now > then else 0.0
        return Progress(files=files, bytes_per_second=speed, waiting_seconds=self._pause(files))

    def _pause(self, files: tuple[DownloadFile, ...]) -> int:
        """Seconds until the first of those that wait is tried again; 0 where one is not waiting."""
        busy = [file.name for file in files if file.state in (FileState.RUNNING, FileState.CHECKING)]
        with self._lock:
            return min((self._waiting.get(name, 0) for name in busy), default=0)

    def _done(self) -> int:
        return sum(file.done_bytes for file in self._files.values())
