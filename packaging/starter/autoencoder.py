"""The autoencoder: an encoder set by closed form to the principal components of 8 by 8 patches of the picture
at half size, and a decoder trained to draw the whole picture, sharply, from them.

The latents are known before anything is trained, so decoder and denoiser can be trained side by side, and
the encoder costs no training at all. They are smooth in space and ordered by importance, which suits a small
denoiser; what the components lose, the decoder has to know. That the encoder looks at half the size makes
pictures of 256 pixels as cheap to learn, for the denoiser, as pictures of 128.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from checkpoint import Plan, Training
from diffusers import AutoencoderKL
from pictures import Postcards, loader, pixels
from precision import autocast
from safetensors.torch import load_file, save_file
from scene import sample
from torch.nn import functional

WIDTHS = (16, 16, 32, 64, 96)
LATENTS = 16
SIZE = 256
PATCH = 2 ** (len(WIDTHS) - 1)  # pixels across that one latent stands for
HALF = SIZE // 2  # what the encoder sees, and so what the denoiser's pictures are drawn at
STEADY = 100.0  # a constant channel this strong makes the encoder's last group norm a fixed scale
LINEAR = 16.0  # SiLU(x + 16) is x + 16 for every latent there is (they stay within 10)


def build() -> AutoencoderKL:
    """One group in every norm: with several, a picture's flat colours are normalised away."""
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        latent_channels=LATENTS,
        block_out_channels=WIDTHS,
        down_block_types=("DownEncoderBlock2D",) * len(WIDTHS),
        up_block_types=("UpDecoderBlock2D",) * len(WIDTHS),
        layers_per_block=1,
        norm_num_groups=1,
        mid_block_add_attention=False,
        use_quant_conv=False,
        use_post_quant_conv=False,
        sample_size=SIZE,
        scaling_factor=1.0,
    )


def fold(maps: np.ndarray) -> np.ndarray:
    """Space to depth by two: (n, h, w, c) to (n, h/2, w/2, 4c), in the order (channel, row, column)."""
    n, h, w, c = maps.shape
    split = maps.reshape(n, h // 2, 2, w // 2, 2, c)
    return split.transpose(0, 1, 3, 5, 2, 4).reshape(n, h // 2, w // 2, 4 * c)


def components(maps: np.ndarray, keep: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Principal directions (keep, c), their standard deviations, and the mean of (n, h, w, c) features."""
    flat = maps.reshape(-1, maps.shape[-1]).astype(np.float64)
    mean = flat.mean(0)
    values, vectors = np.linalg.eigh(np.cov((flat - mean).T))
    return np.ascontiguousarray(vectors[:, ::-1][:, :keep].T), np.sqrt(values[::-1][:keep]), mean


class Components(NamedTuple):
    """The closed-form encoder: principal components of 4 by 4 patches at half size, then of two by two
    of those."""

    first: np.ndarray
    second: np.ndarray
    mean: torch.Tensor

    @classmethod
    def fit(cls, seed: int) -> Components:
        """Fit on 1,500 drawn pictures.

        A component's scale is the square root of its standard deviation: between whitening, which would
        spend a denoiser on dust, and pixels, which would drown all detail; overall the latents have unit
        variance.
        """
        rng = random.Random(seed)
        drawn = torch.stack([pixels(sample(rng), rng, HALF, HALF) for _ in range(1500)])
        quarter = fold(fold(drawn.permute(0, 2, 3, 1).numpy()))
        first, _, _ = components(quarter, WIDTHS[2])
        second, spread, mean = components(fold(quarter @ first.T), LATENTS)
        second = second / np.sqrt(spread * spread.mean())[:, None]
        return cls(first, second, torch.from_numpy(second @ mean).float())

    def save(self, work: Path) -> None:
        parts = {
            "first": torch.from_numpy(self.first),
            "second": torch.from_numpy(self.second),
            "mean": self.mean,
        }
        save_file(parts, work / "components.safetensors")

    @classmethod
    def load(cls, work: Path) -> Components:
        parts = load_file(work / "components.safetensors")
        return cls(parts["first"].numpy(), parts["second"].numpy(), parts["mean"])

    def encode(self, halves: torch.Tensor) -> torch.Tensor:
        """Latents (n, 16, h/8, w/8) of pictures at half size, as the encoder gives them: one convolution."""
        unit = fold(fold(np.eye(192).reshape(192, 3, 8, 8).transpose(0, 2, 3, 1)))
        kernel = (fold(unit @ self.first.T) @ self.second.T).reshape(3, 8, 8, LATENTS)
        weight = torch.from_numpy(kernel).permute(3, 0, 1, 2).to(halves)
        return functional.conv2d(halves, weight, -self.mean.to(halves), stride=8)


@torch.no_grad()
def set_encoder(vae: AutoencoderKL, parts: Components) -> None:
    """Write the components into the encoder's convolutions; every residual branch is silenced."""
    encoder = vae.encoder
    for parameter in encoder.parameters():
        parameter.zero_()
    for i in range(3):
        encoder.conv_in.weight[i, i, 1, 1] = 1
    _write_fold(encoder.down_blocks[0].downsamplers[0].conv.weight, np.kron(np.eye(3), np.full((1, 4), 0.25)))
    _write_fold(encoder.down_blocks[1].downsamplers[0].conv.weight, np.eye(12))
    for block in (2, 3):  # the one before keeps its width and has no such convolution
        shortcut = encoder.down_blocks[block].resnets[0].conv_shortcut.weight
        shortcut[:, :, 0, 0] = torch.eye(*shortcut.shape[:2])
    _write_fold(encoder.down_blocks[2].downsamplers[0].conv.weight, parts.first)
    _write_fold(encoder.down_blocks[3].downsamplers[0].conv.weight, parts.second)
    _write_ending(vae, parts.mean)


def _write_fold(weight: torch.Tensor, matrix: np.ndarray) -> None:
    """Put a matrix over folded features into a stride-2 convolution, which pads right and below."""
    rows, columns = matrix.shape
    weight[:rows, : columns // 4, :2, :2] = torch.from_numpy(matrix).float().view(rows, columns // 4, 2, 2)


def _write_ending(vae: AutoencoderKL, mean: torch.Tensor) -> None:
    """Carry the components through the last group norm and SiLU.

    Each goes in twice, with both signs, beside two strong constant channels: the norm's mean is then zero,
    its deviation fixed, and the SiLU's bend cancels in the difference that the last convolution takes.
    """
    encoder, width = vae.encoder, WIDTHS[-1]
    shortcut = encoder.down_blocks[4].resnets[0].conv_shortcut
    identity = torch.eye(LATENTS)
    shortcut.weight[:LATENTS, :LATENTS, 0, 0] = identity
    shortcut.weight[LATENTS : 2 * LATENTS, :LATENTS, 0, 0] = -identity
    shortcut.bias[:LATENTS] = -mean
    shortcut.bias[LATENTS : 2 * LATENTS] = mean
    shortcut.bias[-2:] = torch.tensor([STEADY, -STEADY])
    norm, out = encoder.conv_norm_out, encoder.conv_out
    norm.weight[: 2 * LATENTS] = STEADY * (2 / width) ** 0.5
    norm.bias[: 2 * LATENTS] = LINEAR
    out.weight[:LATENTS, :LATENTS, 1, 1] = 0.5 * identity
    out.weight[:LATENTS, LATENTS : 2 * LATENTS, 1, 1] = -0.5 * identity
    out.bias[LATENTS:] = -30.0  # log variance: the encoder is certain


def loss(drawn: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of pixels and of their neighbours' differences, which asks for clean edges."""
    error = drawn - target
    edges = error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
    return error.abs().mean() + 0.5 * edges


def train(work: Path, device: torch.device, parts: Components, plan: Plan, batch: int, seed: int) -> None:
    """Train the decoder on fresh pictures as planned; a little noise on the latents makes it forgiving."""
    torch.manual_seed(seed)
    decoder = build().decoder.to(device, memory_format=torch.channels_last)
    training = Training("autoencoder", work, decoder, plan, rate=2e-3, ema_decay=0.998)
    data = loader(Postcards(seed + training.step, batch, [(SIZE, SIZE)]), None, device)
    while training.share < 1:
        target = next(data)[0].to(device)
        latents = parts.encode(functional.avg_pool2d(target, 2))
        latents += 0.1 * torch.rand(len(latents), 1, 1, 1, device=device) * torch.randn_like(latents)
        with autocast(device):
            drawn = decoder(latents)
        training.advance(loss(drawn.float(), target))
