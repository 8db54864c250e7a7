"""Rows of conversations and messages, and the structs that they stand for."""

from collections.abc import Sequence
from typing import Any

import apsw
import msgspec

from studio.core.conversations import Attachment, Conversation, Message, MessageState
from studio.core.personas import Persona
from studio.store.transactions import fetch

_CONVERSATION = (
    "conversation.id, title, named, created, updated, system, notes, persona, folder, conversation.pinned,"
    " leaf, trashed"
)

# The text of a message that streams is what was there at first and all batches since.
_MESSAGE = """
    message.id, message.conversation, message.parent, role,
    message.text || ifnull(
        (SELECT group_concat(b.text, '' ORDER BY b.key) FROM journal b WHERE b.message = message.id),
        ''
    ),
    message.created, state, message.model, message.persona, job, tokens, seconds, attachments, message.pinned,
    excluded, assets, finish
"""
_ATTACHMENTS = msgspec.json.Decoder(tuple[Attachment, ...])
_ASSETS = msgspec.json.Decoder(tuple[str, ...])


def conversation_rows(connection: apsw.Connection, where: str, values: Sequence[Any]) -> list[Conversation]:
    """Those that `where` picks, in its order."""
    rows = fetch(connection, f"SELECT {_CONVERSATION} FROM conversation {where}", values)
    return [_conversation(*row) for row in rows]


def message_rows(connection: apsw.Connection, where: str, values: Sequence[Any]) -> list[Message]:
    """Those that `where` picks, in its order, each with what was journaled of it."""
    rows = fetch(connection, f"SELECT {_MESSAGE} FROM message {where}", values)
    return [_message(*row) for row in rows]


def _conversation(
    id: str, title: str, named: int, created: float, updated: float, system: str, notes: str,
    persona: str | None, folder: str, pinned: int, leaf: str | None, trashed: int,
) -> Conversation:  # fmt: skip
    return Conversation(
        id=id,
        title=title,
        named=bool(named),
        created=created,
        updated=updated,
        system=system,
        notes=notes,
        persona=msgspec.json.decode(persona, type=Persona) if persona else None,
        folder=folder,
        pinned=bool(pinned),
        leaf=leaf,
        trashed=bool(trashed),
    )


def _message(
    id: str, conversation: str, parent: str | None, role: Any, text: str, created: float, state: str,
    model: str, persona: str, job: str, tokens: int, seconds: float, attachments: str, pinned: int,
    excluded: int, assets: str, finish: str,
) -> Message:  # fmt: skip
    return Message(
        id=id,
        conversation=conversation,
        parent=parent,
        role=role,
        text=text,
        created=created,
        state=MessageState(state),
        model=model,
        persona=persona,
        job=job,
        tokens=tokens,
        seconds=seconds,
        attachments=() if attachments == "[]" else _ATTACHMENTS.decode(attachments),
        pinned=bool(pinned),
        excluded=bool(excluded),
        assets=() if assets == "[]" else _ASSETS.decode(assets),
        finish=finish,
    )


def column(value: Any) -> Any:
    """As SQLite keeps a field of a message."""
    match value:
        case tuple():
            return text_of(value)  # pyright: ignore[reportUnknownArgumentType]
        case bool():
            return int(value)
        case MessageState():
            return value.value
        case _:
            return value


def text_of(value: object) -> str:
    return msgspec.json.encode(value).decode()


def persona_text(persona: Persona | None) -> str | None:
    return text_of(persona) if persona else None
