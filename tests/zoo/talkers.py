"""Models of all the ways in which text models remember what they read: the real classes, tiny."""

from pathlib import Path
from typing import Any

import torch
import transformers

from tests.zoo.words import CHATML, STRICT, VOCABULARY, text_tokenizer

_SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 2048,
    "initializer_range": 0.2,
}
_SLIDING = {"sliding_window": 24, "layer_types": ["sliding_attention", "full_attention"] * 2}
_EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}

TALKERS: dict[str, tuple[dict[str, Any], str | None]] = {
    "LlamaForCausalLM": ({}, CHATML),
    "Qwen3ForCausalLM": ({}, CHATML),
    "Qwen3_5ForCausalLM": (
        {
            "linear_key_head_dim": 8,
            "linear_value_head_dim": 8,
            "linear_num_key_heads": 2,
            "linear_num_value_heads": 4,
            "layer_types": ["linear_attention", "full_attention"] * 2,
        },
        CHATML,
    ),
    "Gemma3ForCausalLM": (_SLIDING, STRICT),
    "MistralForCausalLM": ({"sliding_window": 24}, STRICT),
    "Phi3ForCausalLM": ({"pad_token_id": 0}, CHATML),
    "GPT2LMHeadModel": ({"n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 2048}, None),
    "GptOssForCausalLM": ({**_SLIDING, "num_local_experts": 4, "num_experts_per_tok": 2}, CHATML),
    "Qwen3MoeForCausalLM": (_EXPERTS, CHATML),
    "MambaForCausalLM": ({"num_hidden_layers": 2, "state_size": 8}, CHATML),
    "RecurrentGemmaForCausalLM": (
        {"num_hidden_layers": 3, "lru_width": 32, "attention_window_size": 24},
        STRICT,
    ),
    "Lfm2ForCausalLM": ({"layer_types": ["conv", "full_attention"] * 2}, CHATML),
    "FalconH1ForCausalLM": (
        {
            "mamba_d_ssm": 32,
            "mamba_n_heads": 4,
            "mamba_d_head": 8,
            "mamba_d_state": 8,
            "num_hidden_layers": 2,
        },
        CHATML,
    ),
}


def talker(folder: Path, architecture: str) -> Path:
    settings, template = TALKERS[architecture]
    tokenizer = text_tokenizer(template)
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id, "bos_token_id": 0}
    torch.manual_seed(11)
    made = getattr(transformers, architecture)
    made(made.config_class(**_SIZES | ends | settings)).eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
