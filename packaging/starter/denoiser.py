"""The denoiser: a small UNet over the autoencoder's latents, told by the text encoder what to draw."""

from __future__ import annotations

from pathlib import Path

import prompt
import torch
from autoencoder import HALF, LATENTS, PATCH, SIZE, Components
from checkpoint import Plan, Training
from diffusers import DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from pictures import Postcards, loader
from precision import autocast
from torch.nn import functional
from transformers import CLIPTextModel, CLIPTokenizer

# Half of 256 by 256 and of what the studio makes of 3:2 and 16:9: the encoder sees pictures halved.
WIDE = ((160, 104), (168, 96))
SHAPES = ((HALF, HALF),) * 6 + WIDE + tuple((height, width) for width, height in WIDE)
STEPS = 20  # these two are what a person gets who changes nothing
GUIDANCE = 2.5
EVEN = 0.25  # the share of timesteps that are evenly spread


def build() -> UNet2DConditionModel:
    """Attention only where the map is 8 by 8: at 16 by 16 it costs a third of the time on a CPU."""
    return UNet2DConditionModel(
        sample_size=SIZE // PATCH,
        in_channels=LATENTS,
        out_channels=LATENTS,
        block_out_channels=(96, 192),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=prompt.WIDTH,
        attention_head_dim=4,
        norm_num_groups=16,
    )


def schedule() -> DDIMScheduler:
    """Cosine noise (Nichol and Dhariwal, 2021), down to pure noise; the UNet predicts the velocity v."""
    return DDIMScheduler(
        num_train_timesteps=1000,
        beta_schedule="squaredcos_cap_v2",
        prediction_type="v_prediction",
        timestep_spacing="trailing",
        clip_sample=False,
        steps_offset=1,
        set_alpha_to_one=True,
    )


def _times(count: int, device: torch.device) -> torch.Tensor:
    lots = torch.rand(2, count, device=device)
    even = torch.rand(count, device=device) < EVEN
    return torch.where(even, lots[0], lots.mean(0))


def train(
    work: Path,
    device: torch.device,
    tokenizer: CLIPTokenizer,
    text_encoder: CLIPTextModel,
    components: Components,
    plan: Plan,
    batch: int,
    seed: int,
) -> None:
    """Train on fresh pictures to the end of the plan. The text encoder is done and stays as it is.

    Timesteps crowd around 500 of 1000, where things take shape (the mean of two uniforms); a few are evenly
    spread, for near 1000 it is decided what the pictures of one prompt do not have in common.
    """
    torch.manual_seed(seed)
    unet = build().to(device)
    unet.set_attn_processor(AttnProcessor())  # on CPU the fused kernel's backward pass is four times slower
    scheduler = schedule()
    text_encoder = text_encoder.to(device).eval().requires_grad_(False)
    training = Training("denoiser", work, unet, plan, rate=6e-4, ema_decay=0.998)
    torch.manual_seed(seed + training.step)
    data = loader(Postcards(seed + training.step, batch, SHAPES), None, device)
    while training.share < 1:
        drawn, texts = next(data)
        with torch.no_grad(), autocast(device):
            words = text_encoder(prompt.encode(tokenizer, list(texts), device)).last_hidden_state
        latents = components.encode(drawn.to(device))
        noise = torch.randn_like(latents)
        t = (1000 * _times(len(latents), device)).long()
        with autocast(device):
            guess = unet(scheduler.add_noise(latents, noise, t), t, words).sample
        training.advance(functional.mse_loss(guess.float(), scheduler.get_velocity(latents, noise, t)))
