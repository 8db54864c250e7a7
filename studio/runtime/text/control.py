"""Control tokens that a person typed, or that stand in a file: read as the letters they are.

A template writes them to tell the turns apart. Where contents have some, they are marked before the template
sees them, and what is marked is cut into tokens by itself, without the tokenizer's added ones.
"""

import re
from typing import Any

from studio.runtime.text.known import Known

# Two of Unicode's noncharacters, which no text has.
OPEN, CLOSE = "\ufdd0", "\ufdd1"
_NO_TEXT = re.compile(f"[\ud800-\udfff{OPEN}{CLOSE}]")  # and lone surrogates, at which tokenizers fail
_MARKS = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}|[{OPEN}{CLOSE}]")


class Control:
    """What a tokenizer takes for control.

    Special tokens are control wherever they stand. Others that a template writes too, as those around
    thoughts, are so in what a person says; a model writes them itself.
    """

    def __init__(self, tokenizer: Any) -> None:
        added = list(tokenizer.added_tokens_decoder.items())
        template = str(tokenizer.chat_template or "")
        special = {token.content: number for number, token in added if token.special}
        written = {
            token.content: number
            for number, token in added
            if token.content in template and not token.content.isspace()
        }
        self._ids = {**written, **special}
        self._by_model = _any_of(special)
        self._by_people = _any_of(self._ids)
        self._tokenizer = tokenizer

    def mark(self, text: str, *, of_model: bool) -> str:
        """The text with marks around what looks like control in it, and without any other marks."""
        pattern = self._by_model if of_model else self._by_people
        return pattern.sub(f"{OPEN}\\g<0>{CLOSE}", _NO_TEXT.sub("", text))

    def encode(
        self, text: str, *, add_special_tokens: bool, known: Known | None = None
    ) -> tuple[list[int], list[int]]:
        """The tokens of a text with marks, and where in it each begins; of what is `known` they are taken."""
        ids = list[int]()
        starts = list[int]()
        for at, piece, plain in split_marks(text):
            if plain:
                found, places = self._letters(piece), None
            elif at == 0 and known and not add_special_tokens and self._tokenizer.is_fast:
                found, places = known.tokens(self._tokenizer, piece)
            else:
                found, places = self._piece(piece, at > 0, add_special_tokens and at == 0)
            ids += found
            starts += [at] * len(found) if places is None else [at + place for place in places]
        return ids, starts

    def _piece(self, piece: str, inside: bool, special: bool) -> tuple[list[int], list[int]]:
        """Inside a text it is read behind a newline, or some tokenizers would put a space before it."""
        if inside:
            ids, starts = _tokens(self._tokenizer, "\n" + piece, False)
            newline, _ = _tokens(self._tokenizer, "\n", False)
            if ids[: len(newline)] == newline:
                return ids[len(newline) :], [max(0, start - 1) for start in starts[len(newline) :]]
        return _tokens(self._tokenizer, piece, special)

    def _letters(self, piece: str) -> list[int]:
        encode, control = self._tokenizer._encode_without_added_tokens, set(self._ids.values())
        newline, ids = encode("\n"), encode("\n" + piece)
        ids = ids[len(newline) :] if ids[: len(newline)] == newline else encode(piece)
        if control.isdisjoint(ids):
            return ids
        # Some vocabularies have control tokens among the ordinary ones: no single letter is one.
        return [one for letter in piece for one in encode(letter) if one not in control]


def spell_unknown(tokenizer: Any, words: int) -> None:
    """Some tokenizers have tokens that nobody gave the model a place for, of `words`; it would fail at them.

    As control tokens they are letters where somebody types them.
    """
    unknown = [one.content for number, one in tokenizer.added_tokens_decoder.items() if number >= words]
    if unknown:
        tokenizer.add_tokens(unknown, special_tokens=True)


def split_marks(text: str) -> list[tuple[int, str, bool]]:
    """The pieces of a text with marks: where each begins, and whether it was marked."""
    pieces = list[tuple[int, str, bool]]()
    end = 0
    for found in _MARKS.finditer(text):
        pieces.append((end, text[end : found.start()], False))
        pieces.append((found.start(), found[1] or "", True))
        end = found.end()
    pieces.append((end, text[end:], False))
    return [one for one in pieces if one[1]]


def _tokens(tokenizer: Any, text: str, special: bool) -> tuple[list[int], list[int]]:
    if tokenizer.is_fast:
        encoded = tokenizer(
            text,
            add_special_tokens=special,
            return_offsets_mapping=True,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        return list(encoded.input_ids), [start for start, _ in encoded.offset_mapping]
    ids = list(tokenizer(text, add_special_tokens=special, verbose=False).input_ids)
    return ids, _spread(tokenizer.convert_ids_to_tokens(ids), len(text))


def _spread(tokens: list[str], length: int) -> list[int]:
    """About where each token begins, where only their spellings are known."""
    spelled = sum(len(token) for token in tokens)
    starts, before = list[int](), 0
    for token in tokens:
        starts.append(before * length // max(1, spelled))
        before += len(token)
    return starts


def _any_of(tokens: dict[str, int]) -> re.Pattern[str]:
    longest_first = sorted(filter(None, tokens), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
