"""Convolutions over pictures are laid out channels last where that is faster, and it is recorded."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLQwenImage, DiffusionPipeline
from torch import nn

from studio.runtime.pictures.channels import convolves, laid_as, lay_out
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


@pytest.mark.parametrize(
    ("precision", "device", "expected"),
    [
        (torch.float32, CPU, True),
        (torch.bfloat16, CPU, False),
        (torch.float32, CUDA, False),
        (torch.bfloat16, CUDA, True),
    ],
)
def test_laid_out_where_it_helps(
    tmp_path: Path, precision: torch.dtype, device: torch.device, expected: bool
) -> None:
    pipe = DiffusionPipeline.from_pretrained(zoo.stable_diffusion(tmp_path / "sd"), torch_dtype=precision)
    assert lay_out(pipe, device) == ({"memory_format": "channels_last"} if expected else {})
    assert laid_out(pipe.unet) is laid_out(pipe.vae) is expected


def test_what_was_made_without_it_is_made_again_without_it(tmp_path: Path) -> None:
    loaded = load(zoo.stable_diffusion(tmp_path / "sd"))
    with laid_as(loaded, {}):
        assert not laid_out(loaded.pipe.unet)
        before = paint(loaded, tmp_path)
    with_it = paint(loaded, tmp_path)
    assert laid_out(loaded.pipe.unet)
    for made, layout in ((before, None), (with_it, "channels_last")):
        (recipe,) = made.recipes
        assert recipe.execution is not None and recipe.execution.options.get("memory_format") == layout
        then = msgspec.structs.replace(recipe.execution, model=loaded.spec.fingerprint)
        again = paint(loaded, tmp_path, again=then)
        assert np.array_equal(again.pictures[0], made.pictures[0]) and not again.notes
        assert laid_out(loaded.pipe.unet) and loaded.options["memory_format"] == "channels_last"
