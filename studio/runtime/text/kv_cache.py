"""Keys and values of what a model has read, kept from one answer to the next for what stays the same."""

import copy
from itertools import takewhile
from typing import Any

from transformers import DynamicCache, PreTrainedModel

# The last prompt's, from which the next one goes on, and the one before, for another answer to the last.
SNAPSHOTS = 2


class KvCache:
    """One conversation's cache, with the ids of the tokens in it: `generate` does not compare them.

    Full and sliding attention can be cut back to what two prompts have in common. A recurrent state
    cannot: for such models a snapshot of the cache is taken when a prompt has been read, which is
    where the next prompt begins to differ at the earliest.

    Attributes:
        cache: to hand to `generate`; None for a model that keeps its state in another way.
        ids: the tokens in it, in order.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        self._config = model.config
        # Mamba's own classes take their state under another name; RWKV and its like are no caches at all.
        self._usable = model._supports_default_dynamic_cache() and "mamba" not in type(model).__name__.lower()
        self._snapshots: list[tuple[list[int], DynamicCache]] = []
        self.cache: DynamicCache | None = None
        self.ids: list[int] = []
        self.clear()

    @property
    def size_bytes(self) -> int:
        held = [self.cache, *(cache for _, cache in self._snapshots)]
        layers = [layer for cache in held if cache is not None for layer in cache.layers]
        return sum(tensor.nbytes for layer in layers for tensor in _tensors(layer))

    def clear(self) -> None:
        """Forget everything."""
        self._snapshots = []
        self._start_anew()

    def begin(self, ids: list[int]) -> int:
        """Keep what the prompt has in common with what was read; how many tokens that is.

        The last token is always read again: the model answers only to what it reads.
        """
        common = min(_common(self.ids, ids), len(ids) - 1)
        if self.cache is None or not self._cut(len(self.ids) - common):
            self._restore(ids)
        return len(self.ids)

    def mark(self, ids: list[int]) -> None:
        """The whole prompt has been read, and nothing more: the place to come back to without cropping."""
        if self.cache is not None and not all(_croppable(layer) for layer in self.cache.layers):
            others = [one for one in self._snapshots if one[0] != ids]
            self._snapshots = [*others[1 - SNAPSHOTS :], (list(ids), copy.deepcopy(self.cache))]

    def settle(self, ids: list[int], *, even: bool) -> None:
        """After an answer or a stop: `ids` is everything that may have been read.

        A stop inside a forward leaves the cache not `even`: some layers have read a chunk more than
        others. They are cut to the shortest, or all is dropped where that cannot be.
        """
        if self.cache is None:
            return
        layers = [layer for layer in self.cache.layers if _counts(layer)]
        shortest = min((layer.get_seq_length() for layer in layers), default=0)
        if not shortest or not (even or all(_croppable(layer) for layer in self.cache.layers)):
            self._start_anew()
            return
        surplus = [(layer, layer.get_seq_length() - shortest) for layer in layers]
        if not all(_can_cut(layer, count) for layer, count in surplus):
            self._start_anew()
            return
        for layer, count in surplus:
            if count:
                _cut_layer(layer, count)
        self.ids = ids[:shortest]

    def _cut(self, count: int) -> bool:
        """Take the last tokens away; False (and nothing done) where a layer cannot."""
        if self.cache is None or not self.ids:
            return False
        if not all(_can_cut(layer, count) for layer in self.cache.layers):
            return False
        for layer in self.cache.layers:
            _cut_layer(layer, count)
        self.ids = self.ids[: len(self.ids) - count]
        return bool(self.ids)

    def _restore(self, ids: list[int]) -> None:
        fitting = [one for one in self._snapshots if one[0] == ids[: len(one[0])] and len(one[0]) < len(ids)]
        if fitting:
            kept, snapshot = max(fitting, key=lambda one: len(one[0]))
            self.cache, self.ids = copy.deepcopy(snapshot), list(kept)
        else:
            self._start_anew()

    def _start_anew(self) -> None:
        self.ids = []
        self.cache = DynamicCache(config=self._config) if self._usable else None
        for layer in self.cache.layers if self.cache else ():
            if hasattr(layer, "sliding_window"):
                layer.activate_past_recording()  # else it forgets what it would need after a cut


def _common(first: list[int], second: list[int]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))


def _recurrent(layer: Any) -> bool:
    return hasattr(layer, "conv_states")


def _croppable(layer: Any) -> bool:
    return bool(layer.is_croppable) and not _recurrent(layer)


def _counts(layer: Any) -> bool:
    """Whether the layer knows how many tokens it holds; recurrent ones and stand-ins do not."""
    return hasattr(layer, "get_seq_length") and hasattr(layer, "keys")


def _can_cut(layer: Any, count: int) -> bool:
    if count == 0:
        return True
    if not _croppable(layer):
        return False
    if not hasattr(layer, "sliding_window") or not layer.is_initialized:
        return True
    # A cut before took with it what lies before the window, and `crop` would not notice that it is missing.
    left = layer.get_seq_length() - count
    return layer.record_past and layer.keys.shape[-2] - count >= min(layer.sliding_window - 1, left)


def _cut_layer(layer: Any, count: int) -> None:
    if hasattr(layer, "sliding_window"):
        # `generate` stops the recording at its end on some devices; without it, `crop` raises.
        layer.activate_past_recording()
        layer.crop(-count)  # nought trims the window to its size
    elif count:
        layer.crop(-count)


def _tensors(layer: Any) -> list[Any]:
    states = getattr(layer, "conv_states", {}) | getattr(layer, "recurrent_states", {})
    held = [getattr(layer, "keys", None), getattr(layer, "values", None), *states.values()]
    return [tensor for tensor in held if tensor is not None]
