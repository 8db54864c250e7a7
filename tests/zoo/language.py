"""Language models that most tests are made with, as folders and as GGUF files."""

import json
from pathlib import Path
from typing import Any

import torch
from gguf import GGUFWriter
from safetensors.torch import load_file
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen3_5ForCausalLM,
    Qwen3_5TextConfig,
)

from tests.zoo.words import CHATML, CONTEXT, STRICT, VOCABULARY, text_tokenizer

_SHAPE = dict(vocab_size=VOCABULARY, hidden_size=32, intermediate_size=64, max_position_embeddings=CONTEXT)


def _save_text_model(model: Any, folder: Path, template: str | None) -> Path:
    tokenizer = text_tokenizer(template)
    model.generation_config.eos_token_id = [tokenizer.eos_token_id, tokenizer.pad_token_id]
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def llama(folder: Path, template: str | None = CHATML) -> Path:
    torch.manual_seed(7)
    config = LlamaConfig(**_SHAPE, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2)
    return _save_text_model(LlamaForCausalLM(config), folder, template)


def gemma(folder: Path, template: str | None = STRICT) -> Path:
    """A sliding window of 16 tokens in every other layer."""
    torch.manual_seed(8)
    config = Gemma3TextConfig(
        **_SHAPE,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        sliding_window=16,
        layer_types=["sliding_attention", "full_attention"] * 2,
    )
    return _save_text_model(Gemma3ForCausalLM(config), folder, template)


def qwen(folder: Path, template: str | None = CHATML) -> Path:
    """Gated delta layers, whose state cannot be cropped, beside full attention."""
    torch.manual_seed(9)
    config = Qwen3_5TextConfig(
        **_SHAPE,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        linear_key_head_dim=8,
        linear_value_head_dim=8,
        linear_num_key_heads=2,
        linear_num_value_heads=4,
        layer_types=["linear_attention", "full_attention"] * 2,
    )
    return _save_text_model(Qwen3_5ForCausalLM(config), folder, template)


def gguf(file: Path, folder: Path) -> Path:
    """The Llama of that folder as llama.cpp keeps it, unquantised."""
    tokenizer = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    vocabulary, merges = tokenizer["model"]["vocab"], tokenizer["model"]["merges"]
    special = {one["content"] for one in tokenizer["added_tokens"]}
    writer = GGUFWriter(file, "llama")
    writer.add_name("Small")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(_SHAPE["hidden_size"])
    writer.add_feed_forward_length(_SHAPE["intermediate_size"])
    writer.add_block_count(3)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(VOCABULARY)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(sorted(vocabulary, key=vocabulary.get))
    writer.add_token_types([3 if piece in special else 1 for piece in sorted(vocabulary, key=vocabulary.get)])
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(2)
    writer.add_chat_template(CHATML)
    for name, tensor in load_file(folder / "model.safetensors").items():
        writer.add_tensor(gguf_name(name), tensor.float().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def gguf_name(name: str) -> str:
    """What llama.cpp calls a tensor of a Llama of transformers."""
    for theirs, ours in {
        "model.embed_tokens": "token_embd",
        "model.norm": "output_norm",
        "lm_head": "output",
        "model.layers.": "blk.",
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
        "post_attention_layernorm": "ffn_norm",
        "input_layernorm": "attn_norm",
    }.items():
        name = name.replace(theirs, ours)
    return name
