"""What the exports of other programs have in common: messages by id, whose words come in parts."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from studio.core.conversations import Attachment, Message
from studio.core.ids import new_id
from studio.core.plain_text import clean_text
from studio.store.chat_files.tree import Json, Node, fields, items, line, text

_NAME_LETTERS = 200
_BACKTICKS = re.compile("`{3,}")


class Left:
    """Counts what is left out.

    Attributes:
        messages: that said something, and are not read.
        pictures: that are damaged.
    """

    def __init__(self) -> None:
        self.messages = self.pictures = 0


def nodes_of(
    tree: Json, parent: str, children: str, read: Callable[[Json], Message | None]
) -> Iterator[Node]:
    """The messages of a tree; where one does not say what it stands below, a list of children does.

    `parent` and `children` are the names of these fields.
    """
    above = {
        child: key
        for key, value in tree.items()
        for child in items(fields(value).get(children))
        if isinstance(child, str) and child != key
    }
    for key, value in tree.items():
        one = fields(value)
        below = text(one.get(parent))
        yield Node(key=key, parent=below if below in tree else above.get(key), message=read(one))


def words_of(content: object) -> str:
    """Of a text, or of a list of parts, which are texts or objects with one."""
    if isinstance(content, str):
        return text(content)
    parts = (part if isinstance(part, str) else fields(part).get("text") for part in items(content))
    return "\n\n".join(filter(None, map(text, parts)))


def fenced(code: str, language: str = "") -> str:
    """Between more backticks than stand in a row in it."""
    fence = "`" * max([3, *(len(row) + 1 for row in _BACKTICKS.findall(code))])
    return f"{fence}{language}\n{code.strip()}\n{fence}"


def said(
    role: Literal["user", "assistant"], text: str, created: float, model: str, files: Sequence[Attachment]
) -> Message:
    """A message of another program; `created` in seconds, 0 where that is not known."""
    return Message(
        id="",
        conversation="",
        parent=None,
        role=role,
        text=clean_text(text).strip(),
        created=created,
        model=line(model),
        attachments=tuple(files),
    )


def named_file(name: object, size: object = 0) -> Attachment:
    """A file that the other program has and we have not: its name alone."""
    size_bytes = size if isinstance(size, int) and 0 < size < 2**53 else 0
    return Attachment(id=new_id(), name=line(name, _NAME_LETTERS) or "file", size_bytes=size_bytes)
