"""The parts that the shelf's models are made of, tiny and random: readers of words, autoencoders.

Settings that change how a model is run (schedulers, scaling, special tokens) are those of the makers' files;
widths and depths are as small as the classes allow.
"""

import json
from typing import Any

import torch
from diffusers import AutoencoderKL, AutoencoderKLQwenImage
from transformers import (
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
)

from tests import zoo

WIDTH = 32  # of every text encoder, but where something else is said
VISION_TOKENS = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
# As Qwen's chat templates write it, for words in a string or in a list beside pictures.
QWEN_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.content is string %}{{ message.content }}{% else %}"
    "{% for part in message.content %}{% if part.type == 'text' %}{{ part.text }}"
    "{% else %}<|vision_start|><|image_pad|><|vision_end|>{% endif %}{% endfor %}{% endif %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def qwen_tokenizer() -> Qwen2Tokenizer:
    """Byte pairs and the tokens that Qwen's models mark turns and pictures with."""
    learned = json.loads(zoo.text_tokenizer().backend_tokenizer.to_str())["model"]
    return Qwen2Tokenizer(
        vocab=learned["vocab"],
        merges=[tuple(pair) for pair in learned["merges"]],
        extra_special_tokens=["<|im_start|>", "<|im_end|>", *VISION_TOKENS],
        chat_template=QWEN_TEMPLATE,
        model_max_length=4096,
    )


def gemma_tokenizer() -> GemmaTokenizer:
    """Single letters, each a token; a space is `▁`."""
    letters = [chr(code) for code in range(33, 127)]
    pieces = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "▁", "\n", *letters]
    return GemmaTokenizer(vocab={piece: place for place, piece in enumerate(pieces)}, merges=[])


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


def sight_tokens(tokenizer: Qwen2Tokenizer) -> dict[str, int]:
    start, end, image, video = tokenizer.convert_tokens_to_ids(list(VISION_TOKENS))
    return {
        "vision_start_token_id": start,
        "vision_end_token_id": end,
        "image_token_id": image,
        "video_token_id": video,
    }


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


def autoencoder(channels: int = 4, **config: Any) -> AutoencoderKL:
    """Pictures are four times as large as their latents."""
    torch.manual_seed(3)
    blocks = (8, 16, 16)
    return AutoencoderKL(
        block_out_channels=blocks,
        down_block_types=["DownEncoderBlock2D"] * len(blocks),
        up_block_types=["UpDecoderBlock2D"] * len(blocks),
        latent_channels=channels,
        norm_num_groups=4,
        sample_size=64,
        **config,
    ).eval()


def qwen_autoencoder() -> AutoencoderKLQwenImage:
    """Eight times as large, as the real one: its means and spreads are for sixteen channels."""
    torch.manual_seed(14)
    return AutoencoderKLQwenImage(base_dim=8, num_res_blocks=1).eval()
