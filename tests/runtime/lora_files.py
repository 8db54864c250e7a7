"""Tiny LoRAs for the pipelines of `tests/zoo`, in the layouts that trainers write."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

RANK = 2
# Attention alone, as most trainers take it.
LAYERS = ("to_q", "to_k", "to_v", "to_out.0")

Pairs = dict[str, tuple[torch.Tensor, torch.Tensor]]


def pairs(model: nn.Module, seed: int = 1, strength: float = 1.0) -> Pairs:
    """Down and up for each attention layer, by its name in diffusers."""
    torch.manual_seed(seed)
    return {
        name: (torch.randn(RANK, layer.in_features), torch.randn(layer.out_features, RANK) * strength)
        for name, layer in model.named_modules()
        if isinstance(layer, nn.Linear) and name.endswith(LAYERS)
    }


def diffusers_file(path: Path, made: Pairs, part: str = "unet", **notes: str) -> Path:
    tensors = dict[str, torch.Tensor]()
    for name, (down, up) in made.items():
        tensors[f"{part}.{name}.lora_A.weight"] = down
        tensors[f"{part}.{name}.lora_B.weight"] = up
    return _saved(path, tensors, **notes)


def kohya_file(path: Path, made: Pairs, alpha: float = RANK, start: str = "lora_unet", **notes: str) -> Path:
    tensors = dict[str, torch.Tensor]()
    for name, (down, up) in made.items():
        flat = f"{start}_{name.replace('.', '_')}"
        tensors[f"{flat}.lora_down.weight"] = down
        tensors[f"{flat}.lora_up.weight"] = up
        tensors[f"{flat}.alpha"] = torch.tensor(float(alpha))
    return _saved(path, tensors, **notes)


def peft_folder(folder: Path, made: Pairs, alpha: float = RANK) -> Path:
    folder.mkdir()
    tensors = dict[str, torch.Tensor]()
    for name, (down, up) in made.items():
        tensors[f"base_model.model.{name}.lora_A.weight"] = down
        tensors[f"base_model.model.{name}.lora_B.weight"] = up
    config: dict[str, Any] = {
        "peft_type": "LORA",
        "r": RANK,
        "lora_alpha": alpha,
        "target_modules": ["to_q", "to_k", "to_v", "to_out.0"],
        "base_model_name_or_path": "",
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    _saved(folder / "adapter_model.safetensors", tensors)
    return folder


def _saved(path: Path, tensors: dict[str, torch.Tensor], **notes: str) -> Path:
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, notes or None)
    return path
