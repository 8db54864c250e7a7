"""Which processes of the studio are alive: each holds an operating-system lock on a file of its own.

The system drops the lock when the process ends, however it ends; no process id has to be trusted.
"""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from studio.core.ids import new_id
from studio.core.paths import Paths
from studio.media.durable import write_error

_SUFFIX = ".instance"
_STARTING_SECONDS = 60  # an empty file that is older was left by one that never came to say who it is


class Instance:
    """This process among those of the home. Its file is named after its id and goes when it closes.

    Raises DiskFull, FileUnwritable when made.

    Attributes:
        id: names the process in rows of the queue and in the staging folder.
    """

    def __init__(self, paths: Paths) -> None:
        self.id = new_id()
        self._folder = paths.instances
        self._claimed: dict[str, int] = {}
        self._handle = _open(_file(self._folder, self.id))
        _lock(self._handle, wait=True)  # another process may just be trying it
        try:
            os.write(self._handle, b"%d\n" % os.getpid())
        except OSError as error:
            _remove(_file(self._folder, self.id), self._handle)
            raise write_error(error, self._folder) from error

    def claim_dead(self) -> tuple[str, ...]:
        """The ids of dead instances, which are this one's alone to recover until `forget` or its own end."""
        for instance in _ids(self._folder) - {self.id} - self._claimed.keys():
            handle = _try_lock(_file(self._folder, instance))
            if handle is not None:
                self._claimed[instance] = handle
        return tuple(sorted(self._claimed))

    def forget(self, instances: Sequence[str]) -> None:
        """Remove the files of claimed instances, once they are recovered."""
        for instance in instances:
            _remove(_file(self._folder, instance), self._claimed.pop(instance))

    def close(self, remember: bool = False) -> None:
        """`remember` leaves the file, so that another instance finds this one dead and recovers it."""
        for handle in self._claimed.values():
            os.close(handle)
        self._claimed.clear()
        if remember:
            os.close(self._handle)
        else:
            _remove(_file(self._folder, self.id), self._handle)


class FileLock:
    """Held by one at a time; `held` tells whether this is it. Raises DiskFull, FileUnwritable when made."""

    def __init__(self, file: Path) -> None:
        self._handle = _open(file)
        self.held = _lock(self._handle, wait=False)

    def close(self) -> None:
        os.close(self._handle)
        self.held = False


class WindowLock(FileLock):
    """Held by the one window of a home."""

    def __init__(self, paths: Paths) -> None:
        super().__init__(paths.instances / "window.lock")


def alive(paths: Paths) -> set[str]:
    """The ids of instances whose process lives."""
    found = _ids(paths.instances)
    for instance in list(found):
        handle = _try_lock(_file(paths.instances, instance))
        if handle is not None:
            os.close(handle)
            found.remove(instance)
    return found


def _ids(folder: Path) -> set[str]:
    return {file.stem for file in folder.glob(f"*{_SUFFIX}")}


def _file(folder: Path, instance: str) -> Path:
    return folder / f"{instance}{_SUFFIX}"


def _open(file: Path) -> int:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
    except OSError as error:
        raise write_error(error, file) from error


def _try_lock(file: Path) -> int | None:
    """A handle with the lock, or None while the process lives or is only starting (its file is empty)."""
    try:
        handle = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return None
    if _lock(handle, wait=False):
        status = os.fstat(handle)
        if status.st_size > 0 or time.time() - status.st_mtime > _STARTING_SECONDS:
            return handle
    os.close(handle)
    return None


def _remove(file: Path, handle: int) -> None:
    # Windows removes no open file; elsewhere the lock should be held until the name is gone.
    if sys.platform == "win32":
        os.close(handle)
        file.unlink(missing_ok=True)
    else:
        file.unlink(missing_ok=True)
        os.close(handle)


def _lock(handle: int, wait: bool) -> bool:
    """Lock the file until its handle closes; on Windows a byte far behind the end, so it stays readable."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, 2**30, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
