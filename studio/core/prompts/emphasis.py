"""Makes words of a prompt count more or less, as a key does it: `(words:1.1)`."""

import re
from typing import NamedTuple

STEP = 0.1
LEAST, MOST = 0.1, 3.0

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_WEIGHT = re.compile(r":\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*\)")
_CHINESE_RUN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")


class Reweighted(NamedTuple):
    """What stands between `start` and `end` of the text becomes `text`; then `selected` of the new text is
    selected."""

    start: int
    end: int
    text: str
    selected: tuple[int, int]


def reweighted(text: str, start: int, end: int, steps: int) -> Reweighted | None:
    """The selection, or the word at `start` where nothing is selected, some steps up or down.

    Inside parentheses with a weight it is that weight that changes; at 1 they go. None where no word is.
    """
    if around := _around(text, start, end):
        opening, closing, weight, words_end = around
        words = text[opening + 1 : words_end]
        return _put(opening, closing, words, weight + steps * STEP)
    start, end = _trimmed(text, start, end) if start != end else _word_at(text, start)
    if start >= end:
        return None
    return _put(start, end, text[start:end], 1 + steps * STEP)


def _put(start: int, end: int, words: str, weight: float) -> Reweighted:
    weight = round(min(max(weight, LEAST), MOST), 2)
    if weight == 1:
        return Reweighted(start, end, words, (start, start + len(words)))
    return Reweighted(start, end, f"({words}:{weight:g})", (start + 1, start + 1 + len(words)))


def _around(text: str, start: int, end: int) -> tuple[int, int, float, int] | None:
    """The weighted parentheses around the place: where they begin, end, the weight, where the words end."""
    opened = list[int]()
    for at, mark in enumerate(text):
        if at and text[at - 1] == "\\":
            continue
        if mark == "(":
            opened.append(at)
        elif mark == ")" and opened:
            opening = opened.pop()
            if opening > start or at + 1 < end:
                continue
            number = text.rfind(":", opening, at)
            found = _WEIGHT.fullmatch(text, number, at + 1) if number >= 0 else None
            if found:
                return opening, at + 1, float(found[1]), number
    return None


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    words = text[start:end]
    return start + len(words) - len(words.lstrip(" ,，")), end - (len(words) - len(words.rstrip(" ,，")))


def _word_at(text: str, at: int) -> tuple[int, int]:
    """The word that the place is in or beside; Chinese words have no ends of their own: up to the marks."""
    for pattern in (_CHINESE_RUN, _WORD):
        for found in pattern.finditer(text, max(0, at - 200), min(len(text), at + 200)):
            if found.start() <= at <= found.end():
                return found.span()
    return at, at
