"""Text models in GGUF files, run by llama.cpp in the precision that they are packed in."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from studio.catalog.llama import PACKAGE
from studio.core.errors import ModelNeedsPackage
from studio.core.jobs import ReadContext, TextJob
from studio.core.messages import Result, Stage
from studio.core.model import ModelSpec
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.residency import LoadContext
from studio.runtime.text.answer import Answer, answers_to
from studio.runtime.text.banned import Bans
from studio.runtime.text.chosen import DRY_BREAKERS, Chosen, choose
from studio.runtime.text.context import fit
from studio.runtime.text.prompt import Prompt, build_prompt

if TYPE_CHECKING:
    from studio.runtime.llama.model import LoadedLlama

_SEED_BITS = 32
Take = Callable[[Sequence[int]], int | None]


def load(spec: ModelSpec, context: LoadContext) -> "LoadedLlama":
    """Raises ModelNeedsPackage where the library is gone since the model was chosen, or does not load."""
    try:
        from studio.runtime.llama.model import load_gguf
    except (ImportError, OSError, RuntimeError) as error:
        cause = str(error).partition("\n")[0]
        raise ModelNeedsPackage(model=spec.name, package=PACKAGE, cause=cause) from error
    return load_gguf(spec, context)


def reply(loaded: "LoadedLlama", job: TextJob, desk: Desk) -> Result:
    """The answers one after another, streamed in whole characters; the prompt is read once."""
    desk.phase(Stage.READING)
    prompt = build_prompt(loaded, job, desk)
    chosen = choose(job, desk)
    bans = Bans(chosen.banned, loaded.vocabulary) if any(chosen.banned) else None
    seed = _seed(job.sampling.seed)
    answers = answers_to(prompt, job, loaded.tokenizer, loaded.tokenizer.ends, desk)
    try:
        for answer in answers:
            kept = loaded.begin(prompt.ids, prompt.room, job.conversation, desk)
            if not answer.take:
                desk.measure(prompt_tokens=len(prompt.ids), cached_tokens=kept)
            with desk.timed("prefill_seconds"):
                _read(loaded, prompt.ids[kept:], kept, len(prompt.ids), desk)
            with _sampler(loaded, chosen, prompt.ids, bans, _turned(seed, answer.take)) as take:
                _write(loaded, prompt, answer, take, desk)
            if answer is not answers[-1]:
                desk.take_ended(answer.take, answer.finish)
    except Stopped:
        for answer in answers:
            answer.show_rest()
        raise
    finally:
        desk.measure(tokens=sum(len(answer.ids) for answer in answers))
    if any(answer.empty for answer in answers):
        desk.note("answer_empty")
    return desk.result(finish=answers[-1].finish)


def read_context(loaded: "LoadedLlama", job: ReadContext, desk: Desk) -> Result:
    """Tells what fills the context; with `ahead` it is read too, but for the last token, that of the answer.

    A model that cannot go back reads no further than what was said before: what is typed now will change.
    """
    desk.phase(Stage.READING)
    reading = fit(loaded, job, desk)
    use = reading.use
    desk.context(use)
    if job.ahead and use.room and len(reading.ids) > 1:
        if any(turn.dropped for turn in use.turns):  # so that the answer begins at the same turn
            loaded.dropped = (job.conversation, reading.start)
        typed = use.turns[-1].tokens + use.turns[-1].files
        end = len(reading.ids) - (1 if loaded.goes_back else max(1, typed))
        kept = loaded.begin(reading.ids, use.room, job.conversation, desk)
        desk.measure(prompt_tokens=len(reading.ids), cached_tokens=kept)
        _read(loaded, reading.ids[kept:end], kept, len(reading.ids), desk)
    return desk.result()


def _read(loaded: "LoadedLlama", ids: list[int], kept: int, total: int, desk: Desk) -> None:
    from studio.runtime.llama.model import CHUNK

    desk.phase(Stage.READING, kept, total)
    for start in range(0, len(ids), CHUNK):
        loaded.read(ids[start : start + CHUNK])
        loaded.check_numbers()
        desk.phase(Stage.READING, min(kept + start + CHUNK, total), total)


def _write(loaded: "LoadedLlama", prompt: Prompt, answer: Answer, take: Take, desk: Desk) -> None:
    """Token by token until an end."""
    while True:
        token = answer.forced.popleft() if answer.forced else take(answer.ids)
        if token is None:  # everything that it could go on with is banned
            answer.end("stop")
        else:
            answer.add(token)
        desk.phase(Stage.WRITING, len(answer.ids), prompt.room)
        if answer.finish:
            return
        loaded.read([answer.ids[-1]])


@contextmanager
def _sampler(
    loaded: "LoadedLlama", chosen: Chosen, ids: list[int], bans: Bans | None, seed: int
) -> Iterator[Take]:
    """A function that takes the next token, after what was read last and what the answer has.

    In the order of `text/sampling.py`, where repetition counts the prompt too.
    """
    from studio.runtime.llama.library import c, dry_sampler

    chain = c.llama_sampler_chain_init(c.llama_sampler_chain_default_params())
    try:
        if chosen.repetition_penalty != 1.0:
            reach, strength = loaded.context_length, chosen.repetition_penalty
            penalties = c.llama_sampler_init_penalties(loaded.words, reach, strength, 0.0, 0.0)
            c.llama_sampler_chain_add(chain, penalties)
        if chosen.dry_multiplier > 0:
            c.llama_sampler_chain_add(
                chain,
                dry_sampler(
                    loaded.tokenizer.vocabulary,
                    chosen.dry_multiplier,
                    chosen.dry_base,
                    chosen.dry_allowed_length,
                    loaded.context_length,
                    DRY_BREAKERS,
                ),
            )
        if chosen.temperature == 0:
            c.llama_sampler_chain_add(chain, c.llama_sampler_init_greedy())
        else:
            _add_chance(chain, chosen, seed)
        for token in ids if chosen.repetition_penalty != 1.0 or chosen.dry_multiplier > 0 else ():
            c.llama_sampler_accept(chain, token)

        def take(written: Sequence[int]) -> int | None:
            if bans and not loaded.forbid([one for tokens in bans.now(list(written)) for one in tokens]):
                return None
            return c.llama_sampler_sample(chain, loaded.context, -1)

        yield take
    finally:
        c.llama_sampler_free(chain)


def _add_chance(chain: object, chosen: Chosen, seed: int) -> None:
    from studio.runtime.llama.library import c

    c.llama_sampler_chain_add(chain, c.llama_sampler_init_temp(chosen.temperature))
    c.llama_sampler_chain_add(chain, c.llama_sampler_init_top_k(chosen.top_k))
    c.llama_sampler_chain_add(chain, c.llama_sampler_init_top_p(chosen.top_p, 1))
    c.llama_sampler_chain_add(chain, c.llama_sampler_init_min_p(chosen.min_p or 0.0, 1))
    if chosen.xtc_probability > 0:
        xtc = c.llama_sampler_init_xtc(chosen.xtc_probability, chosen.xtc_threshold, 1, seed)
        c.llama_sampler_chain_add(chain, xtc)
    c.llama_sampler_chain_add(chain, c.llama_sampler_init_dist(seed))


def _seed(seed: int | None) -> int:
    """Of the 64 bits of ours the library takes 32, of which the highest number means chance."""
    if seed is None:
        return secrets.randbelow((1 << _SEED_BITS) - 1)
    return (seed ^ seed >> _SEED_BITS) % ((1 << _SEED_BITS) - 1)


def _turned(seed: int, take: int) -> int:
    return (seed + take) % ((1 << _SEED_BITS) - 1)
