"""Markdown cut into parts that can be written one after another, also while the text still grows."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from studio.ui.widgets.markdown_math import add_math

# Lines of a code block in one part: so many where a new paragraph of it begins, at most; and characters.
ENOUGH, MOST, LARGE = 25, 40, 3_000
_LINE_ENDS = re.compile(r"\r\n?|\n")  # as the parser counts lines


@cache
def _parser() -> MarkdownIt:
    return add_math(MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]))


class Part(NamedTuple):
    """A block of a text that stands by itself, one item of a list that does, or a piece of a long code block.

    Attributes:
        start: the character where it begins.
        tokens: for `MarkdownWriter.write`.
        opening: what has to stand before a text that begins with it, for it to be what it is.
    """

    start: int
    tokens: list[Token]
    opening: str = ""


def parts_of(text: str, opening: str = "") -> list[Part]:
    """`opening`: that of the part with which the text begins."""
    whole = opening + text
    lines = [0, *(end.end() for end in _LINE_ENDS.finditer(whole)), len(whole) + 1]
    parts: list[Part] = []
    for block in _blocks(_parser().parse(whole), 0):
        if block[0].type in ("bullet_list_open", "ordered_list_open"):
            parts += [Part(lines[_first_line(item)], item) for item in _items(block)]
        elif block[0].type == "fence":
            first = _first_line(block)
            begun = bool(opening) and first == 0
            parts += _pieces(block[0], lines[first:], whole[lines[first] : lines[first + 1]], begun)
        else:
            parts.append(Part(lines[_first_line(block)], block))
    return [part._replace(start=max(part.start - len(opening), 0)) for part in parts]


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


def _pieces(fence: Token, starts: Sequence[int], opening: str, begun: bool) -> Iterator[Part]:
    """A long code block would be laid out as a whole for each word that comes: pieces of it, each a box.

    Where they begin depends on nothing that comes after. `starts`: of its lines; `begun`: it is the rest of
    one.
    """
    pieces = list(_cut(fence.content.removesuffix("\n").split("\n")))
    for number, (line, code) in enumerate(pieces):
        meta = {"begun": begun or number > 0, "goes_on": number < len(pieces) - 1}
        start = starts[line + 1 if number else 0]
        yield Part(start, [fence.copy(content=code, meta=meta)], opening if meta["begun"] else "")


def _cut(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Pieces with the place of their first lines."""
    begin = size = 0
    for place, line in enumerate(lines):
        count = place - begin
        fresh = count >= ENOUGH and not lines[place - 1].strip() and bool(line[:1].strip())
        if fresh or count >= MOST or size >= LARGE:
            yield begin, "\n".join(lines[begin:place])
            begin, size = place, 0
        size += len(line) + 1
    yield begin, "\n".join(lines[begin:])


def _first_line(part: list[Token]) -> int:
    inner = part[1] if part[0].type.endswith("list_open") else part[0]
    return inner.map[0] if inner.map else 0
