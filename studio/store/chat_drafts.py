"""Files that stand in the composers of Chat and were not sent yet: a file of JSON for each conversation."""

import logging
from pathlib import Path

import msgspec

from studio.core.conversations import Attachment
from studio.store.json_file import save_json

log = logging.getLogger(__name__)


def load_draft(file: Path) -> tuple[Attachment, ...]:
    """None where none, or none that this version reads, were kept."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=tuple[Attachment, ...])
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("the files of a draft cannot be read: %s", error)
        return ()


def save_draft(file: Path, attachments: tuple[Attachment, ...]) -> None:
    """Raises DiskFull, FileUnwritable; the old file stays then."""
    if attachments:
        save_json(file, attachments)
    else:
        file.unlink(missing_ok=True)
