"""Weights of convolutions laid out as kernels read them fastest, channels last."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from diffusers import ModelMixin
from torch import nn

# Where it helps: with tensor cores, as diffusers advises for U-Nets and autoencoders (its guide to faster
# inference; not measured here yet); on two cores one picture of Postcards takes 0.83 of the time, four at
# once 0.97, one of a model like SDXL with 32 x 32 latents 0.95.
_PRECISIONS = {"cuda": (torch.float16, torch.bfloat16), "cpu": (torch.float32,)}
_OPTION, _LAST = "memory_format", "channels_last"
_FLAT = 4  # axes of the weights of a convolution over a picture, which the layout is for


def lay_out(pipe: Any, device: torch.device) -> dict[str, str]:
    """The parts that convolve; what goes into the execution record then, for sums are taken in another order,
    which the last bits show."""
    parts = _parts(pipe, device)
    _lay(parts, torch.channels_last)
    return {_OPTION: _LAST} if parts else {}


@contextmanager
def laid_as(loaded: Any, then: Mapping[str, str]) -> Iterator[None]:
    """For the time of a job of a `LoadedPipeline`, the layout that the options of a record say."""
    parts, now = _parts(loaded.pipe, loaded.device), loaded.options
    changes = bool(parts) and (_OPTION in now) != (_OPTION in then)
    if changes:
        _turn(parts, now)
    try:
        yield
    finally:
        if changes:
            _turn(parts, now)


def _turn(parts: list[ModelMixin], options: dict[str, str]) -> None:
    """From one layout to the other."""
    if options.pop(_OPTION, None):
        _lay(parts, torch.contiguous_format)
    else:
        _lay(parts, torch.channels_last)
        options[_OPTION] = _LAST


def _parts(pipe: Any, device: torch.device) -> list[ModelMixin]:
    kinds = _PRECISIONS.get(device.type, ())
    parts = [part for part in pipe.components.values() if isinstance(part, ModelMixin) and convolves(part)]
    return [part for part in parts if part.dtype in kinds]


def _lay(parts: list[ModelMixin], layout: torch.memory_format) -> None:
    for part in parts:
        part.to(memory_format=layout)


def convolves(part: nn.Module) -> bool:
    """Whether it looks at neighbours, and does not only cut a picture into patches; in pictures alone, for
    torch refuses the layout for the weights of films (5 axes)."""
    if any(weights.ndim > _FLAT for weights in part.parameters()):
        return False
    convolutions = [one for one in part.modules() if isinstance(one, nn.Conv2d)]
    return any(max(one.kernel_size) > max(one.stride) for one in convolutions)
