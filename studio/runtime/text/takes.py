"""Several answers from one reading: what was read of the prompt, once for each of them."""

import copy
from typing import Any

import torch
from transformers import Cache, PreTrainedModel

from studio.catalog.memory import token_numbers
from studio.runtime.text.cache_layers import copied


def copies_bytes(model: PreTrainedModel, tokens: int, count: int) -> int:
    """What so many caches of so many tokens take; too much for models of which some layers keep less."""
    return token_numbers(model.config.to_dict()) * model.dtype.itemsize * tokens * count


def spread(kept: dict[str, Any], count: int) -> dict[str, Any]:
    """What a forward is given, for `count` rows instead of one; the cache is copied, and stays as it is.

    `batch_repeat_interleave` is not there for recurrent layers (transformers 5.23), `reorder_cache` is there
    for all: the same row, as many times.
    """
    return {name: _rows(name, value, [0] * count, anew=True) for name, value in kept.items()}


def select(kept: dict[str, Any], rows: list[int]) -> dict[str, Any]:
    """The same for some of the rows; the cache is changed in place."""
    return {name: _rows(name, value, rows, anew=False) for name, value in kept.items()}


def _copy(cache: Cache) -> Cache:
    """The tensors are the same until rows are chosen."""
    other = copy.copy(cache)
    other.layers = [copied(layer) for layer in cache.layers]
    return other


def _rows(name: str, value: Any, rows: list[int], *, anew: bool) -> Any:
    if isinstance(value, Cache):
        cache = _copy(value) if anew else value
        cache.reorder_cache(torch.tensor(rows))
        return cache
    if not isinstance(value, torch.Tensor) or value.dim() == 0:
        return value
    # Positions of models that also see have a dimension before the rows.
    place = 1 if name == "position_ids" and value.dim() == 3 else 0
    return value.index_select(place, torch.tensor(rows, device=value.device))


def forget(cache: Cache, count: int) -> None:
    """Take the last tokens away again. What lies before a sliding window stays, for a later cut: `crop`
    would throw it away."""
    for layer in cache.layers:
        if hasattr(layer, "sliding_window") and layer.is_initialized:
            layer.keys, layer.values = layer.keys[..., :-count, :], layer.values[..., :-count, :]
            layer.cumulative_length -= count
        else:
            layer.crop(-count)
