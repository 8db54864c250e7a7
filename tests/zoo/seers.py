"""Models that see, tiny, with processors as their makers saved them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import (
    CLIPImageProcessorPil,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessorPil,
    Idefics3Processor,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
)

from tests.zoo import parts
from tests.zoo.words import CONTEXT, IN_PARTS, qwen_tokenizer, sight_tokens, text_tokenizer

_WORDS = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4 * CONTEXT,
    "initializer_range": 0.2,  # else all pictures look alike after so few and narrow layers
}
_EYES = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "patch_size": 8,
    "image_size": 32,
    "initializer_range": 0.2,
}


def idefics3(folder: Path) -> Path:
    """As SmolVLM: a picture is read whole and, where it is large, in tiles as well."""
    tokenizer = _with("<fake_token_around_image>", "<image>", "<end_of_utterance>", "<global-img>")
    torch.manual_seed(21)
    config = Idefics3Config(
        text_config={"model_type": "llama", **_WORDS, **_ids(tokenizer)},
        vision_config=_EYES,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
        pad_token_id=tokenizer.pad_token_id,
    )
    eyes = Idefics3ImageProcessorPil(size={"longest_edge": 64}, max_image_size={"longest_edge": 32})
    processor = Idefics3Processor(eyes, tokenizer, image_seq_len=4, chat_template=IN_PARTS)
    return _save(Idefics3ForConditionalGeneration(config), processor, folder)


def llava(folder: Path) -> Path:
    tokenizer = _with("<image>")
    torch.manual_seed(22)
    config = LlavaConfig(
        text_config={"model_type": "llama", **_WORDS, **_ids(tokenizer)},
        vision_config={"model_type": "clip_vision_model", **_EYES},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
    )
    eyes = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    processor = LlavaProcessor(
        eyes, tokenizer, patch_size=8, vision_feature_select_strategy="default",
        num_additional_image_tokens=1, chat_template=IN_PARTS,
    )  # fmt: skip
    return _save(LlavaForConditionalGeneration(config), processor, folder)


def qwen2_5_vl(folder: Path) -> Path:
    """Each token of a picture has a place in rows and columns, of which all later ones depend."""
    tokenizer = qwen_tokenizer()
    torch.manual_seed(23)
    rope = {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 1e6}
    eyes = {
        "depth": 2,
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_heads": 2,
        "out_hidden_size": 32,
        "fullatt_block_indexes": [1],
        "initializer_range": 0.2,
    }
    config = Qwen2_5_VLConfig(
        text_config={**_WORDS, **_ids(tokenizer), "rope_parameters": rope},
        vision_config=eyes,
        **sight_tokens(tokenizer),
    )
    processor = parts.seeing_processor(Qwen2_5_VLProcessor, tokenizer)
    return _save(Qwen2_5_VLForConditionalGeneration(config), processor, folder)


SEERS: dict[str, Callable[[Path], Path]] = {"idefics3": idefics3, "llava": llava, "qwen2_5_vl": qwen2_5_vl}


def _with(*tokens: str) -> PreTrainedTokenizerFast:
    tokenizer = text_tokenizer(None)
    tokenizer.add_special_tokens({"additional_special_tokens": list(tokens)})
    return tokenizer


def _ids(tokenizer: Any) -> dict[str, Any]:
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    return {"vocab_size": len(tokenizer), "pad_token_id": 0, "bos_token_id": 0, "eos_token_id": end}


def _save(model: Any, processor: Any, folder: Path) -> Path:
    model.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
