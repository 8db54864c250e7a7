"""Conversations as JSON with all that there is to them: written, and read again with ids of their own.

A line for each message, so that of a file that was cut off all lines before the cut can be read. Pictures are
named by their place in the library, not carried along.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from studio.core.conversations import Attachment, Conversation, Message, MessageState
from studio.core.ids import new_id
from studio.core.personas import Example, Persona
from studio.store.chat_files.tree import MOST_TOKENS, Json, Node, fields, grown, items, line, moment, text
from studio.store.layout import is_given_picture, is_id

FORMAT, VERSION = "atelier-chats", 1

T = TypeVar("T", bound=msgspec.Struct)

_FACE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*\.[a-z]{3,4}")


def written(talks: Iterable[tuple[Conversation, Sequence[Message]]]) -> Iterator[bytes]:
    """The file, piece by piece."""
    yield f'{{"format": "{FORMAT}", "version": {VERSION}, "conversations": ['.encode()
    for number, (conversation, messages) in enumerate(talks):
        yield (b",\n" if number else b"\n") + b'{"conversation": ' + msgspec.json.encode(conversation)
        yield b', "messages": [\n' + b",\n".join(map(msgspec.json.encode, messages)) + b"\n]}"
    yield b"\n]}\n"


def is_ours(file: Json) -> bool:
    return isinstance(file.get("conversation"), dict) and isinstance(file.get("messages"), list)


def read_ours(file: Json) -> tuple[Conversation, list[Message]] | None:
    """One conversation; None where nobody says anything."""
    head = fields(file["conversation"])
    nodes = [node for node in map(_node, items(file["messages"])) if node is not None]
    conversation = Conversation(
        id="",
        title=line(head.get("title")),
        named=head.get("named") is True,
        created=moment(head.get("created")),
        updated=moment(head.get("updated")),
        system=text(head.get("system")),
        notes=text(head.get("notes")),
        persona=read_persona(head.get("persona")),
        folder=line(head.get("folder")),
        pinned=head.get("pinned") is True,
    )
    return grown(conversation, nodes, text(head.get("leaf")))


def _node(value: object) -> Node | None:
    """A message that cannot be read keeps its place in the tree, for those below it."""
    raw = fields(value)
    key = text(raw.get("id"))
    return Node(key=key, parent=text(raw.get("parent")) or None, message=_message(raw)) if key else None


def _message(raw: Json) -> Message | None:
    message = _converted({**raw, "conversation": "", "id": ""}, Message)
    if message is None:
        return None
    streaming = message.state is MessageState.STREAMING
    return msgspec.structs.replace(
        message,
        text=text(message.text),
        created=moment(message.created),
        state=MessageState.INTERRUPTED if streaming else message.state,
        model=line(message.model),
        persona=line(message.persona),
        tokens=min(max(message.tokens, 0), MOST_TOKENS),
        seconds=moment(message.seconds),
        attachments=tuple(map(_attachment, message.attachments)),
        assets=tuple(filter(is_id, message.assets)),
        finish=line(message.finish),
    )


def _attachment(file: Attachment) -> Attachment:
    return msgspec.structs.replace(
        file,
        id=new_id(),
        name=line(file.name),
        text=text(file.text),
        picture=file.picture if is_given_picture(file.picture) else "",
        size_bytes=min(max(file.size_bytes, 0), 2**53),
    )


def read_persona(value: Any) -> Persona | None:
    """Of a file, or of what is made of one. None where it is none."""
    persona = _converted(value, Persona)
    if persona is None:
        return None
    return Persona(
        id=persona.id if is_id(persona.id) else new_id(),
        name=line(persona.name),
        picture=persona.picture if _FACE.fullmatch(persona.picture) else "",
        system=text(persona.system),
        examples=tuple(
            Example(user=text(one.user), assistant=text(one.assistant)) for one in persona.examples
        ),
        preset=line(persona.preset),
    )


def _converted(value: Any, kind: type[T]) -> T | None:
    if isinstance(value, kind):
        return value
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, RecursionError):
        return None
