"""More pipelines of the real classes at tiny sizes, each of another family, saved as folders on disk."""

from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderDC,
    AutoencoderKLFlux2,
    AutoencoderKLQwenImage,
    DPMSolverMultistepScheduler,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
    LatentConsistencyModelPipeline,
    LCMScheduler,
    Lumina2Pipeline,
    Lumina2Transformer2DModel,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
    SanaPipeline,
    SanaTransformer2DModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    ZImagePipeline,
    ZImageTransformer2DModel,
)
from transformers import (
    Gemma2Config,
    Gemma2Model,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3Model,
)

from tests import zoo


def stable_diffusion_3(folder: Path) -> Path:
    clip, t5 = zoo.clip_tokenizer(), zoo.t5_tokenizer()
    torch.manual_seed(11)
    denoiser = SD3Transformer2DModel(
        sample_size=32,
        patch_size=1,
        in_channels=4,
        num_layers=1,
        attention_head_dim=8,
        num_attention_heads=4,
        joint_attention_dim=32,
        caption_projection_dim=32,
        pooled_projection_dim=64,
        out_channels=4,
        pos_embed_max_size=32,
    ).eval()
    StableDiffusion3Pipeline(
        transformer=denoiser,
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=zoo.vae(use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.06),
        text_encoder=zoo.clip_encoder(clip, projection=True),
        tokenizer=clip,
        text_encoder_2=zoo.clip_encoder(clip, projection=True),
        tokenizer_2=clip,
        text_encoder_3=zoo.t5_encoder(t5),
        tokenizer_3=t5,
    ).save_pretrained(folder)
    return folder


def latent_consistency(folder: Path) -> Path:
    tokenizer = zoo.clip_tokenizer()
    LatentConsistencyModelPipeline(
        vae=zoo.vae(),
        text_encoder=zoo.clip_encoder(tokenizer),
        tokenizer=tokenizer,
        unet=zoo.unet(time_cond_proj_dim=32),
        scheduler=LCMScheduler(beta_schedule="scaled_linear"),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)
    return folder


def flux_2_klein(folder: Path) -> Path:
    """Looks at any number of pictures; its latents are patches, scaled by a batch norm."""
    torch.manual_seed(12)
    denoiser = Flux2Transformer2DModel(
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=48,
        timestep_guidance_channels=16,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=False,
    ).eval()
    autoencoder = AutoencoderKLFlux2(
        block_out_channels=(8, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        latent_channels=4,
        norm_num_groups=4,
        layers_per_block=1,
        sample_size=64,
    ).eval()
    autoencoder.bn.running_mean.uniform_(-0.5, 0.5)
    autoencoder.bn.running_var.uniform_(0.5, 2.0)
    Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=autoencoder,
        text_encoder=Qwen3ForCausalLM(_qwen_3(layers=28)).eval(),
        tokenizer=zoo.text_tokenizer(),
        transformer=denoiser,
    ).save_pretrained(folder)
    return folder


def qwen_image(folder: Path) -> Path:
    """An autoencoder made for films, whose channels have a mean and a deviation each."""
    torch.manual_seed(13)
    denoiser = QwenImageTransformer2DModel(
        in_channels=16,
        out_channels=4,
        num_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=16,
        axes_dims_rope=(8, 4, 4),
    ).eval()
    autoencoder = AutoencoderKLQwenImage(
        base_dim=8,
        z_dim=4,
        dim_mult=[1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True],
        latents_mean=[-0.7, -0.3, 0.1, 0.4],
        latents_std=[2.8, 1.4, 2.3, 1.2],
    ).eval()
    QwenImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=autoencoder,
        text_encoder=Qwen2_5_VLForConditionalGeneration(_qwen_2_5_vl()).eval(),
        tokenizer=zoo.text_tokenizer(),
        transformer=denoiser,
    ).save_pretrained(folder)
    return folder


def z_image(folder: Path) -> Path:
    torch.manual_seed(14)
    denoiser = ZImageTransformer2DModel(
        in_channels=4,
        dim=32,
        n_layers=1,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=16,
        axes_dims=[4, 6, 6],
        axes_lens=[512, 64, 64],
    ).eval()
    for name in ("x_pad_token", "cap_pad_token"):  # left as memory was
        getattr(denoiser, name).data.normal_()
    ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=zoo.vae(use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1),
        text_encoder=Qwen3Model(_qwen_3(layers=2)).eval(),
        tokenizer=zoo.text_tokenizer(),
        transformer=denoiser,
    ).save_pretrained(folder)
    return folder


def sana(folder: Path) -> Path:
    """Nothing of diffusers paints over a picture with its parts but what is made for another of its kind."""
    torch.manual_seed(15)
    denoiser = SanaTransformer2DModel(
        in_channels=4,
        out_channels=4,
        num_layers=1,
        num_attention_heads=2,
        attention_head_dim=4,
        num_cross_attention_heads=2,
        cross_attention_head_dim=4,
        cross_attention_dim=8,
        caption_channels=16,
        sample_size=32,
    ).eval()
    autoencoder = AutoencoderDC(
        latent_channels=4,
        attention_head_dim=2,
        encoder_block_types=("ResBlock", "EfficientViTBlock"),
        decoder_block_types=("ResBlock", "EfficientViTBlock"),
        encoder_block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8),
        encoder_qkv_multiscales=((), (5,)),
        decoder_qkv_multiscales=((), (5,)),
        encoder_layers_per_block=(1, 1),
        decoder_layers_per_block=[1, 1],
        downsample_block_type="conv",
        upsample_block_type="interpolate",
        decoder_norm_types="rms_norm",
        decoder_act_fns="silu",
        scaling_factor=0.41,
    ).eval()
    SanaPipeline(
        tokenizer=zoo.text_tokenizer(),
        text_encoder=_gemma_2(),
        vae=autoencoder,
        transformer=denoiser,
        scheduler=DPMSolverMultistepScheduler(
            use_flow_sigmas=True, prediction_type="flow_prediction", flow_shift=3.0
        ),
    ).save_pretrained(folder)
    return folder


def lumina_2(folder: Path) -> Path:
    torch.manual_seed(16)
    denoiser = Lumina2Transformer2DModel(
        sample_size=16,
        in_channels=4,
        hidden_size=24,
        num_layers=1,
        num_refiner_layers=1,
        num_attention_heads=3,
        num_kv_heads=1,
        multiple_of=2,
        axes_dim_rope=(4, 2, 2),
        axes_lens=(512, 64, 64),
        cap_feat_dim=16,
    ).eval()
    Lumina2Pipeline(
        transformer=denoiser,
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=zoo.vae((8, 8, 8, 16), use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1),
        text_encoder=_gemma_2(),
        tokenizer=zoo.text_tokenizer(),
    ).save_pretrained(folder)
    return folder


def _qwen_3(*, layers: int) -> Qwen3Config:
    return Qwen3Config(**_text_shape(), num_hidden_layers=layers, head_dim=8)


def _gemma_2() -> Gemma2Model:
    return Gemma2Model(Gemma2Config(**_text_shape(), num_hidden_layers=2, head_dim=8)).eval()


def _qwen_2_5_vl() -> Qwen2_5_VLConfig:
    rope = {"mrope_section": [1, 1, 2], "rope_type": "default", "rope_theta": 1000000.0}
    text = _text_shape() | {"num_hidden_layers": 2, "rope_parameters": rope}
    vision = {
        "depth": 2,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_heads": 2,
        "out_hidden_size": 16,
    }
    return Qwen2_5_VLConfig(text_config=text, vision_config=vision)


def _text_shape() -> dict[str, Any]:
    return {
        "vocab_size": zoo.VOCABULARY,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "max_position_embeddings": 1024,
    }
