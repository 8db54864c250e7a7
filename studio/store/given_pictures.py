"""Pictures that were given with messages: those that nobody needs once a conversation is erased for good.

A picture is needed while a message has it, also one in the trash, or a draft of the composer; and while the
file of a conversation names it that this database does not know, as one of another home may be. What was
given only now may be in no draft yet.
"""

import logging
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import apsw

from studio.core.paths import Paths
from studio.store.chats import Chats
from studio.store.mirrors import Mirrors
from studio.store.transactions import fetch

YOUNG_SECONDS = 3600.0
_WITH_SOME = 'instr(attachments, \'"picture":"\') > 0'  # as the index of these messages has it
_NAMED = re.compile(rb"chats/pictures/([0-9a-f]{64}\.[a-z]{3,4})")
_KEPT = re.compile(r"[0-9a-f]{64}\.[a-z]{3,4}")

log = logging.getLogger(__name__)


def has_pictures(connection: apsw.Connection, conversation: str) -> bool:
    rows = fetch(
        connection,
        f"SELECT 1 FROM message WHERE conversation = ? AND {_WITH_SOME} LIMIT 1",
        (conversation,),
    )
    return bool(rows)


def remove_unneeded(
    paths: Paths, connection: apsw.Connection, chats: Chats, mirrors: Mirrors, erased: str
) -> None:
    """After a conversation was erased, of which a draft may still be there. Inside a transaction, so that
    nobody says anything meanwhile; a file that is open elsewhere stays."""
    if fetch(connection, "SELECT 1 FROM conversation WHERE trashed = 2"):
        return  # not all of what is just being imported can be asked yet
    given = {path.name: path for path in paths.chat_pictures.glob("*") if _KEPT.fullmatch(path.name)}
    try:
        drafts = [file for file in paths.chat_drafts.glob("*.json") if file.stem != erased]
        strangers = [paths.chats / f"{name}.jsonl" for name in mirrors.ids() - chats.ids()]
        for content in _all_that_name_some(connection, (*drafts, *strangers)):
            for name in _NAMED.findall(content):
                given.pop(name.decode(), None)
    except OSError as error:
        log.warning("pictures that nobody may need stay: %s", error)
        return
    for path in given.values():
        try:
            if path.stat().st_mtime < time.time() - YOUNG_SECONDS:
                path.unlink()
        except OSError as error:
            log.warning("a picture that nobody needs stays: %s", error)


def _all_that_name_some(connection: apsw.Connection, files: Sequence[Path]) -> Iterator[bytes]:
    for (attachments,) in connection.execute(f"SELECT attachments FROM message WHERE {_WITH_SOME}"):
        yield attachments.encode()
    for file in files:
        with suppress(FileNotFoundError):
            yield file.read_bytes()
