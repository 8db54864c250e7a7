"""JSON that may be cut off or damaged: what stands before the damage."""

import json
import re
from collections.abc import Iterator

_DECODER = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\r\n]*")
# What closes, opens or divides; strings are matched whole, a cut one too, so that nothing in them counts.
_MARK = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)|[\[\]{},]', re.DOTALL)
_CLOSING = {"[": "]", "{": "}"}

Part = tuple[object, bool]  # a value, and whether it is whole


def value_at(text: str, start: int) -> tuple[object, int, bool]:
    """The value that begins at `start`, where it ends, and whether it is whole.

    Of a damaged one, all before the damage; then it ends with the text. None where nothing can be read.
    """
    try:
        value, end = _DECODER.raw_decode(text, start)
        return value, end, True
    except RecursionError:
        return None, len(text), False
    except ValueError as error:
        damage = error.pos if isinstance(error, json.JSONDecodeError) else start
        return _before(text, start, damage), len(text), False


def elements(text: str, start: int) -> Iterator[Part]:
    """The elements of the list whose `[` stands at `start`, up to its end or to the damage."""
    at = past_space(text, start + 1)
    while at < len(text) and text[at] != "]":
        value, at, whole = value_at(text, at)
        yield value, whole
        at = past_space(text, at)
        if at < len(text) and text[at] not in ",]":
            yield None, False
            return
        if text[at : at + 1] == ",":
            at = past_space(text, at + 1)


def _before(text: str, start: int, damage: int) -> object:
    """Cut at the last comma before the damage, and closed there."""
    opened: list[str] = []
    cut, closing = start, ""
    for mark in _MARK.finditer(text, start, damage):
        match mark[0]:
            case "[" | "{":
                opened.append(_CLOSING[mark[0]])
            case "]" | "}":
                if not opened:
                    return None
                opened.pop()
            case ",":
                cut, closing = mark.start(), "".join(reversed(opened))
            case _:
                pass
    try:
        return _DECODER.decode(text[start:cut] + closing) if closing else None
    except (ValueError, RecursionError):
        return None


def past_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
