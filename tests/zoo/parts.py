"""The parts that pipelines are made of, tiny and random: readers of words, autoencoders, U-Nets.

Settings that change how a model is run (scaling, special tokens) are those of the makers' files; widths and
depths are as small as the classes allow.
"""

from typing import Any

import torch
from diffusers import (
    AutoencoderDC,
    AutoencoderKL,
    AutoencoderKLFlux2,
    AutoencoderKLQwenImage,
    UNet2DConditionModel,
)
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    Gemma2Config,
    Gemma2Model,
    GemmaTokenizer,
    ProcessorMixin,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Tokenizer,
    Qwen2VLImageProcessorPil,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

from tests.zoo.words import QWEN_TEMPLATE, sight_tokens

WIDTH = 32  # of every text encoder, but where something else is said


def clip_encoder(tokenizer: CLIPTokenizer, *, projection: bool = False, width: int = WIDTH) -> Any:
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        projection_dim=32,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(1)
    return (CLIPTextModelWithProjection if projection else CLIPTextModel)(config).eval()


def t5_encoder(tokenizer: T5Tokenizer, *, width: int = WIDTH) -> T5EncoderModel:
    torch.manual_seed(2)
    config = T5Config(
        vocab_size=len(tokenizer), d_model=width, d_kv=8, d_ff=37, num_layers=2, num_heads=4, dropout_rate=0.0
    )
    return T5EncoderModel(config).eval()


def gemma2_encoder(tokenizer: GemmaTokenizer, *, layers: int = 2) -> Gemma2Model:
    torch.manual_seed(10)
    config = Gemma2Config(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=64,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=16,
        query_pre_attn_scalar=16,
        initializer_range=0.2,
    )
    return Gemma2Model(config).eval()


def qwen3_encoder(tokenizer: Qwen2Tokenizer, *, layers: int = 3, width: int = WIDTH) -> Qwen3ForCausalLM:
    torch.manual_seed(11)
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        initializer_range=0.2,  # else all prompts look alike after so few and narrow layers
    )
    return Qwen3ForCausalLM(config).eval()


def qwen2_5_vl(tokenizer: Qwen2Tokenizer) -> Qwen2_5_VLForConditionalGeneration:
    torch.manual_seed(12)
    rope = {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 1e6}
    config = Qwen2_5_VLConfig(
        text_config=_text_config(tokenizer, rope_parameters=rope),
        vision_config={
            "depth": 2,
            "hidden_size": 16,
            "intermediate_size": 32,
            "num_heads": 2,
            "out_hidden_size": WIDTH,
            "fullatt_block_indexes": [1],
        },
        **sight_tokens(tokenizer),
    )
    model = Qwen2_5_VLForConditionalGeneration(config).eval()
    with torch.no_grad():  # answers are short, for pipelines that have their prompts reworded
        model.lm_head.weight[config.text_config.eos_token_id] *= 8
    return model


def qwen3_vl(
    tokenizer: Qwen2Tokenizer, *, layers: int = 2, width: int = WIDTH
) -> Qwen3VLForConditionalGeneration:
    torch.manual_seed(13)
    rope = {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 5e6, "mrope_interleaved": True}
    config = Qwen3VLConfig(
        text_config=_text_config(
            tokenizer, rope_parameters=rope, head_dim=16, hidden_size=width, num_hidden_layers=layers
        ),
        vision_config={
            "depth": 2,
            "hidden_size": 16,
            "intermediate_size": 32,
            "num_heads": 2,
            "out_hidden_size": width,
            "num_position_embeddings": 16,
            "deepstack_visual_indexes": [0, 1],
        },
        **sight_tokens(tokenizer),
    )
    return Qwen3VLForConditionalGeneration(config).eval()


def _text_config(tokenizer: Qwen2Tokenizer, **config: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "initializer_range": 0.2,
        "eos_token_id": tokenizer.convert_tokens_to_ids("<|im_end|>"),
        "pad_token_id": tokenizer.pad_token_id,
        **config,
    }


def seeing_processor(made: type[ProcessorMixin], tokenizer: Qwen2Tokenizer, **image: Any) -> ProcessorMixin:
    """As its makers saved it, but for films: what reads those wants torchvision, which is not here."""
    attributes = classmethod(lambda _: ["image_processor", "tokenizer"])
    without_films = type(
        made.__name__, (made,), {"get_attributes": attributes, "__module__": made.__module__}
    )
    return without_films(
        Qwen2VLImageProcessorPil(min_pixels=28 * 28, max_pixels=56 * 56, **image),
        tokenizer,
        chat_template=QWEN_TEMPLATE,
    )


def vae(blocks: tuple[int, ...] = (8, 16, 16), *, channels: int = 4, **config: Any) -> AutoencoderKL:
    """Pictures are `2 ** (len(blocks) - 1)` times as large as their latents: four times by default."""
    torch.manual_seed(3)
    return AutoencoderKL(
        block_out_channels=blocks,
        down_block_types=["DownEncoderBlock2D"] * len(blocks),
        up_block_types=["UpDecoderBlock2D"] * len(blocks),
        latent_channels=channels,
        norm_num_groups=4,
        sample_size=64,
        **config,
    ).eval()


def flux2_autoencoder() -> AutoencoderKLFlux2:
    """Its latents are patches, scaled by a batch norm that is as after training."""
    torch.manual_seed(15)
    autoencoder = AutoencoderKLFlux2(
        block_out_channels=(8, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        latent_channels=4,
        norm_num_groups=4,
        layers_per_block=1,
        sample_size=64,
    )
    autoencoder.bn.running_mean.uniform_(-0.5, 0.5)
    autoencoder.bn.running_var.uniform_(0.5, 2.0)
    return autoencoder.eval()


def qwen_autoencoder() -> AutoencoderKLQwenImage:
    """Eight times as large, as the real one: its means and spreads are for sixteen channels."""
    torch.manual_seed(14)
    return AutoencoderKLQwenImage(base_dim=8, num_res_blocks=1).eval()


def deep_autoencoder() -> AutoencoderDC:
    """Sana's: pictures are 32 times as large as their latents, which are one point, not a spread."""
    torch.manual_seed(16)
    blocks: dict[str, Any] = {}
    for side in ("encoder", "decoder"):
        blocks |= {
            f"{side}_block_types": ("ResBlock",) * 5 + ("EfficientViTBlock",),
            f"{side}_block_out_channels": (4, 4, 8, 8, 8, 16),
            f"{side}_layers_per_block": (1,) * 6,
            f"{side}_qkv_multiscales": ((),) * 5 + ((5,),),
        }
    return AutoencoderDC(
        latent_channels=8, attention_head_dim=8, scaling_factor=0.41407, decoder_act_fns="silu", **blocks
    ).eval()


def unet(cross_attention: int = WIDTH, *, in_channels: int = 4, **config: Any) -> UNet2DConditionModel:
    torch.manual_seed(4)
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=in_channels,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=(8, 16),
        norm_num_groups=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=cross_attention,
        attention_head_dim=8,
        **config,
    ).eval()
