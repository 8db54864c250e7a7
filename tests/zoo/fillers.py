"""Pipelines whose denoisers see what they fill, tiny, and one as what fills with its parts wants it."""

from pathlib import Path

import torch
from diffusers import (
    FluxFillPipeline,
    FluxPipeline,
    FluxTransformer2DModel,
    KandinskyV22CombinedPipeline,
    KandinskyV22InpaintCombinedPipeline,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)

from tests import zoo
from tests.zoo import pictures, unusual

SEEN = 9  # channels: latents, the picture's, and its mask


def stable_diffusion_inpaint(folder: Path) -> Path:
    zoo.stable_diffusion(folder)
    given = StableDiffusionPipeline.from_pretrained(folder, local_files_only=True).components
    StableDiffusionInpaintPipeline(
        **given | {"unet": zoo.unet(in_channels=SEEN)}, requires_safety_checker=False
    ).save_pretrained(folder)
    return folder


def flux_fill(folder: Path) -> Path:
    """Packed by 2 × 2: latents of 4 channels, as many of the picture, and the places of the mask in them."""
    zoo.flux(folder)
    given = FluxPipeline.from_pretrained(folder, local_files_only=True).components
    given.pop("image_encoder"), given.pop("feature_extractor")
    factor = 2 ** (len(given["vae"].config.block_out_channels) - 1)
    torch.manual_seed(51)
    denoiser = FluxTransformer2DModel(
        in_channels=2 * 16 + 4 * factor**2,
        out_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        axes_dims_rope=(4, 4, 8),
        guidance_embeds=True,
    )
    FluxFillPipeline(**given | {"transformer": denoiser.eval()}).save_pretrained(folder)
    return folder


def kandinsky22_inpaint(folder: Path) -> Path:
    unusual.kandinsky22(folder)
    given = KandinskyV22CombinedPipeline.from_pretrained(folder, local_files_only=True).components
    torch.manual_seed(52)
    denoiser = UNet2DConditionModel.from_config(given["unet"].config, in_channels=SEEN)
    KandinskyV22InpaintCombinedPipeline(**given | {"unet": denoiser.eval()}).save_pretrained(folder)
    return folder


def stable_diffusion_3(folder: Path) -> Path:
    """With as many channels as its makers gave it, which what fills with its parts counts."""
    pictures.stable_diffusion_3(folder)
    given = StableDiffusion3Pipeline.from_pretrained(folder, local_files_only=True).components
    torch.manual_seed(53)
    denoiser = SD3Transformer2DModel.from_config(given["transformer"].config, in_channels=16, out_channels=16)
    autoencoder = zoo.vae(
        channels=16,
        use_quant_conv=False,
        use_post_quant_conv=False,
        shift_factor=0.0609,
        scaling_factor=1.5305,
    )
    StableDiffusion3Pipeline(**given | {"transformer": denoiser.eval(), "vae": autoencoder}).save_pretrained(
        folder
    )
    return folder
