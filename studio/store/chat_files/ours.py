"""Conversations as JSON with all that there is to them: written, and read again with ids of their own.

A line for each message, so that of a file that was cut off all lines before the cut can be read. Pictures
that were given with messages stand below them; those that were made are named by their ids.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from studio.core.conversations import Attachment, Conversation, Message, MessageState
from studio.core.ids import new_id
from studio.core.personas import Example, Persona
from studio.store.chat_files.pictures import Brought, Carried
from studio.store.chat_files.tree import MOST_TOKENS, Json, Node, fields, grown, items, line, moment, text
from studio.store.layout import is_id

FORMAT, VERSION = "atelier-chats", 1

T = TypeVar("T", bound=msgspec.Struct)

_FACE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*\.[a-z]{3,4}")


def written(talks: Iterable[tuple[Conversation, Sequence[Message]]], carried: Carried) -> Iterator[bytes]:
    """The file, piece by piece."""
    yield f'{{"format": "{FORMAT}", "version": {VERSION}, "conversations": ['.encode()
    for number, (conversation, messages) in enumerate(talks):
        yield (b",\n" if number else b"\n") + b'{"conversation": ' + msgspec.json.encode(conversation)
        yield b', "messages": [\n' + b",\n".join(map(msgspec.json.encode, messages)) + b"\n]"
        pictures = False
        for place, encoded in carried.of(messages):
            yield b",\n" if pictures else b', "pictures": {\n'
            yield f'"{place}": "{encoded}"'.encode()
            pictures = True
        yield b"\n}}" if pictures else b"}"
    yield b"\n]}\n"


def is_ours(file: Json) -> bool:
    return isinstance(file.get("conversation"), dict) and isinstance(file.get("messages"), list)


def read_ours(file: Json, brought: Brought) -> tuple[Conversation, list[Message]] | None:
    """One conversation; None where nobody says anything. Raises DiskFull, FileUnwritable."""
    head = fields(file["conversation"])
    nodes = [node for one in items(file["messages"]) if (node := _node(one, brought)) is not None]
    conversation = Conversation(
        id="",
        title=line(head.get("title")),
        named=head.get("named") is True,
        created=moment(head.get("created")),
        updated=moment(head.get("updated")),
        system=text(head.get("system")),
        notes=text(head.get("notes")),
        persona=_persona(head.get("persona")),
        folder=line(head.get("folder")),
        pinned=head.get("pinned") is True,
    )
    return grown(conversation, nodes, text(head.get("leaf")))


def _node(value: object, brought: Brought) -> Node | None:
    """A message that cannot be read keeps its place in the tree, for those below it."""
    raw = fields(value)
    key = text(raw.get("id"))
    return (
        Node(key=key, parent=text(raw.get("parent")) or None, message=_message(raw, brought)) if key else None
    )


def _message(raw: Json, brought: Brought) -> Message | None:
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
        attachments=tuple(_attachment(file, brought) for file in message.attachments),
        assets=tuple(filter(is_id, message.assets)),
        finish=line(message.finish),
    )


def _attachment(file: Attachment, brought: Brought) -> Attachment:
    return msgspec.structs.replace(
        file,
        id=new_id(),
        name=line(file.name),
        text=text(file.text),
        picture=brought.place(file.picture),
        size_bytes=min(max(file.size_bytes, 0), 2**53),
    )


def _persona(value: object) -> Persona | None:
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
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, RecursionError):
        return None
