"""Files that stand in the composers of Chat and were not sent yet: a file of JSON for each conversation."""

import logging
from pathlib import Path

import msgspec

from studio.core.conversations import Attachment
from studio.store.json_file import save_json

log = logging.getLogger(__name__)


def load_drafts(folder: Path) -> dict[str, tuple[Attachment, ...]]:
    """All that are kept, by the names of their files; without those that this version does not read."""
    return {file.stem: _load(file) for file in folder.glob("*.json")}


def _load(file: Path) -> tuple[Attachment, ...]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=tuple[Attachment, ...])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        log.warning("the files of a draft cannot be read: %s", error)
        return ()


def save_draft(file: Path, attachments: tuple[Attachment, ...]) -> None:
    """Raises DiskFull, FileUnwritable; the old file stays then."""
    if attachments:
        save_json(file, attachments)
    else:
        file.unlink(missing_ok=True)
