"""A prompt while it is read: how far, and stopped before any layer."""

from contextlib import ExitStack
from typing import Any

import torch
from transformers import PreTrainedModel

from studio.core.messages import Stage
from studio.runtime.cancel import block_hooks
from studio.runtime.desk import Desk

CHUNK = 256  # tokens read at once; a stop is seen before each layer of each chunk


class Reading:
    """Open while `model` reads a prompt of `total` tokens, of which it knows the first `kept`.

    Leaving it, or a stop, takes everything off the model again. Inside, FloatingPointError is raised for
    weights that come to no numbers: such a model would write its first word for ever.
    """

    def __init__(self, model: PreTrainedModel, kept: int, total: int, desk: Desk) -> None:
        self._model = model
        self._read, self._total = kept, total
        self._desk = desk
        self._open = ExitStack()

    def __enter__(self) -> "Reading":
        self._say()  # a stop is raised here before anything is hooked, as nobody would leave
        self._open.enter_context(self._desk.timed("prefill_seconds"))
        self._open.enter_context(block_hooks(self._model, self._desk))
        self._open.callback(self._model.register_forward_hook(self._chunk_read, with_kwargs=True).remove)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _chunk_read(self, _model: Any, _args: Any, given: dict[str, Any], made: Any) -> None:
        if not torch.isfinite(made.logits[:, -1]).all():
            raise FloatingPointError
        ids = given.get("input_ids")
        self._read += ids.shape[-1] if ids is not None else 0
        self._say()

    def _say(self) -> None:
        self._desk.phase(Stage.READING, min(self._read, self._total), self._total)
