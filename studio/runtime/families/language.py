"""Any causal model that writes text."""

from contextlib import ExitStack
from typing import Any

import torch
from transformers import GenerationConfig, StoppingCriteria, StoppingCriteriaList

from studio.core.errors import ModelWroteNothing
from studio.core.jobs import TextJob
from studio.core.messages import Result, Stage
from studio.core.model import ModelSpec
from studio.runtime.cancel import block_hooks
from studio.runtime.desk import Desk
from studio.runtime.residency import LoadContext
from studio.runtime.text import vision
from studio.runtime.text.load import LoadedText, load_text
from studio.runtime.text.prompt import Prompt, build_prompt
from studio.runtime.text.sampling import choose
from studio.runtime.text.stream import TextStream
from studio.runtime.text.template import PLAIN_STOPS

PREFILL_CHUNK = 256  # tokens read at once; a stop is seen before each layer of each chunk


def load(spec: ModelSpec, context: LoadContext) -> LoadedText:
    return load_text(spec, context)


def reply(loaded: LoadedText, job: TextJob, desk: Desk) -> Result:
    """The answer, streamed in whole characters."""
    desk.phase(Stage.READING)
    prompt = build_prompt(loaded, job, desk)
    config = _sampling(loaded, job, prompt, desk)
    kept = vision.begin(loaded, prompt)
    desk.measure(prompt_tokens=len(prompt.ids), cached_tokens=kept)
    stops = job.sampling.stop if prompt.templated else (*job.sampling.stop, *PLAIN_STOPS)
    writing = Writing(job.model.name, loaded, prompt, stops, kept, desk)
    try:
        _generate(loaded, prompt, config, writing)
    except ModelWroteNothing:
        loaded.cache.clear()  # or what is no number in it would spoil the next answer too
        raise
    finally:
        loaded.cache.settle(prompt.keys + writing.stream.ids, even=writing.between)
        desk.measure(tokens=len(writing.stream.ids))
    desk.tokens(writing.stream.finish(), len(writing.stream.ids))
    return desk.result(finish="stop" if writing.ended else "length")


class Writing(StoppingCriteria):
    """Follows `generate`: the prompt is read under stop hooks, then each token is streamed.

    Called once a token, when its forward is over and the next has not begun: the one place where the cache
    is whole. A streamer would see each token too late to end the answer with it.

    Attributes:
        stream: the text so far.
        between: no forward is under way.
        ended: the model or a stop string ended the answer.
        kept: how many tokens the cache had already.
    """

    def __init__(
        self, name: str, loaded: LoadedText, prompt: Prompt, stops: tuple[str, ...], kept: int, desk: Desk
    ) -> None:
        self.stream = TextStream(loaded.tokenizer, stops)
        self.between = False
        self.ended = False
        self._loaded = loaded
        self._name = name
        self._prompt = prompt
        self._desk = desk
        self._ends = set(loaded.model.generation_config.eos_token_id or ())
        self._read = self.kept = kept
        self._reading = ExitStack()

    def __enter__(self) -> "Writing":
        """From here to the first token, a stop is seen before every layer."""
        model = self._loaded.model
        self._reading.enter_context(self._desk.timed("prefill_seconds"))
        self._reading.enter_context(block_hooks(model, self._desk))
        self._reading.callback(model.register_forward_hook(self._chunk_read, with_kwargs=True).remove)
        self._say_reading()
        return self

    def __exit__(self, *_: object) -> None:
        self._reading.close()

    def _chunk_read(self, _model: Any, _args: Any, given: dict[str, Any], made: Any) -> None:
        if not torch.isfinite(made.logits[:, -1]).all():  # else it would write its first word for ever
            raise ModelWroteNothing(model=self._name)
        ids = given.get("input_ids")
        self._read += ids.shape[-1] if ids is not None else 0
        self._say_reading()

    def _say_reading(self) -> None:
        total = len(self._prompt.ids)
        self._desk.phase(Stage.READING, min(self._read, total), total)

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        self.between = True
        token = int(input_ids[0, -1])
        if not self.stream.ids:
            self._reading.close()
            self._loaded.cache.mark(self._prompt.keys)
        if token not in self._ends and (text := self.stream.add(token)):
            self._desk.tokens(text, len(self.stream.ids))
        self.ended = self.stream.stopped or token in self._ends
        self._desk.phase(Stage.WRITING, len(self.stream.ids), self._prompt.room)
        self.between = self.ended or len(self.stream.ids) == self._prompt.room
        return torch.full((1,), self.ended, dtype=torch.bool, device=input_ids.device)


def _generate(loaded: LoadedText, prompt: Prompt, config: GenerationConfig, writing: Writing) -> None:
    ids = torch.tensor([prompt.ids], device=loaded.model.device)
    cache = loaded.cache.cache
    with writing, torch.inference_mode():
        beside = vision.inputs_for(loaded, prompt, writing.kept)
        if "mm_encoder_outputs" in beside:
            config.prefill_chunk_size = None  # or it would be cut in the middle of a picture
        loaded.model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            generation_config=config,
            stopping_criteria=StoppingCriteriaList([writing]),
            **({"past_key_values": cache} if cache is not None else {}),
            **beside,
        )


def _sampling(loaded: LoadedText, job: TextJob, prompt: Prompt, desk: Desk) -> GenerationConfig:
    chosen, seed = choose(job, desk), job.sampling.seed
    config = loaded.model.generation_config
    settings: dict[str, Any] = {"do_sample": chosen.temperature > 0}
    if chosen.temperature > 0:
        settings["temperature"] = chosen.temperature
        settings["top_p"] = chosen.top_p
        settings["top_k"] = chosen.top_k  # else transformers takes 50
        settings["min_p"] = chosen.min_p
        torch.manual_seed(seed) if seed is not None else torch.seed()
    return GenerationConfig(
        **settings,
        repetition_penalty=chosen.repetition_penalty,
        max_new_tokens=prompt.room,
        eos_token_id=config.eos_token_id,
        pad_token_id=config.pad_token_id,
        prefill_chunk_size=PREFILL_CHUNK if loaded.cache.cache is not None else None,
        disable_compile=True,
    )
