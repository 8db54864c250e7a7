"""Any causal model that writes text."""

import random

import torch
from transformers import GenerationConfig

from studio.core.errors import ModelWroteNothing
from studio.core.jobs import Reply, TextJob
from studio.core.messages import Result, Stage
from studio.core.model import ModelSpec
from studio.core.sampling import Sampling
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.residency import LoadContext
from studio.runtime.text import vision
from studio.runtime.text.ahead import read_context as read_context
from studio.runtime.text.answer import Answer
from studio.runtime.text.decoding import Decoding, Writers
from studio.runtime.text.drafting import guessing_for, load_foresight
from studio.runtime.text.load import LoadedText, load_text
from studio.runtime.text.prompt import Prompt, build_prompt
from studio.runtime.text.reading import Reading
from studio.runtime.text.sampling import choose, choosers
from studio.runtime.text.stream import TextStream
from studio.runtime.text.template import PLAIN_STOPS
from studio.runtime.text.thinking import Thoughts, marks_of, template_settings

PREFILL_CHUNK = 256  # tokens read at once; a stop is seen before each layer of each chunk
SEEDS = 1 << 63


def load(spec: ModelSpec, context: LoadContext) -> LoadedText:
    loaded = load_text(spec, context)
    load_foresight(loaded, spec, context.desk)
    return loaded


def reply(loaded: LoadedText, job: TextJob, desk: Desk) -> Result:
    """The answer, or several, streamed in whole characters."""
    desk.phase(Stage.READING)
    prompt = build_prompt(loaded, job, desk)
    writers = _writers(loaded, job, prompt, desk)
    answers = [answer for answer, _ in writers]
    finish = ""
    try:
        for some in _together(loaded, writers):
            finish = _write(loaded, job, prompt, some, answers, desk)
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


def _writers(loaded: LoadedText, job: TextJob, prompt: Prompt, desk: Desk) -> Writers:
    """One for each answer that the job wants."""
    sampling, tokenizer = job.sampling, loaded.tokenizer
    count, begun = (len(job.messages), job.begun) if isinstance(job, Reply) else (1, "")
    seed = random.randrange(SEEDS) if sampling.seed is None else sampling.seed
    ends = frozenset(loaded.model.generation_config.eos_token_id or ())
    stops = sampling.stop if prompt.templated else (*sampling.stop, *PLAIN_STOPS)
    marks = marks_of(tokenizer)
    _note_thinking(
        sampling, marks is not None, bool(template_settings(tokenizer.chat_template, sampling.thinking)), desk
    )
    chosen = choose(job, desk)
    each = choosers(chosen, tokenizer, loaded.vocabulary, ends, seed, len(prompt.ids), count)
    writers: Writers = []
    for take, chooser in enumerate(each):
        thoughts = Thoughts(tokenizer, marks) if marks else None
        stream = TextStream(tokenizer, stops)
        answer = Answer(take, stream, thoughts, sampling, ends, prompt.room, desk)
        answer.begin(prompt.ids, begun)
        writers.append((answer, chooser))
    return writers


def _note_thinking(sampling: Sampling, thinks: bool, told: bool, desk: Desk) -> None:
    """A model that cannot think does not, and one whose template has no switch does as it likes."""
    if sampling.thinking_budget is not None and not thinks:
        desk.note("sampling_unused", name="thinking_budget")
    if not told and (sampling.thinking == "on" or (sampling.thinking == "off" and thinks)):
        desk.note("sampling_unused", name="thinking")


def _together(loaded: LoadedText, writers: Writers) -> list[Writers]:
    """A model that keeps its state in a way of its own cannot go on from one reading several times."""
    return [writers] if loaded.cache.cache is not None else [[writer] for writer in writers]


def _write(
    loaded: LoadedText, job: TextJob, prompt: Prompt, writers: Writers, answers: list[Answer], desk: Desk
) -> str:
    """Write some of the answers; why the last of all of them ended."""
    kept = vision.begin(loaded, prompt)
    desk.measure(prompt_tokens=len(prompt.ids), cached_tokens=kept)
    reading = Reading(loaded.model, kept, len(prompt.ids), desk)
    draft = job.draft if isinstance(job, Reply) else None
    guessing = guessing_for(loaded, draft, desk) if len(writers) == 1 else None
    decoding = Decoding(prompt, writers, answers, guessing, loaded.cache, reading, desk)
    try:
        _generate(loaded, prompt, decoding, kept, desk)
    finally:
        # Beside each other they are written in copies: what is kept is the prompt.
        written = writers[0][0].ids if len(writers) == 1 else []
        loaded.cache.settle(prompt.keys + written, even=decoding.even)
    return decoding.finish


def _generate(loaded: LoadedText, prompt: Prompt, decoding: Decoding, kept: int, desk: Desk) -> None:
    ids = torch.tensor([prompt.ids], device=loaded.model.device)
    config, cache = loaded.model.generation_config, loaded.cache.cache
    with torch.inference_mode():
        beside = vision.inputs_for(loaded, prompt, kept, desk)
        # Not cut in the middle of a picture.
        whole = cache is None or "mm_encoder_outputs" in beside
        loaded.model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            generation_config=GenerationConfig(
                max_new_tokens=prompt.room,
                eos_token_id=config.eos_token_id,
                pad_token_id=config.pad_token_id,
                prefill_chunk_size=None if whole else PREFILL_CHUNK,
                disable_compile=True,
            ),
            custom_generate=decoding,
            **({"past_key_values": cache} if cache is not None else {}),
            **beside,
        )
