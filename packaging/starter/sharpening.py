"""Sharpens a trained decoder: it learns to draw crisp pictures from the latents that the denoiser makes.

Trained on exact latents alone, a decoder hesitates where it is given less exact ones, and hesitation looks
soft. Half of what it sees here are therefore pictures that were noised and denoised again; and every small
window is to hold as much edge as in the drawn picture, even where it cannot be known to the pixel. That
neighbours differ as they should is not asked for here: where an edge may be a little to the left or to the
right, this is answered best by a slope.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import denoiser
import prompt
import torch
from autoencoder import SIZE, Components, build
from checkpoint import Plan, Training, averaged, begin
from diffusers import DDIMScheduler, UNet2DConditionModel
from pictures import Postcards, loader
from precision import autocast
from torch.nn import functional

CRISPNESS = 2.0  # how much an edge that is missing counts beside colours that are wrong
DEPTH = (100, 550)  # how far of 1000 pictures are noised before they are denoised again
STEPS = 5  # in how many steps that is done
WINDOW = 8  # pixels across in which edges are measured
FAINT = 1e-4  # keeps the root's slope finite where there is no edge

Denoise = Callable[[torch.Tensor, list[str]], torch.Tensor]


def train(work: Path, device: torch.device, parts: Components, plan: Plan, batch: int, seed: int) -> None:
    """Train a copy of the autoencoder's decoder as planned; it is the one that is exported."""
    torch.manual_seed(seed)
    if not (work / "sharpening.mean.safetensors").exists():
        begin("sharpening", work, averaged("autoencoder", work))
    decoder = build().decoder.to(device, memory_format=torch.channels_last)
    training = Training("sharpening", work, decoder, plan, rate=2e-3, ema_decay=0.995)
    redraw = _redrawing(work, device)
    data = loader(Postcards(seed + training.step, batch, [(SIZE, SIZE)]), None, device)
    while training.share < 1:
        target, texts = next(data)
        target = target.to(device)
        latents = parts.encode(functional.avg_pool2d(target, 2))
        half = batch // 2
        latents = torch.cat((latents[:half], redraw(latents[half:], texts[half:])))
        with autocast(device):
            drawn = decoder(latents)
        drawn = drawn.float()
        missed = (edginess(drawn) - edginess(target)).abs().mean()
        training.advance((drawn - target).abs().mean() + CRISPNESS * missed)


def edginess(pictures: torch.Tensor) -> torch.Tensor:
    """How much edge each window holds, (n, 6, h / WINDOW, w / WINDOW), from the Laplacian of each channel.

    Its mean size, and half its root mean square, which a few clean edges raise more than many faint ones.
    """
    bends = pictures[:, :, 1:-1].diff(n=2, dim=-1) + pictures[:, :, :, 1:-1].diff(n=2, dim=-2)
    mean = functional.avg_pool2d(bends.abs(), WINDOW, ceil_mode=True)
    power = functional.avg_pool2d(bends.square(), WINDOW, ceil_mode=True)
    return torch.cat((mean, (power + FAINT).sqrt() / 2), 1)


def _redrawing(work: Path, device: torch.device) -> Denoise:
    """Noises latents to a random depth and denoises them again under their prompts."""
    tokenizer, text_encoder = prompt.trained(work)
    text_encoder = text_encoder.to(device).eval().requires_grad_(False)
    unet = denoiser.build().to(device).eval().requires_grad_(False)
    unet.load_state_dict(averaged("denoiser", work))
    scheduler = denoiser.schedule()

    @torch.no_grad()
    def redraw(latents: torch.Tensor, texts: list[str]) -> torch.Tensor:
        depth = torch.randint(*DEPTH, (len(latents),), device=device)
        times = [(depth * left / STEPS).long() for left in range(STEPS, -1, -1)]
        noisy = scheduler.add_noise(latents, torch.randn_like(latents), depth)
        with autocast(device):
            words = text_encoder(prompt.encode(tokenizer, texts, device)).last_hidden_state
            for now, then in pairwise(times):
                noisy = _step(scheduler, unet, noisy, now, then, words)
        return noisy

    return redraw


def _step(
    scheduler: DDIMScheduler,
    unet: UNet2DConditionModel,
    noisy: torch.Tensor,
    now: torch.Tensor,
    then: torch.Tensor,
    words: torch.Tensor,
) -> torch.Tensor:
    """One step of DDIM (Song et al., 2021), every picture from its own depth; all noise is gone at 0."""
    kept = scheduler.alphas_cumprod.to(noisy)
    before, after = (kept[t].view(-1, 1, 1, 1) for t in (now, then))
    after = torch.where((then == 0).view(-1, 1, 1, 1), 1.0, after)
    velocity = unet(noisy, now, words).sample.float()
    clean = before.sqrt() * noisy - (1 - before).sqrt() * velocity
    noise = before.sqrt() * velocity + (1 - before).sqrt() * noisy
    return after.sqrt() * clean + (1 - after).sqrt() * noise
