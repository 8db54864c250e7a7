"""Pipelines of the shelf's picture models: the real classes, tiny parts, the schedulers of their makers."""

from pathlib import Path

import torch
from diffusers import (
    AutoencoderKLQwenImage21,
    ChromaPipeline,
    ChromaTransformer2DModel,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
    LongCatImagePipeline,
    LongCatImageTransformer2DModel,
    PixArtSigmaPipeline,
    PNDMScheduler,
    QwenImage21Pipeline,
    QwenImage21Transformer2DModel,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
    SanaSprintPipeline,
    SanaTransformer2DModel,
    SCMScheduler,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    ZImagePipeline,
    ZImageTransformer2DModel,
)
from transformers import Qwen2VLProcessor, Qwen3VLProcessor

from tests import zoo
from tests.zoo import parts, words

_DIFFUSION = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "steps_offset": 1}


def flux2_klein(folder: Path) -> Path:
    """Reads three layers of its encoder, the last of them the 27th."""
    tokenizer = words.qwen_tokenizer()
    encoder = parts.qwen3_encoder(tokenizer, layers=28, width=16)
    torch.manual_seed(21)
    denoiser = Flux2Transformer2DModel(
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=3 * 16,
        timestep_guidance_channels=16,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=False,
    )
    Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=parts.flux2_autoencoder(),
        text_encoder=encoder,
        tokenizer=tokenizer,
        transformer=denoiser.eval(),
        is_distilled=True,
    ).save_pretrained(folder)
    return folder


def z_image(folder: Path, *, shift: float = 3.0) -> Path:
    tokenizer = words.qwen_tokenizer()
    encoder = parts.qwen3_encoder(tokenizer)
    torch.manual_seed(22)
    denoiser = ZImageTransformer2DModel(
        in_channels=4,
        dim=32,
        n_layers=1,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=parts.WIDTH,
        axes_dims=[4, 4, 8],
        axes_lens=[1024, 64, 64],
    )
    for name in ("x_pad_token", "cap_pad_token"):  # left as memory was
        getattr(denoiser, name).data.normal_()
    ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=shift),
        vae=zoo.vae(shift_factor=0.1159, scaling_factor=0.3611),
        text_encoder=encoder,
        tokenizer=tokenizer,
        transformer=denoiser.eval(),
    ).save_pretrained(folder)
    return folder


def sana_sprint(folder: Path) -> Path:
    """Its pictures are never smaller than one megapixel while they are made, 32 times as large as latents."""
    tokenizer = words.gemma_tokenizer()
    torch.manual_seed(23)
    denoiser = SanaTransformer2DModel(
        in_channels=8,
        out_channels=8,
        num_layers=1,
        num_attention_heads=2,
        attention_head_dim=16,
        num_cross_attention_heads=2,
        cross_attention_head_dim=16,
        cross_attention_dim=32,
        caption_channels=parts.WIDTH,
        guidance_embeds=True,
        qk_norm="rms_norm_across_heads",
        timestep_scale=1000.0,
    )
    SanaSprintPipeline(
        tokenizer=tokenizer,
        text_encoder=parts.gemma2_encoder(tokenizer),
        vae=parts.deep_autoencoder(),
        transformer=denoiser.eval(),
        scheduler=SCMScheduler(),
    ).save_pretrained(folder)
    return folder


def stable_diffusion_xl(folder: Path) -> Path:
    return zoo.stable_diffusion_xl(folder, EulerDiscreteScheduler(timestep_spacing="leading", **_DIFFUSION))


def sdxl_turbo(folder: Path) -> Path:
    scheduler = EulerAncestralDiscreteScheduler(timestep_spacing="trailing", **_DIFFUSION)
    return zoo.stable_diffusion_xl(folder, scheduler)


def stable_diffusion(folder: Path) -> Path:
    scheduler = PNDMScheduler(skip_prk_steps=True, set_alpha_to_one=False, **_DIFFUSION)
    return zoo.stable_diffusion(folder, scheduler)


def stable_diffusion_3(folder: Path) -> Path:
    """Three readers: two CLIP models with projections, and a T5."""
    clip, t5 = zoo.clip_tokenizer(), zoo.t5_tokenizer()
    torch.manual_seed(24)
    denoiser = SD3Transformer2DModel(
        sample_size=16,
        patch_size=2,
        in_channels=4,
        out_channels=4,
        num_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=96,
        caption_projection_dim=32,
        pooled_projection_dim=64,
        pos_embed_max_size=32,
        dual_attention_layers=(0,),
        qk_norm="rms_norm",
    )
    StableDiffusion3Pipeline(
        transformer=denoiser.eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=zoo.vae(
            use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.0609, scaling_factor=1.5305
        ),
        text_encoder=zoo.clip_encoder(clip, projection=True),
        tokenizer=clip,
        text_encoder_2=zoo.clip_encoder(clip, projection=True),
        tokenizer_2=clip,
        text_encoder_3=zoo.t5_encoder(t5, width=96),
        tokenizer_3=t5,
    ).save_pretrained(folder)
    return folder


def qwen_image(folder: Path) -> Path:
    tokenizer = words.qwen_tokenizer()
    QwenImagePipeline(
        scheduler=qwen_scheduler(),
        vae=parts.qwen_autoencoder(),
        text_encoder=parts.qwen2_5_vl(tokenizer),
        tokenizer=tokenizer,
        transformer=qwen_denoiser(),
    ).save_pretrained(folder)
    return folder


def qwen_denoiser() -> QwenImageTransformer2DModel:
    torch.manual_seed(25)
    return QwenImageTransformer2DModel(
        in_channels=64,
        out_channels=16,
        num_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=parts.WIDTH,
        axes_dims_rope=(4, 4, 8),
    ).eval()


def qwen_scheduler() -> FlowMatchEulerDiscreteScheduler:
    return FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True,
        time_shift_type="exponential",
        base_shift=0.5,
        max_shift=0.9,
        max_image_seq_len=8192,
        shift_terminal=0.02,
    )


def qwen_image_21(folder: Path) -> Path:
    """Four channels of colour, and a processor that reads words and pictures alike."""
    tokenizer = words.qwen_tokenizer()
    torch.manual_seed(26)
    denoiser = QwenImage21Transformer2DModel(
        in_channels=64,
        out_channels=64,
        num_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        context_in_dim=parts.WIDTH,
        axes_dims_rope=(4, 4, 8),
    )
    autoencoder = AutoencoderKLQwenImage21(base_dim=8, decoder_base_dim=8, num_res_blocks=1)
    QwenImage21Pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=autoencoder.eval(),
        text_encoder=parts.qwen3_vl(tokenizer),
        processor=parts.seeing_processor(Qwen3VLProcessor, tokenizer, patch_size=16),
        transformer=denoiser.eval(),
    ).save_pretrained(folder)
    return folder


def longcat_image(folder: Path, made: type[LongCatImagePipeline] = LongCatImagePipeline) -> Path:
    tokenizer = words.qwen_tokenizer()
    encoder = parts.qwen2_5_vl(tokenizer)
    torch.manual_seed(27)
    denoiser = LongCatImageTransformer2DModel(
        in_channels=64,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=parts.WIDTH,
        pooled_projection_dim=parts.WIDTH,
        axes_dims_rope=[4, 4, 8],
    )
    made(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=zoo.vae(channels=16, use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1159),
        text_encoder=encoder,
        tokenizer=tokenizer,
        text_processor=parts.seeing_processor(Qwen2VLProcessor, tokenizer),
        transformer=denoiser.eval(),
    ).save_pretrained(folder)
    return folder


def chroma(folder: Path) -> Path:
    t5 = zoo.t5_tokenizer()
    torch.manual_seed(28)
    denoiser = ChromaTransformer2DModel(
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        axes_dims_rope=(4, 4, 8),
        approximator_num_channels=8,
        approximator_hidden_dim=32,
        approximator_layers=1,
    )
    ChromaPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=zoo.vae(use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1159),
        text_encoder=zoo.t5_encoder(t5),
        tokenizer=t5,
        transformer=denoiser.eval(),
    ).save_pretrained(folder)
    return folder


def pixart_sigma(folder: Path) -> Path:
    return zoo.pixart(folder, PixArtSigmaPipeline)
