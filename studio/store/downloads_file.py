"""The downloads as a file: read at the start, written whole when one begins, pauses or ends."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from studio.core.downloads import Download
from studio.store.json_file import save_json


def load_downloads(file: Path) -> tuple[Download, ...]:
    """What the file says; nothing where there is none or it cannot be read, for the fetched parts stay."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=tuple[Download, ...])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()


def save_downloads(file: Path, downloads: Sequence[Download]) -> None:
    """Raises DiskFull, FileUnwritable; the old file stays then."""
    save_json(file, downloads)
