"""Keys and values that grow in place are the same as those that are put together anew for each token."""

import copy
import random

import pytest
import torch
from transformers import LlamaConfig
from transformers.cache_utils import DynamicLayer

from studio.runtime.text.cache_layers import storages
from studio.runtime.text.growing import SPARE, GrowingLayer, growing_cache

HEADS, WIDTH = 2, 4


def states(tokens: int, rows: int = 1) -> torch.Tensor:
    return torch.randn(rows, HEADS, tokens, WIDTH)


class Pair:
    """A growing layer, and one of transformers' that is told the same."""

    def __init__(self, layer: GrowingLayer, plain: DynamicLayer) -> None:
        self.layer, self.plain = layer, plain

    def read(self, tokens: int) -> None:
        keys, values = states(tokens, self.rows), states(tokens, self.rows)
        found, wanted = self.layer.update(keys, values), self.plain.update(keys, values)
        assert all(torch.equal(one, other) for one, other in zip(found, wanted, strict=True))
        self.check()

    def crop(self, tokens: int) -> None:
        self.layer.crop(-tokens)
        self.plain.crop(-tokens)
        self.check()

    def branch(self, length: int) -> "Pair":
        other = copy.copy(self.plain)
        other.crop(length - self.length)
        return Pair(self.layer.branch(length), other)

    def copy(self) -> "Pair":
        return Pair(copy.copy(self.layer), copy.copy(self.plain))

    def check(self) -> None:
        assert self.layer.get_seq_length() == self.plain.get_seq_length()

    @property
    def rows(self) -> int:
        return self.plain.keys.shape[0] if self.plain.is_initialized else 1

    @property
    def length(self) -> int:
        return self.plain.get_seq_length()


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_done_to_some_branches_none_changes_another(seed: int) -> None:
    chance = random.Random(seed)
    torch.manual_seed(seed)
    pairs = [Pair(GrowingLayer(), DynamicLayer())]
    pairs[0].read(3)
    for _ in range(80):
        pair = chance.choice(pairs)
        done = chance.choice(("read", "read", "crop", "branch", "copy", "rows", "drop"))
        if done == "read" or not pair.length:
            pair.read(chance.choice((1, 1, 5, 40, SPARE + 1)))
        elif done == "crop":
            pair.crop(chance.randrange(pair.length + 1))
        elif done == "branch":
            pairs.append(pair.branch(chance.randrange(pair.length + 1)))
        elif done == "copy":
            pairs.append(pair.copy())
        elif done == "rows":
            pair.read(1)
            rows = torch.tensor([0] * chance.choice((1, 2)))
            pair.layer.reorder_cache(rows)
            pair.plain.reorder_cache(rows)
        elif len(pairs) > 1:
            pairs.remove(pair)
    for pair in pairs:
        pair.read(1)


def test_a_token_more_is_written_where_there_is_room() -> None:
    layer = GrowingLayer()
    layer.update(states(100), states(100))
    place, size = layer.keys.data_ptr(), storages([layer])
    for _ in range(SPARE):
        layer.update(states(1), states(1))
    assert layer.keys.data_ptr() == place
    assert storages([layer]) == size == 2 * 4 * HEADS * WIDTH * (100 + SPARE), "what is free counts too"
    layer.update(states(1), states(1))
    assert layer.keys.data_ptr() != place


def test_another_question_behind_the_same_talk_copies_the_old_one_alone() -> None:
    layer = GrowingLayer()
    layer.update(states(1000), states(1000))
    before = storages([layer])
    for _ in range(3):
        other = layer.branch(990)
        other.update(states(20), states(20))
        assert other.keys.data_ptr() == layer.keys.data_ptr()
        assert layer.get_seq_length() >= 1000
        layer = other
    assert storages([layer]) == before
    early = layer.branch(10)
    assert layer.more_keys is None, "sooner ten are copied than a thousand"
    early.update(states(1), states(1))
    assert early.keys.data_ptr() != layer.keys.data_ptr()


def test_a_copy_of_all_goes_its_own_way() -> None:
    layer = GrowingLayer()
    layer.update(states(5), states(5))
    other = copy.deepcopy(layer)
    kept = layer.keys.clone()
    other.crop(-3)
    other.update(states(4), states(4))
    layer.update(states(1), states(1))
    assert torch.equal(layer.keys[..., :5, :], kept)
    layer.reset()
    assert layer.get_seq_length() == 0
    layer.update(states(2), states(2))
    assert layer.get_seq_length() == 2


def test_only_full_attention_grows() -> None:
    config = LlamaConfig(num_hidden_layers=2, num_attention_heads=2, hidden_size=8, vocab_size=8)
    assert [type(layer) for layer in growing_cache(config).layers] == [GrowingLayer] * 2
    config.sliding_window, config.layer_types = 4, ["sliding_attention", "full_attention"]
    sliding, full = growing_cache(config).layers
    assert type(full) is GrowingLayer
    assert not isinstance(sliding, GrowingLayer)
