"""The layers of transformers' caches: which can go back, how far, and how they are copied."""

import copy
from collections.abc import Iterable
from typing import Any

import torch
from transformers.cache_utils import (
    DummyLayer,
    DynamicIndexedLayer,
    DynamicLayer,
    DynamicSlidingWindowLayer,
    LinearAttentionLayer,
)

from studio.runtime.text.growing import GrowingLayer

# These put new tensors in the place of old ones, and never change one that another reads, but for recurrent
# states.
_SHAREABLE = (
    DynamicLayer,
    DynamicSlidingWindowLayer,
    DynamicIndexedLayer,
    GrowingLayer,
    LinearAttentionLayer,
    DummyLayer,
)


def plain(layer: Any) -> bool:
    """Whether it can go back to any of its tokens."""
    return croppable(layer) and not hasattr(layer, "sliding_window")


def croppable(layer: Any) -> bool:
    return bool(layer.is_croppable) and not _recurrent(layer)


def counts(layer: Any) -> bool:
    """Whether the layer knows how many tokens it holds; recurrent ones and stand-ins do not."""
    return hasattr(layer, "get_seq_length") and hasattr(layer, "keys")


def can_cut(layer: Any, count: int) -> bool:
    """Whether its last tokens can be taken away."""
    if count == 0:
        return True
    if not croppable(layer):
        return False
    if not hasattr(layer, "sliding_window") or not layer.is_initialized:
        return True
    # A cut before took with it what lies before the window, and `crop` would not notice that it is missing.
    left = layer.get_seq_length() - count
    return layer.record_past and layer.keys.shape[-2] - count >= min(layer.sliding_window - 1, left)


def cut(layer: Any, count: int) -> None:
    if hasattr(layer, "sliding_window"):
        # `generate` stops the recording at its end on some devices; without it, `crop` raises.
        layer.activate_past_recording()
        layer.crop(-count)  # nought trims the window to its size
    elif count:
        layer.crop(-count)


def copied(layer: Any) -> Any:
    """Another such layer, which goes its own way; where that cannot change it, with the same tensors."""
    if type(layer) not in _SHAREABLE:
        return copy.deepcopy(layer)
    other = copy.copy(layer)
    for name, value in vars(layer).items():
        if isinstance(value, dict):  # of recurrent states, which are written over
            setattr(other, name, {place: _cloned(one) for place, one in value.items()})
    return other


def branched(layer: Any, count: int) -> Any:
    """Another such layer without the last `count` tokens; the next to be read are read into it."""
    if isinstance(layer, GrowingLayer):
        return layer.branch(layer.get_seq_length() - count)
    other = copied(layer)
    cut(other, count)
    return other


def kept_at_a_turn(layer: Any) -> Any:
    """A copy that holds no more than what goes on from here needs."""
    other = copied(layer)
    if hasattr(other, "sliding_window") and other.is_initialized:
        cut(other, 0)
        other.keys, other.values = other.keys.clone(), other.values.clone()
    return other


def storages(layers: Iterable[Any]) -> int:
    """Bytes of the layers' tensors, each memory counted once."""
    found = dict[int, int]()
    for layer in layers:
        states = [one for value in vars(layer).values() if isinstance(value, dict) for one in value.values()]
        for tensor in (*vars(layer).values(), *states):
            if isinstance(tensor, torch.Tensor):
                storage = tensor.untyped_storage()
                found[storage.data_ptr()] = storage.nbytes()
    return sum(found.values())


def _cloned(value: Any) -> Any:
    return value.clone() if isinstance(value, torch.Tensor) else value


def _recurrent(layer: Any) -> bool:
    return hasattr(layer, "conv_states")
