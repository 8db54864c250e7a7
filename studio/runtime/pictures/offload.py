"""Where a pipeline's weights wait while they are not computed with."""

from typing import Any

import torch
from diffusers.hooks import HookRegistry
from torch import nn

# From the quickest to the one that holds least at a time: whole parts, groups of layers, single layers.
OFFLOADS = ("model", "group", "sequential")
# What diffusers 0.42 calls the hooks of its group offloading (hooks/group_offloading.py); it takes them off
# only to put them on again.
_GROUP_HOOKS = ("group_offloading", "layer_execution_tracker", "lazy_prefetch_group_offloading")


def offload(pipe: Any, kind: str, device: torch.device) -> None:
    """`kind` is one of OFFLOADS. Raises what diffusers raises where it cannot be done so."""
    if kind == "model":
        pipe.enable_model_cpu_offload(device=device)
    elif kind == "group":
        # By leaves: autoencoders are called by `decode`, which the hooks of whole blocks do not see.
        pipe.enable_group_offload(onload_device=device, offload_type="leaf_level")
    else:
        pipe.enable_sequential_cpu_offload(device=device)


def hold(pipe: Any) -> None:
    """Takes all of that off; the weights are on the processor then."""
    pipe.remove_all_hooks()
    for part in pipe.components.values():
        if isinstance(part, nn.Module) and any(hasattr(one, "_diffusers_hook") for one in part.modules()):
            registry = HookRegistry.check_if_exists_or_initialize(part)
            for name in _GROUP_HOOKS:
                registry.remove_hook(name, recurse=True)
