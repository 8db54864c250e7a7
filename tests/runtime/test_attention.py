"""Heads that share their keys attend to the same, however it is computed."""

import pytest
import torch
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from studio.runtime.text import attention


class Sharing(torch.nn.Module):
    """A layer of eight heads that share keys."""

    is_causal = True

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.num_key_value_groups = 8 // heads


@pytest.mark.parametrize("rows, heads", [(1, 2), (3, 2), (1, 8), (2, 1)])
@pytest.mark.parametrize("tokens, masked", [(1, False), (1, True), (5, True), (9, False)])
def test_tokens_attend_as_in_transformers(
    monkeypatch: pytest.MonkeyPatch, rows: int, heads: int, tokens: int, masked: bool
) -> None:
    monkeypatch.setitem(AttentionInterface._global_mapping, "sdpa", sdpa_attention_forward)
    module, other = Sharing(heads), Sharing(heads)
    attention.pack_shared_heads(module)
    attend = AttentionInterface()["sdpa"]
    query, key, value = (
        torch.randn(rows, count, length, 4) for count, length in ((8, tokens), *[(heads, 9)] * 2)
    )
    mask = torch.ones(rows, 1, tokens, 9, dtype=torch.bool).tril(9 - tokens) if masked else None
    found, _ = attend(module, query, key, value, mask, scaling=0.3)
    wanted, _ = sdpa_attention_forward(module, query, key, value, mask, scaling=0.3)
    assert found.shape == wanted.shape
    assert torch.allclose(found, wanted, atol=1e-6)
    monkeypatch.setattr(attention, "scaled_dot_product_attention", None)
    assert torch.equal(attend(other, query, key, value, mask, scaling=0.3)[0], wanted), "is left as it is"
