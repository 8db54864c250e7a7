"""Hooks stop real networks within a block and leave no trace."""

import pytest
import torch
from diffusers import UNet2DConditionModel
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM

from studio.runtime.cancel import Stopped, block_hooks, repeated_blocks


class Counting:
    """Stops at the n-th look."""

    def __init__(self, stop_at: int = 10**9) -> None:
        self.looks = 0
        self.stop_at = stop_at

    def check(self) -> None:
        self.looks += 1
        if self.looks >= self.stop_at:
            raise Stopped


@pytest.fixture(scope="module")
def denoiser() -> UNet2DConditionModel:
    torch.manual_seed(1)
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8, 16),
        layers_per_block=2,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=8,
        norm_num_groups=2,
        attention_head_dim=4,
    ).eval()


def denoised(denoiser: nn.Module) -> torch.Tensor:
    with torch.no_grad():
        return denoiser(torch.ones(1, 4, 8, 8), 1, torch.ones(1, 3, 8)).sample


def test_stops_a_denoiser_within_a_block_and_leaves_it_as_it_was(denoiser: nn.Module) -> None:
    before = denoised(denoiser)
    whole = Counting()
    with block_hooks(denoiser, whole):
        assert torch.equal(denoised(denoiser), before)
    assert whole.looks >= 15  # every resnet, attention and transformer block
    stopping = Counting(stop_at=whole.looks // 2)
    with pytest.raises(Stopped), block_hooks(denoiser, stopping):
        denoised(denoiser)
    assert stopping.looks == whole.looks // 2
    after = Counting(stop_at=1)
    assert torch.equal(denoised(denoiser), before)
    assert after.looks == 0
    assert not any(part._forward_pre_hooks for part in denoiser.modules())


def test_looks_once_for_each_layer_of_a_text_model() -> None:
    config = LlamaConfig(
        hidden_size=16, intermediate_size=32, num_hidden_layers=5, num_attention_heads=2, vocab_size=50
    )
    model = LlamaForCausalLM(config)
    looks = Counting()
    with torch.no_grad(), block_hooks(model, looks):
        model(torch.ones(1, 4, dtype=torch.long))
    assert looks.looks == 6  # the model itself and its five layers


def test_leaves_are_no_blocks() -> None:
    block = nn.Sequential(nn.Linear(2, 2))
    assert repeated_blocks(nn.ModuleList([nn.Linear(2, 2), block, nn.Dropout()])) == [block]
