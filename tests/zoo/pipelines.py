"""The pipelines that most tests are made with: Stable Diffusion and its kin, Flux, PixArt."""

from pathlib import Path

import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    LatentConsistencyModelPipeline,
    LCMScheduler,
    PixArtAlphaPipeline,
    PixArtSigmaPipeline,
    PixArtTransformer2DModel,
    SchedulerMixin,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
)

from tests.zoo.parts import clip_encoder, t5_encoder, unet, vae
from tests.zoo.words import clip_tokenizer, t5_tokenizer


def stable_diffusion(folder: Path, scheduler: SchedulerMixin | None = None, *, width: int = 32) -> Path:
    own = DDIMScheduler(steps_offset=1, clip_sample=False, beta_schedule="scaled_linear")
    tokenizer = clip_tokenizer()
    StableDiffusionPipeline(
        vae=vae(),
        text_encoder=clip_encoder(tokenizer, width=width),
        tokenizer=tokenizer,
        unet=unet(width),
        scheduler=scheduler or own,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)
    return folder


def stable_diffusion_xl(
    folder: Path, scheduler: SchedulerMixin | None = None, *, widths: tuple[int, int] = (32, 32)
) -> Path:
    own = EulerDiscreteScheduler(steps_offset=1, beta_schedule="scaled_linear")
    tokenizer = clip_tokenizer()
    denoiser = unet(
        sum(widths),
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=80,
    )
    StableDiffusionXLPipeline(
        vae=vae(),
        text_encoder=clip_encoder(tokenizer, width=widths[0]),
        text_encoder_2=clip_encoder(tokenizer, projection=True, width=widths[1]),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=denoiser,
        scheduler=scheduler or own,
    ).save_pretrained(folder)
    return folder


def latent_consistency(folder: Path) -> Path:
    """Guidance is an embedding of its own U-Net."""
    tokenizer = clip_tokenizer()
    LatentConsistencyModelPipeline(
        vae=vae(),
        text_encoder=clip_encoder(tokenizer),
        tokenizer=tokenizer,
        unet=unet(time_cond_proj_dim=32),
        scheduler=LCMScheduler(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)
    return folder


def flux(folder: Path, *, guided: bool = True) -> Path:
    """Flow matching, packed latents; `guided` as Flux dev (an embedding), else as schnell."""
    clip, t5 = clip_tokenizer(), t5_tokenizer()
    torch.manual_seed(5)
    denoiser = FluxTransformer2DModel(
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        axes_dims_rope=(4, 4, 8),
        guidance_embeds=guided,
    ).eval()
    FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=vae(use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1),
        text_encoder=clip_encoder(clip),
        tokenizer=clip,
        text_encoder_2=t5_encoder(t5),
        tokenizer_2=t5,
        transformer=denoiser,
    ).save_pretrained(folder)
    return folder


def pixart(folder: Path, made: type[PixArtAlphaPipeline | PixArtSigmaPipeline] = PixArtAlphaPipeline) -> Path:
    """Only the old `callback`, and sizes fitted to its own list of shapes unless told otherwise."""
    tokenizer = t5_tokenizer()
    torch.manual_seed(6)
    denoiser = PixArtTransformer2DModel(
        sample_size=32,
        num_layers=2,
        patch_size=2,
        attention_head_dim=8,
        num_attention_heads=3,
        caption_channels=32,
        in_channels=4,
        cross_attention_dim=24,
        out_channels=8,
        use_additional_conditions=False,
    ).eval()
    made(
        tokenizer=tokenizer,
        text_encoder=t5_encoder(tokenizer),
        vae=vae((8, 8, 8, 16)),
        transformer=denoiser,
        scheduler=DPMSolverMultistepScheduler(),
    ).save_pretrained(folder)
    return folder
