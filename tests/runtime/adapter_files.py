"""An IP-Adapter as its makers put it: a file of layers, and a picture encoder beside it."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from studio.catalog.adapters import IP_ADAPTER, encoder_of
from studio.catalog.inspect import inspect_model
from studio.core.model import Kind, ReferenceAdapter


def save_adapter(unet: Any, folder: Path) -> ReferenceAdapter:
    """One for that U-Net, of random numbers."""
    tensors, number = dict[str, torch.Tensor](), 1
    torch.manual_seed(21)
    for name in unet.attn_processors:
        if name.endswith("attn2.processor"):
            layer = unet.get_submodule(name.removesuffix(".processor"))
            for half in "kv":
                shape = layer.to_k.weight.shape
                tensors[f"ip_adapter.{number}.to_{half}_ip.weight"] = torch.randn(shape)
            number += 2
    width = unet.config.cross_attention_dim
    tensors |= {
        "image_proj.proj.weight": torch.randn(4 * width, 24),
        "image_proj.proj.bias": torch.randn(4 * width),
        "image_proj.norm.weight": torch.ones(width),
        "image_proj.norm.bias": torch.zeros(width),
    }
    save_file(tensors, folder / "ip-adapter.safetensors")
    config = CLIPVisionConfig(
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        projection_dim=24,
        image_size=32,
        patch_size=16,
    )
    CLIPVisionModelWithProjection(config).save_pretrained(folder / "image_encoder")
    spec = inspect_model(folder / "ip-adapter.safetensors")
    assert spec.base == IP_ADAPTER and spec.kind is Kind.CONTROL
    return ReferenceAdapter(
        id=spec.id, name=spec.name, path=spec.path, encoder=str(encoder_of(Path(spec.path)) or "")
    )
