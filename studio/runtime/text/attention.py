"""Attention on a processor, of a model whose heads share keys: the keys are not copied for each of them."""

from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

# What has to be left to transformers, where a model asks for it.
_FLAGS, _TENSORS = ("dropout", "softcap", "output_attentions"), ("position_bias", "cache")


def pack_shared_heads(model: torch.nn.Module) -> None:
    """Let the model attend so from now on, where its attention is `sdpa`; others go on as they did.

    Some models ask for that name (transformers 5.23), so that one of our own would change more than this.
    """
    for module in model.modules():
        module.packs_shared_heads = True
    AttentionInterface.register("sdpa", _attend)


def _attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **more: Any,
) -> tuple[torch.Tensor, None]:
    """`query`: [rows, heads, tokens, width]; `key`, `value`: [rows, fewer heads, tokens, width].

    transformers (5.23) copies the keys for each head, as do kernels of torch (2.13) on a processor: behind a
    long history that takes longer than all else. Heads that share keys are read as further tokens instead.
    """
    (rows, heads, tokens, _), sharing = query.shape, query.shape[1] // key.shape[1]
    masked = attention_mask is not None and attention_mask.shape[1] == 1
    asked = any(more.get(name) for name in _FLAGS) or any(more.get(name) is not None for name in _TENSORS)
    whole = masked or (attention_mask is None and tokens == 1)
    ours = getattr(module, "packs_shared_heads", False)
    if not ours or query.device.type != "cpu" or sharing == 1 or asked or not whole:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **more)
    mask = None if attention_mask is None else attention_mask.repeat(1, 1, sharing, 1)
    packed = query.reshape(rows, key.shape[1], sharing * tokens, -1)
    read = scaled_dot_product_attention(packed, key, value, attn_mask=mask, scale=more.get("scaling"))
    return read.reshape(rows, heads, tokens, -1).transpose(1, 2).contiguous(), None
