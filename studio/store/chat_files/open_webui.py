"""Conversations of Open WebUI, as its export of one or of all chats has them: messages by id."""

from collections.abc import Iterator

from studio.core.conversations import Attachment, Conversation, Message
from studio.store.chat_files.tree import (
    Json,
    Node,
    fields,
    grown,
    items,
    line,
    moment,
    named_file,
    said,
    text,
)


def is_open_webui(file: Json) -> bool:
    chat = fields(file.get("chat")) or file
    return isinstance(fields(chat.get("history")).get("messages"), dict) or (
        "chat" in file and isinstance(chat.get("messages"), list)
    )


def read_open_webui(file: Json) -> tuple[Conversation, list[Message]] | None:
    """One conversation; None where nobody says anything."""
    chat = fields(file.get("chat")) or file
    history = fields(chat.get("history"))
    tree = fields(history.get("messages"))
    nodes = [*_nodes(tree)] if tree else [*_list(items(chat.get("messages")))]
    head = Conversation(
        id="",
        title=line(file.get("title")) or line(chat.get("title")),
        named=True,
        created=moment(file.get("created_at")) or moment(chat.get("timestamp")),
        updated=moment(file.get("updated_at")),
        system=text(chat.get("system")) or text(fields(chat.get("params")).get("system")),
        pinned=file.get("pinned") is True,
    )
    return grown(head, nodes, text(history.get("currentId")))


def _nodes(tree: Json) -> Iterator[Node]:
    for key, value in tree.items():
        one = fields(value)
        yield Node(key=key, parent=text(one.get("parentId")) or None, message=_message(one))


def _list(messages: list[object]) -> Iterator[Node]:
    """Of an old export, one message below the other."""
    for at, value in enumerate(messages):
        yield Node(key=str(at), parent=str(at - 1) if at else None, message=_message(fields(value)))


def _message(one: Json) -> Message | None:
    role = one.get("role")
    if role not in ("user", "assistant"):
        return None
    words, files = text(one.get("content")).strip(), [*_files(items(one.get("files")))]
    if not (words or files):
        return None
    model = line(one.get("modelName")) or line(one.get("model"))
    return said(role, words, moment(one.get("timestamp")), model if role == "assistant" else "", files)


def _files(attached: list[object]) -> Iterator[Attachment]:
    for one in map(fields, attached):
        inner = fields(one.get("file"))
        name = one.get("name") or inner.get("filename") or one.get("type")
        yield named_file(name, one.get("size"))
