"""Markdown cut into parts that can be written one after another, also while the text still grows."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from studio.ui.widgets.markdown_math import add_math


@cache
def _parser() -> MarkdownIt:
    return add_math(MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]))


class Part(NamedTuple):
    """A block of a text that stands by itself, or one item of a list that does.

    Attributes:
        start: the character where it begins.
        tokens: for `MarkdownWriter.write`.
    """

    start: int
    tokens: list[Token]


def parts_of(text: str) -> list[Part]:
    lines = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    parts: list[list[Token]] = []
    for block in _blocks(_parser().parse(text), 0):
        parts += _items(block) if block[0].type in ("bullet_list_open", "ordered_list_open") else [block]
    return [Part(lines[_first_line(part)], part) for part in parts]


def settled(text: str, parts: Sequence[Part]) -> int:
    """How many of its parts stay as they are however the text goes on (link definitions aside).

    The last part can still change, and one that begins in an unfinished line need not be one: `*` may become
    an item of a list or a bold word of the part before.
    """
    finished = text.rfind("\n")
    return max(sum(part.start <= finished for part in parts) - 1, 0)


def _blocks(tokens: list[Token], level: int) -> Iterator[list[Token]]:
    begin = 0
    for place, token in enumerate(tokens):
        if token.level == level and token.nesting <= 0:  # it closes, or stands alone
            yield tokens[begin : place + 1]
            begin = place + 1


def _items(block: list[Token]) -> Iterator[list[Token]]:
    """Each item as a list of its own that begins with its number."""
    opening, *items, closing = block
    for item in _blocks(items, 1):
        attrs = {"start": int(item[0].info)} if opening.type == "ordered_list_open" else {}
        yield [opening.copy(attrs=attrs), *item, closing]


def _first_line(part: list[Token]) -> int:
    inner = part[1] if part[0].type.endswith("list_open") else part[0]
    return inner.map[0] if inner.map else 0
