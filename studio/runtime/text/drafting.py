"""Guesses of a smaller model with the same vocabulary, and of layers that a model has for it."""

from pathlib import Path
from typing import Any, ClassVar

import torch
from transformers import PreTrainedModel
from transformers.cache_utils import MtpCache
from transformers.modeling_layers import MtpModel

from studio.catalog.files import ModelFolder, find_weights
from studio.catalog.safetensors import read_safetensors
from studio.core.errors import ModelError
from studio.core.model import ModelSpec
from studio.runtime.desk import Desk
from studio.runtime.loading import load_errors
from studio.runtime.residency import LoadContext
from studio.runtime.text.growing import growing_cache
from studio.runtime.text.guesses import Guesser, Guessing
from studio.runtime.text.load import LoadedText, load_text
from studio.runtime.text.lookup import Lookup
from studio.runtime.text.reading import CHUNK
from studio.runtime.text.takes import copies_bytes, forget


def load_foresight(loaded: LoadedText, spec: ModelSpec, desk: Desk) -> None:
    """Give the model the layers by which it predicts several tokens, where it has some and can use them.

    transformers leaves them on the disk (5.23). Raises ModelUnreadable where they are damaged.
    """
    model = loaded.model
    if not getattr(model.config.get_text_config(), "num_mtp_layers", None) or not _goes_back(loaded):
        return
    desk.check()
    with load_errors(spec.name, Path(spec.path).name, spec.base):
        if _has_foresight(model, Path(spec.path), spec.name):
            loaded.add_foresight(MtpModel.from_pretrained(model, device_map={"": model.device}).eval())


def _has_foresight(model: PreTrainedModel, path: Path, name: str) -> bool:
    """Many leave these layers out when they save a model."""
    if not path.is_dir() or not model._keys_to_ignore_on_load_unexpected:
        return False
    folder = ModelFolder(path, name)
    wanted = MtpModel.get_mtp_weights_regex(model)
    headers = (read_safetensors(folder.file(file), name) for file in find_weights(folder).files)
    return any(wanted.search(tensor) for header in headers for tensor in header.tensors)


class Foresight(Guesser):
    """Multi-token prediction, as transformers' `MTPCandidateGenerator` does it; but what was read before may
    be unknown to it, as it is where a conversation goes on: it then guesses worse and no less right.

    A single layer goes on from what it made itself, as vLLM has it do (`num_speculative_tokens`): to read two
    tokens takes a processor nearly twice the time of one, and eight not much more.
    """

    wants: ClassVar[dict[str, Any]] = {"output_hidden_states": -1}  # of the last layer alone

    def __init__(self, layers: MtpModel) -> None:
        self._layers = layers
        self._cache = MtpCache(config=layers.config)
        self._cache.activate_past_recording()
        self._unread: torch.Tensor | None = None  # [1, tokens, width], what the model made of each

    def saw(self, outputs: Any, count: int | None = None) -> None:
        made = outputs.hidden_states[-1][:, :count]
        self._unread = made if self._unread is None else torch.cat([self._unread, made], dim=1)

    def guess(self, ids: list[int], most: int) -> list[int]:
        """One token for each layer, or several of the only one."""
        assert self._unread is not None
        made, count = self._unread, self._unread.shape[1]
        places = torch.arange(len(ids) - count, len(ids), device=made.device)[None]
        read = torch.tensor([ids[-count:]], device=made.device)
        if len(self._layers.layers) > 1:
            return self._one_of_each(made, read, places)[:most]
        self._unread = None
        return self._all_of_one(made, read, places, most)

    def _one_of_each(self, made: torch.Tensor, read: torch.Tensor, places: torch.Tensor) -> list[int]:
        tokens, _, _ = self._layers(
            input_ids=read,
            last_hidden_states=made,
            attention_mask=None,
            position_ids=places,
            mtp_cache=self._cache,
        )
        # The later ones have read what was only guessed: they read it once more.
        again = min(len(self._layers.layers), read.shape[1])
        self._cache.crop(-again)
        self._unread = made[:, -again:]
        return tokens[0].tolist()

    def _all_of_one(
        self, made: torch.Tensor, read: torch.Tensor, places: torch.Tensor, most: int
    ) -> list[int]:
        tokens = list[int]()
        while True:
            made = self._layers.forward_layer(0, made, places, self._cache, input_ids=read)[:, -1:]
            read = self._layers._project_to_logits(made)[:, -1].argmax(-1, keepdim=True)
            tokens.append(int(read))
            if len(tokens) == most:
                break
            places = places[:, -1:] + 1
        if most > 1:
            self._cache.crop(1 - most)
        return tokens


class Draft(Guesser):
    """A smaller model takes the likeliest tokens."""

    def __init__(self, model: PreTrainedModel, context_length: int | None, desk: Desk) -> None:
        """`context_length`: its own, beyond which it guesses nothing; some fail there."""
        self._model, self._context_length, self._desk = model, context_length, desk
        self._cache = growing_cache(model.config)
        self._cache.activate_past_recording()
        self._ids: list[int] = []

    def guess(self, ids: list[int], most: int) -> list[int]:
        """Reads what it has not read, and writes on from there."""
        if self._context_length is not None and len(ids) + most > self._context_length:
            return []
        same = next(
            (at for at, pair in enumerate(zip(self._ids, ids, strict=False)) if pair[0] != pair[1]), None
        )
        if same is not None:
            forget(self._cache, len(self._ids) - same)
            self._ids = self._ids[:same]
        unread, tokens = ids[len(self._ids) :], list[int]()
        while len(tokens) < most:
            logits = self._read(unread)
            tokens.append(int(logits.argmax()))
            unread = tokens[-1:]
        return tokens

    def _read(self, ids: list[int]) -> torch.Tensor:
        """What follows these, of which there is at least one: [vocabulary].

        In chunks: of a whole prompt at once, the logits of all its tokens would fill the memory.
        """
        logits = torch.empty(0)
        for start in range(0, len(ids), CHUNK):
            self._desk.check()
            chunk = ids[start : start + CHUNK]
            given = torch.tensor([chunk], device=self._model.device)
            logits = self._model(input_ids=given, past_key_values=self._cache, use_cache=True).logits
            self._ids += chunk
        return logits[0, -1]


def guessing_for(loaded: LoadedText, draft: ModelSpec | None, tokens: int, desk: Desk) -> Guessing | None:
    """What can guess one answer of the model, which has so many tokens with its prompt; None for a model
    whose memory cannot be taken back.

    The desk notes a draft that cannot be used, and why.
    """
    if not _goes_back(loaded):
        if draft:
            desk.note("draft_unused", cause="cache")
        return None
    guessers: list[Guesser] = [Lookup()]
    if loaded.foresight is not None:
        guessers.append(Foresight(loaded.foresight))
    elif draft and (smaller := _draft(loaded, draft, tokens, desk)) is not None:
        guessers.append(Draft(smaller.model, smaller.context_length, desk))
    return Guessing(guessers)


def _goes_back(loaded: LoadedText) -> bool:
    cache = loaded.cache.cache
    return (
        cache is not None
        and cache.is_croppable
        and not any(hasattr(one, "conv_states") for one in cache.layers)
    )


def _draft(loaded: LoadedText, spec: ModelSpec, tokens: int, desk: Desk) -> LoadedText | None:
    """The draft in memory, where it fits beside the model with what both will have read; it goes when another
    is asked for. One that is of no use is not loaded again until another is asked for, or it changes."""
    if loaded.refused is None or loaded.refused[0] != spec:
        loaded.refused = None
        cause = _cause_against(loaded, spec, tokens, desk)
        if cause == "memory":  # there may be more the next time
            desk.note("draft_unused", cause=cause)
            return None
        loaded.refused = (spec, cause) if cause else None
    if loaded.refused:
        desk.note("draft_unused", cause=loaded.refused[1])
        return None
    return loaded.draft[1] if loaded.draft else None


def _cause_against(loaded: LoadedText, spec: ModelSpec, tokens: int, desk: Desk) -> str:
    """Why the draft cannot be used; "" where it can, and is loaded then."""
    if loaded.draft is None or loaded.draft[0] != spec:
        loaded.take_draft(None)
        if spec.size_bytes > loaded.free_bytes:
            return "memory"
        try:
            smaller = load_text(spec, LoadContext(desk, loaded.free_bytes))
        except ModelError:  # the answer does not need it
            return "unreadable"
        if smaller.tokenizer.get_vocab() != loaded.tokenizer.get_vocab():
            return "vocabulary"
        if not _goes_back(smaller):
            return "cache"
        loaded.take_draft((spec, smaller))
    assert loaded.draft is not None
    reads = sum(copies_bytes(model, tokens, 1) for model in (loaded.model, loaded.draft[1].model))
    if reads > loaded.free_bytes + loaded.cache.work_bytes:
        loaded.take_draft(None)
        return "memory"
    return ""
