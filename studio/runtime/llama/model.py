"""A GGUF model in llama.cpp's memory: loaded, read with, and remembered from one answer to the next."""

import os
from collections.abc import Container
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from studio.catalog.gguf import GgufHeader, read_gguf
from studio.catalog.held import load_of
from studio.catalog.inspect import inspect_model
from studio.catalog.main_memory import main_memory
from studio.catalog.precision import Place, plan
from studio.core.errors import ModelUnsupported, ModelWroteNothing
from studio.core.messages import Stage
from studio.core.model import ModelSpec
from studio.core.plan import Plan
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.llama.library import c, forget_words, free_on_accelerators, quiet_library, refusal
from studio.runtime.llama.place import START_CONTEXT, accelerated_layers, context_limit
from studio.runtime.llama.tokenizer import GgufTokenizer
from studio.runtime.llama.vocabulary import GgufVocabulary
from studio.runtime.residency import LoadContext
from studio.runtime.text.known import Known

CHUNK = 256  # tokens read at once
_ABORTED = 2  # what `llama_decode` says when the callback wished it so


def load_gguf(spec: ModelSpec, context: LoadContext) -> "LoadedLlama":
    """Raises ModelError for a file that is damaged or of a kind that llama.cpp lacks, MemoryExhausted."""
    path, desk = Path(spec.path), context.desk
    inspect_model(path, name=spec.name)
    header = read_gguf(path, spec.name)
    quiet_library()
    card = free_on_accelerators()
    free = main_memory().free + card
    # What a card holds, its driver alone knows: nothing is measured of that.
    held = None if card else plan(load_of(spec), Place(kind="cpu", free_bytes=free, memory_bytes=free))
    limit = context_limit(header, spec.size_bytes, free, context.memory_budget)
    params = c.llama_model_default_params()
    params.n_gpu_layers = accelerated_layers(header, spec.size_bytes, card) if card else 0
    watch = _Watch(desk)
    progress = c.llama_progress_callback(
        lambda share, _: watch.goes_on(Stage.LOADING, share, spec.size_bytes)
    )
    params.progress_callback = progress
    desk.phase(Stage.LOADING, 0, spec.size_bytes)
    model = c.llama_model_load_from_file(os.fsencode(path), params)
    watch.raise_if_stopped()
    if model is None:
        raise refusal(spec, path.name, Stage.LOADING)
    loaded = LoadedLlama(spec, header, model, limit, held)
    if c.llama_model_has_encoder(model) or not c.llama_model_has_decoder(model):
        loaded.release()
        raise ModelUnsupported(model=spec.name, kind=spec.base)
    desk.phase(Stage.LOADING, spec.size_bytes, spec.size_bytes)
    return loaded


class _Watch:
    """Looks at the desk from within the library, through which no exception can pass."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._stopped = False

    def goes_on(self, stage: Stage, share: float, size: int) -> bool:
        try:
            self._desk.phase(stage, int(share * size), size)
        except Stopped:
            self._stopped = True
        return not self._stopped

    def is_to_end(self, _: object = None) -> bool:
        try:
            self._desk.check()
        except Stopped:
            self._stopped = True
        return self._stopped

    def raise_if_stopped(self) -> None:
        if self._stopped:
            raise Stopped


class LoadedLlama:
    """A model, and what it has read.

    Attributes:
        sight: none: what sees lies in another file, which llama-cpp-python (0.3) reads only with a program of
            its own.
        tokenizer: its own.
        context_length: tokens that it can read here.
        dropped: the conversation that was last cut to fit, and where in its turns it began then.
        known: nothing: its tokenizer does not tell where tokens begin.
        ids: the tokens whose keys and values it remembers.
        conversation: the one that these are of.
        context: for the library's functions; None before the first answer.
        words: in its vocabulary.
        vocabulary: what its tokens write.
        goes_back: what it has read can be taken away again, token by token.
        plan: as in `Loaded`.
    """

    sight = None

    def __init__(
        self, spec: ModelSpec, header: GgufHeader, model: Any, limit: int, held: Plan | None
    ) -> None:
        self.plan = held
        self.tokenizer = GgufTokenizer(model)
        self.context_length = limit
        self.dropped = ("", 0)
        self.known = Known()
        self.ids: list[int] = []
        self.conversation = ""
        self.context: Any = None
        self.words = c.llama_vocab_n_tokens(c.llama_model_get_vocab(model))
        self.vocabulary = GgufVocabulary(self.tokenizer)
        self.goes_back = not (c.llama_model_is_recurrent(model) or c.llama_model_is_hybrid(model))
        self._spec, self._header, self._model = spec, header, model
        self._watch: _Watch | None = None
        self._look = c.ggml_abort_callback(lambda _: self._watch is not None and self._watch.is_to_end())

    @property
    def size_bytes(self) -> int:
        return c.llama_model_size(self._model) + self._tokens_held * self._header.token_bytes

    def release(self) -> None:
        self._close()
        c.llama_model_free(self._model)

    def forget_conversations(self, conversations: Container[str]) -> None:
        """Keep nothing of what was read of them."""
        self.dropped = ("", 0)
        if self.conversation in conversations:
            self._close()

    def begin(self, ids: list[int], room: int, conversation: str, desk: Desk) -> int:
        """Makes place for the prompt and its answer, and keeps what the prompt has in common with what was
        read; how many tokens that is. The last is always read again, as the model answers only to what it
        reads. Raises MemoryExhausted."""
        self._watch = _Watch(desk)
        forget_words()
        if self._tokens_held < len(ids) + room:
            self._open(len(ids) + room)
        common = min(_common(self.ids, ids), len(ids) - 1)
        memory = c.llama_get_memory(self.context)
        # A recurrent state cannot go back: such a model reads all of it again, unless it only goes on.
        if not c.llama_memory_seq_rm(memory, 0, common, -1):
            c.llama_memory_clear(memory, True)
            common = 0
        self.ids, self.conversation = ids[:common], conversation
        return common

    def read(self, tokens: list[int]) -> None:
        """Raises Stopped from within when told to stop, MemoryExhausted."""
        assert self._watch is not None
        array = (c.llama_token * len(tokens))(*tokens)
        code = c.llama_decode(self.context, c.llama_batch_get_one(array, len(tokens)))
        if code == _ABORTED:
            self._watch.raise_if_stopped()
        if code:
            self._close()
            raise refusal(self._spec, Path(self._spec.path).name, Stage.READING)
        self.ids += tokens

    def forbid(self, tokens: list[int]) -> bool:
        """Let none of them come next; False where nothing else is left."""
        logits = self._logits()
        logits[tokens] = -np.inf
        return bool(np.isfinite(logits).any())

    def _logits(self) -> Any:
        return np.ctypeslib.as_array(c.llama_get_logits_ith(self.context, -1), (self.words,))

    def check_numbers(self) -> None:
        """Raises ModelWroteNothing where what it reckoned last is none; it would write one word for ever."""
        logits = self._logits()
        if np.isnan(logits).any() or not np.isfinite(logits).any():  # a word may be forbidden by -∞
            self._close()
            raise ModelWroteNothing(model=self._spec.name)

    @property
    def _tokens_held(self) -> int:
        return c.llama_n_ctx(self.context) if self.context is not None else 0

    def _open(self, tokens: int) -> None:
        """A context for at least so many tokens. All is read anew in it, so the next larger one is twice as
        large."""
        self._close()
        params = c.llama_context_default_params()
        wanted = max(START_CONTEXT, 1 << (tokens - 1).bit_length())
        params.n_ctx = min(wanted, max(self.context_length, tokens))
        params.n_batch = params.n_ubatch = CHUNK
        params.n_outputs_max = 1  # else there is room for what each token of a chunk would be answered with
        params.n_threads = params.n_threads_batch = psutil.cpu_count(logical=False) or os.cpu_count() or 1
        params.no_perf = True
        params.abort_callback = self._look
        self.context = c.llama_init_from_model(self._model, params)
        if self.context is None:
            raise refusal(self._spec, Path(self._spec.path).name, Stage.READING)

    def _close(self) -> None:
        if self.context is not None:
            c.llama_free(self.context)
        self.context, self.ids = None, []


def _common(first: list[int], second: list[int]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))
