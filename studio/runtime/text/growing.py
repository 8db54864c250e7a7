"""Keys and values of full attention in memory that has some to spare: a token more copies none before it."""

import copy
from typing import Any

import torch
from transformers import DynamicCache, PreTrainedConfig
from transformers.cache_utils import DynamicLayer

SPARE, SPARE_SHARE = 256, 1 / 4  # what is left free when it grows: tokens, or a share of those that there are
# On Apple's graphics, attention has misread keys with gaps between the heads more than once and said nothing
# (pytorch#163597, #181133): there all are put together anew for each token, as transformers does it.
GROWS_ON = ("cpu", "cuda")


def growing_cache(config: PreTrainedConfig) -> DynamicCache:
    """An empty cache for the model: layers of full attention grow in place, the others are as they are."""
    cache = DynamicCache(config=config)
    cache.layers = [GrowingLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


class Memory:
    """Where keys and values of layers lie, [rows, heads, tokens, width] each.

    Attributes:
        writer: whose layer may write.
        fixed: the tokens at its beginning that other layers read too, and that nobody may write over.
    """

    def __init__(self, keys: torch.Tensor, values: torch.Tensor, writer: object) -> None:
        self.keys, self.values = keys, values
        self.writer = writer
        self.fixed = 0

    def begins_with(self, keys: torch.Tensor) -> bool:
        return keys.data_ptr() == self.keys.data_ptr() and keys.shape[:2] == self.keys.shape[:2]


class GrowingLayer(DynamicLayer):
    """Writes behind its last token where there is room, and no other layer looks at that place.

    Of several that begin alike one goes on where it lies; what the others have beyond that is kept beside it,
    and is put together with it again once one of them goes on.

    Attributes:
        more_keys, more_values: what is kept beside; None where all lies in one.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._me = object()  # a memory that held its layer would not be freed at once
        self._memory: Memory | None = None
        self.more_keys: torch.Tensor | None = None
        self.more_values: torch.Tensor | None = None

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """All keys and values up to these, which are the last."""
        if key_states.device.type not in GROWS_ON:
            return super().update(key_states, value_states, *args, **kwargs)
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        begin = self.get_seq_length()
        end = begin + key_states.shape[-2]
        memory = self._memory
        if memory is None or not self._may_write(memory, begin, end):
            memory = self._moved(key_states, value_states, end)
        memory.keys[..., begin:end, :] = key_states
        memory.values[..., begin:end, :] = value_states
        self._memory = memory
        self.keys, self.values = memory.keys[..., :end, :], memory.values[..., :end, :]
        return self.keys, self.values

    def get_seq_length(self) -> int:
        return super().get_seq_length() + self._beside

    def crop(self, tokens_to_remove: int) -> None:
        """Take so many of the last tokens away, told as a negative number."""
        beside = self._beside
        if self.more_keys is not None and self.more_values is not None and -tokens_to_remove < beside:
            left = beside + tokens_to_remove
            self.more_keys = self.more_keys[..., :left, :]
            self.more_values = self.more_values[..., :left, :]
            return
        self.more_keys = self.more_values = None
        super().crop(min(0, tokens_to_remove + beside))

    def reset(self) -> None:
        self._memory = self.more_keys = self.more_values = None
        super().reset()

    def branch(self, length: int) -> "GrowingLayer":
        """Another with so many of the first tokens, to go on with. It does so where they lie, unless this one
        had to put more aside for that than a copy of them is."""
        memory, beyond = self._memory, self.get_seq_length() - length
        fixed = memory.fixed if memory else 0
        other = copy.copy(self)
        other.crop(-beyond)
        if memory is None or not fixed <= length or beyond > length or not self._writes_in(memory):
            return other
        if beyond:
            more = self.keys[..., length:, :].clone(), self.values[..., length:, :].clone()
            self.more_keys, self.more_values = more
            self.keys, self.values = self.keys[..., :length, :], self.values[..., :length, :]
        memory.fixed, memory.writer = length, other._me
        return other

    def __copy__(self) -> "GrowingLayer":
        """With the same tensors, but to write elsewhere."""
        other = GrowingLayer()
        vars(other).update({name: value for name, value in vars(self).items() if name != "_me"})
        if self._memory:
            self._memory.fixed = max(self._memory.fixed, DynamicLayer.get_seq_length(self))
        return other

    @property
    def _beside(self) -> int:
        return 0 if self.more_keys is None else self.more_keys.shape[-2]

    def _writes_in(self, memory: Memory) -> bool:
        return memory.writer is self._me and self.more_keys is None and memory.begins_with(self.keys)

    def _may_write(self, memory: Memory, begin: int, end: int) -> bool:
        return memory.fixed <= begin and end <= memory.keys.shape[-2] and self._writes_in(memory)

    def _moved(self, key_states: torch.Tensor, value_states: torch.Tensor, end: int) -> Memory:
        """A memory of its own with all that it has, and room up to `end` and for some more."""
        room = end + max(SPARE, int(end * SPARE_SHARE))
        memory = Memory(_empty(key_states, room), _empty(value_states, room), self._me)
        if apart := super().get_seq_length():
            memory.keys[..., :apart, :], memory.values[..., :apart, :] = self.keys, self.values
        if self.more_keys is not None:
            whole = apart + self._beside
            memory.keys[..., apart:whole, :] = self.more_keys
            memory.values[..., apart:whole, :] = self.more_values
        self.more_keys = self.more_values = None
        return memory


def _empty(like: torch.Tensor, tokens: int) -> torch.Tensor:
    return like.new_empty((*like.shape[:-2], tokens, like.shape[-1]))
