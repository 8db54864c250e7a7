"""What text encoders made of the last prompts, in a bounded number of bytes."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import msgspec
import torch

from studio.runtime.pictures.reading import Read

MOST_KEPT = 16
MOST_BYTES = 64 << 20  # of all that is kept; a prompt is 0.3 MB for SDXL, 15 MB for FLUX.2


class Unkeepable(Exception):
    """Something that is no plain value, or no tensor."""


class Kept(msgspec.Struct, frozen=True):
    made: Any
    reads: tuple[Read, ...]
    size_bytes: int


class Encodings:
    """What is kept for one pipeline in memory; the one asked for longest ago goes first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, Kept] = OrderedDict()

    def find(self, key: Any) -> Kept | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: Any, made: Any, reads: tuple[Read, ...]) -> None:
        try:
            size = sum(one.nbytes for one in tensors_in(made))
            if size <= MOST_BYTES:
                self._kept[key] = Kept(copied(made), reads, size)
        except Unkeepable:
            return
        while len(self._kept) > MOST_KEPT or self.size_bytes > MOST_BYTES:
            self._kept.popitem(last=False)

    def __iter__(self) -> Iterator[Kept]:
        return iter(self._kept.values())

    @property
    def size_bytes(self) -> int:
        return sum(one.size_bytes for one in self._kept.values())

    def clear(self) -> None:
        self._kept.clear()


def frozen(value: Any) -> Any:
    """The value as part of a key; raises for what is more than a plain value."""
    if isinstance(value, dict):
        return tuple((name, frozen(one)) for name, one in value.items())
    if isinstance(value, list | tuple):
        return type(value).__name__, tuple(map(frozen, value))
    if value is None or isinstance(value, bool | int | float | str | torch.device | torch.dtype):
        return type(value).__name__, value
    raise Unkeepable


def tensors_in(made: Any) -> Iterator[torch.Tensor]:
    if torch.is_tensor(made):
        yield made
    elif type(made) in (list, tuple, dict):
        for one in made.values() if isinstance(made, dict) else made:
            yield from tensors_in(one)
    elif made is not None and not isinstance(made, bool | int | float | str):
        raise Unkeepable


def copied(made: Any) -> Any:
    """A pipeline may write into what it was given."""
    if torch.is_tensor(made):
        return made.clone()
    if isinstance(made, dict):  # as Kandinsky 5 has it
        return {name: copied(one) for name, one in made.items()}
    return type(made)(copied(one) for one in made) if isinstance(made, list | tuple) else made
