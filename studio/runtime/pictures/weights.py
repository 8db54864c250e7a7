"""Weights of words put onto what text encoders make of them.

CLIP: as AUTOMATIC1111's web interface does (`modules/sd_emphasis.py`, "Original"): the hidden states of a
token are multiplied by its weight, then the whole by what gives it back its mean. Others: as ComfyUI does
(`comfy/sd1_clip.py`, `ClipTokenWeightEncoder`): a token moves away from, or towards, what the encoder makes
of an empty prompt at the same place. A bare multiple would be undone by the norms that most denoisers begin
with.
"""

from bisect import bisect_left
from typing import Any

import torch

from studio.core.prompts.weights import Piece, joined

A1111, COMFYUI = "A1111", "ComfyUI"  # whose way it is, for the record
# A mean that a weight changes by more than this says nothing of the words: it lies too near to zero.
_MOST_RESTORED = 2.0
# Not a token's own: scores of the vocabulary, and what is kept for the next token.
_NOT_HIDDEN = ("logits", "past_key_values", "attentions")


class Written:
    """A text as it was written, and its words as an encoder reads them.

    Attributes:
        text: without the marks.
        pieces: what it was made from.
        weighs: some of it weighs other than 1.
        marked: it is read otherwise than its bare text would be.
    """

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        self.pieces = pieces
        self.text = joined(pieces)
        self.weighs = any(piece.weight != 1 for piece in pieces)
        self.marked = self.weighs or any(piece.breaks for piece in pieces)
        self._weights = list[float]()  # of each character
        self._breaks = list[int]()  # characters that begin a part
        for piece in pieces:
            if piece.breaks and self._weights:
                self._weights.append(1.0)  # the space in place of the BREAK
                self._breaks.append(len(self._weights))
            self._weights += [piece.weight] * len(piece.text)

    def found_in(self, text: str) -> int | None:
        """Where the words begin in what a pipeline makes of them: put into a template, stripped, or in small
        letters. None where they are not there."""
        words = self.text.strip()
        if not words:
            return None
        place = text.rfind(words)
        if place < 0 and len(text.lower()) == len(text):
            place = text.lower().rfind(words.lower())
        return None if place < 0 else place - (len(self.text) - len(self.text.lstrip()))

    def weight_of(self, start: int, end: int) -> float:
        """Of a token that covers these characters of the text: their mean, spaces left out."""
        start, end = max(start, 0), min(end, len(self._weights))
        inside = [self._weights[place] for place in range(start, end) if not self.text[place].isspace()]
        return sum(inside) / len(inside) if len(set(inside)) > 1 else inside[0] if inside else 1.0

    def breaks_within(self, start: int, end: int) -> bool:
        """Whether a part begins with a token that covers these characters, when the last one ended before."""
        place = bisect_left(self._breaks, start)
        return place < len(self._breaks) and self._breaks[place] < end


def scaled(hidden: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Hidden states `[batch, tokens, width]` times weights `[batch, tokens]`, each row's mean restored."""
    factors = weights.to(hidden)[..., None]
    made = hidden * factors
    before, after = (one.float().mean(dim=(1, 2), keepdim=True) for one in (hidden, made))
    restored = before / torch.where(after == 0, 1, after)
    sound = (restored > 1 / _MOST_RESTORED) & (restored < _MOST_RESTORED)
    changed = (weights != 1).any(dim=1)[:, None, None].to(hidden.device)
    return torch.where(changed, made * torch.where(sound, restored, 1).to(made), hidden)


def moved(hidden: torch.Tensor, empty: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Hidden states `[batch, tokens, width]` drawn away from those of an empty prompt by their weights."""
    factors = weights.to(hidden)[..., None]
    return torch.where(factors == 1, hidden, empty + (hidden - empty) * factors)


def mapped(change: Any, outputs: Any, *others: Any, name: str = "") -> Any:
    """What a text encoder gave, with `change` made to each of its tensors (and those at the same places in
    other outputs of its kind)."""
    if name in _NOT_HIDDEN:
        return outputs
    if torch.is_tensor(outputs):
        return change(outputs, *others)
    if isinstance(outputs, dict):
        return type(outputs)(
            **{
                key: mapped(change, value, *(other[key] for other in others), name=key)
                for key, value in outputs.items()
            }
        )
    if isinstance(outputs, tuple | list):
        return type(outputs)(
            mapped(change, value, *(other[place] for other in others)) for place, value in enumerate(outputs)
        )
    return outputs
