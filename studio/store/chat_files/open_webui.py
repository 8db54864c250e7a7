"""Conversations of Open WebUI, as its export of one or of all chats has them: messages by id.

Thoughts are read as ours are; what tools and the system said is left out, and counted.
"""

import re
from collections.abc import Callable, Iterator

import msgspec

from studio.core.conversations import Attachment, Conversation, Message, MessageState
from studio.store.chat_files.foreign import Left, named_file, nodes_of, said, words_of
from studio.store.chat_files.tree import Json, Node, fields, grown, items, line, moment, text

# As it keeps thoughts in an answer: quoted, below a line that says how long they took.
_OPENED = re.compile(r'<details type="reasoning"[^<>]*>\s*(?:<summary>[^<]*</summary>)?')
_CLOSED = "</details>"
_QUOTED = re.compile(r"^(?:&gt;|>) ?", re.MULTILINE)


def is_open_webui(file: Json) -> bool:
    chat = fields(file.get("chat")) or file
    return isinstance(fields(chat.get("history")).get("messages"), dict) or (
        "chat" in file and isinstance(chat.get("messages"), list)
    )


def read_open_webui(file: Json, left: Left) -> tuple[Conversation, list[Message]] | None:
    """One conversation; None where nobody says anything."""
    chat = fields(file.get("chat")) or file
    history = fields(chat.get("history"))
    tree = fields(history.get("messages"))

    def read(one: Json) -> Message | None:
        found = _message(one)
        left.messages += found is None and bool(words_of(one.get("content")).strip())
        return found

    listed = items(chat.get("messages"))
    nodes = [*nodes_of(tree, "parentId", "childrenIds", read)] if tree else [*_list(listed, read)]
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


def _list(messages: list[object], read: Callable[[Json], Message | None]) -> Iterator[Node]:
    """Of an old export, one message below the other."""
    for at, value in enumerate(messages):
        yield Node(key=str(at), parent=str(at - 1) if at else None, message=read(fields(value)))


def _message(one: Json) -> Message | None:
    role, error = one.get("role"), one.get("error")
    if role not in ("user", "assistant"):
        return None
    words = words_of(one.get("content")).strip()
    words = _with_thoughts(words) if role == "assistant" else words
    failed = role == "assistant" and bool(error)
    words = words or (words_of(fields(error).get("content")).strip() if failed else "")
    files = [*_files(items(one.get("files"))), *_shown(items(one.get("content")))]
    if not (words or files):
        return None
    model = line(one.get("modelName")) or line(one.get("model"))
    message = said(role, words, moment(one.get("timestamp")), model if role == "assistant" else "", files)
    return msgspec.structs.replace(message, state=MessageState.FAILED) if failed else message


def _with_thoughts(words: str) -> str:
    """In the marks that ours stand in."""
    pieces, at = list[str](), 0
    while opened := _OPENED.search(words, at):
        end = words.find(_CLOSED, opened.end())
        if end < 0:
            break
        thoughts = _QUOTED.sub("", words[opened.end() : end]).strip()
        pieces += [words[at : opened.start()], f"<think>\n{thoughts}\n</think>\n\n"]
        at = end + len(_CLOSED)
    rest = words[at:].lstrip() if pieces else words
    return "".join((*pieces, rest))


def _files(attached: list[object]) -> Iterator[Attachment]:
    for one in map(fields, attached):
        inner = fields(one.get("file"))
        name = one.get("name") or inner.get("filename") or one.get("type")
        yield named_file(name, one.get("size"))


def _shown(parts: list[object]) -> Iterator[Attachment]:
    """Pictures among the parts of a message."""
    for part in map(fields, parts):
        if part.get("type") == "image_url":
            yield named_file("image")
