"""A tree of messages as a file of any program may have it, made into one that can be trusted.

Nothing of a file is believed: ids are new, texts are cleaned, a parent that is missing or that bites its own
tail is mended, and no name in it is ever used as a path.
"""

import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from studio.core.conversations import Conversation, Message
from studio.core.ids import new_id
from studio.core.plain_text import clean_text
from studio.store.chat_trees import BESIDE

Json = Mapping[str, Any]

MOST_TOKENS = 2**40  # of an answer
_TITLE_LETTERS = 200
_LATEST = 2**33  # seconds: the year 2242
_LINE_END = re.compile(r"\s+")


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a file.

    Attributes:
        key: what the file calls it; `parent` is another one's.
        message: all else of it; its ids and parent count for nothing. None for one that is not wanted, whose
            children come below its parent.
    """

    key: str
    parent: str | None
    message: Message | None = None


def grown(head: Conversation, nodes: Sequence[Node], shown: str) -> tuple[Conversation, list[Message]] | None:
    """The conversation with ids of its own, its messages after their parents; None without any.

    `shown` is the key of the last message of the branch that is shown.
    """
    above = _Above(nodes)
    wanted = {node.key: node.message for node in nodes if node.message is not None}
    parents = {key: above.nearest(above.parent(key)) for key in wanted}
    _cut_circles(parents)
    conversation, ids, messages = new_id(), dict[str, str](), list[Message]()
    moment = head.created or time.time()
    for key in _from_roots(parents):
        ids[key], parent = new_id(), parents[key]
        moment = wanted[key].created or moment
        messages.append(
            msgspec.structs.replace(
                wanted[key],
                id=ids[key],
                conversation=conversation,
                parent=ids[parent] if parent else None,
                created=moment,
                job="",
            )
        )
    in_branches = [message.id for message in messages if message.role != BESIDE]
    if not in_branches:
        return None
    created = head.created or messages[0].created
    updated = head.updated or max(created, *(message.created for message in messages))
    leaf = ids.get(above.nearest(shown) or "")
    leaf = leaf if leaf in in_branches else in_branches[-1]
    return (
        msgspec.structs.replace(head, id=conversation, created=created, updated=updated, leaf=leaf),
        messages,
    )


class _Above:
    """Finds the first wanted message from one upwards; the way is walked once, however many come by."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = {node.key: node for node in nodes}
        self._found: dict[str, str | None] = {}

    def parent(self, key: str) -> str | None:
        return self._nodes[key].parent

    def nearest(self, key: str | None) -> str | None:
        """Itself where it is wanted; None where there is none, or the way is a circle."""
        way: list[str] = []
        while key in self._nodes and self._nodes[key].message is None and key not in self._found:
            self._found[key] = None
            way.append(key)
            key = self._nodes[key].parent
        end = self._found.get(key, key) if key in self._nodes else None
        self._found.update(dict.fromkeys(way, end))
        return end


def _cut_circles(parents: dict[str, str | None]) -> None:
    """Where the way up comes back to where it was, it ends."""
    sound: set[str] = set()
    for key in parents:
        way: set[str] = set()
        at: str | None = key
        while at is not None and at not in sound and at not in way:
            way.add(at)
            at = parents[at]
        if at in way:
            parents[at] = None
        sound |= way


def _from_roots(parents: Mapping[str, str | None]) -> Iterator[str]:
    """Each after its parent, siblings in the file's order."""
    children: dict[str | None, list[str]] = {}
    for key, parent in parents.items():
        children.setdefault(parent, []).append(key)
    waiting = [*reversed(children.get(None, ()))]
    while waiting:
        key = waiting.pop()
        yield key
        waiting += reversed(children.get(key, ()))


def moment(value: object) -> float:
    """Seconds since 1970 from seconds, milliseconds or less; 0 for what is no such thing."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    try:
        seconds = float(value)
    except OverflowError:
        return 0.0
    while math.isfinite(seconds) and seconds > _LATEST:
        seconds /= 1000
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0


def text(value: object) -> str:
    """Itself if it is text, cleaned; else none."""
    return clean_text(value) if isinstance(value, str) else ""


def line(value: object, letters: int = _TITLE_LETTERS) -> str:
    """Text on one line, and not a long one."""
    return _LINE_END.sub(" ", text(value)).strip()[:letters]


def fields(value: object) -> Json:
    """Itself if it is an object; else an empty one."""
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def items(value: object) -> list[Any]:
    """Itself if it is a list; else an empty one."""
    return value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]
