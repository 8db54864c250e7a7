"""Short lists of the person's own, each a file of JSON in the home: personas, presets, templates."""

import os
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from studio.media.durable import write_error
from studio.store.json_file import save_json

T = TypeVar("T")
_MOST_BYTES = 64 << 20


def load_list(file: Path, kind: type[T], damaged: Callable[[Path], object]) -> tuple[T, ...]:
    """What the file says. Where some of it cannot be read, that is left out, a copy of the whole is put
    beside it, and `damaged` is told."""
    try:
        if not os.path.isfile(file):
            return ()
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
        entries = msgspec.json.decode(data[:_MOST_BYTES], type=list[msgspec.Raw])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        _put_aside(file, damaged)
        return ()
    found, whole = list[T](), True
    for entry in entries:
        try:
            found.append(msgspec.json.decode(entry, type=kind))
        except (msgspec.DecodeError, UnicodeDecodeError):
            whole = False
    if not whole:
        _put_aside(file, damaged)
    return tuple(found)


def change_list(
    file: Path,
    kind: type[T],
    change: Callable[[tuple[T, ...]], Sequence[T]],
    damaged: Callable[[Path], object],
) -> tuple[T, ...]:
    """Changes what the file says now: another process may have changed it, too.

    Raises what `change` raises, DiskFull, FileUnwritable; the old file stays then.
    """
    changed = tuple(change(load_list(file, kind, damaged)))
    save_json(file, changed)
    return changed


def remove_kept(file: Path) -> None:
    """A file that a list named; one that is open elsewhere stays. Raises FileUnwritable."""
    try:
        file.unlink(missing_ok=True)
    except PermissionError:
        return
    except OSError as error:
        raise write_error(error, file) from error


def _put_aside(file: Path, damaged: Callable[[Path], object]) -> None:
    """A copy, once for each content: the file itself stays until it is changed, so that it can be mended."""
    with suppress(OSError):
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(file.stat().st_mtime))
        aside = file.with_name(f"{file.name}.damaged-{stamp}")
        if not aside.exists():
            shutil.copyfile(file, aside)
    damaged(file)
