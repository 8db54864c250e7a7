"""What this machine has to run models on, as torch sees it once a family has imported it."""

import os
import sys
from importlib import metadata
from types import ModuleType

from studio import __version__
from studio.catalog.machine import processor_name
from studio.catalog.main_memory import main_memory
from studio.core.messages import Device

LIBRARIES = ("torch", "diffusers", "transformers", "accelerate", "safetensors", "spandrel", "onnxruntime")


def devices() -> tuple[Device, ...]:
    """The accelerators, if torch is imported and has any, then the processor."""
    memory = main_memory()
    name = f"{processor_name()} ({os.cpu_count()} cores)"
    torch = sys.modules.get("torch")
    cpu = Device(
        kind="cpu",
        name=name,
        total_bytes=memory.total,
        free_bytes=memory.free,
        tiles=torch is not None and bool(torch.cpu.get_capabilities().get("amx_bf16")),
    )
    return (*_accelerators(torch), cpu) if torch is not None else (cpu,)


def versions() -> dict[str, str]:
    """Of the studio and of those libraries that are imported."""
    imported = [name for name in LIBRARIES if name in sys.modules]
    return {"studio": __version__} | {name: metadata.version(name) for name in imported}


def _accelerators(torch: ModuleType) -> tuple[Device, ...]:
    accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    match accelerator and accelerator.type:
        case "cuda" | "xpu" as kind:
            module = getattr(torch, kind)
            return tuple(_card(module, kind, index) for index in range(torch.accelerator.device_count()))
        case "mps":
            total = torch.mps.recommended_max_memory()
            free = max(0, total - torch.mps.driver_allocated_memory())
            return (Device(kind="mps", name=processor_name(), total_bytes=total, free_bytes=free),)
        case _:
            return ()


def _card(module: ModuleType, kind: str, index: int) -> Device:
    free, total = module.mem_get_info(index)
    # CUDA tells of bfloat16 also where it is only imitated.
    own = kind != "cuda" or module.is_bf16_supported(including_emulation=False)
    name = module.get_device_name(index)
    return Device(kind=kind, name=name, total_bytes=total, free_bytes=free, bfloat16=own)
