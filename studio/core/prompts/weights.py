"""Attention weights in a prompt, as AUTOMATIC1111's web interface reads them.

`(word)` weighs its words 1.1 times, `[word]` 1 / 1.1 times and `(word:1.3)` 1.3 times; nested marks
multiply. A backslash before a bracket or before another backslash takes its meaning away. A bracket that
nobody closes weighs all that follows, one that closes nothing is text. Round and square brackets are matched
each among themselves. `BREAK`, standing alone, begins a new part where the prompt is encoded in parts.

A prompt that is a JSON object (captions with a structure, as some models are trained on) has no marks.
"""

import functools
import json
import re
from collections.abc import Iterator

import msgspec

STEP = 1.1
HEAVIEST = 10.0  # either way; beyond it nothing but noise was ever seen
DEEPEST = 25  # 1.1 to the 25th is more than the heaviest

_TOKENS = re.compile(
    r"""
    (?P<escaped>\\[\\()\[\]])
    | :\s*(?P<weight>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))\s*\)
    | [()\[\]]
    | \s*(?<![^\s,])BREAK(?![^\s,])\s*
    | [^\\()\[\]:\sB]+ | \s+ | .
    """,
    re.VERBOSE | re.DOTALL,
)

# The same marks, for those who ask for no words.
_MARKS = re.compile(
    r"""
    (?P<escaped>\\[\\()\[\]])
    | :\s*(?P<weight>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))\s*\)
    | [()\[\]]
    """,
    re.VERBOSE,
)


class Piece(msgspec.Struct, frozen=True):
    """Words of one weight.

    Attributes:
        text: without the marks.
        weight: 1 is what a text without marks has; between -10 and 10.
        breaks: a new part begins with this piece.
    """

    text: str
    weight: float = 1.0
    breaks: bool = False


class WeightSpan(msgspec.Struct, frozen=True):
    """A stretch of the text as written, in characters of Python, marks included."""

    start: int
    end: int
    weight: float


class _Token(msgspec.Struct, frozen=True):
    text: str  # what it adds to the plain text
    weight: float
    breaks: bool = False


def weighted(text: str) -> tuple[Piece, ...]:
    """The text without marks, cut where the weight changes; never empty."""
    pieces: list[tuple[list[str], float, bool]] = []
    breaks = False
    for token in _read(text):
        breaks |= token.breaks
        if not token.text:
            continue
        if breaks or not pieces or pieces[-1][1] != token.weight:
            pieces.append(([], token.weight, breaks))
            breaks = False
        pieces[-1][0].append(token.text)
    return tuple(Piece("".join(words), weight, begins) for words, weight, begins in pieces) or (Piece(""),)


def plain(text: str) -> str:
    """The text without marks, for whoever does not weigh; a `BREAK` becomes a space."""
    return joined(weighted(text))


def joined(pieces: tuple[Piece, ...]) -> str:
    """The words of the pieces in one text; parts are held apart by a space."""
    return "".join(" " * (piece.breaks and place > 0) + piece.text for place, piece in enumerate(pieces))


def weight_spans(text: str) -> tuple[WeightSpan, ...]:
    """Where the text as written weighs other than 1, in order, for colouring; touching ones differ."""
    spans = list[WeightSpan]()

    def add(start: int, end: int, weight: float) -> None:
        if weight == 1 or start == end:
            return
        if spans and spans[-1].end == start and spans[-1].weight == weight:
            start = spans.pop().start
        spans.append(WeightSpan(start, end, weight))

    if structured(text):
        return ()
    at, weight = 0, 1.0
    for token, own, after, _ in _weighed(list(_MARKS.finditer(text))):
        start, end = token.span()
        add(at, start, weight)
        add(start, end, own)
        at, weight = end, after
    add(at, len(text), weight)
    return tuple(spans)


def _read(text: str) -> Iterator[_Token]:
    """The text in tokens, each with its weight; a mark has the weight of what it encloses."""
    if structured(text):
        yield _Token(text, 1.0)
        return
    for token, weight, _, mark in _weighed(list(_TOKENS.finditer(text))):
        breaks = not mark and token[0].strip() == "BREAK"
        words = "" if mark or breaks else token[0].removeprefix("\\") if token["escaped"] else token[0]
        yield _Token(words, weight, breaks)


def _weighed(found: list[re.Match[str]]) -> Iterator[tuple[re.Match[str], float, float, bool]]:
    """Each token with its weight, the weight of what follows it, and whether it is a mark."""
    factors, closing = _matched(found)
    steps = 0  # an exponent, not a product: round and square marks may cross, and it stays exact
    products = [1.0]
    weight = 1.0
    for place, token in enumerate(found):
        opens, closes = place in factors, place in closing
        if opens:
            if (factor := factors[place]) is None:
                steps += 1 if token[0] == "(" else -1
            else:
                products.append(_bounded(products[-1] * factor))
            weight = _product(steps, products[-1])
        own = weight
        if closes:
            if factors[closing[place]] is None:
                steps -= 1 if token[0] == ")" else -1
            else:
                products.pop()
            weight = _product(steps, products[-1])
        yield token, own, weight, opens or closes


def _matched(found: list[re.Match[str]]) -> tuple[dict[int, float | None], dict[int, int]]:
    """By the place of each opening mark the number it multiplies with (None: one step), and by the place of
    each closing mark that of its opening one."""
    factors: dict[int, float | None] = {}
    closing: dict[int, int] = {}
    open_round: list[int] = []
    open_square: list[int] = []
    for place, token in enumerate(found):
        mark, number = token[0], token["weight"]
        if mark in ("(", "["):
            factors[place] = None
            (open_round if mark == "(" else open_square).append(place)
        elif (mark == ")" or number) and open_round:
            closing[place] = open_round.pop()
            factors[closing[place]] = float(number) if number else None
        elif mark == "]" and open_square:
            closing[place] = open_square.pop()
    return factors, closing


@functools.lru_cache(1024)
def _product(steps: int, numbers: float) -> float:
    return round(_bounded(STEP ** max(-DEEPEST, min(DEEPEST, steps)) * numbers), 6)


def _bounded(weight: float) -> float:
    return max(-HEAVIEST, min(HEAVIEST, weight))


def structured(text: str) -> bool:
    """Whether it is a JSON object."""
    if not text.lstrip().startswith("{") or not text.rstrip().endswith("}"):
        return False
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
