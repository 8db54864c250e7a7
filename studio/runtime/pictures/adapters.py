"""An IP-Adapter on a pipeline for the time of a job, so that it looks at pictures; nothing of it stays."""

import inspect
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders import SD3IPAdapterMixin
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import CLIPVisionModelWithProjection, SiglipImageProcessor, SiglipVisionModel

from studio.catalog.adapters import ENCODERS
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
_SIGLIP = ("siglip", "siglip_vision_model")
# What an adapter puts into a pipeline, into its denoiser, and into that one's config.
_PARTS = ("feature_extractor", "image_encoder")
_LAYERS_PUT_IN = ("encoder_hid_proj", "text_encoder_hid_proj", "image_proj")
_NOTED = ("encoder_hid_dim_type",)
_MISFITS = (ValueError, RuntimeError, LookupError, AttributeError, TypeError, AssertionError)


def adapts(call: Call, job: GenerateImages) -> bool:
    """Whether the job's references go through its adapter."""
    accepted = inspect.signature(type(call.pipe).__call__).parameters
    return (
        job.reference_adapter is not None and ARGUMENT in accepted and hasattr(call.pipe, "load_ip_adapter")
    )


def sees_several(pipe: Any) -> bool:
    """Several pictures are seen together, but by SD 3, to which each is for another prompt."""
    return not isinstance(pipe, SD3IPAdapterMixin)


@contextmanager
def adapted(loaded: LoadedPipeline, call: Call, job: GenerateImages, desk: Desk) -> Iterator[None]:
    """While open, the call may have pictures to look at. Raises InputError, ModelUnsafe."""
    adapter = job.reference_adapter
    if adapter is None or ARGUMENT not in call.arguments:
        yield
        return
    pipe = loaded.pipe
    weights = [one.weight for one in job.inputs if one.role is Role.REFER]
    weights = weights if sees_several(pipe) else weights[:1]
    scale = sum(weights) / len(weights)
    state, eyes, bare = _state_of(adapter), _eyes(adapter, pipe), _Bare(pipe)
    desk.check()
    try:
        with loaded.on_processor():
            _put_on(pipe, adapter, state, eyes, loaded.spec.name)
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


def _put_on(pipe: Any, adapter: ReferenceAdapter, state: Any, eyes: dict[str, Any], model: str) -> None:
    """Where it does not fit, part of it may be on already."""
    pipe.register_modules(**eyes)
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
        self._index = pipe._internal_dict
        self._parts = _named(pipe, _PARTS)
        self._layers = _named(self._denoiser, _LAYERS_PUT_IN)
        self._notes = _named(self._denoiser.config, _NOTED)

    def put_back(self) -> None:
        self._pipe.unload_ip_adapter()
        for name, part in self._parts.items():
            setattr(self._pipe, name, part)
        self._pipe._internal_dict = self._index
        _restore(self._denoiser, _LAYERS_PUT_IN, self._layers)
        _restore(self._denoiser.config, _NOTED, self._notes)
        self._denoiser.set_attn_processor(dict(self._processors))


def _named(owner: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(owner, name) for name in names if hasattr(owner, name)}


def _restore(owner: Any, names: tuple[str, ...], before: dict[str, Any]) -> None:
    """What the owner had by these names, and no more."""
    for name in names:
        if name in before:
            setattr(owner, name, before[name])
        elif hasattr(owner, name):
            delattr(owner, name)


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


def _eyes(adapter: ReferenceAdapter, pipe: Any) -> dict[str, Any]:
    """The encoder that looks at pictures; where it is a SigLIP, which diffusers does not ask what it wants,
    with what fits pictures to it."""
    if not adapter.encoder:
        wanted = ENCODERS.get(adapter.suits, "image_encoder")
        raise AdapterIncomplete(adapter=adapter.name, path=wanted)
    try:
        siglip = json.loads(Path(adapter.encoder, "config.json").read_text("utf-8"))["model_type"] in _SIGLIP
        encoder = (SiglipVisionModel if siglip else CLIPVisionModelWithProjection).from_pretrained(
            adapter.encoder,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            dtype=pipe.dtype,
            **OWN_CHOICES,
        )
    except (SafetensorError, OSError, ValueError, RuntimeError, LookupError, TypeError) as error:
        if out_of_memory(error):
            raise
        raise AdapterIncomplete(adapter=adapter.name, path=adapter.encoder) from error
    eyes: dict[str, Any] = {"image_encoder": encoder.eval().to(pipe.device)}
    if siglip:
        side = encoder.config.image_size
        eyes["feature_extractor"] = SiglipImageProcessor(size={"height": side, "width": side})
    return eyes
