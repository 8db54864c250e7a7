"""Variations on real tiny pipelines: the way from one seed's picture to another's, and prompts that drift."""

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import EulerAncestralDiscreteScheduler

from studio.core.passes import Variation
from studio.runtime.pictures.drift import led_astray
from studio.runtime.pictures.noise import slerp
from tests.runtime.painting import Model, each_family, paint

EACH = each_family("stable_diffusion", "flux")


def distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


@pytest.mark.parametrize("name", EACH)
def test_a_variation_lies_between_the_varied_picture_and_its_own(
    model: Model, tmp_path: Path, name: str
) -> None:
    loaded = model(name)
    steps = 2 if name == "sana_sprint" else 3
    # In batches of two, as the varied picture was: the size of a batch changes last bits.
    both = paint(loaded, tmp_path, seed=7, num_images=2, num_inference_steps=steps).pictures

    def varied(strength: float) -> tuple[np.ndarray, np.ndarray]:
        made = paint(
            loaded,
            tmp_path,
            seed=7,
            num_images=2,
            num_inference_steps=steps,
            variation=Variation(seed=7, strength=strength),
        )
        assert not made.notes and [one.seed for one in made.saved] == [7, 8]
        assert made.recipes[1].variation == Variation(seed=7, strength=strength)
        return made.pictures[0], made.pictures[1]

    none, some, whole = varied(0), varied(0.3), varied(1)
    # The second of both is led away from the first: all of it, a part, not at all. The first has the varied
    # one's own seed, and stays what it is.
    assert (none[0] == both[0]).all() and (whole[0] == both[0]).all() and (whole[1] == both[1]).all()
    if name != "sana_sprint":  # its scheduler adds noise of its own, which differs by place
        assert distance(none[1], both[0]) <= 1
    assert (some[1] != none[1]).any() and (some[1] != whole[1]).any()
    if name == "stable_diffusion":
        assert distance(some[1], none[1]) < distance(varied(0.7)[1], none[1])


def test_alone_too_and_noise_that_comes_later_is_the_varied_one_s(model: Model, tmp_path: Path) -> None:
    loaded = model("stable_diffusion")
    own = loaded.pipe.scheduler
    loaded.pipe.scheduler = EulerAncestralDiscreteScheduler.from_config(own.config)
    try:
        varied = paint(loaded, tmp_path, seed=3).pictures[0]
        other = paint(loaded, tmp_path, seed=4).pictures[0]
        made = [
            paint(loaded, tmp_path, seed=4, variation=Variation(seed=3, strength=strength)).pictures[0]
            for strength in (0, 0.01, 1)
        ]
    finally:
        loaded.pipe.scheduler = own
    assert (made[0] == varied).all() and (made[2] == other).all()
    assert 0 < distance(made[1], varied) < distance(made[1], other)


def test_a_pipeline_without_noise_of_its_own_is_told(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one whose scheduler draws it."""
    loaded = model("stable_diffusion")
    prepare = loaded.pipe.prepare_latents

    def draw(*args: object, **kwargs: object) -> torch.Tensor:
        latents = torch.randn((1, 4, 16, 16), generator=torch.Generator().manual_seed(0))
        return prepare(*args[:7], latents)

    monkeypatch.setattr(loaded.pipe, "prepare_latents", draw)
    made = paint(loaded, tmp_path, variation=Variation(seed=1, strength=0.5))
    assert set(made.notes) == {"variation_unused"}


@pytest.mark.parametrize("name", EACH)
def test_prompts_drift_each_picture_in_its_own_way(model: Model, tmp_path: Path, name: str) -> None:
    loaded = model(name)
    steps = 2 if name == "sana_sprint" else 3

    def made(drift: float, seed: int = 7, count: int = 1) -> np.ndarray:
        painted = paint(
            loaded,
            tmp_path,
            seed=seed,
            num_images=count,
            num_inference_steps=steps,
            variation=Variation(seed=7, strength=0, drift=drift),
        )
        assert not painted.notes
        return np.stack(painted.pictures)

    still, one, other = made(0), made(0.8), made(0.8, seed=8)
    assert (still != one).any() and (one != other).any() and (made(0) == still).all()
    both = made(0.8, count=2)
    assert distance(both[0], one[0]) <= 1 and distance(both[1], other[0]) <= 1


def test_what_drifts_keeps_its_length_and_goes_further_with_more() -> None:
    torch.manual_seed(0)
    embedding = torch.randn(5, 64) * torch.tensor([28.0, 1, 1, 0.5, 0])[:, None]
    near, far = led_astray(embedding, 3, 0.1), led_astray(embedding, 3, 1.0)
    for moved in (near, far):
        assert torch.allclose(moved.norm(dim=-1), embedding.norm(dim=-1), rtol=1e-5)
    assert (near - embedding).norm() < (far - embedding).norm()
    assert torch.equal(led_astray(embedding, 3, 0.1), near) and not torch.equal(
        led_astray(embedding, 4, 0.1), near
    )
    assert led_astray(embedding.bfloat16(), 3, 0.1).dtype == torch.bfloat16


def test_slerp_keeps_noise_noise_and_meets_both_ends() -> None:
    low, high = (torch.randn(2, 4, 32, 32, generator=torch.Generator().manual_seed(one)) for one in (1, 2))
    assert torch.allclose(slerp(0.0, low, high), low, atol=1e-5)
    assert torch.allclose(slerp(1.0, low, high), high, atol=1e-5)
    middle = slerp(0.5, low, high)
    assert 0.95 < middle.std() < 1.05 and ((low + high) / 2).std() < 0.75  # a straight line would fade
    assert torch.allclose(slerp(0.5, low, low.clone()), low, atol=1e-6)
    # A1111's own words, of one picture [channels, rows, columns].
    a, b = low[0], high[0]
    dot = ((a / torch.norm(a, dim=1, keepdim=True)) * (b / torch.norm(b, dim=1, keepdim=True))).sum(1)
    omega = torch.acos(dot)
    theirs = (torch.sin((1.0 - 0.3) * omega) / torch.sin(omega)).unsqueeze(1) * a
    theirs += (torch.sin(0.3 * omega) / torch.sin(omega)).unsqueeze(1) * b
    assert torch.allclose(slerp(0.3, low, high)[0], theirs, atol=1e-5)


def test_wraps_over_each_other_leave_nothing(model: Model, tmp_path: Path) -> None:
    loaded = model("stable_diffusion")
    before = paint(loaded, tmp_path).pictures[0]
    paint(loaded, tmp_path, variation=Variation(seed=1, strength=0.5, drift=0.5), seamless=True)
    assert "encode_prompt" not in vars(loaded.pipe) and "decode" not in vars(loaded.pipe.vae)
    assert (paint(loaded, tmp_path).pictures[0] == before).all()
