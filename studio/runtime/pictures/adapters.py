"""An IP-Adapter on a pipeline for the time of a job, so that it looks at pictures; nothing of it stays."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import CLIPVisionModelWithProjection

from studio.catalog.borrow import DENOISERS
from studio.core.errors import AdapterIncomplete, AdapterUnfit, ModelUnsafe
from studio.core.inputs import Role
from studio.core.jobs import GenerateImages
from studio.core.model import ReferenceAdapter
from studio.runtime.desk import Desk
from studio.runtime.failures import out_of_memory
from studio.runtime.loading import OWN_CHOICES
from studio.runtime.pictures.arguments import Call
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.siblings import share_parts

ARGUMENT = "ip_adapter_image"
_PROJECTIONS = {"image_proj.": "image_proj", "ip_adapter_proj_model.": "image_proj"}
_LAYERS = {"ip_adapter.": "ip_adapter", "double_blocks.": "ip_adapter"}
_FLUX_NAMES = (
    ("ip_adapter_double_stream_k_proj", "to_k_ip"),
    ("ip_adapter_double_stream_v_proj", "to_v_ip"),
    ("processor.", ""),
)
_MISFITS = (ValueError, RuntimeError, LookupError, AttributeError, TypeError, AssertionError)


def adapts(call: Call, job: GenerateImages) -> bool:
    """Whether the job's references go through its adapter."""
    accepted = inspect.signature(type(call.pipe).__call__).parameters
    return (
        job.reference_adapter is not None and ARGUMENT in accepted and hasattr(call.pipe, "load_ip_adapter")
    )


@contextmanager
def adapted(loaded: LoadedPipeline, call: Call, job: GenerateImages, desk: Desk) -> Iterator[None]:
    """While open, the call may have pictures to look at. Raises InputError, ModelUnsafe."""
    adapter = job.reference_adapter
    if adapter is None or ARGUMENT not in call.arguments:
        yield
        return
    weights = [one.weight for one in job.inputs if one.role is Role.REFER]
    scale = sum(weights) / len(weights)
    pipe = loaded.pipe
    state, encoder, bare = _state_of(adapter), _encoder(adapter, pipe), _Bare(pipe)
    desk.check()
    try:
        with loaded.on_processor():
            _put_on(pipe, adapter, state, encoder, loaded.spec.name)
        pipe.set_ip_adapter_scale(scale)
        share_parts(pipe, call.pipe)
        loaded.options["ip_adapter"] = f"{adapter.name} × {scale:g}"
        yield
    finally:
        loaded.options.pop("ip_adapter", None)
        with loaded.on_processor():
            bare.put_back()
        if call.pipe is not pipe:
            share_parts(pipe, call.pipe)


def _put_on(pipe: Any, adapter: ReferenceAdapter, state: Any, encoder: Any, model: str) -> None:
    """Where it does not fit, part of it may be on already."""
    pipe.register_modules(image_encoder=encoder)
    try:
        pipe.load_ip_adapter(state, subfolder="", weight_name="", image_encoder_folder=None)
    except _MISFITS as error:
        if out_of_memory(error):
            raise
        raise AdapterUnfit(adapter=adapter.name, model=model) from error


class _Bare:
    """What an adapter takes the place of in a pipeline; diffusers puts new things back, and not all."""

    def __init__(self, pipe: Any) -> None:
        self._pipe = pipe
        self._denoiser: Any = next(
            part for name in DENOISERS if (part := getattr(pipe, name, None)) is not None
        )
        self._processors = dict(self._denoiser.attn_processors)
        self._parts = _named(pipe, "feature_extractor", "image_encoder")
        self._layers = _named(self._denoiser, "encoder_hid_proj", "text_encoder_hid_proj", "image_proj")
        self._kind = getattr(self._denoiser.config, "encoder_hid_dim_type", None)

    def put_back(self) -> None:
        self._pipe.unload_ip_adapter()
        for name, part in self._parts.items():
            setattr(self._pipe, name, part)
        for name, layer in self._layers.items():
            setattr(self._denoiser, name, layer)
        if "encoder_hid_proj" in self._layers:
            self._denoiser.config.encoder_hid_dim_type = self._kind
        self._denoiser.set_attn_processor(dict(self._processors))


def _named(owner: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(owner, name) for name in names if hasattr(owner, name)}


def _state_of(adapter: ReferenceAdapter) -> dict[str, dict[str, torch.Tensor]]:
    """Its tensors as diffusers sorts them (`load_ip_adapter` in loaders/ip_adapter.py)."""
    file = Path(adapter.path)
    if not file.is_file():
        raise AdapterIncomplete(adapter=adapter.name, path=adapter.path)
    if file.suffix.lower() != ".safetensors":
        raise ModelUnsafe(file=file.name)
    try:
        tensors = load_file(file)
    except (SafetensorError, OSError) as error:
        raise AdapterIncomplete(adapter=adapter.name, path=adapter.path) from error
    state: dict[str, dict[str, torch.Tensor]] = {"image_proj": {}, "ip_adapter": {}}
    for name, tensor in tensors.items():
        for start, part in (_PROJECTIONS | _LAYERS).items():
            if name.startswith(start):
                short = name.removeprefix(start)
                for theirs, ours in _FLUX_NAMES if start == "double_blocks." else ():
                    short = short.replace(theirs, ours)
                state[part][short] = tensor
                break
    return state


def _encoder(adapter: ReferenceAdapter, pipe: Any) -> CLIPVisionModelWithProjection:
    if not adapter.encoder or not Path(adapter.encoder, "config.json").is_file():
        raise AdapterIncomplete(adapter=adapter.name, path=adapter.encoder or "image_encoder")
    try:
        encoder = CLIPVisionModelWithProjection.from_pretrained(
            adapter.encoder,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            dtype=pipe.dtype,
            **OWN_CHOICES,
        )
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        if out_of_memory(error):
            raise
        raise AdapterIncomplete(adapter=adapter.name, path=adapter.encoder) from error
    return encoder.eval().to(pipe.device)
