"""Write files so that after a crash or a power cut they are there whole, or not there at all."""

import errno
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from studio.core.errors import DiskFull, FileUnwritable, StorageError

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}


def write_error(error: OSError, path: Path) -> StorageError:
    """The sentence for a write to `path` that failed."""
    if error.errno in _NO_SPACE:
        return DiskFull(path=str(path))
    return FileUnwritable(path=str(path), cause=error.strerror or type(error).__name__)


def fsync_file(file: int) -> None:
    """Wait until an open file's bytes are on the disk itself."""
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(file, fcntl.F_FULLFSYNC)  # fsync(2) there leaves the bytes in the drive's cache
    else:
        os.fsync(file)


def fsync_folder(folder: Path) -> None:
    """Wait until a folder's names are on the disk; Windows has no such call and journals them itself."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            fsync_file(handle)
        finally:
            os.close(handle)


@contextmanager
def whole_file(path: Path) -> Generator[BinaryIO, None, None]:
    """A file to write that becomes `path` when the block ends: flush, fsync, rename, fsync of the folder.

    Until then it is `<path>.part`, which is removed when the block fails. Raises DiskFull, FileUnwritable.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            fsync_file(file.fileno())
        part.replace(path)
        fsync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):  # a name too long for the disk, or one that is gone: the first error counts
            part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise write_error(error, path) from error
        raise
