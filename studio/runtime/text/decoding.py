"""The loop that writes: one reading, then token by token, several answers in one batch or some tokens ahead.

Handed to `generate` as its `custom_generate`, which prepares everything as for its own loops: any model that
it can run runs here. Its own loops know no answers that end at different times, no guesses that are given up
where they do not pay, and no chance that belongs to one answer alone.
"""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import GenerationConfig, LogitsProcessorList, PreTrainedModel, StoppingCriteriaList
from transformers.modeling_outputs import CausalLMOutput

from studio.core.messages import Stage
from studio.runtime.desk import Desk
from studio.runtime.text.answer import Answer
from studio.runtime.text.guesses import Guessing
from studio.runtime.text.kv_cache import KvCache
from studio.runtime.text.prompt import Prompt
from studio.runtime.text.reading import Reading
from studio.runtime.text.sampling import Chooser
from studio.runtime.text.takes import forget, select, spread
from studio.runtime.text.vision import begins_unread


class Decoding:
    """Writes answers to one prompt.

    Attributes:
        even: no forward is under way, so the cache is whole, and has nothing in it that was only guessed.
        read: the prompt has been read.
        finish: why the last answer ended.
    """

    def __init__(
        self,
        prompt: Prompt,
        answers: list[Answer],
        all_answers: Sequence[Answer],
        chooser: Chooser,
        guessing: Guessing | None,
        cache: KvCache,
        reading: Reading,
        desk: Desk,
    ) -> None:
        """`all_answers`: those too that are written another time."""
        self.even = self.read = False
        self.finish = ""
        self._prompt = prompt
        self._answers = answers
        self._all = all_answers
        self._chooser = chooser
        self._guessing = guessing
        self._cache = cache
        self._reading = reading
        self._desk = desk

    def __call__(
        self,
        model: PreTrainedModel,
        input_ids: torch.Tensor,
        logits_processor: LogitsProcessorList,
        stopping_criteria: StoppingCriteriaList,
        generation_config: GenerationConfig,
        **kept: Any,
    ) -> torch.Tensor:
        """`input_ids`: [1, tokens]. What is chosen and where it ends is not left to `generate`."""
        kept |= self._guessing.wants if self._guessing else {}
        with self._reading:
            outputs = self._read(model, input_ids, generation_config, kept)
        kept = model._update_model_kwargs_for_generation(outputs, kept)
        self.even = self.read = True
        count = len(self._answers)
        self._write(
            self._chooser.choose(input_ids.expand(count, -1), outputs.logits[:1, -1].expand(count, -1))
        )
        with model._optimize_model_for_decode():
            if count > 1:
                self._write_beside(model, input_ids, kept)
            elif self._guessing:
                self._write_ahead(model, input_ids, outputs, kept, self._guessing)
            else:
                self._write_alone(model, input_ids, kept)
        return input_ids

    def _read(
        self, model: PreTrainedModel, ids: torch.Tensor, config: GenerationConfig, kept: dict[str, Any]
    ) -> Any:
        """What the model makes of the prompt; of one that it has just read it is known."""
        if (known := self._cache.follows(self._prompt.keys)) is not None:
            return CausalLMOutput(logits=known[None, None])
        outputs = model._prefill(ids, config, kept)
        heard = begins_unread(model, self._prompt.pictures)
        self._cache.mark(self._prompt.keys, outputs.logits[0, -1] if heard else None)
        if self._guessing:
            self._guessing.saw(outputs)
        return outputs

    def _write_alone(self, model: PreTrainedModel, ids: torch.Tensor, kept: dict[str, Any]) -> None:
        [answer] = self._answers
        while not answer.finish:
            ids = _with(ids, [[answer.ids[-1]]])
            outputs = self._forward(model, ids, kept)
            kept = model._update_model_kwargs_for_generation(outputs, kept)
            self._write(self._chooser.choose(ids, outputs.logits[:, -1]))

    def _write_beside(self, model: PreTrainedModel, ids: torch.Tensor, kept: dict[str, Any]) -> None:
        """Each ends by itself, and is read no further."""
        ids = ids.expand(len(self._answers), -1)
        kept = spread(kept, len(self._answers))
        while live := [row for row, answer in enumerate(self._answers) if not answer.finish]:
            if len(live) < len(self._answers):
                self._answers = [self._answers[row] for row in live]
                self._chooser.keep(live)
                ids, kept = ids[live], select(kept, live)
            ids = _with(ids, [[answer.ids[-1]] for answer in self._answers])
            outputs = self._forward(model, ids, kept)
            kept = model._update_model_kwargs_for_generation(outputs, kept)
            self._write(self._chooser.choose(ids, outputs.logits[:, -1]))

    def _write_ahead(
        self,
        model: PreTrainedModel,
        ids: torch.Tensor,
        outputs: Any,
        kept: dict[str, Any],
        guessing: Guessing,
    ) -> None:
        """Some tokens are guessed and read together with the last one: as many are kept as are right."""
        [answer] = self._answers
        known = list(self._prompt.ids)
        while not answer.finish:
            ids = _with(ids, [[answer.ids[-1]]])
            most = 0 if answer.forced else self._prompt.room - len(answer.ids) - 1
            known += answer.ids[len(known) - len(self._prompt.ids) :]
            guessed = guessing.guess(known, most)
            longer = kept
            if guessed:
                longer = model._update_model_kwargs_for_generation(
                    outputs, dict(kept), num_new_tokens=len(guessed)
                )
            outputs = self._forward(model, _with(ids, [guessed]), longer, 1 + len(guessed))
            written = self._write_right(answer, ids, guessed, outputs.logits)
            if guessed:
                self._take_back(len(guessed) + 1 - written)
            self.even = True
            kept = model._update_model_kwargs_for_generation(outputs, kept, num_new_tokens=written)
            guessing.saw(outputs, written)
            guessing.end(len(guessed), written)
            ids = _with(ids, [guessed[: written - 1]])
            self._tell()

    def _write_right(
        self, answer: Answer, ids: torch.Tensor, guessed: list[int], logits: torch.Tensor
    ) -> int:
        """Write what follows as far as the guess was right, and one token more; how many those are."""
        first = logits.shape[1] - len(guessed) - 1
        for number, guess in enumerate([*guessed, None]):
            [token] = self._chooser.choose(_with(ids, [guessed[:number]]), logits[:, first + number])
            self._add(answer, token)
            if answer.finish or answer.ids[-1] != guess:
                return number + 1
        return len(guessed) + 1

    def _take_back(self, count: int) -> None:
        if count and self._cache.cache is not None:
            forget(self._cache.cache, count)

    def _forward(
        self, model: PreTrainedModel, ids: torch.Tensor, kept: dict[str, Any], count: int = 1
    ) -> Any:
        """Read the last `count` tokens of each row."""
        self.even = False
        inputs = model.prepare_inputs_for_generation(
            ids, next_sequence_length=count if kept["use_cache"] else None, **kept
        )
        if "logits_to_keep" in inputs:
            inputs["logits_to_keep"] = count
        return model(**inputs, return_dict=True)

    def _write(self, tokens: list[int | None]) -> None:
        for answer, token in zip(self._answers, tokens, strict=True):
            self._add(answer, token)
        self.even = True
        self._tell()

    def _add(self, answer: Answer, token: int | None) -> None:
        if answer.forced:
            answer.add(answer.forced.popleft())
        elif token is None:  # everything that it could go on with is banned
            answer.end("stop")
        else:
            answer.add(token)
        if all(one.finish for one in self._all):
            self.finish = answer.finish
        elif answer.finish:
            self._desk.take_ended(answer.take, answer.finish)

    def _tell(self) -> None:
        """Where the longest is; a stop is seen here."""
        done = max(len(answer.ids) for answer in self._answers)
        self._desk.phase(Stage.WRITING, done, self._prompt.room)


def _with(ids: torch.Tensor, tokens: list[list[int]]) -> torch.Tensor:
    """`ids`: [rows, tokens]; `tokens`: what each row goes on with, of the same length."""
    if not tokens[0]:
        return ids
    return torch.cat([ids, torch.tensor(tokens, device=ids.device, dtype=ids.dtype)], dim=-1)
