"""LoRAs over a pipeline for the time of a job: loaded from safetensors alone, kept for a repeat, taken off
so that nothing of them stays."""

import hashlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import nn

from studio.catalog.bases import base_of_class
from studio.catalog.borrow import DENOISERS
from studio.catalog.components import ADAPTER_WEIGHTS
from studio.catalog.files import ModelFolder
from studio.catalog.loras import lora_base, lora_fits
from studio.catalog.safetensors import read_safetensors
from studio.catalog.single import SAFETENSORS
from studio.catalog.texts import ADAPTER
from studio.core.errors import (
    LoraBroken,
    LoraDamaged,
    LoraForAnother,
    LoraMissing,
    LoraUnfit,
    LoraUnsupported,
    ModelUnreadable,
    ModelUnsafe,
)
from studio.core.jobs import GenerateImages
from studio.core.messages import Stage
from studio.core.model import Lora
from studio.core.recipe import UsedLora
from studio.runtime.desk import Desk
from studio.runtime.failures import out_of_memory
from studio.runtime.pictures.load import HeldLora, LoadedPipeline

_PRECISIONS = (torch.float32, torch.bfloat16, torch.float16)
_CHUNK = 16 << 20  # bytes hashed between two looks at the desk
_PEFT_FIELDS = (
    "r",
    "lora_alpha",
    "rank_pattern",
    "alpha_pattern",
    "target_modules",
    "use_rslora",
    "use_dora",
)
_PEFT = "base_model.model."  # what peft puts before every name of a model that it trains
# What diffusers and peft raise over names and shapes that are not the model's.
_MISFITS = (ValueError, RuntimeError, LookupError, AttributeError, TypeError, AssertionError)


@contextmanager
def laid_over(loaded: LoadedPipeline, job: GenerateImages, desk: Desk) -> Iterator[tuple[UsedLora, ...]]:
    """The job's LoRAs over the pipeline, in their order; those of the last job are taken off, or used again.

    They stay loaded afterwards, switched on: whoever uses the pipeline next goes through here. The same
    one given twice counts with both scales, one with scale 0 not at all.
    Raises LoraError, or ModelUnsafe for a pickle; the pipeline is bare then, as it was loaded.
    """
    wanted = _summed(job.loras)
    if set(loaded.loras) != {_key(lora) for lora in wanted}:
        take_off(loaded)
        _put_on(loaded, wanted, desk)
    held = [loaded.loras[_key(lora)] for lora in wanted]
    if held:
        loaded.pipe.set_adapters([one.adapter for one in held], [lora.scale for lora in wanted])
        loaded.options["loras"] = ", ".join(
            f"{one.hash[:12]} × {lora.scale:g}" for one, lora in zip(held, wanted, strict=True)
        )
        loaded.versions["peft"] = metadata.version("peft")
    try:
        yield tuple(
            UsedLora(
                id=lora.id, name=lora.name, fingerprint=lora.fingerprint, hash=one.hash, scale=lora.scale
            )
            for one, lora in zip(held, wanted, strict=True)
        )
    finally:
        loaded.options.pop("loras", None)
        loaded.versions.pop("peft", None)


def take_off(loaded: LoadedPipeline) -> None:
    """All of them, so that the pipeline gives the pictures that it gave before, to the last bit."""
    if loaded.loras:
        with loaded.on_processor():
            _unload(loaded.pipe)
        loaded.loras = {}
        loaded.weigh()


def _put_on(loaded: LoadedPipeline, wanted: list[Lora], desk: Desk) -> None:
    """Onto a bare pipeline, which is bare again where one of them cannot be."""
    if not wanted:
        return
    if not hasattr(loaded.pipe, "load_lora_weights"):
        raise LoraUnsupported(lora=wanted[0].name, model=loaded.spec.name)
    files = [_checked_file(loaded, lora) for lora in wanted]
    total, done = sum(file.stat().st_size for file in files), 0
    held = dict[str, HeldLora]()
    with loaded.on_processor():
        try:
            for lora, file in zip(wanted, files, strict=True):
                hashed = _hash(file, desk, done, total)
                done += file.stat().st_size
                adapter = f"studio{len(held)}"
                _load(loaded, lora, file, adapter)
                held[_key(lora)] = HeldLora(adapter, hashed)
        except BaseException:
            _unload(loaded.pipe)
            raise
    loaded.loras = held
    loaded.weigh()


def _summed(loras: tuple[Lora, ...]) -> list[Lora]:
    """Each once, with the sum of its scales; without those that come to nothing."""
    found = dict[str, Lora]()
    for lora in loras:
        before = found.get(_key(lora))
        scale = lora.scale + (before.scale if before else 0.0)
        found[_key(lora)] = msgspec.structs.replace(lora, scale=scale)
    return [lora for lora in found.values() if lora.scale]


def _key(lora: Lora) -> str:
    return f"{lora.path}\0{lora.fingerprint}"


def _checked_file(loaded: LoadedPipeline, lora: Lora) -> Path:
    """The file, after a look at its header alone."""
    path = Path(lora.path)
    if not path.exists():
        raise LoraMissing(lora=lora.name, path=lora.path)
    file = ModelFolder(path, lora.name).file(ADAPTER_WEIGHTS) if path.is_dir() else path
    if file.suffix.lower() not in SAFETENSORS:
        raise ModelUnsafe(file=file.name)
    try:
        header = read_safetensors(file, lora.name)
    except ModelUnreadable as error:
        raise LoraDamaged(lora=lora.name, file=file.name) from error
    base = lora.suits or lora_base(header.shapes, header.notes)
    own = loaded.spec.suits or base_of_class(type(loaded.pipe).__name__)
    if not lora_fits(base, own):
        raise LoraForAnother(lora=lora.name, base=base, model=loaded.spec.name, own=own)
    return file


def _hash(file: Path, desk: Desk, done: int, total: int) -> str:
    """A1111's hash of a network: of what lies behind the header (`modules/hashes.py`,
    `addnet_hash_safetensors`)."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        opened.seek(8 + int.from_bytes(opened.read(8), "little"))
        while chunk := opened.read(_CHUNK):
            desk.phase(Stage.LOADING, done + opened.tell(), total)
            digest.update(chunk)
    return digest.hexdigest()


def _load(loaded: LoadedPipeline, lora: Lora, file: Path, adapter: str) -> None:
    pipe, model = loaded.pipe, loaded.spec.name
    try:
        if denoiser := _denoiser_for_peft(pipe, file):
            _load_peft(denoiser, file, lora.name, adapter)
        elif file.suffix != ".safetensors":  # by another name diffusers would take it for a pickle
            pipe.load_lora_weights(load_file(file), adapter_name=adapter)
        else:
            pipe.load_lora_weights(
                str(file.parent),
                weight_name=file.name,
                adapter_name=adapter,
                local_files_only=True,
                use_safetensors=True,
            )
    except (SafetensorError, OSError) as error:
        raise LoraDamaged(lora=lora.name, file=file.name) from error
    except _MISFITS as error:
        if out_of_memory(error):
            raise
        raise LoraUnfit(lora=lora.name, model=model) from error
    weights = _weights_of(pipe, adapter)
    if not weights:
        raise LoraUnfit(lora=lora.name, model=model)
    for weight in weights:
        if not torch.isfinite(weight).all():
            raise LoraBroken(lora=lora.name)
        if loaded.precision in _PRECISIONS:
            weight.data = weight.data.to(loaded.precision)


def _denoiser_for_peft(pipe: Any, file: Path) -> nn.Module | None:
    """The denoiser, where peft itself wrote the file and calls its layers as diffusers does."""
    denoiser = next((part for name in DENOISERS if (part := getattr(pipe, name, None)) is not None), None)
    with safe_open(file, framework="pt") as opened:
        names = list(opened.keys())
    if denoiser is None or not all(name.startswith(_PEFT) for name in names):
        return None
    layers = {name for name, _ in denoiser.named_modules()}
    called = (name.removeprefix(_PEFT).partition(".lora_")[0] for name in names)
    return denoiser if all(name in layers for name in called) else None


def _load_peft(denoiser: Any, file: Path, name: str, adapter: str) -> None:
    """As diffusers loads it once the names are its own; the alpha is in the config beside the weights."""
    state = {key.removeprefix(_PEFT): tensor for key, tensor in load_file(file).items()}
    folder, config = ModelFolder(file.parent, name), None
    if folder.has(ADAPTER):
        given = folder.json(ADAPTER)
        config = {field: given[field] for field in _PEFT_FIELDS if given.get(field) is not None}
    denoiser.load_lora_adapter(
        state, prefix=None, adapter_name=adapter, metadata=config, low_cpu_mem_usage=True
    )


def _weights_of(pipe: Any, adapter: str) -> list[nn.Parameter]:
    return [
        weight
        for part in pipe.components.values()
        if isinstance(part, nn.Module)
        for name, weight in part.named_parameters()
        if adapter in name.split(".")
    ]


def _unload(pipe: Any) -> None:
    """Flux's loader also changes norms and widens layers, and takes that back only where told to."""
    accepted = inspect.signature(pipe.unload_lora_weights).parameters
    name = "reset_to_overwritten_params"
    pipe.unload_lora_weights(**({name: True} if name in accepted else {}))
