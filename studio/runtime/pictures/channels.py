"""Weights of convolutions laid out as tensor cores read them, channels last."""

from typing import Any

import torch
from diffusers import ModelMixin
from torch import nn

_HALVES = (torch.float16, torch.bfloat16)
_FLAT = 4  # axes of the weights of a convolution over a picture, which the layout is for


def lay_out(pipe: Any, device: torch.device) -> dict[str, str]:
    """On CUDA, the parts in half precision that convolve; what goes into the execution record then, for sums
    are taken in another order, which the last bits show.

    As diffusers advises for U-Nets and autoencoders (its guide to faster inference); nobody has measured yet
    what it saves here.
    """
    if device.type != "cuda":
        return {}
    parts = [part for part in pipe.components.values() if isinstance(part, ModelMixin) and convolves(part)]
    parts = [part for part in parts if part.dtype in _HALVES]
    for part in parts:
        part.to(memory_format=torch.channels_last)
    return {"memory_format": "channels_last"} if parts else {}


def convolves(part: nn.Module) -> bool:
    """Whether it looks at neighbours, and does not only cut a picture into patches; in pictures alone, for
    torch refuses the layout for the weights of films (5 axes)."""
    if any(weights.ndim > _FLAT for weights in part.parameters()):
        return False
    convolutions = [one for one in part.modules() if isinstance(one, nn.Conv2d)]
    return any(max(one.kernel_size) > max(one.stride) for one in convolutions)
