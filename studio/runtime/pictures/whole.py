"""Models of transformers that work on a picture in one go: held whole, in single precision."""

from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from studio.catalog.inspect import inspect_model
from studio.core.errors import ModelIncomplete
from studio.core.messages import Stage
from studio.core.model import ModelSpec
from studio.core.recipe import Execution
from studio.runtime.devices import versions
from studio.runtime.loading import OWN_CHOICES, load_errors, quiet_libraries, weights_watched
from studio.runtime.placement import device_for, device_name
from studio.runtime.residency import LoadContext


def load_whole(kind: Any, spec: ModelSpec, context: LoadContext) -> tuple[PreTrainedModel, torch.device]:
    """The model of that class, or Auto class, in the spec's folder, and where it is.

    Raises ModelError for anything missing, damaged, unsafe or unknown; MemoryExhausted.
    """
    quiet_libraries()
    path, desk, size = Path(spec.path), context.desk, spec.size_bytes
    inspect_model(path, name=spec.name)
    device = device_for(spec, context)
    desk.phase(Stage.LOADING, 0, size)
    with load_errors(spec.name, path.name, spec.base), weights_watched(desk, 0, size, size):
        model, info = kind.from_pretrained(
            path,
            dtype=torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
            **OWN_CHOICES,
        )
    if info["missing_keys"]:
        raise ModelIncomplete(model=spec.name, file=f"{path.name} ({min(info['missing_keys'])})")
    return model.to(device).eval(), device


def execution_on(device: torch.device, **options: str) -> Execution:
    """The record of what was done there."""
    return Execution(
        device=device_name(device),
        precision="float32",
        versions=versions(),
        threads=torch.get_num_threads() if device.type == "cpu" else None,
        options=options,
    )
