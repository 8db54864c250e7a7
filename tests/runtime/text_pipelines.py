"""Tiny pipelines of the real classes whose text encoders are of kinds that `tests/zoo.py` has none of."""

from pathlib import Path

import torch
from diffusers import (
    AuraFlowPipeline,
    AuraFlowTransformer2DModel,
    DDPMScheduler,
    FlowMatchEulerDiscreteScheduler,
    HiDreamImagePipeline,
    HiDreamImageTransformer2DModel,
    HunyuanDiT2DModel,
    HunyuanDiTPipeline,
    Lumina2Pipeline,
    Lumina2Transformer2DModel,
    SanaPipeline,
    SanaSprintPipeline,
    SanaTransformer2DModel,
)
from transformers import (
    BertConfig,
    BertModel,
    BertTokenizer,
    CLIPTextModelWithProjection,
    Gemma2Config,
    Gemma2Model,
    LlamaConfig,
    LlamaForCausalLM,
    UMT5Config,
    UMT5EncoderModel,
)

from tests import zoo
from tests.shelf import parts, pictures

WIDTH = 32


def _gemma2(tokens: int) -> Gemma2Model:
    torch.manual_seed(31)
    config = Gemma2Config(
        vocab_size=tokens,
        hidden_size=WIDTH,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=16,
        query_pre_attn_scalar=16,
        initializer_range=0.2,
    )
    return Gemma2Model(config).eval()


def lumina2(folder: Path) -> Path:
    """A decoder of words whose states go through a norm before the denoiser sees them."""
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
        multiple_of=2,
        axes_dim_rope=(4, 2, 2),
        axes_lens=(300, 128, 128),
        cap_feat_dim=WIDTH,
    )
    Lumina2Pipeline(
        transformer=denoiser.eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=zoo.vae((8, 8, 8, 16), use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1),
        text_encoder=_gemma2(len(tokenizer)),
        tokenizer=tokenizer,
    ).save_pretrained(folder)
    return folder


def aura_flow(folder: Path) -> Path:
    tokenizer = zoo.t5_tokenizer()
    torch.manual_seed(33)
    encoder = UMT5EncoderModel(
        UMT5Config(
            vocab_size=len(tokenizer),
            d_model=WIDTH,
            d_kv=8,
            d_ff=37,
            num_layers=2,
            num_heads=4,
            dropout_rate=0,
        )
    )
    denoiser = AuraFlowTransformer2DModel(
        sample_size=16,
        in_channels=4,
        num_mmdit_layers=1,
        num_single_dit_layers=1,
        attention_head_dim=8,
        num_attention_heads=4,
        joint_attention_dim=WIDTH,
        caption_projection_dim=32,
        pos_embed_max_size=256,
    )
    AuraFlowPipeline(
        tokenizer=tokenizer,
        text_encoder=encoder.eval(),
        vae=zoo.vae(),
        transformer=denoiser.eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(),
    ).save_pretrained(folder)
    return folder


def hunyuan_dit(folder: Path) -> Path:
    """A BERT for 77 tokens and a T5 for 256, each with places of its own in the denoiser."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = [chr(code) for code in range(33, 127)]
    tokens = [*pieces, *letters, *(f"##{letter}" for letter in letters)]
    tokenizer = BertTokenizer(vocab={piece: place for place, piece in enumerate(tokens)}, model_max_length=77)
    torch.manual_seed(34)
    bert = BertModel(
        BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=37,
            num_hidden_layers=2,
            num_attention_heads=4,
        )
    )
    t5 = zoo.t5_tokenizer()
    denoiser = HunyuanDiT2DModel(
        sample_size=16,
        num_layers=2,
        patch_size=2,
        attention_head_dim=8,
        num_attention_heads=3,
        in_channels=4,
        cross_attention_dim=WIDTH,
        cross_attention_dim_t5=WIDTH,
        pooled_projection_dim=16,
        hidden_size=24,
        activation_fn="gelu-approximate",
    )
    HunyuanDiTPipeline(
        vae=zoo.vae((8, 8, 8, 16)),  # the eighth that the pipeline reckons with
        text_encoder=bert.eval(),
        tokenizer=tokenizer,
        text_encoder_2=zoo.t5_encoder(t5),
        tokenizer_2=t5,
        transformer=denoiser.eval(),
        scheduler=DDPMScheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)
    return folder


def sana(folder: Path) -> Path:
    """The Sprint's parts, with guidance and without its instruction for the writer's model."""
    sprint = SanaSprintPipeline.from_pretrained(
        pictures.sana_sprint(folder / "sprint"), local_files_only=True
    )
    torch.manual_seed(35)
    denoiser = SanaTransformer2DModel.from_config(
        dict(sprint.transformer.config) | {"guidance_embeds": False}
    )
    SanaPipeline(
        tokenizer=sprint.tokenizer,
        text_encoder=sprint.text_encoder,
        vae=sprint.vae,
        transformer=denoiser.eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(),
    ).save_pretrained(folder / "sana")
    return folder / "sana"


def hidream(folder: Path) -> Path:
    """Two CLIP models of which it takes the pooled output alone, a T5 and a Llama."""
    clip, t5, llama = zoo.clip_tokenizer(), zoo.t5_tokenizer(), zoo.text_tokenizer()
    config = zoo.clip_encoder(clip, projection=True).config
    config.max_position_embeddings = 248
    torch.manual_seed(36)
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
