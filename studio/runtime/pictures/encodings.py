"""What a pipeline's text encoders made of a prompt, kept for the next picture of the same prompt.

Every pipeline of diffusers has one method that turns words into tensors. Asked the same again, it gives back
what it gave before, to the last bit, and its encoders rest. What it was asked with, the weights of the words,
the LoRAs and where the model is held are all part of the question; a question with a picture or a tensor in
it is asked anew each time.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec
import torch

from studio.core.model import Lora
from studio.core.prompts.weights import joined
from studio.runtime.desk import Desk
from studio.runtime.pictures.arguments import Call, note_cut_prompt
from studio.runtime.pictures.kept import Encodings, Unkeepable, copied, frozen, tensors_in
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.reading import Reading, encoders_of
from studio.runtime.pictures.wraps import pipelines_inside, wrapped

_METHODS = ("encode_prompt", "_encode_prompt")  # the second alone in Kandinsky's first two versions


@contextmanager
def encoded(
    loaded: LoadedPipeline, pipe: Any, call: Call, loras: tuple[Lora, ...], desk: Desk
) -> Iterator[None]:
    """While open, `pipe` (the loaded one or a sibling that shares its parts) reads the call's texts with
    their weights and in parts, and gives kept encodings back. Afterwards `call.read` says how it read, and
    the desk notes what it could not read."""
    reading = Reading(pipe, call.written)
    held = (
        type(pipe).__name__,
        tuple((lora.path, lora.fingerprint, lora.scale) for lora in loras),
        loaded.options.get("offload"),
        tuple(one.dtype for one in encoders_of(pipe)),  # numbers that were none are tried in others
        reading.parts,
        torch.get_num_threads(),  # they decide in which order sums are taken
    )
    with ExitStack() as stack:
        stack.enter_context(reading.over())
        for owner in (pipe, *pipelines_inside(pipe)):
            name = next((one for one in _METHODS if hasattr(type(owner), one)), None)
            if name:
                kept = _keeping(loaded.encodings, owner, name, held, reading)
                stack.enter_context(wrapped(owner, name, kept))
        yield
    _tell(pipe, reading, call, desk)


def _keeping(encodings: Encodings, owner: Any, name: str, held: Any, reading: Reading) -> Callable[..., Any]:
    signature = inspect.signature(getattr(owner, name))

    def encode(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        try:
            asked = frozen(bound.arguments)
        except Unkeepable:
            return original(*args, **kwargs)
        pieces = tuple((text, one.pieces) for text, one in reading.written.items() if one.marked)
        key = (type(owner).__name__, held, asked, pieces)
        if kept := encodings.find(key):
            reading.reads += kept.reads
            return copied(kept.made)
        before = len(reading.reads)
        made = original(*args, **kwargs)
        if reading.parts > 1:
            _check_parts(reading, before, made)
        encodings.keep(key, made, tuple(reading.reads[before:]))
        return made

    return encode


def _check_parts(reading: Reading, first: int, made: Any) -> None:
    """Parts count where the pipeline took more than the first one's pooled output (as HiDream does)."""
    try:
        longest = max((one.shape[1] for one in tensors_in(made) if one.ndim == 3), default=0)
    except Unkeepable:
        return
    for place in range(first, len(reading.reads)):
        read = reading.reads[place]
        if read.parts > 1 and longest < read.parts * reading.room:
            reading.reads[place] = msgspec.structs.replace(read, used=read.alone, parts=1, weighed="")


def _tell(pipe: Any, reading: Reading, call: Call, desk: Desk) -> None:
    """What came of weights and length, in notes and for the record."""
    how: list[str] = []
    words = joined(call.written[0])
    prompt = [read for read in reading.reads if read.text == words]
    parts = max((read.parts for read in reading.reads), default=1)
    if parts > 1:
        desk.note("prompt_in_parts", parts=parts)
        how.append(f"{parts} parts")
    weighed = {read.text for read in reading.reads if read.weighed}
    seen = {read.text for read in reading.reads}
    marked = [one.text for one in reading.written.values() if one.weighs]
    if ways := sorted({read.weighed for read in reading.reads if read.weighed}):
        how.append(f"weights as {' and '.join(ways)}")
    asked = seen or set(marked)  # a negative prompt may rightly never be read
    if any(text in asked | {words} and text not in weighed for text in marked):
        desk.note("weights_unused")
    if "max_sequence_length" in call.arguments:
        how.append(f"up to {call.arguments['max_sequence_length']} tokens")
    call.read = ", ".join(how)
    if not prompt:
        note_cut_prompt(pipe, call, desk)
    elif all(read.used < read.tokens for read in prompt):
        most = max(prompt, key=lambda read: read.used)
        desk.note("prompt_cut", used=most.used, tokens=most.tokens)
