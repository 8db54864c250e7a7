"""Any causal model that writes text."""

import random

import torch
from transformers import GenerationConfig

from studio.core.errors import ModelWroteNothing
from studio.core.jobs import Reply, TextJob
from studio.core.messages import Result, Stage
from studio.core.model import ModelSpec
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.residency import LoadContext
from studio.runtime.text import vision
from studio.runtime.text.ahead import read_context as read_context
from studio.runtime.text.answer import Answer, answers_to
from studio.runtime.text.chosen import Chosen, choose
from studio.runtime.text.decoding import Decoding
from studio.runtime.text.drafting import guessing_for, load_foresight
from studio.runtime.text.load import LoadedText, load_text
from studio.runtime.text.prompt import Prompt, build_prompt
from studio.runtime.text.reading import CHUNK, Reading
from studio.runtime.text.sampling import chooser_of
from studio.runtime.text.takes import copies_bytes

SEEDS = 1 << 63


def load(spec: ModelSpec, context: LoadContext) -> LoadedText:
    loaded = load_text(spec, context)
    load_foresight(loaded, spec, context.desk)
    return loaded


def forget(loaded: LoadedText) -> bool:
    """Give back what was read of other branches, and a draft; False where there is nothing."""
    draft = loaded.draft
    if draft:
        loaded.refused = draft[0], "memory"
        loaded.take_draft(None)
    return loaded.cache.forget_others() or draft is not None


def hold_within(loaded: LoadedText, memory_budget: int) -> None:
    """So many bytes are all that the model may hold with what it remembers."""
    loaded.hold_within(memory_budget)


def reply(loaded: LoadedText, job: TextJob, desk: Desk) -> Result:
    """The answer, or several, streamed in whole characters."""
    desk.phase(Stage.READING)
    prompt = build_prompt(loaded, job, desk)
    answers = answers_to(prompt, job, loaded.tokenizer, loaded.ends, desk)
    chosen, finish = choose(job, desk), ""
    try:
        for some in _together(loaded, answers, prompt):
            finish = _write(loaded, job, prompt, some, answers, chosen, desk)
    except FloatingPointError as error:
        loaded.cache.clear()  # or what is no number in it would spoil the next answer too
        raise ModelWroteNothing(model=job.model.name) from error
    except Stopped:
        for answer in answers:
            answer.show_rest()
        raise
    finally:
        desk.measure(tokens=sum(len(answer.ids) for answer in answers))
    if any(answer.empty for answer in answers):
        desk.note("answer_empty")
    return desk.result(finish=finish)


def _together(loaded: LoadedText, answers: list[Answer], prompt: Prompt) -> list[list[Answer]]:
    """All at once, if there is memory for what each of them reads; a model that keeps its state in a way of
    its own cannot go on from one reading several times."""
    if loaded.cache.cache is None:
        return [[answer] for answer in answers]
    if len(answers) > 1:
        needed = copies_bytes(loaded.model, len(prompt.ids) + prompt.room, len(answers))
        if needed > loaded.free_bytes:
            return [[answer] for answer in answers]
    return [answers]


def _write(
    loaded: LoadedText,
    job: TextJob,
    prompt: Prompt,
    some: list[Answer],
    answers: list[Answer],
    chosen: Chosen,
    desk: Desk,
) -> str:
    """Write some of the answers; why the last of all of them ended."""
    draft, whole = job.draft if isinstance(job, Reply) else None, len(prompt.ids) + prompt.room
    guessing = guessing_for(loaded, draft, whole, desk) if len(some) == 1 else None
    size = _bytes_of(loaded, whole, len(some))
    kept = vision.begin(loaded.cache, prompt.keys, prompt.pictures, size, job.conversation)
    if some[0] is answers[0]:
        desk.measure(prompt_tokens=len(prompt.ids), cached_tokens=kept)
    reading = Reading(loaded.model, kept, len(prompt.ids), desk)
    seed = random.randrange(SEEDS) if job.sampling.seed is None else job.sampling.seed
    seeds = [seed + answer.take for answer in some]
    chooser = chooser_of(chosen, loaded.tokenizer, loaded.vocabulary, loaded.ends, seeds, len(prompt.ids))
    decoding = Decoding(prompt, list(some), answers, chooser, guessing, loaded.cache, reading, desk)
    try:
        _generate(loaded, prompt, decoding, kept, desk)
    finally:
        # Beside each other they are written in copies: what is kept is the prompt.
        written = some[0].ids if len(some) == 1 else []
        loaded.cache.settle(prompt.keys + written, even=decoding.even)
    return decoding.finish


def _bytes_of(loaded: LoadedText, tokens: int, count: int) -> int:
    """What is read for so many answers, the prompt itself kept beside several of them; by a draft too."""
    draft = copies_bytes(loaded.draft[1].model, tokens, 1) if loaded.draft else 0
    return copies_bytes(loaded.model, tokens, count + 1 if count > 1 else 1) + draft


def _generate(loaded: LoadedText, prompt: Prompt, decoding: Decoding, kept: int, desk: Desk) -> None:
    ids = torch.tensor([prompt.ids], device=loaded.model.device)
    config, cache = loaded.model.generation_config, loaded.cache.cache
    with torch.inference_mode():
        beside = vision.inputs_for(loaded.model, loaded.sight, prompt.ids, prompt.pictures, kept, desk)
        # Not cut in the middle of a picture.
        whole = cache is None or "mm_encoder_outputs" in beside
        loaded.model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            generation_config=GenerationConfig(
                max_new_tokens=prompt.room,
                eos_token_id=config.eos_token_id,
                pad_token_id=config.pad_token_id,
                prefill_chunk_size=None if whole else CHUNK,
                disable_compile=True,
            ),
            custom_generate=decoding,
            **({"past_key_values": cache} if cache is not None else {}),
            **beside,
        )
