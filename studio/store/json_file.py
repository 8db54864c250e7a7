"""What the home keeps as a file of JSON: written whole at each change."""

from pathlib import Path

import msgspec

from studio.media.durable import whole_file, write_error


def save_json(file: Path, value: object) -> None:
    """In lines that a person can read. Raises DiskFull, FileUnwritable; the old file stays then."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(error, file) from error
    with whole_file(file) as out:
        out.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
