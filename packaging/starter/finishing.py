"""Teaches a trained decoder to draw cleanly from what the denoiser gives it: softer latents than real ones.

Half of each batch are a picture's own latents with a little noise, as in the decoder's first training; the
other half are the denoiser's guesses of them from a quarter-way of noise, with all its usual mistakes.
"""

from __future__ import annotations

from pathlib import Path

import autoencoder
import denoiser
import prompt
import torch
from checkpoint import Plan, Training, averaged, begin
from diffusers import DDIMScheduler, UNet2DConditionModel
from pictures import Postcards, loader
from precision import autocast

NOISY = (50, 450)  # the timesteps from which the denoiser guesses


@torch.no_grad()
def guesses(
    unet: UNet2DConditionModel, scheduler: DDIMScheduler, latents: torch.Tensor, words: torch.Tensor
) -> torch.Tensor:
    """The denoiser's guesses of `latents` after noise of a random strength, by one look at each."""
    noise = torch.randn_like(latents)
    t = torch.randint(*NOISY, (len(latents),), device=latents.device)
    noisy = scheduler.add_noise(latents, noise, t)
    kept = scheduler.alphas_cumprod.to(latents)[t].view(-1, 1, 1, 1)
    return kept.sqrt() * noisy - (1 - kept).sqrt() * unet(noisy, t, words).sample  # from the velocity


def train(work: Path, device: torch.device, plan: Plan, batch: int, seed: int) -> None:
    """Go on with the decoder in `work`, as planned, at a gentle rate; at the end it takes its old place."""
    torch.manual_seed(seed)
    parts, scheduler = autoencoder.Components.load(work), denoiser.schedule()
    tokenizer, text_encoder = prompt.trained(work)
    text_encoder = text_encoder.to(device).eval()
    unet = denoiser.build().to(device).eval()
    unet.load_state_dict(averaged("denoiser", work))
    decoder = autoencoder.build().decoder.to(device)
    if not (work / "finishing.mean.safetensors").exists():
        begin("finishing", work, averaged("autoencoder", work))
    training = Training("finishing", work, decoder, plan, rate=6e-4, decay=0.998)
    data = loader(Postcards(seed + training.step, 128), batch, device)
    while training.share < 1:
        drawn, texts = next(data)
        target = drawn.to(device)
        latents = parts.encode(target)
        half = len(latents) // 2
        with torch.no_grad(), autocast(device):
            words = text_encoder(prompt.encode(tokenizer, list(texts[half:]), device)).last_hidden_state
            guessed = guesses(unet, scheduler, latents[half:], words).float()
        latents = torch.cat((autoencoder.roughened(latents[:half]), guessed))
        with autocast(device):
            shown = decoder(latents)
        training.advance(autoencoder.loss(shown.float(), target))
    begin("autoencoder", work, averaged("finishing", work))
