"""Some words of a text around those that were searched for, and where these stand in it."""

from collections.abc import Iterable, Iterator
from typing import cast

import apsw

from studio.store.search import pieces_of, splitter

_BEFORE, _LENGTH = 40, 180  # letters before the first mark, and in all
_SLICE = 600  # letters split at a time: splitting takes a thousandth of a second for each thousand
_SLICES = 20

Marks = tuple[tuple[int, int], ...]
Token = tuple[int, int, str]  # from, to, as it is in the index


class Snippets:
    """Cuts snippets for one search."""

    def __init__(self, connection: apsw.Connection, text: str) -> None:
        self._split = splitter(connection)
        self._pieces = [piece.casefold() for piece in pieces_of(text)]
        self._phrases = [[token for *_, token in self._tokens(piece)] for piece in self._pieces]

    def of(self, texts: Iterable[str]) -> tuple[str, Marks]:
        """Of the first text that has one of the words, else the beginning of the first text of all."""
        opening = ""
        for text in texts:
            opening = opening or text[:_LENGTH]
            for start, end in self._slices(text):
                if marks := self._marks(text[start:end]):
                    return _cut(text, [(start + begin, start + stop) for begin, stop in marks])
        return _cut(opening, [])

    def _slices(self, text: str) -> Iterator[tuple[int, int]]:
        """Where to look, from and to: at once where the words stand as they were typed, else all along."""
        plain = text.casefold()
        places = [plain.find(piece) for piece in self._pieces] if len(plain) == len(text) else []
        for place in sorted(place for place in places if place >= 0):
            yield _at_spaces(text, place - _BEFORE, place + _LENGTH)
        for start in range(0, min(len(text), _SLICE * _SLICES), _SLICE):
            yield _at_spaces(text, start, start + _SLICE)

    def _marks(self, text: str) -> Marks:
        """From and to of every word of the search in a piece of text, in order."""
        tokens = self._tokens(text)
        found: set[tuple[int, int]] = set()
        for phrase in filter(None, self._phrases):
            *whole, begun = phrase
            for at in range(len(tokens) - len(whole)):
                here = [token for *_, token in tokens[at : at + len(phrase)]]
                if here[:-1] == whole and here[-1].startswith(begun):
                    found.add((tokens[at][0], tokens[at + len(whole)][1]))
        return tuple(sorted(found))

    def _tokens(self, text: str) -> list[Token]:
        """With places in letters; the splitter's are in bytes."""
        encoded = text.encode()
        tokens: list[Token] = []
        letters = at = 0
        for token in self._split(encoded, apsw.FTS5_TOKENIZE_DOCUMENT, None):
            start, end, word = cast(Token, token[:3])
            begin = letters + len(encoded[at:start].decode())
            letters, at = begin + len(encoded[start:end].decode()), end
            tokens.append((begin, letters, word))
        return tokens


def _at_spaces(text: str, start: int, end: int) -> tuple[int, int]:
    """Widened to where a word ends, if that is not far."""
    start, end = max(0, start), min(len(text), end)
    before = max(text.rfind(space, max(0, start - _BEFORE), start) for space in " \n")
    after = text.find(" ", end, end + _BEFORE)
    return (before + 1 if before >= 0 else start), (after if after >= 0 else end)


def _cut(text: str, marks: Iterable[tuple[int, int]]) -> tuple[str, Marks]:
    """One line around the first mark, with the marks that are in it; runs of spaces become one."""
    marks = sorted(marks)
    start, end = _at_spaces(text, marks[0][0] - _BEFORE if marks else 0, 0)
    end = min(len(text), start + _LENGTH)
    line, places = ["…"] if start else [], dict[int, int]()
    for at in range(start, end):
        places[at] = len(line)
        if not text[at].isspace():
            line.append(text[at])
        elif line and line[-1] != " ":
            line.append(" ")
    places[end] = len(line)
    if end < len(text):
        line.append("…")
    kept = _apart((places[begin], places[min(stop, end)]) for begin, stop in marks if begin in places)
    return "".join(line).rstrip(), kept


def _apart(marks: Iterable[tuple[int, int]]) -> Marks:
    """Those that overlap or touch as one."""
    joined: list[tuple[int, int]] = []
    for begin, stop in marks:
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        elif begin < stop:
            joined.append((begin, stop))
    return tuple(joined)
