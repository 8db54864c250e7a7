"""A model that predicts further tokens: Mellum, whose makers publish the layers for it beside the others."""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import MellumConfig, MellumForCausalLM
from transformers.modeling_layers import MtpModel

from tests.zoo.words import text_tokenizer


def mellum(
    folder: Path, *, agreeing: bool = False, layers: int = 2, width: int = 32, context: int = 512
) -> Path:
    """`agreeing`: what follows a token depends on it alone, and the layers foresee it."""
    tokenizer = text_tokenizer()
    torch.manual_seed(44)
    config = MellumConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=width // 4,
        max_position_embeddings=context,
        initializer_range=0.2,
        sliding_window=None,
        layer_types=["full_attention"] * layers,
        mlp_layer_types=["dense"] * layers,
        num_mtp_layers=1,
        mtp_layer_types=["full_attention"],
        mtp_mlp_layer_types=["dense"],
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    model = MellumForCausalLM(config).eval()
    ahead = MtpModel(model, 1)
    if agreeing:
        _agree(model, ahead)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    kept = load_file(folder / "model.safetensors")
    save_file(kept | _published(ahead), folder / "model.safetensors", {"format": "pt"})
    return folder


def _agree(model: MellumForCausalLM, ahead: MtpModel) -> None:
    """What the layers add is nothing, so the head answers to the last token's embedding alone; and the layer
    ahead reads that of the token it is given."""
    width = model.config.hidden_size
    for layer in (*model.model.layers, ahead.layers[0].mtp_block):
        torch.nn.init.zeros_(layer.self_attn.o_proj.weight)
        torch.nn.init.zeros_(layer.mlp.down_proj.weight)
    embeddings = torch.randn(model.config.vocab_size, width)
    model.model.embed_tokens.weight.data.copy_(embeddings)
    order = torch.randperm(model.config.vocab_size)
    model.lm_head.weight.data[order.roll(-1)] = embeddings[order]
    ahead.layers[0].eh_proj.weight.data.copy_(torch.cat([torch.eye(width), torch.zeros(width, width)], dim=1))


def _published(ahead: MtpModel) -> dict[str, torch.Tensor]:
    """By the names of the makers' files."""
    own = {
        "eh_proj": "fc",
        "enorm": "pre_fc_norm_embedding",
        "hnorm": "pre_fc_norm_hidden",
        "post_norm": "norm",
    }
    found = dict[str, torch.Tensor]()
    for name, tensor in ahead.layers[0].named_parameters():
        part, _, rest = name.partition(".")
        named = f"mtp.{own[part]}.{rest}" if part in own else f"mtp.layers.0.{rest}"
        found[named] = tensor.detach().clone().contiguous()
    return found
