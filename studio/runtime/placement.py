"""Where a model goes and in which precision: `catalog/precision.py` decides, of what torch sees here."""

from collections.abc import Iterator
from typing import Any

import diffusers
import torch
import transformers
from torch import nn

from studio.catalog.held import load_of
from studio.catalog.main_memory import main_memory
from studio.catalog.precision import Place, installed_quantisers, plan
from studio.core.errors import MemoryExhausted
from studio.core.messages import Stage
from studio.core.model import ModelSpec
from studio.core.plan import Plan
from studio.runtime.residency import LoadContext


def best_device() -> torch.device:
    """The accelerator that torch was built for, if one is here, else the processor."""
    if torch.accelerator.is_available():
        return torch.accelerator.current_accelerator()
    return torch.device("cpu")


def place_here(memory_budget: int) -> Place:
    """What this machine has free now; `memory_budget` as in LoadContext."""
    device = best_device()
    return Place(
        kind=device.type,
        free_bytes=free_bytes(device),
        memory_bytes=main_memory().free,
        budget_bytes=memory_budget,
        bfloat16=device.type != "cuda" or torch.cuda.is_bf16_supported(including_emulation=False),
        tiles=bool(torch.cpu.get_capabilities().get("amx_bf16")),
    )


def plan_for(spec: ModelSpec, memory_budget: int) -> Plan:
    """How the model is held here.

    Raises ModelError for files that are damaged, MemoryExhausted for a model that the main memory cannot
    hold, before the system ends us for it. On an accelerator there is a way out, and the device itself says
    when it is full.
    """
    chosen = plan(load_of(spec), place_here(memory_budget), installed_quantisers(), spec.wish)
    if chosen.device == "cpu" and not chosen.fits:
        raise MemoryExhausted(phase=Stage.LOADING)
    return chosen


def device_for(spec: ModelSpec, context: LoadContext) -> torch.device:
    """Where a model goes that works on pictures in one go: small beside what makes them, it is held whole and
    in single precision, for bfloat16 would show in the result. On the processor where the accelerator has no
    room. Raises MemoryExhausted where there is none either."""
    needed = 4 * spec.parameters or spec.size_bytes
    place = place_here(context.memory_budget)
    if place.kind != "cpu":
        if needed <= place.room:
            return best_device()
        context.desk.note("moved_to_cpu")
    if needed > place.memory_bytes:
        raise MemoryExhausted(phase=Stage.LOADING)
    return torch.device("cpu")


def device_of(chosen: Plan) -> torch.device:
    return torch.device("cpu") if chosen.device == "cpu" else best_device()


def dtype_of(chosen: Plan) -> torch.dtype:
    return getattr(torch, chosen.dtype)


def packing_options(chosen: Plan, library: str) -> dict[str, Any]:
    """What `from_pretrained` of diffusers or transformers is told so that it packs the weights."""
    if not chosen.quantiser:
        return {}
    configs: Any = transformers if library == "transformers" else diffusers
    if chosen.quantiser == "torchao":
        from torchao.quantization import Int8WeightOnlyConfig

        return {"quantization_config": configs.TorchAoConfig(Int8WeightOnlyConfig())}
    if chosen.precision == "8-bit":
        return {"quantization_config": configs.BitsAndBytesConfig(load_in_8bit=True)}
    packed = configs.BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype_of(chosen)
    )
    return {"quantization_config": packed}


def free_bytes(device: torch.device) -> int:
    """What the device has left for weights and activations."""
    if device.type in ("cuda", "xpu"):
        return getattr(torch, device.type).mem_get_info(device)[0]
    return main_memory().free


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
            for part in _parts_of(tensor):
                tensors[part.data_ptr() or id(part)] = part.nbytes
    return sum(tensors.values())


def _parts_of(tensor: torch.Tensor) -> Iterator[torch.Tensor]:
    """Of one that torchao has packed, its numbers and their scales: it calls itself as large as unpacked."""
    if not hasattr(tensor, "__tensor_flatten__"):
        yield tensor
        return
    for name in tensor.__tensor_flatten__()[0]:
        yield from _parts_of(getattr(tensor, name))
