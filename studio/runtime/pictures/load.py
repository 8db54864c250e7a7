"""Pipelines from disk into memory: each part checked, loaded by its own class, and put where it runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import diffusers
import msgspec
import torch
from diffusers import DiffusionPipeline
from torch import nn

from studio.catalog.files import ModelFolder
from studio.catalog.inspect import inspect_model
from studio.catalog.pipelines import PACKAGES, SKIPPED, Part, PartKind, index_of, pipeline_class, read_parts
from studio.core.errors import ModelUnsupported
from studio.core.messages import Stage
from studio.core.model import ModelSpec
from studio.core.plan import Plan
from studio.runtime.devices import versions
from studio.runtime.loading import check_package, load_errors, quiet_libraries, weights_watched
from studio.runtime.pictures.channels import lay_out
from studio.runtime.pictures.compiling import Compiling, blocks_of, compilable
from studio.runtime.pictures.kept import Encodings
from studio.runtime.pictures.latents import Layout
from studio.runtime.pictures.offload import hold, offload
from studio.runtime.pictures.parts import load_part, load_processor_part, makes_pictures
from studio.runtime.pictures.previews import LatentColours
from studio.runtime.pictures.siblings import Task, share_parts, sibling_of
from studio.runtime.pictures.single_file import SingleFile
from studio.runtime.pictures.tiny import TinyDecoder
from studio.runtime.placement import (
    bytes_of,
    device_of,
    dtype_of,
    packing_options,
    plan_for,
)
from studio.runtime.residency import LoadContext


class HeldLora(msgspec.Struct, frozen=True):
    """A LoRA that lies over a pipeline: peft's name of it, and the hash of its file."""

    adapter: str
    hash: str


class LoadedPipeline:
    """A pipeline in memory.

    Attributes:
        pipe: the diffusers pipeline.
        plan: how it is held.
        device: where it computes.
        precision: of its denoiser.
        options, versions: what is on, and of which libraries, for the execution record.
        loras: what lies over it, as `pictures/loras.py` keeps it.
        encodings: what its text encoders made of the last prompts.
        packed: its weights are quantised, so they stay where and as they are.
        movable: its weights may wait elsewhere than where they are computed with.
        rungs: how far it was stepped down for pictures of a size, as `pictures/ladder.py` keeps it.
        one_by_one: it cannot make several pictures at once, as was found out.
        compiling: what is compiled of it, or will be.
        size_bytes: of all weights.
    """

    def __init__(self, spec: ModelSpec, pipe: Any, chosen: Plan, options: dict[str, str]) -> None:
        self.spec = spec
        self.pipe = pipe
        self.plan = chosen
        self.device = device_of(chosen)
        self.precision = pipe.dtype
        self.options = options
        self.versions = versions()  # kept: asking takes longer than a step of a small model
        self.loras: dict[str, HeldLora] = {}
        self.encodings = Encodings()
        self.packed = "packed" in options or spec.path.lower().endswith(".gguf")
        self.movable = self.device.type in ("cuda", "xpu") and not self.packed
        self.rungs: dict[tuple[int, int], Any] = {}
        self.one_by_one = False
        may = compilable(chosen, self.packed, spec.wish)
        self.compiling = Compiling(pipe, blocks_of(pipe) if may else ())
        self.weigh()
        self._colours: LatentColours | None = None
        self._asked_colours = False
        self._siblings = dict[Task, Any]()
        self._layout: Layout | None = None
        self._asked_layout = False
        self._tinies: dict[str, TinyDecoder | None] = {}

    def weigh(self) -> None:
        self.size_bytes = bytes_of(*_modules(self.pipe))

    @contextmanager
    def on_processor(self) -> Iterator[None]:
        """While open, nothing is offloaded: layers that are put in or taken out would lose their hooks."""
        kind = self.options.get("offload")
        if kind:
            hold(self.pipe)
        try:
            yield
        finally:
            if kind:
                offload(self.pipe, kind, self.device)

    def colours(self) -> LatentColours | None:
        """How latents look; found out when first wanted."""
        if not self._asked_colours:
            self._asked_colours = True
            self._colours = LatentColours.of(self.spec, self.pipe)
        return self._colours

    def sibling(self, task: Task = "paint_over") -> Any | None:
        """What does that with the same parts, made when first wanted; None where nothing does."""
        if task not in self._siblings:
            self._siblings[task] = sibling_of(self.pipe, task)
        found = self._siblings[task]
        if found is not None:
            share_parts(self.pipe, found)
        return found

    def layout(self, find: Callable[[], Layout | None]) -> Layout | None:
        """How the pipeline lays out its latents, found when first wanted; None where they are pixels."""
        if not self._asked_layout:
            self._layout = find()
            self._asked_layout = True
        return self._layout

    def tiny(self, spec: ModelSpec) -> TinyDecoder | None:
        """What decodes previews, loaded when first wanted; `spec` is the job's, which may know a new one."""
        if spec.tiny not in self._tinies:
            self._tinies[spec.tiny] = TinyDecoder.of(spec, self.pipe, self.device)
        return self._tinies[spec.tiny]

    def release(self) -> None:
        self.encodings.clear()
        self.compiling = Compiling(None, ())
        self.pipe.maybe_free_model_hooks()
        self.pipe = None
        self._siblings.clear()


def load_pipeline(spec: ModelSpec, context: LoadContext) -> LoadedPipeline:
    """Raises ModelError for anything missing, damaged, unsafe or unknown, before or while it loads."""
    quiet_libraries()
    pipe, chosen = (_from_file if Path(spec.path).is_file() else _from_folder)(spec, context)
    pipe.set_progress_bar_config(disable=True)
    loaded = LoadedPipeline(spec, pipe, chosen, _place(pipe, chosen))
    if not (loaded.packed or chosen.offload):
        loaded.options |= lay_out(pipe, loaded.device)
    return loaded


def _from_file(spec: ModelSpec, context: LoadContext) -> tuple[Any, Plan]:
    chosen = plan_for(spec, context.memory_budget)
    return SingleFile(spec).load(dtype_of(chosen), context.desk), chosen


def _from_folder(spec: ModelSpec, context: LoadContext) -> tuple[Any, Plan]:
    inspect_model(Path(spec.path), name=spec.name)
    folder = ModelFolder(Path(spec.path), spec.name)
    index = index_of(folder)
    name = pipeline_class(folder, index)
    if name in PACKAGES:
        check_package(spec.name, PACKAGES[name])
    pipeline = getattr(diffusers, name, None)
    if not makes_pictures(pipeline):
        raise ModelUnsupported(model=spec.name, kind=spec.base)
    parts = read_parts(folder, index)
    chosen = plan_for(spec, context.memory_budget)
    modules = _load_parts(folder, parts, chosen, context)
    return _assemble(pipeline, folder, index, modules, dtype_of(chosen)), chosen


def _load_parts(
    folder: ModelFolder, parts: tuple[Part, ...], chosen: Plan, context: LoadContext
) -> dict[str, Any]:
    total = sum(part.weights.size_bytes for part in parts if part.weights)
    done, modules = 0, dict[str, Any]()
    for part in parts:
        if part.weights:
            size = part.weights.size_bytes
            options = packing_options(chosen, part.library) if part.name in chosen.packed else {}
            context.desk.phase(Stage.LOADING, done, total)
            with weights_watched(context.desk, done, size, total):
                modules[part.name] = load_part(folder, part, dtype_of(chosen), **options)
            done += size
        elif part.kind is PartKind.PROCESSOR and (processor := load_processor_part(folder, part)):
            modules[part.name] = processor
    context.desk.phase(Stage.LOADING, done, total)
    return modules


def _assemble(
    pipeline: type[DiffusionPipeline],
    folder: ModelFolder,
    index: dict[str, object],
    modules: dict[str, Any],
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


def _place(pipe: Any, chosen: Plan) -> dict[str, str]:
    """Put the pipeline on its device, part by part or layer by layer where it is too large to stay there."""
    options = {"packed": f"{chosen.precision}, {chosen.quantiser}"} if chosen.quantiser else {}
    if chosen.device == "cpu":
        return options
    device = device_of(chosen)
    if not chosen.offload:
        pipe.to(device)
        return options
    offload(pipe, chosen.offload, device)
    return options | {"offload": chosen.offload}


def _modules(pipe: Any) -> list[nn.Module]:
    return [part for part in pipe.components.values() if isinstance(part, nn.Module)]
