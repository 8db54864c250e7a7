"""Pipelines that are built otherwise than most: of two models, of two denoisers, without an autoencoder."""

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    DDPMScheduler,
    FlowMatchEulerDiscreteScheduler,
    Ideogram4Pipeline,
    Ideogram4Transformer2DModel,
    Kandinsky5T2IPipeline,
    Kandinsky5Transformer3DModel,
    KandinskyV22CombinedPipeline,
    Krea2Pipeline,
    Krea2Transformer2DModel,
    OmniGenTransformer2DModel,
    PriorTransformer,
    PRXPipeline,
    PRXPixelPipeline,
    PRXTransformer2DModel,
    UnCLIPScheduler,
    UNet2DConditionModel,
    VQModel,
)
from transformers import (
    CLIPImageProcessor,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    Qwen2VLProcessor,
    T5GemmaConfig,
    T5GemmaModuleConfig,
)
from transformers.models.t5gemma.modeling_t5gemma import T5GemmaEncoder

from tests import zoo
from tests.zoo import parts, words


def kandinsky22(folder: Path) -> Path:
    """Two models: one makes of words what a picture means, the other a picture of that."""
    tokenizer = zoo.clip_tokenizer()
    torch.manual_seed(38)
    sight = CLIPVisionConfig(
        hidden_size=32, image_size=224, projection_dim=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=37, num_channels=3, patch_size=32,
    )  # fmt: skip
    prior = PriorTransformer(
        num_attention_heads=2, attention_head_dim=12, embedding_dim=32, num_layers=1, num_embeddings=77
    )
    prior.clip_std = torch.nn.Parameter(torch.ones(prior.clip_std.shape))  # random weights have no spread
    denoiser = UNet2DConditionModel(
        in_channels=4,
        out_channels=8,
        addition_embed_type="image",
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        block_out_channels=(32, 64),
        layers_per_block=1,
        encoder_hid_dim=32,
        encoder_hid_dim_type="image_proj",
        cross_attention_dim=32,
        attention_head_dim=4,
        resnet_time_scale_shift="scale_shift",
        class_embed_type=None,
    )
    autoencoder = VQModel(
        block_out_channels=[32, 64],
        down_block_types=["DownEncoderBlock2D", "AttnDownEncoderBlock2D"],
        up_block_types=["AttnUpDecoderBlock2D", "UpDecoderBlock2D"],
        layers_per_block=1,
        norm_num_groups=8,
        norm_type="spatial",
        num_vq_embeddings=12,
        vq_embed_dim=4,
        latent_channels=4,
    )
    KandinskyV22CombinedPipeline(
        unet=denoiser.eval(),
        scheduler=DDPMScheduler(beta_schedule="linear", beta_start=0.00085, beta_end=0.012),
        movq=autoencoder.eval(),
        prior_prior=prior.eval(),
        prior_image_encoder=CLIPVisionModelWithProjection(sight).eval(),
        prior_text_encoder=zoo.clip_encoder(tokenizer, projection=True),
        prior_tokenizer=tokenizer,
        prior_scheduler=UnCLIPScheduler(variance_type="fixed_small_log", prediction_type="sample"),
        prior_image_processor=CLIPImageProcessor(crop_size=224, size=224),
    ).save_pretrained(folder)
    return folder


def kandinsky5(folder: Path) -> Path:
    """Its pictures have never less than a megapixel."""
    tokenizer, clip = words.qwen_tokenizer(), zoo.clip_tokenizer()
    torch.manual_seed(39)
    denoiser = Kandinsky5Transformer3DModel(
        in_visual_dim=4,
        out_visual_dim=4,
        in_text_dim=parts.WIDTH,
        in_text_dim2=32,
        time_dim=16,
        patch_size=(1, 2, 2),
        model_dim=16,
        ff_dim=32,
        num_text_blocks=1,
        num_visual_blocks=1,
        axes_dims=(4, 6, 6),
    )
    _awake(denoiser)
    Kandinsky5T2IPipeline(
        transformer=denoiser.eval(),
        vae=zoo.vae((8, 8, 8, 16)),
        text_encoder=parts.qwen2_5_vl(tokenizer),
        tokenizer=parts.seeing_processor(Qwen2VLProcessor, tokenizer),
        text_encoder_2=zoo.clip_encoder(clip),
        tokenizer_2=clip,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=5.0),
    ).save_pretrained(folder)
    return folder


def krea2(folder: Path) -> Path:
    tokenizer = words.qwen_tokenizer()
    taken = (1, 2)
    torch.manual_seed(41)
    denoiser = Krea2Transformer2DModel(
        in_channels=64,
        num_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=64,
        timestep_embed_dim=16,
        text_hidden_dim=parts.WIDTH,
        num_text_layers=len(taken),
        text_num_attention_heads=2,
        text_num_key_value_heads=2,
        text_intermediate_size=64,
        num_layerwise_text_blocks=1,
        num_refiner_text_blocks=1,
        axes_dims_rope=(4, 6, 6),
    )
    Krea2Pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=parts.qwen_autoencoder(),
        text_encoder=parts.qwen3_vl(tokenizer).model,
        tokenizer=tokenizer,
        transformer=denoiser.eval(),
        text_encoder_select_layers=taken,
    ).save_pretrained(folder)
    return folder


def ideogram4(folder: Path) -> Path:
    """Two denoisers, one of them for no words at all."""
    tokenizer = words.qwen_tokenizer()
    width, taken = 16, 13

    def denoiser() -> Ideogram4Transformer2DModel:
        return Ideogram4Transformer2DModel(
            in_channels=16,
            num_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            intermediate_size=64,
            adaln_dim=16,
            llm_features_dim=taken * width,
            mrope_section=(4, 2, 2),
        ).eval()

    torch.manual_seed(42)
    denoisers = denoiser(), denoiser()
    Ideogram4Pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=parts.flux2_autoencoder(),
        text_encoder=parts.qwen3_vl(tokenizer, layers=36, width=width).model,
        tokenizer=tokenizer,
        transformer=denoisers[0],
        unconditional_transformer=denoisers[1],
    ).save_pretrained(folder)
    return folder


def omnigen(folder: Path) -> Path:
    """Its parts and its index alone: the pipeline itself cannot be made without torchvision."""
    torch.manual_seed(47)
    denoiser = OmniGenTransformer2DModel(
        in_channels=4,
        hidden_size=16,
        num_attention_heads=2,
        num_key_value_heads=2,
        intermediate_size=32,
        num_layers=1,
        pad_token_id=0,
        vocab_size=zoo.VOCABULARY,
        rope_scaling={"short_factor": [1.0] * 4, "long_factor": [1.0] * 4},
        time_step_dim=8,
    )
    made: dict[str, Any] = {
        "transformer": denoiser.eval(),
        "scheduler": FlowMatchEulerDiscreteScheduler(invert_sigmas=True),
        "vae": zoo.vae(),
        "tokenizer": zoo.text_tokenizer(),
    }
    index: dict[str, object] = {"_class_name": "OmniGenPipeline"}
    for name, part in made.items():
        part.save_pretrained(folder / name)
        index[name] = [type(part).__module__.partition(".")[0], type(part).__name__]
    (folder / "model_index.json").write_text(json.dumps(index), "utf-8")
    return folder


def prx(folder: Path) -> Path:
    tokenizer = words.gemma_tokenizer()
    tokenizer.model_max_length = 64
    torch.manual_seed(44)
    module = T5GemmaModuleConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=16,
        query_pre_attn_scalar=16,
        initializer_range=0.2,
    )
    config = T5GemmaConfig(encoder=module, is_encoder_decoder=False)
    PRXPipeline(
        transformer=_prx_denoiser(4, 32),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        text_encoder=T5GemmaEncoder(config.encoder).eval(),
        tokenizer=tokenizer,
        vae=zoo.vae(shift_factor=0.1159),
        default_sample_size=512,
    ).save_pretrained(folder)
    return folder


def prx_pixel(folder: Path) -> Path:
    """Without an autoencoder: it makes pixels."""
    tokenizer = words.qwen_tokenizer()
    PRXPixelPipeline(
        transformer=_prx_denoiser(3, parts.WIDTH, patch=32, bottleneck_size=16),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        text_encoder=parts.qwen3_encoder(tokenizer).model,
        tokenizer=tokenizer,
        prompt_max_tokens=64,
    ).save_pretrained(folder)
    return folder


def _prx_denoiser(channels: int, context: int, patch: int = 2, **config: Any) -> PRXTransformer2DModel:
    torch.manual_seed(43)
    denoiser = PRXTransformer2DModel(
        in_channels=channels, patch_size=patch, context_in_dim=context, hidden_size=16, mlp_ratio=2.0,
        num_heads=2, depth=1, axes_dim=[4, 4], **config,
    )  # fmt: skip
    _awake(denoiser)
    return denoiser.eval()


def _awake(denoiser: torch.nn.Module) -> None:
    """Layers that begin as nothing, so that training begins gently, would leave words without effect."""
    with torch.no_grad():
        for parameter in denoiser.parameters():
            if not parameter.any():
                parameter.normal_(std=0.1)
