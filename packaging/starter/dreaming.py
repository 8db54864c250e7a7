"""What the finished denoiser makes of captions: latents from noise alone, each with its scene.

The decoder is sharpened on them, as they are what it will be given; no drawn picture belongs to them, only
drawn pictures of the same scenes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import denoiser
import prompt
import torch
from autoencoder import LATENTS, PATCH, SIZE
from caption import caption
from checkpoint import averaged
from denoiser import GUIDANCE, STEPS
from diffusers import DPMSolverMultistepScheduler, UNet2DConditionModel
from pictures import lottery, pixels
from precision import autocast
from safetensors.torch import load_file, save_file
from scene import Scene, sample
from torch.utils.data import IterableDataset

BATCH = 16
SIDE = SIZE // PATCH
FILE = "dreams.safetensors"


def ordered(seed: int, number: int) -> tuple[Scene, str]:
    """The scene of a dream and its caption."""
    rng = random.Random(f"dream/{seed}/{number}")
    scene = sample(rng)
    return scene, caption(scene, rng).text


def dreamt(work: Path) -> torch.Tensor:
    """What there is so far, (n, 16, 16, 16)."""
    file = work / FILE
    return load_file(file)["latents"] if file.exists() else torch.empty(0, LATENTS, SIDE, SIDE)


def dream(work: Path, device: torch.device, count: int, seed: int) -> None:
    """Fill `work`'s file of dreams up to `count`, in batches, each of which is kept at once.

    What an earlier state of the denoiser dreamt is kept too; without the file all is dreamt anew.
    """
    kept = dreamt(work)
    if len(kept) >= count:
        return
    tokenizer, text_encoder = prompt.trained(work)
    text_encoder = text_encoder.to(device).eval()
    unet = denoiser.build().to(device).eval()
    unet.load_state_dict(averaged("denoiser", work))
    while len(kept) < count:
        texts = [ordered(seed, number)[1] for number in range(len(kept), min(count, len(kept) + BATCH))]
        lot = torch.Generator().manual_seed(seed + len(kept))
        noise = torch.randn(len(texts), LATENTS, SIDE, SIDE, generator=lot).to(device)
        with torch.no_grad(), autocast(device):
            words = text_encoder(
                prompt.encode(tokenizer, texts + [""] * len(texts), device)
            ).last_hidden_state
            new = _denoise(unet, noise, words)
        kept = torch.cat((kept, new.cpu()))
        save_file({"latents": kept}, work / f"{FILE}.new")
        (work / f"{FILE}.new").replace(work / FILE)


def _denoise(unet: UNet2DConditionModel, latents: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
    """From noise to latents; `words` holds the captions' meanings, then as many of no caption's."""
    solver = DPMSolverMultistepScheduler.from_config(denoiser.schedule().config)
    solver.set_timesteps(STEPS, device=latents.device)
    for t in solver.timesteps:
        wished, unasked = unet(torch.cat((latents, latents)), t, words).sample.float().chunk(2)
        velocity = unasked + GUIDANCE * (wished - unasked)
        latents = solver.step(velocity, t, latents, return_dict=False)[0]
    return latents


class Dreams(IterableDataset[tuple[torch.Tensor, torch.Tensor]]):
    """Batches of dreamt latents in one style, each with a drawn picture of the scene that was asked for."""

    def __init__(self, work: Path, batch: int, seed: int, lot: int) -> None:
        """`seed` is the one they were dreamt with; `lot` chooses among them."""
        self.latents = dreamt(work)
        self.scenes = [ordered(seed, number)[0] for number in range(len(self.latents))]
        self.batch, self.lot = batch, lot

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        rng = lottery(self.lot)
        while True:
            style = rng.choice(self.scenes).style
            alike = [number for number, scene in enumerate(self.scenes) if scene.style == style]
            numbers = rng.choices(alike, k=self.batch)
            drawn = [pixels(self.scenes[number], rng, SIZE, SIZE) for number in numbers]
            yield self.latents[numbers], torch.stack(drawn)
