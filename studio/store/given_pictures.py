"""Pictures that were given with messages: those that nobody needs once a conversation is erased for good.

A picture is needed while a message has it, also one in the trash, or a draft of the composer; and while the
file of a conversation names it that this database does not know, as one of another home may be. What was
given only now may be in no draft yet.
"""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import suppress

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


def remove_unneeded(paths: Paths, connection: apsw.Connection, chats: Chats, mirrors: Mirrors) -> None:
    """Inside a transaction, so that nobody says anything meanwhile; a file that is open elsewhere stays."""
    if fetch(connection, "SELECT 1 FROM conversation WHERE trashed = 2"):
        return  # not all of what is just being imported can be asked yet
    given = {path.name: path for path in paths.chat_pictures.glob("*") if _KEPT.fullmatch(path.name)}
    try:
        for content in _all_that_name_some(paths, connection, mirrors.ids() - chats.ids()):
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


def _all_that_name_some(paths: Paths, connection: apsw.Connection, strangers: set[str]) -> Iterator[bytes]:
    for (attachments,) in connection.execute(f"SELECT attachments FROM message WHERE {_WITH_SOME}"):
        yield attachments.encode()
    drafts = paths.chat_drafts.glob("*.json")
    for file in (*drafts, *(paths.chats / f"{stranger}.jsonl" for stranger in strangers)):
        with suppress(FileNotFoundError):
            yield file.read_bytes()
