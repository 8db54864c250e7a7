"""A small but deep Flux, as caches of steps want it: most time goes into the blocks that they skip."""

from pathlib import Path

import torch
from diffusers import FluxPipeline, FluxTransformer2DModel

from tests import zoo


def deep_flux(folder: Path) -> None:
    """Random weights; all but its denoiser is that of the tests."""
    pipe = FluxPipeline.from_pretrained(zoo.flux(folder / "small"), local_files_only=True)
    torch.manual_seed(8)
    pipe.register_modules(
        transformer=FluxTransformer2DModel(
            in_channels=16,
            num_layers=2,
            num_single_layers=10,
            attention_head_dim=32,
            num_attention_heads=4,
            joint_attention_dim=32,
            pooled_projection_dim=32,
            axes_dims_rope=(8, 12, 12),
            guidance_embeds=True,
        ).eval()
    )
    pipe.save_pretrained(folder / "deep")
