"""Conversations of ChatGPT, as its `conversations.json` has them: a mapping of nodes with parents.

What system and tools said is left out, and so is what an answer said to a tool; pictures and files are named.
"""

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

_WORDS = ("text", "multimodal_text")  # other kinds of content are thoughts, searches and calls of tools


def is_chatgpt(file: Json) -> bool:
    return isinstance(file.get("mapping"), dict)


def read_chatgpt(file: Json) -> tuple[Conversation, list[Message]] | None:
    """One conversation; None where nobody says anything."""
    mapping = fields(file["mapping"])
    head = Conversation(
        id="",
        title=line(file.get("title")),
        named=True,
        created=moment(file.get("create_time")),
        updated=moment(file.get("update_time")),
    )
    return grown(head, list(_nodes(mapping)), text(file.get("current_node")))


def _nodes(mapping: Json) -> Iterator[Node]:
    for key, value in mapping.items():
        node = fields(value)
        yield Node(
            key=key, parent=text(node.get("parent")) or None, message=_message(fields(node.get("message")))
        )


def _message(message: Json) -> Message | None:
    role = fields(message.get("author")).get("role")
    content, about = fields(message.get("content")), fields(message.get("metadata"))
    if role not in ("user", "assistant") or content.get("content_type") not in _WORDS:
        return None
    if message.get("recipient", "all") != "all" or about.get("is_visually_hidden_from_conversation") is True:
        return None
    parts = items(content.get("parts"))
    words = "\n\n".join(part if isinstance(part, str) else text(fields(part).get("text")) for part in parts)
    files = [*_files(items(about.get("attachments")), parts)]
    if not (words.strip() or files):
        return None
    return said(role, words.strip(), moment(message.get("create_time")), line(about.get("model_slug")), files)


def _files(attached: list[object], parts: list[object]) -> Iterator[Attachment]:
    """Those that are listed, and pictures that stand in the text and are not."""
    listed = [fields(one) for one in attached]
    for one in listed:
        yield named_file(one.get("name"), one.get("size"))
    ids = [text(one.get("id")) for one in listed]
    for part in map(fields, parts):
        pointer = text(part.get("asset_pointer"))
        if pointer and not any(known and known in pointer for known in ids):
            yield named_file(pointer.rpartition("/")[2], part.get("size_bytes"))
