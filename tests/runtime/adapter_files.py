"""IP-Adapters as their makers put them: a file of layers, and a picture encoder beside it."""

from pathlib import Path
from typing import Any

import torch
from diffusers.models.attention_processor import SD3IPAdapterJointAttnProcessor2_0
from diffusers.models.embeddings import IPAdapterTimeImageProjection
from safetensors.torch import save_file
from transformers import (
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    SiglipVisionConfig,
    SiglipVisionModel,
)

from studio.catalog.adapters import IP_ADAPTER, encoder_of
from studio.catalog.inspect import inspect_model
from studio.core.model import Kind, ReferenceAdapter

Tensors = dict[str, torch.Tensor]

_SIGHT = {
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 16,
}
# InstantX's names in a block of its projection, by diffusers' own (loaders/transformer_sd3.py).
_PROJECTION = {
    "ln0": "0.norm1",
    "ln1": "0.norm2",
    "attn.to_q": "0.to_q",
    "attn.to_kv": "0.to_kv",
    "attn.to_out.0": "0.to_out",
    "adaln_norm": "1.0",
    "ff.net.0.proj": "1.1",
    "ff.net.2": "1.3",
    "adaln_proj": "2.1",
}


def save_adapter(unet: Any, folder: Path) -> ReferenceAdapter:
    """One for that U-Net, of random numbers."""
    tensors, number = Tensors(), 1
    torch.manual_seed(21)
    for name in unet.attn_processors:
        if name.endswith("attn2.processor"):
            layer = unet.get_submodule(name.removesuffix(".processor"))
            for half in "kv":
                shape = layer.to_k.weight.shape
                tensors[f"ip_adapter.{number}.to_{half}_ip.weight"] = torch.randn(shape)
            number += 2
    return _saved(tensors | _projected("image_proj", unet.config.cross_attention_dim), _clip(), folder)


def save_flux_adapter(transformer: Any, folder: Path) -> ReferenceAdapter:
    """As XLabs writes it."""
    tensors, width = Tensors(), transformer.config.joint_attention_dim
    torch.manual_seed(22)
    for block in range(transformer.config.num_layers):
        for half in "kv":
            key = f"double_blocks.{block}.processor.ip_adapter_double_stream_{half}_proj"
            tensors[f"{key}.weight"] = torch.randn(transformer.inner_dim, width)
            tensors[f"{key}.bias"] = torch.randn(transformer.inner_dim)
    return _saved(tensors | _projected("ip_adapter_proj_model", width), _clip(), folder)


def save_sd3_adapter(transformer: Any, folder: Path) -> ReferenceAdapter:
    """As InstantX writes it, with a SigLIP."""
    config, hidden = transformer.config, 32
    width = config.attention_head_dim * config.num_attention_heads
    tensors = Tensors()
    torch.manual_seed(23)
    for number in range(len(transformer.attn_processors)):
        layer = SD3IPAdapterJointAttnProcessor2_0(width, width, config.attention_head_dim, hidden)
        tensors |= {f"ip_adapter.{number}.{key}": value for key, value in layer.state_dict().items()}
    projection = IPAdapterTimeImageProjection(
        embed_dim=_SIGHT["hidden_size"],
        output_dim=width,
        hidden_dim=hidden,
        heads=1,
        num_queries=4,
        timestep_in_dim=8,
    )
    tensors |= {f"image_proj.{_theirs(key)}": value for key, value in projection.state_dict().items()}
    return _saved(tensors, SiglipVisionModel(SiglipVisionConfig(**_SIGHT)), folder)


def _theirs(key: str) -> str:
    kind, _, rest = key.partition(".")
    if kind != "layers":
        return key
    block, _, rest = rest.partition(".")
    name, _, end = rest.rpartition(".")
    return f"layers.{block}.{_PROJECTION[name]}.{end}"


def _projected(start: str, width: int) -> Tensors:
    """From what the encoder projects a picture to, to four words of that width."""
    return {
        f"{start}.proj.weight": torch.randn(4 * width, 24),
        f"{start}.proj.bias": torch.randn(4 * width),
        f"{start}.norm.weight": torch.ones(width),
        f"{start}.norm.bias": torch.zeros(width),
    }


def _clip() -> CLIPVisionModelWithProjection:
    return CLIPVisionModelWithProjection(CLIPVisionConfig(**_SIGHT, projection_dim=24))


def _saved(tensors: Tensors, encoder: Any, folder: Path) -> ReferenceAdapter:
    save_file(tensors, folder / "ip-adapter.safetensors")
    encoder.save_pretrained(folder / "image_encoder")
    spec = inspect_model(folder / "ip-adapter.safetensors")
    assert spec.base == IP_ADAPTER and spec.kind is Kind.CONTROL
    found = encoder_of(Path(spec.path), folder / "no hub")
    return ReferenceAdapter(
        id=spec.id, name=spec.name, path=spec.path, suits=spec.suits, encoder=str(found or "")
    )
