"""Text models in GGUF files, run by llama.cpp in the precision that they are packed in."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from studio.catalog.llama import PACKAGE
from studio.core.errors import ModelNeedsPackage
from studio.core.jobs import TextJob
from studio.core.messages import Result, Stage
from studio.core.model import ModelSpec
from studio.runtime.desk import Desk
from studio.runtime.residency import LoadContext
from studio.runtime.text.prompt import Prompt, build_prompt
from studio.runtime.text.sampling import Chosen, choose
from studio.runtime.text.stream import TextStream
from studio.runtime.text.template import PLAIN_STOPS

if TYPE_CHECKING:
    from studio.runtime.llama.model import LoadedLlama

_SEED_BITS = 32


def load(spec: ModelSpec, context: LoadContext) -> "LoadedLlama":
    """Raises ModelNeedsPackage where the library is gone since the model was chosen, or does not load."""
    try:
        from studio.runtime.llama.model import load_gguf
    except (ImportError, OSError, RuntimeError) as error:
        cause = str(error).partition("\n")[0]
        raise ModelNeedsPackage(model=spec.name, package=PACKAGE, cause=cause) from error
    return load_gguf(spec, context)


def reply(loaded: "LoadedLlama", job: TextJob, desk: Desk) -> Result:
    """The answer, streamed in whole characters."""
    desk.phase(Stage.READING)
    prompt = build_prompt(loaded, job, desk)
    chosen = choose(job, desk)
    kept = loaded.begin(prompt.ids, prompt.room, desk)
    desk.measure(prompt_tokens=len(prompt.ids), cached_tokens=kept)
    stops = job.sampling.stop if prompt.templated else (*job.sampling.stop, *PLAIN_STOPS)
    stream = TextStream(loaded.tokenizer, stops)
    try:
        with desk.timed("prefill_seconds"):
            _read(loaded, prompt.ids[kept:], kept, len(prompt.ids), desk)
        with _sampler(loaded, chosen, prompt.ids, job.sampling.seed) as take:
            finish = _write(loaded, prompt, stream, take, desk)
    finally:
        desk.measure(tokens=len(stream.ids))
    desk.tokens(stream.finish(), len(stream.ids))
    return desk.result(finish=finish)


def _read(loaded: "LoadedLlama", ids: list[int], kept: int, total: int, desk: Desk) -> None:
    from studio.runtime.llama.model import CHUNK

    desk.phase(Stage.READING, kept, total)
    for start in range(0, len(ids), CHUNK):
        loaded.read(ids[start : start + CHUNK])
        loaded.check_numbers()
        desk.phase(Stage.READING, min(kept + start + CHUNK, total), total)


def _write(loaded: "LoadedLlama", prompt: Prompt, stream: TextStream, take: Any, desk: Desk) -> str:
    """Token by token until an end; why it ended."""
    while True:
        token = take()
        if loaded.tokenizer.ends(token):
            return "stop"
        if text := stream.add(token):
            desk.tokens(text, len(stream.ids))
        desk.phase(Stage.WRITING, len(stream.ids), prompt.room)
        if stream.stopped:
            return "stop"
        if len(stream.ids) == prompt.room:
            return "length"
        loaded.read([token])


@contextmanager
def _sampler(loaded: "LoadedLlama", chosen: Chosen, ids: list[int], seed: int | None) -> Iterator[Any]:
    """A function that takes the next token, after what was read last.

    In the order of transformers, where the penalty counts the prompt too.
    """
    from studio.runtime.llama.library import c

    chain = c.llama_sampler_chain_init(c.llama_sampler_chain_default_params())
    try:
        if chosen.repetition_penalty != 1.0:
            reach, strength = loaded.context_length, chosen.repetition_penalty
            penalties = c.llama_sampler_init_penalties(loaded.words, reach, strength, 0.0, 0.0)
            c.llama_sampler_chain_add(chain, penalties)
        if chosen.temperature == 0:
            c.llama_sampler_chain_add(chain, c.llama_sampler_init_greedy())
        else:
            c.llama_sampler_chain_add(chain, c.llama_sampler_init_temp(chosen.temperature))
            c.llama_sampler_chain_add(chain, c.llama_sampler_init_top_k(chosen.top_k))
            c.llama_sampler_chain_add(chain, c.llama_sampler_init_top_p(chosen.top_p, 1))
            c.llama_sampler_chain_add(chain, c.llama_sampler_init_min_p(chosen.min_p or 0.0, 1))
            c.llama_sampler_chain_add(chain, c.llama_sampler_init_dist(_seed(seed)))
        if chosen.repetition_penalty != 1.0:
            for token in ids:
                c.llama_sampler_accept(chain, token)
        yield lambda: c.llama_sampler_sample(chain, loaded.context, -1)
    finally:
        c.llama_sampler_free(chain)


def _seed(seed: int | None) -> int:
    """Of the 64 bits of ours the library takes 32, of which the highest number means chance."""
    if seed is None:
        return secrets.randbelow((1 << _SEED_BITS) - 1)
    return (seed ^ seed >> _SEED_BITS) % ((1 << _SEED_BITS) - 1)
