"""Pipelines from disk into memory: each part checked, loaded by its own class, and put where it runs."""

import importlib
import inspect
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers import DiffusionPipeline
from torch import nn

from studio.catalog.files import ModelFolder
from studio.catalog.inspect import inspect_model
from studio.catalog.memory import count_parameters
from studio.catalog.pipelines import SKIPPED, Part, index_of, pipeline_class, read_parts
from studio.core.errors import ModelIncomplete, ModelUnsupported
from studio.core.messages import Stage
from studio.core.model import ModelSpec
from studio.runtime.devices import versions
from studio.runtime.loading import load_errors, quiet_libraries, weights_watched
from studio.runtime.pictures.previews import LatentColours
from studio.runtime.placement import (
    WEIGHTS_SHARE,
    best_device,
    bytes_of,
    check_room,
    free_bytes,
    precision_for,
    stored_precision,
)
from studio.runtime.residency import LoadContext


class LoadedPipeline:
    """A pipeline in memory.

    Attributes:
        pipe: the diffusers pipeline.
        device: where it computes.
        precision: of its denoiser.
        options, versions: what is on, and of which libraries, for the execution record.
        size_bytes: of all weights.
    """

    def __init__(self, spec: ModelSpec, pipe: Any, device: torch.device, options: dict[str, str]) -> None:
        self.spec = spec
        self.pipe = pipe
        self.device = device
        self.precision = pipe.dtype
        self.options = options
        self.versions = versions()  # kept: asking takes longer than a step of a small model
        self.size_bytes = bytes_of(*_modules(pipe))
        self._colours: LatentColours | None = None
        self._asked_colours = False

    def colours(self) -> LatentColours | None:
        """How latents look; found out when first wanted."""
        if not self._asked_colours:
            self._asked_colours = True
            self._colours = LatentColours.of(self.spec, self.pipe)
        return self._colours

    def release(self) -> None:
        self.pipe.maybe_free_model_hooks()
        self.pipe = None


def load_pipeline(spec: ModelSpec, context: LoadContext) -> LoadedPipeline:
    """Raises ModelError for anything missing, damaged, unsafe or unknown, before or while it loads."""
    quiet_libraries()
    inspect_model(Path(spec.path), name=spec.name)
    folder = ModelFolder(Path(spec.path), spec.name)
    index = index_of(folder)
    pipeline = getattr(diffusers, pipeline_class(folder, index), None)
    if not _makes_pictures_from_words(pipeline):
        raise ModelUnsupported(model=spec.name, kind=spec.base)
    parts = read_parts(folder, index)
    device = best_device()
    check_room(device, count_parameters(spec))
    precision = _precision(folder, parts, device)
    modules = _load_parts(folder, parts, precision, context)
    pipe = _assemble(pipeline, folder, index, modules, precision)
    pipe.set_progress_bar_config(disable=True)
    return LoadedPipeline(spec, pipe, device, _place(pipe, device, context.memory_budget))


def _makes_pictures_from_words(pipeline: Any) -> bool:
    """Whether it is a pipeline that can be called with a prompt and nothing else."""
    if not (isinstance(pipeline, type) and issubclass(pipeline, DiffusionPipeline)):
        return False
    accepted = inspect.signature(pipeline.__call__).parameters
    needed = {
        name for name, one in accepted.items() if one.default is one.empty and one.kind < one.VAR_POSITIONAL
    }
    return "prompt" in accepted and needed <= {"self", "prompt"}


def _precision(folder: ModelFolder, parts: tuple[Part, ...], device: torch.device) -> torch.dtype:
    denoiser = next((part for part in parts if part.name in ("transformer", "unet") and part.weights), None)
    if denoiser is None or denoiser.weights is None:
        return precision_for(device, "F32")
    return precision_for(device, stored_precision(folder, denoiser.weights), denoiser.class_name)


def _load_parts(
    folder: ModelFolder, parts: tuple[Part, ...], precision: torch.dtype, context: LoadContext
) -> dict[str, nn.Module]:
    total = sum(part.weights.size_bytes for part in parts if part.weights)
    done, modules = 0, dict[str, nn.Module]()
    for part in parts:
        if part.weights:
            size = part.weights.size_bytes
            context.desk.phase(Stage.LOADING, done, total)
            with weights_watched(context.desk, done, size, total):
                modules[part.name] = _load_part(folder, part, precision)
            done += size
    context.desk.phase(Stage.LOADING, done, total)
    return modules


def _load_part(folder: ModelFolder, part: Part, precision: torch.dtype) -> nn.Module:
    """One model of the pipeline, with every tensor it needs; diffusers leaves missing ones without data."""
    made = _class_of(part)
    if made is None:
        raise ModelUnsupported(model=folder.name, kind=f"{part.library}.{part.class_name}")
    with load_errors(folder.name, f"{part.name}/", part.class_name):
        module, info = made.from_pretrained(
            folder.path / part.name,
            variant=part.weights.variant if part.weights else None,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
            dtype=precision,
            **({"trust_remote_code": False} if part.library == "transformers" else {}),
        )
    if info["missing_keys"]:
        raise ModelIncomplete(model=folder.name, file=f"{part.name}/ ({min(info['missing_keys'])})")
    return module.eval()


def _class_of(part: Part) -> Any:
    match part.library:
        case "diffusers":
            return getattr(diffusers, part.class_name, None)
        case "transformers":
            return getattr(transformers, part.class_name, None)
        case module:  # one of diffusers' own, as `read_parts` has made sure
            return getattr(importlib.import_module(f"diffusers.pipelines.{module}"), part.class_name, None)


def _assemble(
    pipeline: type[DiffusionPipeline],
    folder: ModelFolder,
    index: dict[str, object],
    modules: dict[str, nn.Module],
    precision: torch.dtype,
) -> Any:
    """The pipeline around its models; tokenizers, schedulers and the rest are small and come with it."""
    left_out: dict[str, Any] = {name: None for name in SKIPPED if name in index}
    if "requires_safety_checker" in index:
        left_out["requires_safety_checker"] = False
    with load_errors(folder.name, "model_index.json", pipeline.__name__):
        return pipeline.from_pretrained(
            folder.path,
            dtype=precision,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            **modules,
            **left_out,
        )


def _place(pipe: Any, device: torch.device, memory_budget: int) -> dict[str, str]:
    """Put the pipeline on its device, part by part or layer by layer where it is too large to stay there."""
    if device.type == "cpu":
        return {}
    sizes = [bytes_of(module) for module in _modules(pipe)]
    room = int(free_bytes(device) * WEIGHTS_SHARE)
    room = min(room, memory_budget) if memory_budget else room
    if sum(sizes) <= room or device.type == "mps":  # there, memory is one: nothing is won by moving
        pipe.to(device)
        return {}
    if max(sizes) <= room:
        pipe.enable_model_cpu_offload(device=device)
        return {"offload": "model"}
    pipe.enable_sequential_cpu_offload(device=device)
    return {"offload": "sequential"}


def _modules(pipe: Any) -> list[nn.Module]:
    return [part for part in pipe.components.values() if isinstance(part, nn.Module)]
