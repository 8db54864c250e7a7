"""Lets training go on from a shipped model, when the checkpoints that made it are gone.

A shipped folder holds all that counts, in half precision: the components stand in the encoder's
convolutions, and the averaged weights are the model. What is lost is the optimisers' memory, which a few
hundred updates restore, and the answers of the text encoder's own training, so that this phase is closed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from autoencoder import LATENTS, Components
from checkpoint import begin
from safetensors.torch import load_file
from transformers import CLIPTokenizer


def unpack(folder: Path, work: Path) -> None:
    """Fill an empty `work` with what a shipped `folder` knows; leaves a work folder that has begun alone."""
    if (work / "components.safetensors").exists():
        return
    vae = _weights(folder / "vae" / "diffusion_pytorch_model.safetensors")
    begin("autoencoder", work, _under("decoder.", vae))
    begin("denoiser", work, _weights(folder / "unet" / "diffusion_pytorch_model.safetensors"))
    reader = _weights(folder / "text_encoder" / "model.safetensors")
    begin("prompt", work, {f"text_encoder.{name}": value for name, value in reader.items()})
    CLIPTokenizer.from_pretrained(folder / "tokenizer").save_pretrained(work / "tokenizer")
    components(_under("encoder.", vae)).save(work)  # last: its presence says that all the rest is there


def components(encoder: dict[str, torch.Tensor]) -> Components:
    """The components as `autoencoder.set_encoder` wrote them, from the encoder's weights."""
    first = encoder["down_blocks.2.downsamplers.0.conv.weight"]
    second = encoder["down_blocks.3.downsamplers.0.conv.weight"]
    mean = -encoder["down_blocks.4.resnets.0.conv_shortcut.bias"][:LATENTS]
    return Components(_matrix(first, 12), _matrix(second[:LATENTS], len(first)), mean.contiguous())


def _matrix(weight: torch.Tensor, channels: int) -> np.ndarray:
    """Undo the writing of a matrix over folded features into a stride-2 convolution."""
    return weight[:, :channels, :2, :2].reshape(len(weight), 4 * channels).double().numpy()


def _weights(path: Path) -> dict[str, torch.Tensor]:
    return {name: value.float() for name, value in load_file(path).items()}


def _under(prefix: str, weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
