"""Llamas of transformers as GGUF files that llama.cpp runs: any size, with biases, packed or not."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter
from gguf.quants import quantize
from safetensors.torch import load_file

from tests.zoo import gguf_name


def convert(
    folder: Path,
    file: Path,
    *,
    packing: GGMLQuantizationType = GGMLQuantizationType.F32,
    template: str | None = None,
    architecture: str = "llama",
    context: int | None = None,
    spoil: str = "",
    part: int = 0,
) -> Path:
    """The model of the folder; `spoil` names a tensor whose numbers are to be none, `part` says how many
    tensors each of several files is to have."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    writer = GGUFWriter(file, architecture, split_max_tensors=part)
    writer.add_name("Small")
    writer.add_context_length(context or config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    _add_vocabulary(writer, folder, template)
    for name, tensor in load_file(folder / "model.safetensors").items():
        kind = name.split(".")[-2]
        heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}.get(kind)
        values = tensor.float().numpy()
        if heads:
            values = _turned(values, heads)
        called = gguf_name(name)
        if called == spoil:
            values = np.full_like(values, np.nan)
        packed = packing if values.ndim > 1 and values.shape[-1] % 32 == 0 else GGMLQuantizationType.F32
        writer.add_tensor(called, quantize(values, packed), raw_dtype=packed)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def _add_vocabulary(writer: GGUFWriter, folder: Path, template: str | None) -> None:
    tokenizer = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    settings = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    added = {one["content"]: one["id"] for one in tokenizer["added_tokens"]}
    vocabulary: dict[str, int] = tokenizer["model"]["vocab"] | added
    pieces = sorted(vocabulary, key=vocabulary.__getitem__)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(pieces)
    writer.add_token_types([3 if piece in added else 1 for piece in pieces])
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["model"]["merges"]])
    writer.add_eos_token_id(vocabulary[settings["eos_token"]])
    writer.add_add_bos_token(False)
    kept = folder / "chat_template.jinja"
    writer.add_chat_template(template if template is not None else kept.read_text("utf-8"))


def _turned(values: "np.ndarray[Any, Any]", heads: int) -> "np.ndarray[Any, Any]":
    """llama.cpp turns neighbours where transformers turns halves (`LlamaModel.permute` in its converter)."""
    halves = values.reshape(heads, 2, values.shape[0] // heads // 2, *values.shape[1:])
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(values.shape))


def recurrent(folder: Path, file: Path) -> Path:
    """A tiny Mamba of random weights with the vocabulary of the folder: its state cannot go back."""
    width, inner, state, rank, words = 32, 64, 8, 4, 400
    chance = np.random.default_rng(5)
    writer = GGUFWriter(file, "mamba")
    writer.add_name("Mamba")
    writer.add_context_length(2048)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(0)
    writer.add_head_count(0)
    writer.add_block_count(2)
    writer.add_ssm_conv_kernel(4)
    writer.add_ssm_inner_size(inner)
    writer.add_ssm_state_size(state)
    writer.add_ssm_time_step_rank(rank)
    writer.add_layer_norm_rms_eps(1e-5)
    _add_vocabulary(writer, folder, None)

    def add(name: str, *shape: int) -> None:
        writer.add_tensor(name, chance.normal(0, 0.3, shape).astype(np.float32))

    add("token_embd.weight", words, width)
    writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
    for block in ("blk.0", "blk.1"):
        writer.add_tensor(f"{block}.attn_norm.weight", np.ones(width, np.float32))
        add(f"{block}.ssm_in.weight", 2 * inner, width)
        add(f"{block}.ssm_conv1d.weight", inner, 4)
        add(f"{block}.ssm_conv1d.bias", inner)
        add(f"{block}.ssm_x.weight", rank + 2 * state, inner)
        add(f"{block}.ssm_dt.weight", inner, rank)
        add(f"{block}.ssm_dt.bias", inner)
        writer.add_tensor(f"{block}.ssm_a", -np.ones((inner, state), np.float32))
        add(f"{block}.ssm_d", inner)
        add(f"{block}.ssm_out.weight", width, inner)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file
