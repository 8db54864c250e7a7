"""Seamless pictures: both edges meet, on U-Nets and transformers, and nothing of it stays."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from studio.core.paths import resources_dir
from studio.runtime.desk import Desk
from studio.runtime.pictures.seamless import _Rolling, seamless
from studio.runtime.pictures.wraps import wrapped
from tests.runtime.painting import Model, Painted, each_family, load, order, paint

EACH = each_family("stable_diffusion", "flux")


def seam(painted: Painted) -> float:
    """How much more the picture changes over its edges than between neighbours inside it; 1 is no seam."""
    ratios = []
    for one in painted.pictures:
        picture = one.astype(float)
        for axis in (0, 1):
            inner = np.abs(np.diff(picture, axis=axis)).mean()
            first, last = np.take(picture, 0, axis), np.take(picture, -1, axis)
            ratios.append(np.abs(first - last).mean() / inner)
    return float(np.mean(ratios))


@pytest.mark.parametrize("name", EACH)
def test_edges_meet_and_the_next_picture_is_as_before(model: Model, tmp_path: Path, name: str) -> None:
    loaded = model(name)
    wishes = {"num_images": 2, "num_inference_steps": 2, "width": 128, "height": 64}
    before = paint(loaded, tmp_path, **wishes)
    made, once_more = (paint(loaded, tmp_path, seamless=True, **wishes) for _ in range(2))
    after = paint(loaded, tmp_path, **wishes)
    assert not made.notes and made.recipes[0].seamless and not after.recipes[0].seamless
    assert (made.pictures[0] != before.pictures[0]).any() and seam(made) < 1.5
    assert (once_more.pictures[0] == made.pictures[0]).all()
    assert all((one == other).all() for one, other in zip(before.pictures, after.pictures, strict=True))


@pytest.mark.parametrize("name", EACH)
def test_an_autoencoder_sees_no_border(model: Model, tmp_path: Path, name: str) -> None:
    """Latents moved along are the picture moved along, as only a world without an edge has it."""
    pipe, given = model(name).pipe, list[torch.Tensor]()

    def see(decode: Callable[..., Any], latents: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        given.append(latents)
        return decode(latents, *args, **kwargs)

    with wrapped(pipe.vae, "decode", see):
        paint(model(name), tmp_path, num_inference_steps=2)
    latents = given[0]

    def moved_apart() -> float:
        here, there = (
            pipe.vae.decode(one, return_dict=False)[0] for one in (latents, latents.roll((6, 6), (-2, -1)))
        )
        by = 6 * here.shape[-1] // latents.shape[-1]
        return float((here.roll((by, by), (-2, -1)) - there).abs().mean() / here.std())

    job = order(model(name).spec, seamless=True)
    with torch.inference_mode():
        apart = moved_apart()
        with seamless(pipe, job, 64, 64, Desk("job", tmp_path, [].append)):
            assert moved_apart() < apart / 5


def test_a_u_net_sees_no_border(model: Model, tmp_path: Path) -> None:
    unet = model("stable_diffusion").pipe.unet
    latents = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    prompt = torch.randn(1, 77, 32, generator=torch.Generator().manual_seed(1))

    def moved_apart() -> float:
        here, there = (unet(one, 500, prompt).sample for one in (latents, latents.roll((6, 6), (-2, -1))))
        return float((here.roll((6, 6), (-2, -1)) - there).abs().max())

    job = order(model("stable_diffusion").spec, seamless=True)
    with torch.inference_mode():
        assert moved_apart() > 1e-3
        with seamless(model("stable_diffusion").pipe, job, 64, 64, Desk("job", tmp_path, [].append)):
            assert moved_apart() < 1e-5


@pytest.fixture(scope="module")
def waves(tmp_path_factory: pytest.TempPathFactory) -> tuple[Callable[..., float], float]:
    """The seam of pictures by a trained model, at its own size and settings; and what it is with edges."""
    loaded, folder = load(resources_dir() / "starter" / "postcards"), tmp_path_factory.mktemp("waves")
    wishes = {"prompt": "waves on the sea", "num_images": 2, "width": None, "height": None}

    def painted(**more: object) -> float:
        vae, side = loaded.pipe.vae, loaded.spec.defaults.width or 0
        if more.pop("tiled", False):
            vae.tile_sample_min_size = side // 2
            vae.tile_latent_min_size = side // 2 // 2 ** (len(vae.config.block_out_channels) - 1)
            vae.enable_tiling()
        return seam(paint(loaded, folder, num_inference_steps=6, **wishes, **more))

    return painted, painted()


def test_the_starter_s_postcards_can_be_tiled(waves: tuple[Callable[..., float], float]) -> None:
    painted, with_edges = waves
    assert painted(seamless=True) < min(2, with_edges / 3)


def test_decoding_in_tiles_stays_seamless(waves: tuple[Callable[..., float], float]) -> None:
    painted, with_edges = waves
    assert painted(seamless=True, tiled=True) < min(2, with_edges / 3)


def test_a_denoiser_whose_latents_are_no_picture_is_told(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a picture to refer to, whose tokens stand in the same row."""
    loaded = model("flux")
    forward = loaded.pipe.transformer.forward
    shapes = []

    def see(hidden_states: torch.Tensor, **kwargs: object) -> object:
        shapes.append(hidden_states.shape)
        return forward(hidden_states=hidden_states, **kwargs)

    monkeypatch.setattr(loaded.pipe.transformer, "forward", see)
    assert not paint(loaded, tmp_path, seamless=True).notes and shapes[0] == (1, 64, 16)
    rolling = _Rolling(64, 64)
    longer = torch.randn(1, 64 + 4, 16)
    assert torch.equal(rolling(lambda hidden_states: (hidden_states,), hidden_states=longer)[0], longer)
    assert rolling.lost


def test_what_goes_in_moved_comes_out_in_its_place() -> None:
    """Of any layout, at every step; and the model sees it moved, the same way in both halves of a step."""
    seen = list[torch.Tensor]()

    def forward(hidden_states: torch.Tensor, timestep: torch.Tensor) -> tuple[torch.Tensor]:
        seen.append(hidden_states)
        return (hidden_states,)

    for shape in ((2, 4, 8, 16), (2, 4, 1, 8, 16), (2, 1, 8, 16, 4), (2, 8 * 16, 4)):
        rolling, latents = _Rolling(160, 80), torch.randn(shape)
        seen.clear()

        for time in (900, 900, 500, 100):
            made = rolling(forward, hidden_states=latents, timestep=torch.tensor([time, time]))
            assert torch.equal(made[0], latents)
        assert not rolling.lost and torch.equal(seen[0], seen[1])
        assert not torch.equal(seen[1], seen[2]) and not torch.equal(seen[2], seen[3])


def test_convolutions_are_what_they_were(model: Model, tmp_path: Path) -> None:
    loaded = model("stable_diffusion")
    paint(loaded, tmp_path, seamless=True)
    parts = (loaded.pipe.unet, loaded.pipe.vae)
    modes = {one.padding_mode for part in parts for one in part.modules() if isinstance(one, nn.Conv2d)}
    assert modes == {"zeros"}
