"""The settings as a file: read at the start, written whole at each change."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from studio.core.settings import Settings
from studio.store.json_file import save_json


def load_settings(
    file: Path,
    put_aside: Callable[[Path], object] = lambda _: None,
    left_out: Callable[[str], object] = lambda _: None,
) -> Settings:
    """What the file says. One that cannot be read is put aside, and everything is as on the first day.

    `put_aside` is told where it lies then; `left_out` each model folder that no absolute path leads to.
    """
    try:
        return _with_places(msgspec.json.decode(file.read_bytes(), type=Settings), left_out)
    except FileNotFoundError:
        return Settings()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        put_aside(file.replace(file.with_name(f"{file.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")))
        return Settings()


def save_settings(file: Path, settings: Settings) -> None:
    """Raises DiskFull, FileUnwritable; the old file stays then."""
    save_json(file, settings)


def _with_places(settings: Settings, left_out: Callable[[str], object]) -> Settings:
    """A relative folder would be another one in each place where the studio is started."""
    folders = settings.model_folders
    kept = tuple(one for one in folders if os.path.isabs(one) and "\0" not in one)
    for one in folders:
        if one not in kept:
            left_out(one)
    return msgspec.structs.replace(settings, model_folders=kept)
