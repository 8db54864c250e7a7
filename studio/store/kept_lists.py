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
        found, whole = _read(file, kind)
    except OSError:
        damaged(file)
        return ()
    if not whole:
        with suppress(OSError):
            _put_aside(file)
        damaged(file)
    return found


def change_list(
    file: Path,
    kind: type[T],
    change: Callable[[tuple[T, ...]], Sequence[T]],
    damaged: Callable[[Path], object],
) -> tuple[tuple[T, ...], tuple[T, ...]]:
    """Changes what the file says now, as another process may have changed it, too: what it said, and says.

    One that cannot be read now, or not be put aside where it is damaged, is not written over. Raises what
    `change` raises, DiskFull, FileUnwritable; the old file stays then.
    """
    try:
        found, whole = _read(file, kind)
        if not whole:
            _put_aside(file)
    except OSError as error:
        raise write_error(error, file) from error
    if not whole:
        damaged(file)
    changed = tuple(change(found))
    save_json(file, changed)
    return found, changed


def _read(file: Path, kind: type[T]) -> tuple[tuple[T, ...], bool]:
    """What can be read of it, and whether that is all. Raises OSError."""
    if not os.path.isfile(file):
        return (), True
    with file.open("rb") as opened:
        data = opened.read(_MOST_BYTES + 1)
    try:
        entries = msgspec.json.decode(data[:_MOST_BYTES], type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return (), False
    found, whole = list[T](), True
    for entry in entries:
        try:
            found.append(msgspec.json.decode(entry, type=kind))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            whole = False
    return tuple(found), whole


def _put_aside(file: Path) -> None:
    """A copy, once for each content: the file itself stays until it is changed, so that it can be mended.
    Raises OSError."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(file.stat().st_mtime))
    aside = file.with_name(f"{file.name}.damaged-{stamp}")
    if not aside.exists():
        shutil.copyfile(file, aside)
