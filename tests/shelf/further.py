"""Pipelines that are on no shelf and that people have all the same: the real classes, tiny parts."""

from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AdaptiveProjectedMixGuidance,
    AuraFlowPipeline,
    AuraFlowTransformer2DModel,
    AutoencoderKLFlux2,
    AutoencoderKLHunyuanImage,
    CogView4Pipeline,
    CogView4Transformer2DModel,
    DDPMScheduler,
    FlowMatchEulerDiscreteScheduler,
    HunyuanDiT2DModel,
    HunyuanDiTPipeline,
    HunyuanImagePipeline,
    HunyuanImageTransformer2DModel,
    Ideogram4Pipeline,
    Ideogram4Transformer2DModel,
    Kandinsky5T2IPipeline,
    Kandinsky5Transformer3DModel,
    KandinskyV22CombinedPipeline,
    Krea2Pipeline,
    Krea2Transformer2DModel,
    LatentConsistencyModelPipeline,
    LCMScheduler,
    Lumina2Pipeline,
    Lumina2Transformer2DModel,
    PriorTransformer,
    PRXPipeline,
    PRXPixelPipeline,
    PRXTransformer2DModel,
    UnCLIPScheduler,
    UNet2DConditionModel,
    VQModel,
)
from transformers import (
    BertConfig,
    BertModel,
    BertTokenizer,
    ByT5Tokenizer,
    CLIPImageProcessor,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    Gemma2Config,
    Gemma2Model,
    GlmConfig,
    GlmModel,
    Qwen2VLProcessor,
    Qwen3VLModel,
    T5GemmaConfig,
    T5GemmaModuleConfig,
    UMT5Config,
    UMT5EncoderModel,
)
from transformers.models.t5gemma.modeling_t5gemma import T5GemmaEncoder

from tests import zoo
from tests.shelf import parts


def latent_consistency(folder: Path) -> Path:
    """Guidance is an embedding of its own U-Net."""
    tokenizer = zoo.clip_tokenizer()
    LatentConsistencyModelPipeline(
        vae=zoo.vae(),
        text_encoder=zoo.clip_encoder(tokenizer),
        tokenizer=tokenizer,
        unet=zoo.unet(time_cond_proj_dim=32),
        scheduler=LCMScheduler(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)
    return folder


def _gemma(vocabulary: int, width: int = parts.WIDTH) -> Gemma2Model:
    torch.manual_seed(31)
    config = Gemma2Config(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=16,
        query_pre_attn_scalar=16,
        initializer_range=0.2,
    )
    return Gemma2Model(config).eval()


def lumina2(folder: Path) -> Path:
    tokenizer = parts.gemma_tokenizer()
    torch.manual_seed(32)
    denoiser = Lumina2Transformer2DModel(
        sample_size=16,
        in_channels=4,
        hidden_size=24,
        num_layers=1,
        num_refiner_layers=1,
        num_attention_heads=3,
        num_kv_heads=1,
        multiple_of=16,
        axes_dim_rope=(4, 2, 2),
        axes_lens=(512, 64, 64),
        cap_feat_dim=parts.WIDTH,
    )
    Lumina2Pipeline(
        transformer=denoiser.eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=6.0),
        vae=zoo.vae((8, 8, 8, 16), shift_factor=0.1159),
        text_encoder=_gemma(len(tokenizer)),
        tokenizer=tokenizer,
    ).save_pretrained(folder)
    return folder


def aura_flow(folder: Path) -> Path:
    tokenizer = zoo.t5_tokenizer()
    torch.manual_seed(33)
    encoder = UMT5EncoderModel(
        UMT5Config(vocab_size=len(tokenizer), d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4)
    )
    denoiser = AuraFlowTransformer2DModel(
        sample_size=16,
        in_channels=4,
        num_mmdit_layers=1,
        num_single_dit_layers=1,
        attention_head_dim=8,
        num_attention_heads=4,
        joint_attention_dim=32,
        caption_projection_dim=32,
        pos_embed_max_size=256,
    )
    AuraFlowPipeline(
        tokenizer=tokenizer,
        text_encoder=encoder.eval(),
        vae=parts.autoencoder(),
        transformer=denoiser.eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=1.73),
    ).save_pretrained(folder)
    return folder


def hunyuan_image(folder: Path) -> Path:
    """Guidance is a part of it, and words in quotes have a reader of their own."""
    tokenizer = parts.qwen_tokenizer()
    glyphs = ByT5Tokenizer()
    torch.manual_seed(34)
    denoiser = HunyuanImageTransformer2DModel(
        in_channels=4,
        out_channels=4,
        num_attention_heads=2,
        attention_head_dim=16,
        num_layers=1,
        num_single_layers=1,
        num_refiner_layers=1,
        text_embed_dim=parts.WIDTH,
        text_embed_2_dim=32,
        rope_axes_dim=(8, 8),
    )
    autoencoder = AutoencoderKLHunyuanImage(
        in_channels=3,
        out_channels=3,
        latent_channels=4,
        block_out_channels=(32, 32, 32),
        layers_per_block=1,
        spatial_compression_ratio=4,
        sample_size=64,
        scaling_factor=0.75,
    )
    HunyuanImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=5.0),
        vae=autoencoder.eval(),
        text_encoder=parts.qwen2_5_vl(tokenizer),
        tokenizer=tokenizer,
        text_encoder_2=zoo.t5_encoder(glyphs),
        tokenizer_2=glyphs,
        transformer=denoiser.eval(),
        guider=AdaptiveProjectedMixGuidance(),
        ocr_guider=AdaptiveProjectedMixGuidance(),
    ).save_pretrained(folder)
    return folder


def _bert() -> tuple[BertTokenizer, BertModel]:
    letters = [chr(code) for code in range(33, 127)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    tokenizer = BertTokenizer(vocab={piece: place for place, piece in enumerate(pieces)}, model_max_length=77)
    torch.manual_seed(35)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        initializer_range=0.2,
    )
    return tokenizer, BertModel(config).eval()


def hunyuan_dit(folder: Path) -> Path:
    """Sizes are fitted to its own list of shapes unless told otherwise."""
    tokenizer, encoder = _bert()
    t5 = zoo.t5_tokenizer()
    torch.manual_seed(36)
    denoiser = HunyuanDiT2DModel(
        sample_size=16,
        num_layers=2,
        patch_size=2,
        attention_head_dim=8,
        num_attention_heads=3,
        in_channels=4,
        cross_attention_dim=32,
        cross_attention_dim_t5=32,
        pooled_projection_dim=16,
        hidden_size=24,
        activation_fn="gelu-approximate",
    )
    HunyuanDiTPipeline(
        vae=zoo.vae((8, 8, 8, 16)),
        text_encoder=encoder,
        tokenizer=tokenizer,
        transformer=denoiser.eval(),
        scheduler=DDPMScheduler(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.03),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
        text_encoder_2=zoo.t5_encoder(t5),
        tokenizer_2=t5,
    ).save_pretrained(folder)
    return folder


def cogview4(folder: Path) -> Path:
    tokenizer = zoo.text_tokenizer()
    torch.manual_seed(37)
    encoder = GlmModel(
        GlmConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=16,
            pad_token_id=0,
            initializer_range=0.2,
        )
    )
    denoiser = CogView4Transformer2DModel(
        in_channels=4,
        out_channels=4,
        num_layers=2,
        attention_head_dim=8,
        num_attention_heads=4,
        text_embed_dim=32,
        time_embed_dim=8,
        condition_dim=4,
        sample_size=16,
        rope_axes_dim=(8, 8),
    )
    CogView4Pipeline(
        tokenizer=tokenizer,
        text_encoder=encoder.eval(),
        vae=parts.autoencoder(),
        transformer=denoiser.eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(
            base_shift=0.25, max_shift=0.75, base_image_seq_len=256, use_dynamic_shifting=True
        ),
    ).save_pretrained(folder)
    return folder


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
    tokenizer, clip = parts.qwen_tokenizer(), zoo.clip_tokenizer()
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


def _seeing(tokenizer: Any, layers: int, width: int) -> Qwen3VLModel:
    torch.manual_seed(40)
    return Qwen3VLModel(parts.qwen3_vl(tokenizer, layers=layers, width=width).config).eval()


def krea2(folder: Path) -> Path:
    tokenizer = parts.qwen_tokenizer()
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
    tokenizer = parts.qwen_tokenizer()
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
    autoencoder = AutoencoderKLFlux2(
        block_out_channels=(8, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        latent_channels=4,
        norm_num_groups=4,
        layers_per_block=1,
    )
    Ideogram4Pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=autoencoder.eval(),
        text_encoder=_seeing(tokenizer, layers=36, width=width),
        tokenizer=tokenizer,
        transformer=denoiser(),
        unconditional_transformer=denoiser(),
    ).save_pretrained(folder)
    return folder


def _awake(denoiser: torch.nn.Module) -> None:
    """Layers that begin as nothing, so that training begins gently, would leave words without effect."""
    with torch.no_grad():
        for parameter in denoiser.parameters():
            if not parameter.any():
                parameter.normal_(std=0.1)


def _prx_denoiser(channels: int, context: int, patch: int = 2, **config: Any) -> PRXTransformer2DModel:
    torch.manual_seed(43)
    denoiser = PRXTransformer2DModel(
        in_channels=channels, patch_size=patch, context_in_dim=context, hidden_size=16, mlp_ratio=2.0,
        num_heads=2, depth=1, axes_dim=[4, 4], **config,
    )  # fmt: skip
    _awake(denoiser)
    return denoiser.eval()


def prx(folder: Path) -> Path:
    tokenizer = parts.gemma_tokenizer()
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
        vae=parts.autoencoder(shift_factor=0.1159),
        default_sample_size=512,
    ).save_pretrained(folder)
    return folder


def prx_pixel(folder: Path) -> Path:
    """Without an autoencoder: it makes pixels."""
    tokenizer = parts.qwen_tokenizer()
    PRXPixelPipeline(
        transformer=_prx_denoiser(3, parts.WIDTH, patch=32, bottleneck_size=16),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        text_encoder=parts.qwen3_encoder(tokenizer).model,
        tokenizer=tokenizer,
        prompt_max_tokens=64,
    ).save_pretrained(folder)
    return folder
