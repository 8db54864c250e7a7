"""What an exception of a model's code means to the person: the error in the studio's own terms."""

import errno
import traceback
from pathlib import Path

from studio.core.errors import DiskFull, MemoryExhausted, StudioError, UnexpectedError
from studio.core.jobs import clean_text
from studio.core.messages import Failed
from studio.runtime.desk import Desk

DETAIL_LIMIT = 500
TRACEBACK_LIMIT = 20_000
# torch raises a plain RuntimeError when the processor's own memory runs out, on Linux and on Windows, and
# when Apple's does:
NO_MEMORY_TEXTS = ("can't allocate memory", "not enough memory", "MPS backend out of memory")


def out_of_memory(error: BaseException) -> bool:
    """Told by name, so that nothing here imports torch."""
    if isinstance(error, MemoryError | MemoryExhausted) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(text in str(error) for text in NO_MEMORY_TEXTS)


def failed(error: BaseException, desk: Desk) -> Failed:
    """The message that ends a job with this error. Everything in it can be encoded, whatever raised."""
    shown = _studio_error(error, desk)
    params = {
        name: clean_text(value) if isinstance(value, str) else value for name, value in shown.params.items()
    }
    text = clean_text("".join(traceback.format_exception(error)))[-TRACEBACK_LIMIT:]
    return Failed(job=desk.job_id, code=shown.code, params=params, traceback=text)


def _studio_error(error: BaseException, desk: Desk) -> StudioError:
    if isinstance(error, StudioError):
        return error
    if out_of_memory(error):
        return MemoryExhausted(phase=desk.stage)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = Path(error.filename or desk.staging)
        return DiskFull(path=str(desk.library if where.is_relative_to(desk.staging) else where))
    return UnexpectedError(detail=f"{type(error).__name__}: {error}"[:DETAIL_LIMIT])
