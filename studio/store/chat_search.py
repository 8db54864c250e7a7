"""Conversations by the words in their messages and titles, newest first, with the words in their place.

The index holds no text, and ranking would visit every hit: so hits are walked from the newest message on, and
only until a page of conversations is full. What is shown of a message is cut out of the message itself.
"""

import heapq
from collections.abc import Iterator
from typing import NamedTuple

import apsw

from studio.core.conversations import Attachment, Hit, Message
from studio.store.chat_rows import conversation_rows, message_rows
from studio.store.search import match_expression, pieces_of
from studio.store.snippets import Snippets
from studio.store.transactions import fetch, storage_errors

_WALKED = 8_000  # hits, in a few hundredths of a second
_TYPED_LETTERS = 200  # of what was typed or pasted; each word is a condition, and SQLite takes only so many
_FILE_LETTERS = 20_000  # of each file's text can be found: the thread that indexes has tokens to write


class _Found(NamedTuple):
    """A conversation, the moment it counts with (seconds since 1970), and a message; "" for its title."""

    moment: float
    conversation: str
    message: str


def searched_text(message: Message) -> str:
    """What a message can be found by: its words, and the names and words of the files given with it."""
    files = (f"{file.name}\n{file.text[:_FILE_LETTERS]}" for file in message.attachments)
    return "\n".join((message.text, *files))


def search(connection: apsw.Connection, text: str, limit: int, offset: int) -> tuple[Hit, ...]:
    """The conversations, none of the trash, with all words in one message or in the title.

    One counts with its newest message that has the words, or for its title with its last use. Where that
    message is older than all else on the page, a conversation that is found by its title comes without it.
    """
    text = text[:_TYPED_LETTERS]
    expression = match_expression(text)
    if not expression:
        return ()
    found: dict[str, str] = {}
    end = offset + limit
    streams = (_titled(connection, text, end), _said(connection, expression))
    with storage_errors(connection):
        for one in heapq.merge(*streams, key=lambda found: -found.moment):
            if len(found) == end and one.conversation not in found:
                break
            found[one.conversation] = found.get(one.conversation) or one.message
    snippets = Snippets(connection, text)
    page = list(found.items())[offset:]
    return tuple(_hit(connection, snippets, *one) for one in page)


def _titled(connection: apsw.Connection, text: str, limit: int) -> Iterator[_Found]:
    pieces = pieces_of(text)
    has = " AND ".join("title LIKE ? ESCAPE '\\'" for _ in pieces)
    rows = fetch(
        connection,
        f"SELECT updated, id FROM conversation WHERE trashed = 0 AND {has} ORDER BY updated DESC LIMIT ?",
        (*map(_like, pieces), limit),
    )
    for updated, conversation in rows:
        yield _Found(updated, conversation, "")


def _said(connection: apsw.Connection, expression: str) -> Iterator[_Found]:
    """Each conversation once, with its newest hit; the walk is given up where few conversations have all."""
    seen = {row[0] for row in fetch(connection, "SELECT id FROM conversation WHERE trashed > 0")}
    rows = connection.execute(
        "SELECT message.created, message.conversation, message.id FROM message_text"
        " CROSS JOIN message ON key = message_text.rowid"
        " WHERE message_text MATCH ? ORDER BY message_text.rowid DESC LIMIT ?",
        (expression, _WALKED),
    )
    walked = 0
    for moment, conversation, message in rows:
        walked += 1
        if conversation not in seen:
            seen.add(conversation)
            yield _Found(moment, conversation, message)
    if walked == _WALKED:
        yield from _asked_each(connection, expression, seen)


def _asked_each(connection: apsw.Connection, expression: str, seen: set[str]) -> Iterator[_Found]:
    """The other conversations one by one, the last written to first: whether it has a hit, and which."""
    rows = fetch(connection, "SELECT id FROM conversation WHERE trashed = 0 ORDER BY updated DESC")
    for conversation in (row[0] for row in rows if row[0] not in seen):
        found = fetch(
            connection,
            "SELECT created, id FROM message_text CROSS JOIN message ON key = message_text.rowid"
            " WHERE message_text MATCH ?1 AND conversation = ?2 AND message_text.rowid"
            " BETWEEN (SELECT min(key) FROM message WHERE conversation = ?2)"
            " AND (SELECT max(key) FROM message WHERE conversation = ?2)"
            " ORDER BY message_text.rowid DESC LIMIT 1",
            (expression, conversation),
        )
        yield from (_Found(moment, conversation, message) for moment, message in found)


def _hit(connection: apsw.Connection, snippets: Snippets, conversation_id: str, message_id: str) -> Hit:
    [conversation] = conversation_rows(connection, "WHERE id = ?", (conversation_id,))
    if not message_id:
        return Hit(conversation=conversation)
    [message] = message_rows(connection, "WHERE message.id = ?", (message_id,))
    texts = (message.text, *_texts(message.attachments))
    snippet, marks = snippets.of(texts)
    return Hit(conversation=conversation, message=message_id, snippet=snippet, marks=marks)


def _texts(files: tuple[Attachment, ...]) -> Iterator[str]:
    for file in files:
        yield file.name
        yield file.text[:_FILE_LETTERS]


def _like(piece: str) -> str:
    for mark in ("\\", "%", "_"):
        piece = piece.replace(mark, "\\" + mark)
    return f"%{piece}%"
