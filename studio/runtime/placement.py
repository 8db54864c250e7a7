"""Where a model goes and in which precision."""

import psutil
import torch
from torch import nn

from studio.catalog.files import ModelFolder, Weights, read_header
from studio.core.errors import MemoryExhausted
from studio.core.messages import Stage

# The share of an accelerator's free memory that weights may take; the rest is for activations.
WEIGHTS_SHARE = 0.8


def best_device() -> torch.device:
    """The accelerator that torch was built for, if one is here, else the processor."""
    if torch.accelerator.is_available():
        return torch.accelerator.current_accelerator()
    return torch.device("cpu")


def precision_for(device: torch.device, stored: str, denoiser: str = "") -> torch.dtype:
    """Single precision on the processor, where halves are slow; else as stored, or what its kind bears.

    Weights stored in single precision go to float16 for U-Nets, which were trained to bear it, and to
    bfloat16 for transformers, whose activations overflow float16 (T5, Flux, Gemma).

    Args:
        stored: the safetensors name of the most frequent type on disk: `F32`, `BF16`, `F16`.
        denoiser: the class of the denoiser, empty for a language model.
    """
    if device.type == "cpu":
        return torch.float32
    if stored == "F16" or (stored != "BF16" and "UNet" in denoiser):
        return torch.float16
    if device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.float16
    return torch.bfloat16


def stored_precision(folder: ModelFolder, weights: Weights) -> str:
    """The safetensors name of the type that most of the first file's bytes have."""
    sizes: dict[str, int] = {}
    for tensor in read_header(folder, weights.files[0]).values():
        begin, end = tensor["data_offsets"]
        kind = str(tensor["dtype"])
        sizes[kind] = sizes.get(kind, 0) + end - begin
    return max(sizes, key=sizes.__getitem__, default="F32")


def free_bytes(device: torch.device) -> int:
    """What the device has left for weights and activations."""
    if device.type in ("cuda", "xpu"):
        return getattr(torch, device.type).mem_get_info(device)[0]
    return psutil.virtual_memory().available


def check_room(device: torch.device, parameters: int) -> None:
    """Raises MemoryExhausted for a model that the main memory cannot hold, before the system ends us for it.

    On an accelerator there is a way out, and the device itself says when it is full.
    """
    if device.type == "cpu" and parameters * torch.float32.itemsize > free_bytes(device):
        raise MemoryExhausted(phase=Stage.LOADING)


def device_name(device: torch.device) -> str:
    """For the execution record: `cpu`, `mps`, `cuda:NVIDIA …`."""
    if device.type in ("cuda", "xpu"):
        return f"{device.type}:{getattr(torch, device.type).get_device_name(device)}"
    return device.type


def bytes_of(*modules: nn.Module) -> int:
    """What the modules' parameters and buffers hold, shared ones counted once."""
    tensors = {}
    for module in modules:
        for tensor in (*module.parameters(), *module.buffers()):
            tensors[tensor.data_ptr() or id(tensor)] = tensor.nbytes
    return sum(tensors.values())
