"""What the next answer will read, counted, and read already while the person still types."""

from collections.abc import Sequence

import torch
from transformers import GenerationConfig

from studio.core.errors import ModelWroteNothing
from studio.core.jobs import ReadContext
from studio.core.messages import Result, Stage
from studio.runtime.desk import Desk
from studio.runtime.text import vision
from studio.runtime.text.context import fit
from studio.runtime.text.load import LoadedText
from studio.runtime.text.reading import CHUNK, Reading
from studio.runtime.text.shown import Placed, before_torn, cache_ids
from studio.runtime.text.takes import copies_bytes


def read_context(loaded: LoadedText, job: ReadContext, desk: Desk) -> Result:
    """Tells what fills the context; with `ahead` it is read too, as far as it is known that it fits."""
    desk.phase(Stage.READING)
    reading = fit(loaded, job, desk)
    use = reading.use
    desk.context(use)
    if job.ahead and use.room and len(reading.ids) > 1 and loaded.cache.cache is not None:
        if any(turn.dropped for turn in use.turns):  # so that the answer begins at the same turn
            loaded.dropped = (job.conversation, reading.start)
        last = use.turns[-1]
        try:
            said = len(reading.ids) - last.tokens - last.files - last.pictures
            _read(loaded, reading.ids, reading.pictures, said, job.conversation, desk)
        except FloatingPointError as error:
            loaded.cache.clear()
            raise ModelWroteNothing(model=job.model.name) from error
    return desk.result()


def _read(
    loaded: LoadedText,
    ids: list[int],
    pictures: Sequence[Placed],
    said: int,
    conversation: str,
    desk: Desk,
) -> None:
    """All of it, so that the answer begins at once; but for the last token where that cannot be.

    Up to what was `said` before, every further reading will be alike; what is typed behind that changes.
    """
    cache, keys = loaded.cache, cache_ids(ids, pictures)
    kept = vision.begin(cache, keys, pictures, copies_bytes(loaded.model, len(ids), 1), conversation)
    desk.measure(prompt_tokens=len(ids), cached_tokens=kept)
    last = len(ids) - (not vision.begins_unread(loaded.model, pictures))
    ends = [end for one in (said, last) if (end := before_torn(pictures, one)) > kept]
    even, read = True, kept
    with Reading(loaded.model, kept, len(ids), desk):
        try:
            for end in ends:
                even = False
                placed = [one for one in pictures if one.end <= end]
                logits = _read_to(loaded, ids[:end], placed, read, desk)
                even, read = True, end
                cache.mark(keys[:end], logits if end == len(ids) else None)
        finally:
            cache.settle(keys[: max(ends, default=kept)], even=even, sure=said)


def _read_to(
    loaded: LoadedText, ids: list[int], pictures: Sequence[Placed], kept: int, desk: Desk
) -> torch.Tensor:
    """As an answer of one token, so that it is read in the same way; that token is never in the cache.

    What the model makes of the last token, [vocabulary].
    """
    given = torch.tensor([ids], device=loaded.model.device)
    own = loaded.model.generation_config
    with torch.inference_mode():
        beside = vision.inputs_for(loaded.model, loaded.sight, ids, pictures, kept, desk)
        config = GenerationConfig(
            max_new_tokens=1,
            eos_token_id=own.eos_token_id,
            pad_token_id=own.pad_token_id,
            prefill_chunk_size=None if "mm_encoder_outputs" in beside else CHUNK,
            disable_compile=True,
            output_logits=True,
            return_dict_in_generate=True,
        )
        made = loaded.model.generate(
            input_ids=given,
            attention_mask=torch.ones_like(given),
            generation_config=config,
            past_key_values=loaded.cache.cache,
            **beside,
        )
    return made.logits[0][0]
