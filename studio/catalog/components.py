"""Folders with one part of a model: of a pipeline, as diffusers saves it, or an adapter, as peft does."""

import re
from collections.abc import Iterable, Mapping

import msgspec

from studio.catalog.bases import base_in_words, base_of_class, context_base
from studio.catalog.files import ModelFolder, Weights, find_weights, fingerprint
from studio.catalog.loras import lora_base
from studio.catalog.safetensors import read_safetensors
from studio.catalog.texts import ADAPTER
from studio.core.errors import ModelIsAdapter, ModelUnreadable, ModelUnsafe, ModelUnsupported
from studio.core.model import Kind, ModelSpec

STEM = "diffusion_pytorch_model"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
_KINDS = (
    (re.compile("ControlNet|T2IAdapter|SparseControl"), Kind.CONTROL),
    (re.compile("^(Autoencoder|VQModel|AsymmetricAutoencoder|ConsistencyDecoder)"), Kind.VAE),
    (re.compile("UNet|Transformer|DiT"), Kind.DENOISER),
)
# What tells autoencoders of one class apart: channels and scaling factor, as in the configs of their makers.
_SCALINGS = {(4, 0.18215): "sd1", (4, 0.13025): "sdxl", (16, 0.3611): "flux1", (16, 1.5305): "sd3"}


# The tiny autoencoders (github.com/madebyollin/taesd) say by their names alone which latents they read.
TINY = "AutoencoderTiny"
_TINIES = {"taesdxl": "sdxl", "taesd3": "sd3", "taef1": "flux1", "taesd": "sd1"}


def describe_component(folder: ModelFolder, config: dict[str, object]) -> ModelSpec:
    """A part that diffusers saved; raises ModelUnsupported for one of no use by itself."""
    name = config.get("_class_name")
    if not isinstance(name, str) or not name.isidentifier():
        raise ModelUnsupported(model=folder.name, kind="custom part")
    kind = next((kind for pattern, kind in _KINDS if pattern.search(name)), None)
    if kind is None:
        raise ModelUnsupported(model=folder.name, kind=name)
    return ModelSpec(
        id="",
        name=folder.name,
        family="",
        base=name,
        abilities=(),
        path=str(folder.path),
        kind=kind,
        suits=_base_by_config(name, config) or (_tiny_base(folder.name) if name == TINY else ""),
        size_bytes=find_weights(folder, stem=STEM).size_bytes,
        fingerprint=fingerprint(folder, ()),
    )


def _base_by_config(name: str, config: dict[str, object]) -> str:
    if named := base_of_class(name):
        return named
    width = config.get("cross_attention_dim")
    if isinstance(width, int):
        return context_base(width)
    channels, scaling = config.get("latent_channels"), config.get("scaling_factor")
    if isinstance(channels, int) and isinstance(scaling, (int, float)):
        return _SCALINGS.get((channels, float(scaling)), "")
    return ""


def _tiny_base(name: str) -> str:
    return next((base for called, base in _TINIES.items() if called in name.casefold()), "")


def tinies_of(models: Iterable[ModelSpec]) -> dict[str, str]:
    """The folders of tiny autoencoders, by the base whose latents they read."""
    return {
        spec.suits: spec.path
        for spec in models
        if spec.base == TINY and spec.suits and not spec.path.endswith(".safetensors")
    }


def with_tiny(spec: ModelSpec, tinies: Mapping[str, str]) -> ModelSpec:
    """The model with the tiny autoencoder that can show what it is painting."""
    tiny = tinies.get(spec.suits, "") if spec.family == "diffusion" else ""
    return msgspec.structs.replace(spec, tiny=tiny) if tiny else spec


def is_adapter(folder: ModelFolder) -> bool:
    """Whether the folder holds an adapter and no model of its own."""
    return folder.has(ADAPTER) and any(name.startswith("adapter_model.") for name in folder.names())


def describe_adapter(folder: ModelFolder) -> ModelSpec:
    """An adapter saved by peft; `base` is the model that it names. Raises ModelUnsafe for a pickle."""
    if any(name.startswith(("model.", "model-", "pytorch_model")) for name in folder.names()):
        raise ModelIsAdapter(model=folder.name, file=ADAPTER)
    weights = adapter_weights(folder)
    config = folder.json(ADAPTER)
    model = config.get("base_model_name_or_path")
    base = model if isinstance(model, str) else ""
    header = read_safetensors(folder.file(ADAPTER_WEIGHTS), folder.name, ADAPTER_WEIGHTS)
    return ModelSpec(
        id="",
        name=folder.name,
        family="",
        base=base or str(config.get("peft_type", "LoRA")),
        abilities=(),
        path=str(folder.path),
        kind=Kind.LORA,
        suits=lora_base(header.shapes, header.notes) or base_in_words(base),
        size_bytes=weights.size_bytes,
        fingerprint=fingerprint(folder, ()),
    )


def adapter_weights(folder: ModelFolder) -> Weights:
    if not folder.has(ADAPTER_WEIGHTS):
        raise ModelUnsafe(file=next(name for name in folder.names() if name.startswith("adapter_model.")))
    size = folder.file(ADAPTER_WEIGHTS).stat().st_size
    if size < 8:
        raise ModelUnreadable(model=folder.name, file=ADAPTER_WEIGHTS)
    return Weights(files=(ADAPTER_WEIGHTS,), size_bytes=size)


def pipeline_base(folder: ModelFolder, pipeline: str) -> str:
    """The base of a whole pipeline; that of the first two Stable Diffusions is in the config of the U-Net."""
    base = base_of_class(pipeline)
    if base == "sd1" and folder.has("unet/config.json"):
        width = folder.json("unet/config.json").get("cross_attention_dim")
        return "sd2" if width == 1024 else base
    return base
