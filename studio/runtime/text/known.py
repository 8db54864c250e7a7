"""The tokens of the texts that were read last: of the next one, only what is new is cut into tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TEXTS = 4  # of other conversations, or of what is asked beside one

# Where transformers (5.23) cuts texts in the way that is told below; some models have a way of their own.
_USUAL = "transformers.tokenization_utils_tokenizers"


@dataclass(frozen=True)
class _Cut:
    """A text, its tokens, and where in it each begins."""

    text: str
    ids: list[int]
    starts: list[int]


class Known:
    """Some texts and their tokens, as the tokenizer cuts them without adding any.

    A tokenizer looks for its added tokens first, and cuts what stands between two of them by itself. So the
    text is cut in two before such a token, where nothing of either part depends on the other: neither on a
    space that the token takes with it, nor on a word that it ends, nor on how the text is normalised.
    """

    def __init__(self) -> None:
        self._cuts: list[_Cut] = []

    def tokens(self, tokenizer: Any, text: str) -> tuple[list[int], list[int]]:
        """The text's tokens, and where in it each begins; for tokenizers that tell where."""
        alike, before = max(
            ((_alike(one.text, text), one) for one in reversed(self._cuts)),
            key=lambda pair: pair[0],
            default=(0, _Cut("", [], [])),
        )
        number, cut = _same(tokenizer, text, before, alike)
        encoded = tokenizer(
            text[cut:],
            add_special_tokens=False,
            return_offsets_mapping=True,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        starts = [cut + start for start, _ in encoded.offset_mapping]
        whole = _Cut(text, before.ids[:number] + encoded.input_ids, before.starts[:number] + starts)
        # One that goes on from another takes its place.
        others = [one for one in self._cuts if one is not before or not number]
        self._cuts = [*others[1 - TEXTS :], whole]
        return list(whole.ids), list(whole.starts)


def _same(tokenizer: Any, text: str, before: _Cut, alike: int) -> tuple[int, int]:
    """How many tokens of the text before, whose beginning is alike, are this one's too; where they end."""
    apart, longest = _apart(tokenizer) if alike else ({}, 0)
    for number in range(len(before.ids) - 1, 0, -1):
        token, start = apart.get(before.ids[number]), before.starts[number]
        # Up to there, no longer token that begins sooner can be in one of the texts alone.
        if token and start + longest <= alike and text.startswith(token, start):
            return number, start
    return 0, 0


def _apart(tokenizer: Any) -> tuple[Mapping[int, str], int]:
    """The added tokens before which a text can be cut in two, and the length of the longest of all."""
    added = tokenizer.added_tokens_decoder
    usual = type(tokenizer)._encode_plus.__module__ == _USUAL
    if not usual or tokenizer.split_special_tokens or any(token.single_word for token in added.values()):
        return {}, 0
    apart = {
        number: token.content
        for number, token in added.items()
        if not token.normalized and not token.lstrip and not token.content[:1].isspace()
    }
    return apart, max((len(token.content) for token in added.values()), default=0)


def _alike(first: str, second: str) -> int:
    """How many letters are the same from the beginning on."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
