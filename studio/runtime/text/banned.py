"""Phrases that are not written: the token that would complete one is never chosen.

The tokens are compared by their bytes, so that it makes no difference where a tokenizer cuts a phrase, nor
whether it cuts a character. (KoboldCpp and others go back to before a phrase that was written. That cannot be
done to one of several answers that are written together, nor would it leave what is guessed ahead alone.)
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

State = tuple[int, bytes]  # characters that are there, and bytes of the next one
_LETTERS = 0x100  # where the letters that stand for bytes begin, GPT-2's `bytes_to_unicode`


class Vocabulary:
    """What each token of a tokenizer writes, in bytes; nothing for those that write no text."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    @cached_property
    def pieces(self) -> list[bytes]:
        special = {number for number, one in self._tokenizer.added_tokens_decoder.items() if one.special}
        tokens = self._tokenizer.convert_ids_to_tokens(list(range(len(self._tokenizer))))
        of_bytes = _writes_bytes(self._tokenizer)
        added = self._tokenizer.get_added_vocab()
        return [
            b"" if token is None or number in special else _bytes_of(token, of_bytes and token not in added)
            for number, token in enumerate(tokens)
        ]

    @cached_property
    def by_first(self) -> dict[int, list[int]]:
        """The tokens that begin with a byte."""
        found: dict[int, list[int]] = {}
        for number, piece in enumerate(self.pieces):
            if piece:
                found.setdefault(piece[0], []).append(number)
        return found


class Phrase:
    """One phrase in any case of letters, as bytes that follow each other."""

    def __init__(self, text: str) -> None:
        self.length = len(text)
        self.bytes = max(sum(max(map(len, one)) for one in map(_cases, text)), 1)
        self._characters = [_cases(letter) for letter in text]

    def step(self, state: State, byte: int) -> State | None:
        """Where the next byte leads; None where it is not the phrase's."""
        place, begun = state
        begun += bytes((byte,))
        if begun in self._characters[place]:
            return place + 1, b""
        return (place, begun) if any(one.startswith(begun) for one in self._characters[place]) else None

    def open(self, written: bytes) -> set[State]:
        """How much of the phrase stands at the end of what is written, in every way there is."""
        states: set[State] = set()
        for byte in written[-self.bytes :]:
            states = {after for one in (*states, (0, b"")) if (after := self.step(one, byte)) is not None}
            states = {one for one in states if one[0] < self.length}
        return states

    def completes(self, state: State, piece: bytes) -> bool:
        """Whether the phrase is whole before the piece ends."""
        now: State | None = state
        for byte in piece:
            now = self.step(now, byte)
            if now is None:
                return False
            if now[0] == self.length:
                return True
        return False

    def within(self, piece: bytes) -> bool:
        """Whether the piece has the whole phrase in it."""
        return any(self.completes((0, b""), piece[start:]) for start in range(len(piece)))

    def firsts(self, state: State) -> set[int]:
        """The bytes that may come next."""
        place, begun = state
        return {one[len(begun)] for one in self._characters[place] if one.startswith(begun)}


class Bans:
    """The phrases that an answer must not have, for one vocabulary."""

    def __init__(self, phrases: Iterable[str], vocabulary: Vocabulary) -> None:
        self.phrases = [Phrase(text) for text in dict.fromkeys(phrases) if text]
        self._vocabulary = vocabulary
        self._whole = [self._containing(phrase) for phrase in self.phrases]
        self._found: dict[tuple[int, State], list[int]] = {}

    def now(self, ids: list[int]) -> Iterator[list[int]]:
        """The tokens that would complete a phrase after these."""
        written = self._tail(ids)
        for number, phrase in enumerate(self.phrases):
            yield self._whole[number]
            for state in phrase.open(written):
                if (number, state) not in self._found:
                    self._found[number, state] = self._completing(phrase, state)
                yield self._found[number, state]

    def _containing(self, phrase: Phrase) -> list[int]:
        shortest = phrase.length
        return [
            token
            for token, piece in enumerate(self._vocabulary.pieces)
            if len(piece) >= shortest and phrase.within(piece)
        ]

    def _completing(self, phrase: Phrase, state: State) -> list[int]:
        tokens = (
            token for first in phrase.firsts(state) for token in self._vocabulary.by_first.get(first, [])
        )
        return [token for token in tokens if phrase.completes(state, self._vocabulary.pieces[token])]

    def _tail(self, ids: list[int]) -> bytes:
        most, pieces, size = max(phrase.bytes for phrase in self.phrases), list[bytes](), 0
        for token in reversed(ids):
            if size >= most:
                break
            pieces.append(self._vocabulary.pieces[token] if token < len(self._vocabulary.pieces) else b"")
            size += len(pieces[-1])
        return b"".join(reversed(pieces))


def _cases(letter: str) -> tuple[bytes, ...]:
    every = {letter, letter.lower(), letter.upper(), letter.title(), letter.casefold()}
    return tuple(one.encode("utf-8", "replace") for one in every if len(one) == 1)


def _writes_bytes(tokenizer: Any) -> bool:
    """Whether its tokens are letters that stand for bytes, as GPT-2's."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    return backend is not None and "ByteLevel" in str(backend.decoder)


def _letters() -> dict[str, int]:
    """GPT-2's `bytes_to_unicode`: printable bytes stand for themselves, others for letters from 256 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(_LETTERS + number): byte for number, byte in enumerate(others)
    }


_BYTES = _letters()


def _bytes_of(token: str, of_bytes: bool) -> bytes:
    if of_bytes:
        return b"".join(
            bytes((_BYTES[letter],)) if letter in _BYTES else letter.encode("utf-8", "replace")
            for letter in token
        )
    if len(token) == 6 and token.startswith("<0x") and token.endswith(">"):  # SentencePiece's single bytes
        return bytes((int(token[3:5], 16),))
    return token.replace("▁", " ").removeprefix("##").encode("utf-8", "replace")
