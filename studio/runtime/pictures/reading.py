"""How a pipeline's text encoders read a prompt: its weights put on, and CLIP's limit got around.

Pipelines turn text into tokens and tokens into hidden states in a hundred ways, but all of them call a
tokenizer and a text encoder of transformers. Both are wrapped on the instances for the time of a call, so
that the pipeline itself goes on choosing layers, cutting templates off and repeating for several pictures.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import msgspec
import torch
from transformers import (
    CLIPTextModel,
    CLIPTextModelWithProjection,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from studio.core.prompts.weights import Piece
from studio.core.prompts.written import MOST_PARTS
from studio.runtime.pictures.weights import A1111, COMFYUI, Written, mapped, moved, scaled
from studio.runtime.pictures.wraps import wrapped

_CLIP = CLIPTextModel | CLIPTextModelWithProjection


class Read(msgspec.Struct, frozen=True):
    """What one text encoder read of one text.

    Attributes:
        text: as it was given to the pipeline.
        used, tokens: how many it read of how many there are, special ones left out.
        parts: how many it read it in.
        alone: what `used` is where only the first part comes to count.
        weighed: whose way its weights were put on in; empty where they were not.
    """

    text: str
    used: int
    tokens: int
    parts: int = 1
    alone: int = 0
    weighed: str = ""


class _Row:
    """A text that went through a tokenizer, and what came out."""

    def __init__(self, tokenizer: Any, text: str, encoding: Any, written: Written | None) -> None:
        self.tokenizer = tokenizer
        self.text = text
        self.ids: list[int] = encoding.ids
        self.offsets: list[tuple[int, int]] = encoding.offsets
        self.written = written
        self.start = written.found_in(text) if written else None

    def own(self) -> list[bool]:
        """Which tokens are the person's words."""
        if self.written is None or self.start is None:
            return [False] * len(self.ids)
        begin, end = self.start, self.start + len(self.written.text)
        return [first < last and last > begin and first < end for first, last in self.offsets]

    def read(self, weighed: str) -> Read:
        """How much of the words is among the tokens."""
        written = self.written or Written((Piece(""),))
        own = [last for mine, (_, last) in zip(self.own(), self.offsets, strict=True) if mine]
        whole = (self.start or 0) + len(written.text.rstrip())
        tokens = used = len(own)
        if written.text.strip() and (not own or own[-1] < whole):
            known = self.tokenizer(written.text, add_special_tokens=False, verbose=False)
            tokens = max(len(known.input_ids), used + 1)
        return Read(written.text, used, tokens, weighed=weighed if written.weighs else "")

    def weights(self) -> list[float]:
        written, start = self.written, self.start or 0
        if written is None:
            return [1.0] * len(self.ids)
        return [
            written.weight_of(first - start, last - start) if own else 1.0
            for own, (first, last) in zip(self.own(), self.offsets, strict=True)
        ]


class Reading:
    """One call of a pipeline, seen from its text encoders.

    Attributes:
        written: the texts of the job by what they are without marks.
        reads: what was read, in the order it was.
        room: tokens of a part; 0 where the pipeline reads in one only.
        parts: how many CLIP reads each text in; the same for all, for they are compared with each other.
    """

    def __init__(self, pipe: Any, texts: Iterable[tuple[Piece, ...]]) -> None:
        self.written = {one.text: one for one in map(Written, texts)}
        self.reads: list[Read] = []
        self._pipe = pipe
        self._rows: list[_Row] = []
        self._busy = False
        self.room = room_of(pipe)
        self.parts = self._parts_needed()

    @contextmanager
    def over(self) -> Iterator[None]:
        """While open, the pipeline's tokenizers are listened to and its text encoders weigh."""
        with ExitStack() as stack:
            for tokenizer in tokenizers_of(self._pipe):
                stack.enter_context(wrapped(tokenizer, "_encode_plus", partial(self._listened, tokenizer)))
            for encoder in encoders_of(self._pipe):
                stack.enter_context(wrapped(encoder, "forward", partial(self._weighed, encoder)))
            try:
                yield
            finally:
                self._rows.clear()

    def _listened(
        self, tokenizer: Any, original: Callable[..., Any], text: Any, *args: Any, **kwargs: Any
    ) -> Any:
        made = original(text, *args, **kwargs)
        texts = [text] if isinstance(text, str) else text
        encodings = getattr(made, "encodings", None) or ()
        if not self._busy and len(encodings) == len(texts) and all(isinstance(one, str) for one in texts):
            self._rows += [
                _Row(tokenizer, one, encoding, self._written_in(one))
                for one, encoding in zip(texts, encodings, strict=True)
            ]
        return made

    def _written_in(self, text: str) -> Written | None:
        """The job's text that this one was made from: the longest that is in it."""
        if text in self.written:
            return self.written[text]
        inside = [one for one in self.written.values() if one.found_in(text) is not None]
        return max(inside, key=lambda one: len(one.text), default=None)

    def _weighed(self, encoder: Any, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        rest = dict(kwargs)
        ids = args[0] if args else rest.pop("input_ids", None)
        rows = None if self._busy else self._rows_of(ids)
        if rows is None:
            return original(*args, **kwargs)

        def encode(ids: torch.Tensor, **changes: Any) -> Any:
            return original(ids, *args[1:], **(rest | changes))

        self._busy = True
        try:
            return self._read(encoder, encode, rows, ids, rest)
        finally:
            self._busy = False

    def _rows_of(self, ids: Any) -> list[_Row] | None:
        """What the tokens were made from; None where that is not known of all."""
        if not torch.is_tensor(ids) or ids.ndim != 2 or ids.is_floating_point():
            return None
        made = [next((row for row in reversed(self._rows) if row.ids == one), None) for one in ids.tolist()]
        found = [row for row in made if row]
        return found if found and len(found) == len(made) else None

    def _read(
        self, encoder: Any, encode: Callable[..., Any], rows: list[_Row], ids: torch.Tensor, rest: Any
    ) -> Any:
        if not isinstance(encoder, _CLIP):
            return self._moved(encode, rows, ids)
        if rest.get("output_hidden_states") is False:  # the pooled one alone is wanted, as in Flux
            self._note(rows)
            return encode(ids)
        if self.parts > 1:
            return self._in_parts(encode, rows, ids, "attention_mask" in rest)
        weights = torch.tensor([row.weights() for row in rows])
        self._note(rows, A1111 if bool((weights != 1).any()) else "")
        return _with_weights(encode(ids), ids.shape, lambda hidden: scaled(hidden, weights), weights)

    def _moved(self, encode: Callable[..., Any], rows: list[_Row], ids: torch.Tensor) -> Any:
        weights = torch.tensor([row.weights() for row in rows])
        blank = rows[0].tokenizer.pad_token_id
        blank = rows[0].tokenizer.eos_token_id if blank is None else blank
        weighed = blank is not None and bool((weights != 1).any())
        self._note(rows, COMFYUI if weighed else "")
        full = encode(ids)
        if not weighed:
            return full
        own = torch.tensor([row.own() for row in rows], device=ids.device)
        empty = encode(ids.masked_fill(own, blank))

        def change(hidden: torch.Tensor, bare: torch.Tensor) -> torch.Tensor:
            return moved(hidden, bare, weights) if _is_hidden(hidden, ids.shape) else hidden

        return mapped(change, full, empty)

    def _in_parts(self, encode: Callable[..., Any], rows: list[_Row], ids: torch.Tensor, masked: bool) -> Any:
        """All rows in as many parts, each between marks of its own; the pooled output is the first part's."""
        room = self.room
        tokens, weights, mask = list[list[int]](), list[list[float]](), list[list[int]]()
        for row in rows:
            chunks = chunks_of(row.tokenizer, row.text, row.written, room)
            kept = chunks[: self.parts]
            used, known = sum(map(len, kept)), sum(map(len, chunks))
            if row.written:
                weighed = any(weight != 1 for chunk in kept for _, weight in chunk)
                how = A1111 if weighed else ""
                alone = row.read("").used
                self.reads.append(Read(row.written.text, used, known, self.parts, alone, how))
            for chunk in kept + [[]] * (self.parts - len(kept)):
                blank, ends = room - len(chunk), (row.tokenizer.bos_token_id, row.tokenizer.eos_token_id)
                pads = [row.tokenizer.pad_token_id] * blank
                tokens.append([ends[0], *(token for token, _ in chunk), ends[1], *pads])
                weights.append([1.0, *(weight for _, weight in chunk), 1.0] + [1.0] * blank)
                mask.append([1] * (room + 2 - blank) + [0] * blank)
        parts = torch.tensor(tokens, device=ids.device)
        given = {"attention_mask": torch.tensor(mask, device=ids.device)} if masked else {}
        factors, shape, count = torch.tensor(weights), parts.shape, self.parts

        def join(made: torch.Tensor) -> torch.Tensor:
            if _is_hidden(made, shape):
                return scaled(made, factors).reshape(len(rows), count * shape[1], -1)
            return made[::count] if made.ndim == 2 and len(made) == len(parts) else made

        return mapped(join, encode(parts, **given))

    def _note(self, rows: list[_Row], weighed: str = "") -> None:
        self.reads += [row.read(weighed) for row in rows if row.written is not None]

    def _parts_needed(self) -> int:
        if not self.room:
            return 1
        needed = (
            parts_of(tokenizer, one, self.room)
            for tokenizer in tokenizers_of(self._pipe)
            for one in self.written.values()
            if "CLIP" in type(tokenizer).__name__ and tokenizer.is_fast
        )
        return max(1, min(MOST_PARTS, max(needed, default=1)))


def parts_of(tokenizer: Any, written: Written, room: int) -> int:
    """How many parts of `room` tokens a text takes."""
    if any(piece.breaks for piece in written.pieces):
        return len(chunks_of(tokenizer, written.text, written, room))
    tokens = tokenizer(written.text, add_special_tokens=False, verbose=False).input_ids
    return max(1, math.ceil(len(tokens) / room))


def chunks_of(tokenizer: Any, text: str, written: Written | None, room: int) -> list[list[tuple[int, float]]]:
    """The text's tokens with their weights, `room` of them to a chunk; a BREAK begins a new one."""
    row = _Row(
        tokenizer, text, tokenizer(text, add_special_tokens=False, verbose=False).encodings[0], written
    )
    chunks: list[list[tuple[int, float]]] = [[]]
    before, start = 0, row.start or 0
    for token, weight, (_, end) in zip(row.ids, row.weights(), row.offsets, strict=True):
        breaks = written is not None and written.breaks_within(before - start, end - start)
        if len(chunks[-1]) == room or (breaks and chunks[-1]):
            chunks.append([])
        chunks[-1].append((token, weight))
        before = end
    return chunks


def tokenizers_of(pipe: Any) -> list[Any]:
    """Those of the pipeline, also the ones inside of processors; each once."""
    parts = [getattr(part, "tokenizer", part) for part in pipe.components.values()]
    return _once(part for part in parts if isinstance(part, PreTrainedTokenizerBase))


def encoders_of(pipe: Any) -> list[Any]:
    return _once(part for part in pipe.components.values() if isinstance(part, PreTrainedModel))


def _once(parts: Iterable[Any]) -> list[Any]:
    return list({id(part): part for part in parts}.values())


def room_of(pipe: Any) -> int:
    """Tokens of the person's own that CLIP reads at once, where it can be asked several times; else 0.

    Where a denoiser attends to the words themselves, it takes any number of them. A prior (unCLIP,
    Kandinsky 2) has a place for each of 77.
    """
    parts = {name for name, part in pipe.components.items() if part is not None}
    clips = [one for one in encoders_of(pipe) if isinstance(one, _CLIP)]
    if not clips or not parts & {"unet", "transformer"} or any("prior" in name for name in parts):
        return 0
    return min(one.config.max_position_embeddings for one in clips) - 2


def _is_hidden(made: torch.Tensor, shape: torch.Size) -> bool:
    return made.ndim == 3 and made.shape[:2] == shape and made.is_floating_point()


def _with_weights(
    made: Any, shape: torch.Size, change: Callable[[torch.Tensor], torch.Tensor], weights: torch.Tensor
) -> Any:
    if bool((weights == 1).all()):
        return made
    return mapped(lambda hidden: change(hidden) if _is_hidden(hidden, shape) else hidden, made)
