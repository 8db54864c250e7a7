"""Pipelines that are on no shelf and that people have all the same: the real classes, tiny parts."""

from pathlib import Path

import torch
from diffusers import (
    AdaptiveProjectedMixGuidance,
    AuraFlowPipeline,
    AuraFlowTransformer2DModel,
    AutoencoderKLHunyuanImage,
    CogView4Pipeline,
    CogView4Transformer2DModel,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    FlowMatchEulerDiscreteScheduler,
    HiDreamImagePipeline,
    HiDreamImageTransformer2DModel,
    HunyuanDiT2DModel,
    HunyuanDiTPipeline,
    HunyuanImagePipeline,
    HunyuanImageTransformer2DModel,
    Lumina2Pipeline,
    Lumina2Transformer2DModel,
    SanaPipeline,
    SanaTransformer2DModel,
)
from transformers import (
    BertConfig,
    BertModel,
    BertTokenizer,
    ByT5Tokenizer,
    CLIPTextModelWithProjection,
    GlmConfig,
    GlmModel,
    LlamaConfig,
    LlamaForCausalLM,
    UMT5Config,
    UMT5EncoderModel,
)

from tests import zoo
from tests.zoo import parts, words


def lumina2(folder: Path, *, tokens: int = 512) -> Path:
    """Reads so many tokens and not one more."""
    tokenizer = words.gemma_tokenizer()
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
        axes_lens=(tokens, 64, 64),
        cap_feat_dim=parts.WIDTH,
    )
    Lumina2Pipeline(
        transformer=denoiser.eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=6.0),
        vae=zoo.vae((8, 8, 8, 16), shift_factor=0.1159),
        text_encoder=parts.gemma2_encoder(tokenizer, layers=3),
        tokenizer=tokenizer,
    ).save_pretrained(folder)
    return folder


def sana(folder: Path) -> Path:
    """Nothing of diffusers paints over a picture with its parts but what is made for another of its kind."""
    tokenizer = words.gemma_tokenizer()
    torch.manual_seed(45)
    denoiser = SanaTransformer2DModel(
        in_channels=8,
        out_channels=8,
        num_layers=1,
        num_attention_heads=2,
        attention_head_dim=4,
        num_cross_attention_heads=2,
        cross_attention_head_dim=4,
        cross_attention_dim=8,
        caption_channels=parts.WIDTH,
        sample_size=32,
    ).eval()
    SanaPipeline(
        tokenizer=tokenizer,
        text_encoder=parts.gemma2_encoder(tokenizer),
        vae=parts.deep_autoencoder(),
        transformer=denoiser,
        scheduler=DPMSolverMultistepScheduler(
            use_flow_sigmas=True, prediction_type="flow_prediction", flow_shift=3.0
        ),
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
        vae=zoo.vae(),
        transformer=denoiser.eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=1.73),
    ).save_pretrained(folder)
    return folder


def hunyuan_image(folder: Path) -> Path:
    """Guidance is a part of it, and words in quotes have a reader of their own."""
    tokenizer = words.qwen_tokenizer()
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


def hunyuan_dit(folder: Path) -> Path:
    """A BERT and a T5, each with places of its own; sizes are fitted to a list unless told otherwise."""
    tokenizer = words.bert_tokenizer()
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
        text_encoder=_bert(tokenizer),
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


def _bert(tokenizer: BertTokenizer) -> BertModel:
    torch.manual_seed(35)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        initializer_range=0.2,
    )
    return BertModel(config).eval()


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
        vae=zoo.vae(),
        transformer=denoiser.eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(
            base_shift=0.25, max_shift=0.75, base_image_seq_len=256, use_dynamic_shifting=True
        ),
    ).save_pretrained(folder)
    return folder


def hidream(folder: Path) -> Path:
    """Two CLIP models of which it takes the pooled output alone, a T5 and a Llama."""
    clip, t5, llama = zoo.clip_tokenizer(), zoo.t5_tokenizer(), zoo.text_tokenizer()
    config = zoo.clip_encoder(clip, projection=True).config
    config.max_position_embeddings = 248
    torch.manual_seed(46)
    longer = CLIPTextModelWithProjection(config).eval()
    reader = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(llama),
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
        )
    )
    denoiser = HiDreamImageTransformer2DModel(
        patch_size=2,
        in_channels=4,
        out_channels=4,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=8,
        num_attention_heads=4,
        caption_channels=[32, 16],
        text_emb_dim=64,
        num_routed_experts=4,
        num_activated_experts=2,
        axes_dims_rope=(4, 2, 2),
        max_resolution=(32, 32),
        llama_layers=(0, 1),
        force_inference_output=True,
    )
    HiDreamImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=zoo.vae(use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1),
        text_encoder=longer,
        tokenizer=clip,
        text_encoder_2=longer,
        tokenizer_2=clip,
        text_encoder_3=zoo.t5_encoder(t5),
        tokenizer_3=t5,
        text_encoder_4=reader.eval(),
        tokenizer_4=llama,
        transformer=denoiser.eval(),
    ).save_pretrained(folder)
    return folder
