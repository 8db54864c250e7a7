"""The shelf's models that read and write: the real classes, tiny, with a chat template as their makers'."""

import json
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import BertConfig, BertModel, Qwen2Tokenizer

from tests import zoo
from tests.zoo.words import qwen_tokenizer, sight_tokens

_SIZES = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": zoo.CONTEXT,
    "initializer_range": 0.2,
}
_SIGHT = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_attention_heads": 2,
    "num_hidden_layers": 1,
    "patch_size": 4,
    "image_size": 16,
}
_QWEN_SIGHT = {
    "depth": 1,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_heads": 2,
    "out_hidden_size": 32,
    "num_position_embeddings": 16,
}
_QWEN_ROPE = {
    "rope_type": "default",
    "rope_theta": 5e6,
    "mrope_section": [2, 1, 1],
    "mrope_interleaved": True,
}

# What tells each architecture from the others, besides its sizes.
TEXTS: dict[str, dict[str, Any]] = {
    "LlamaForCausalLM": {},
    "Phi3ForCausalLM": {"partial_rotary_factor": 0.75},
    "Qwen3ForCausalLM": {"head_dim": 8, "tie_word_embeddings": True},
    "Glm4ForCausalLM": {"head_dim": 8},
    "SmolLM3ForCausalLM": {"num_hidden_layers": 4},
    "Lfm2ForCausalLM": {"layer_types": ["conv", "full_attention"]},
}
SEEING: dict[str, dict[str, Any]] = {
    "Qwen3_5ForConditionalGeneration": {
        "text_config": {
            "head_dim": 8,
            "linear_key_head_dim": 8,
            "linear_value_head_dim": 8,
            "linear_num_key_heads": 2,
            "linear_num_value_heads": 4,
            "layer_types": ["linear_attention", "full_attention"],
            "tie_word_embeddings": True,
        },
        "vision_config": _QWEN_SIGHT,
        "tie_word_embeddings": True,
    },
    "Qwen3VLForConditionalGeneration": {
        "text_config": {"head_dim": 8, "rope_parameters": _QWEN_ROPE},
        "vision_config": _QWEN_SIGHT | {"deepstack_visual_indexes": [0]},
    },
    "Mistral3ForConditionalGeneration": {
        "text_config": {"model_type": "ministral3", "head_dim": 8},
        "vision_config": {"model_type": "pixtral", **_SIGHT},
        "image_token_index": 3,
    },
    "SmolVLMForConditionalGeneration": {
        "text_config": {"model_type": "llama"},
        "vision_config": _SIGHT,
        "image_token_id": 3,
    },
    "Gemma4ForConditionalGeneration": {
        "text_config": {
            "num_hidden_layers": 4,
            "head_dim": 8,
            "global_head_dim": 16,
            "sliding_window": 16,
            "layer_types": ["sliding_attention", "full_attention"] * 2,
            "hidden_size_per_layer_input": 8,
            "num_kv_shared_layers": 2,
            "final_logit_softcapping": 30.0,
        },
        "vision_config": {"num_key_value_heads": 2, "head_dim": 8, **_SIGHT},
        "audio_config": {
            "hidden_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "subsampling_conv_channels": (8, 4),
            "output_proj_dims": 16,
        },
    },
}


def text(folder: Path, architecture: str) -> Path:
    tokenizer = qwen_tokenizer()
    torch.manual_seed(42)
    made = getattr(transformers, architecture)
    return _save(made(made.config_class(**_SIZES | _ids(tokenizer) | TEXTS[architecture])), tokenizer, folder)


def seeing(folder: Path, architecture: str, *, in_parts: bool = False) -> Path:
    """`in_parts`: with a chat template for contents in parts, in a file that only processors look for."""
    tokenizer = qwen_tokenizer()
    torch.manual_seed(42)
    made = getattr(transformers, architecture)
    given = SEEING[architecture]
    words = _SIZES | _ids(tokenizer) | given["text_config"]
    tokens = sight_tokens(tokenizer) if architecture.startswith("Qwen") else {}
    config = made.config_class(**given | tokens | {"text_config": words})
    if in_parts:
        tokenizer.chat_template = None
    _save(made(config), tokenizer, folder)
    if in_parts:
        (folder / "chat_template.json").write_text(json.dumps({"chat_template": zoo.IN_PARTS}), "utf-8")
    return folder


def _ids(tokenizer: Qwen2Tokenizer) -> dict[str, Any]:
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    return {"vocab_size": len(tokenizer), "pad_token_id": 0, "bos_token_id": 0, "eos_token_id": end}


def _save(model: Any, tokenizer: Any, folder: Path) -> Path:
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def sentence_bert(folder: Path) -> Path:
    """As the library sentence-transformers keeps it: the mean of what each token became."""
    tokenizer = zoo.text_tokenizer(None)
    torch.manual_seed(41)
    config = BertConfig(vocab_size=len(tokenizer), **_SIZES | {"num_key_value_heads": None})
    _save(BertModel(config), tokenizer, folder)
    return _as_sentences(folder, {"pooling_mode_mean_tokens": True})


def sentence_qwen(folder: Path) -> Path:
    """As a causal model, of which the last token is taken."""
    text(folder, "Qwen3ForCausalLM")
    return _as_sentences(folder, {"pooling_mode_lasttoken": True})


def _as_sentences(folder: Path, pooling: dict[str, bool]) -> Path:
    kinds = ("Transformer", "Pooling", "Normalize")
    modules = [
        {
            "idx": place,
            "name": str(place),
            "path": f"{place}_{kind}" if place else "",
            "type": f"sentence_transformers.models.{kind}",
        }
        for place, kind in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(modules), "utf-8")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(
        json.dumps({"word_embedding_dimension": 32, **pooling}), "utf-8"
    )
    return folder
