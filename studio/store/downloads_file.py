"""The downloads as a file: read at the start, written whole when one begins, pauses or ends."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from studio.core.downloads import Download
from studio.media.durable import whole_file, write_error


def load_downloads(file: Path) -> tuple[Download, ...]:
    """What the file says; nothing where there is none or it cannot be read, for the fetched parts stay."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=tuple[Download, ...])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return ()


def save_downloads(file: Path, downloads: Sequence[Download]) -> None:
    """Raises DiskFull, FileUnwritable; the old file stays then."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(error, file) from error
    with whole_file(file) as out:
        out.write(msgspec.json.encode(downloads) + b"\n")
