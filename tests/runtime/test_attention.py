"""Heads that share their keys attend to the same, however it is computed."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from studio.runtime.text.attention import pack_shared_heads


@pytest.mark.parametrize("rows, heads", [(1, 2), (3, 2), (1, 8), (2, 1)])
def test_one_token_attends_as_in_transformers(monkeypatch: pytest.MonkeyPatch, rows: int, heads: int) -> None:
    monkeypatch.setitem(AttentionInterface._global_mapping, "sdpa", sdpa_attention_forward)
    pack_shared_heads()
    attend = AttentionInterface()["sdpa"]
    module = cast(Any, SimpleNamespace(num_key_value_groups=8 // heads, is_causal=True))
    query, key, value = (torch.randn(rows, count, length, 4) for count, length in ((8, 1), *[(heads, 9)] * 2))
    found, _ = attend(module, query, key, value, None, scaling=0.3)
    wanted, _ = sdpa_attention_forward(module, query, key, value, None, scaling=0.3)
    assert found.shape == wanted.shape
    assert torch.allclose(found, wanted, atol=1e-6)
