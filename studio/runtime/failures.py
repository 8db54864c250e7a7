"""What an exception of a model's code means to the person: the error in the studio's own terms."""

import errno
import traceback
from pathlib import Path

from studio.core.errors import (
    DiskFull,
    FileUnwritable,
    LibraryMissing,
    LibraryReadOnly,
    MemoryExhausted,
    NoRoomForPicture,
    StudioError,
    UnexpectedError,
)
from studio.core.messages import Failed
from studio.core.plain_text import clean_text
from studio.media.durable import write_error
from studio.runtime.desk import Desk

DETAIL_LIMIT = 500
TRACEBACK_LIMIT = 20_000
# What a system says of a disk that is mounted read-only, and of a folder that belongs to somebody else.
FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)
# torch raises a plain RuntimeError when the processor's own memory runs out, on Linux and on Windows, and
# when Apple's does:
NO_MEMORY_TEXTS = ("can't allocate memory", "not enough memory", "MPS backend out of memory")


def out_of_memory(error: BaseException) -> bool:
    """Told by name, so that nothing here imports torch."""
    if (
        isinstance(error, MemoryError | MemoryExhausted | NoRoomForPicture)
        or type(error).__name__ == "OutOfMemoryError"
    ):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error) for text in NO_MEMORY_TEXTS)


def failed(error: BaseException, desk: Desk) -> Failed:
    """The message that ends a job with this error. Everything in it can be encoded, whatever raised."""
    shown = meant(error, desk)
    params = {
        name: clean_text(value) if isinstance(value, str) else value for name, value in shown.params.items()
    }
    text = clean_text("".join(traceback.format_exception(error)))[-TRACEBACK_LIMIT:]
    return Failed(
        job=desk.job_id,
        code=shown.code,
        params=params,
        traceback=text,
        notes=desk.notes,
        figures=desk.final_figures(),
    )


def meant(error: BaseException, desk: Desk) -> StudioError:
    """What the person is told of it."""
    if isinstance(error, DiskFull | FileUnwritable) and isinstance(error.__cause__, OSError):
        return _refused(error.__cause__, Path(str(error.params["path"])), desk)
    if isinstance(error, StudioError):
        return error
    if out_of_memory(error):
        return MemoryExhausted(phase=desk.stage)
    if isinstance(error, OSError):
        where = Path(error.filename) if isinstance(error.filename, str) else desk.library
        refused = _refused(error, where, desk)
        # Elsewhere than in the library anything may be the matter, and only a full disk is sure to be it.
        if isinstance(refused, DiskFull) or where.is_relative_to(desk.staging):
            return refused
    return UnexpectedError(detail=f"{type(error).__name__}: {error}"[:DETAIL_LIMIT])


def _refused(error: OSError, where: Path, desk: Desk) -> StudioError:
    """What the disk refused. The staging says nothing to a person: they know the library that it lies in."""
    if not where.is_relative_to(desk.staging):
        return write_error(error, where)
    if error.errno in FORBIDDEN:
        return LibraryReadOnly(path=str(desk.library))
    if error.errno == errno.ENOENT:
        return LibraryMissing(path=str(desk.library))
    return write_error(error, desk.library)
