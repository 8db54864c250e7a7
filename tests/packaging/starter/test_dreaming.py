"""The decoder is sharpened on what the denoiser makes of captions, as a person would have it made."""

import random
from pathlib import Path

import dreaming
import pytest
import sharpening
import shipped
import torch
from diffusers import StableDiffusionPipeline
from pictures import pixels
from torch.nn import functional

SHIPPED = Path(__file__).parents[3] / "resources" / "starter" / "postcards"
CPU = torch.device("cpu")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(dreaming, "STEPS", 4)
    shipped.unpack(SHIPPED, tmp_path)
    return tmp_path


def test_dreams_are_what_the_pipeline_makes_of_the_same_captions(work: Path):
    dreaming.dream(work, CPU, 2, seed=0)
    pipeline = StableDiffusionPipeline.from_pretrained(SHIPPED, local_files_only=True)
    noise = torch.randn(2, 16, 16, 16, generator=torch.Generator().manual_seed(0))
    made = pipeline(
        [dreaming.ordered(0, number)[1] for number in range(2)],
        latents=noise,
        num_inference_steps=4,
        guidance_scale=dreaming.GUIDANCE,
        output_type="latent",
    ).images
    dreamt = dreaming.dreamt(work)
    assert (dreamt - made).abs().mean() < 0.1 < (dreamt - made.flip(0)).abs().mean()


def test_dreaming_goes_on_where_it_stopped_and_dreams_come_with_pictures_of_their_scenes(work: Path):
    dreaming.dream(work, CPU, 2, seed=0)
    first = dreaming.dreamt(work)
    dreaming.dream(work, CPU, 3, seed=0)
    kept = dreaming.dreamt(work)
    assert len(kept) == 3
    torch.testing.assert_close(kept[:2], first)
    latents, pictures = next(iter(dreaming.Dreams(work, 3, seed=0, lot=1)))
    assert pictures.shape == (3, 3, 256, 256)
    numbers = [kept[:, 0, 0, 0].tolist().index(first) for first in latents[:, 0, 0, 0].tolist()]
    assert len({dreaming.ordered(0, number)[0].style for number in numbers}) == 1


def test_soft_pictures_are_unlike_crisp_ones_and_others_of_the_same_scenes_are_not():
    rng = random.Random(4)
    scenes = [dreaming.ordered(0, number)[0] for number in range(4)]
    ours, others = (torch.stack([pixels(scene, rng, 256, 256) for scene in scenes]) for _ in range(2))
    soft = functional.avg_pool2d(ours, 5, stride=1, padding=2, count_include_pad=False)
    torch.manual_seed(0)
    unlike = {
        name: float(sharpening.unlikeness(it, ours)) for name, it in {"soft": soft, "other": others}.items()
    }
    assert float(sharpening.unlikeness(ours, ours)) < 1e-3
    assert unlike["other"] < unlike["soft"] / 2
