"""Convolutions over pictures are laid out channels last on CUDA, in half precision, and that is recorded."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKLQwenImage
from torch import nn

from studio.runtime.pictures.channels import convolves, lay_out
from tests import zoo
from tests.runtime.painting import load, paint

CUDA, CPU = torch.device("cuda"), torch.device("cpu")


def laid_out(part: nn.Module) -> bool:
    weights = [
        one.weight for one in part.modules() if isinstance(one, nn.Conv2d) and min(one.weight.shape) > 1
    ]
    return all(one.is_contiguous(memory_format=torch.channels_last) for one in weights)


@pytest.mark.parametrize(
    ("build", "name", "expected"),
    [
        (zoo.stable_diffusion, "unet", True),
        (zoo.stable_diffusion, "vae", True),
        (zoo.flux, "transformer", False),
        (zoo.pixart, "transformer", False),  # it cuts patches
    ],
)
def test_what_looks_at_neighbours_convolves(
    tmp_path: Path, build: Callable[[Path], Path], name: str, expected: bool
) -> None:
    assert convolves(getattr(load(build(tmp_path / "model")).pipe, name)) is expected


def test_the_autoencoder_of_films_is_left_as_it_is() -> None:
    shape: dict[str, Any] = {"base_dim": 8, "z_dim": 4, "dim_mult": [1, 2], "num_res_blocks": 1}
    part = AutoencoderKLQwenImage(
        **shape, temperal_downsample=[False], latents_mean=[0.0] * 4, latents_std=[1.0] * 4
    )
    assert not convolves(part)


def test_half_precision_on_cuda_is_laid_out_and_still_makes_pictures(tmp_path: Path) -> None:
    loaded = load(zoo.stable_diffusion(tmp_path / "sd"))
    assert lay_out(loaded.pipe, CUDA) == {}, "single precision"
    loaded.pipe.to(torch.bfloat16)
    assert lay_out(loaded.pipe, CPU) == {} and not laid_out(loaded.pipe.unet)
    assert lay_out(loaded.pipe, CUDA) == {"memory_format": "channels_last"}
    assert laid_out(loaded.pipe.unet) and laid_out(loaded.pipe.vae)
    assert len(paint(loaded, tmp_path, num_images=2).pictures) == 2


def test_on_the_processor_nothing_is_said(tmp_path: Path) -> None:
    made = paint(load(zoo.stable_diffusion(tmp_path / "sd")), tmp_path)
    execution = made.recipes[0].execution
    assert execution is not None and "memory_format" not in execution.options
