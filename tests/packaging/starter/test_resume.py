"""Training goes on from the shipped weights, and from its own checkpoints."""

import random
from itertools import islice
from pathlib import Path

import autoencoder
import denoiser
import export
import prompt
import pytest
import sharpening
import shipped
import torch
from checkpoint import Plan, Training, averaged, begin
from diffusers import AutoencoderKL
from pictures import Captions, Postcards, pixels
from rewording import Wordings
from safetensors.torch import load_file, save_file
from scene import sample
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

SHIPPED = Path(__file__).parents[3] / "resources" / "starter" / "postcards"
WEIGHTS = "diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    shipped.unpack(SHIPPED, folder)
    return folder


def test_the_components_give_the_shipped_encoders_latents(work: Path):
    rng = random.Random(3)
    size = autoencoder.SIZE
    drawn = torch.stack([pixels(sample(rng), rng, size, size) for _ in range(3)])
    with torch.no_grad():
        wanted = AutoencoderKL.from_pretrained(SHIPPED / "vae").encode(drawn).latent_dist.mode()
    halves = functional.avg_pool2d(drawn, 2)
    torch.testing.assert_close(autoencoder.Components.load(work).encode(halves), wanted, atol=0.01, rtol=0)


@pytest.mark.long
def test_sharpening_goes_on_from_the_decoder_and_is_what_is_exported(work: Path):
    before = averaged("autoencoder", work)
    parts = autoencoder.Components.load(work)
    sharpening.train(work, torch.device("cpu"), parts, Plan(1), 2, seed=0)
    after = export.assemble(work).vae.decoder.state_dict()
    moved = max(float((after[name] - value).abs().max()) for name, value in before.items())
    assert 0 < moved < 1e-4  # the first step is short, and the mean takes little of it
    torch.testing.assert_close(averaged("autoencoder", work), before, atol=0, rtol=0)


def test_batches_have_one_shape_each_and_a_caption_for_every_picture():
    shapes = ((128, 96), (96, 128))
    batches = list(islice(iter(Postcards(1, 3, shapes)), 8))
    assert {tuple(pictures.shape) for pictures, _ in batches} == {(3, 3, 96, 128), (3, 3, 128, 96)}
    assert all(len(words) == 3 for _, words in batches)


def test_the_denoiser_takes_a_step_from_the_shipped_weights(work: Path):
    before = load_file(SHIPPED / "unet" / WEIGHTS)
    parts = autoencoder.Components.load(work)
    denoiser.train(work, torch.device("cpu"), *prompt.trained(work), parts, Plan(1), 2, seed=0)
    after = averaged("denoiser", work)
    moved = max(float((after[name] - value.float()).abs().max()) for name, value in before.items())
    assert 0 < moved < 1e-5  # the first step is short, and the mean takes little of it
    assert (work / "denoiser.optimiser.safetensors").exists()


def test_what_was_unpacked_is_put_together_as_it_was(tmp_path: Path):
    shipped.unpack(SHIPPED, tmp_path)
    pipeline = export.assemble(tmp_path)
    assert pipeline.tokenizer("一艘红帆船").input_ids == prompt.trained(tmp_path)[0]("一艘红帆船").input_ids
    for part, file in (("vae", WEIGHTS), ("unet", WEIGHTS), ("text_encoder", "model.safetensors")):
        mine = getattr(pipeline, part).half().state_dict()
        kept = load_file(SHIPPED / part / file)
        assert mine.keys() == kept.keys()
        assert all(torch.equal(value, mine[name]) for name, value in kept.items())


def test_a_plan_ends_by_updates_or_by_the_clock(tmp_path: Path):
    layer = torch.nn.Linear(2, 1)
    for name, plan, updates in (("steps", Plan(3), 3), ("clock", Plan(1000, minutes=1e-9), 1)):
        training = Training(name, tmp_path, layer, plan, rate=0.1, ema_decay=0.9)
        while training.share < 1:
            training.advance(layer(torch.ones(1, 2)).square().sum())
        assert training.step == updates


def test_a_stopped_training_goes_on_where_it_was(tmp_path: Path):
    layer = torch.nn.Linear(2, 1)
    begin("some", tmp_path, layer.state_dict())
    training = Training("some", tmp_path, layer, Plan(9), rate=0.1, ema_decay=0.9)
    training.advance(layer(torch.ones(1, 2)).square().sum())
    training.save()
    again = Training("some", tmp_path, torch.nn.Linear(2, 1), Plan(9), rate=0.1, ema_decay=0.9)
    assert again.step == 1
    torch.testing.assert_close(
        again.optimiser.state_dict()["state"], training.optimiser.state_dict()["state"]
    )
    assert again.seconds == pytest.approx(training.seconds)
    torch.testing.assert_close(again.model.weight, layer.weight)
    torch.testing.assert_close(again.ema["weight"], training.ema["weight"])
    for one in (training, again):
        one.advance(one.model(torch.ones(1, 2)).square().sum())
    torch.testing.assert_close(again.ema["weight"], training.ema["weight"])  # which was good from the start


def test_an_old_checkpoint_counts_as_begun_from_nothing(tmp_path: Path):
    layer = torch.nn.Linear(2, 1)
    begin("some", tmp_path, layer.state_dict())
    Training("some", tmp_path, layer, Plan(9), rate=0.1, ema_decay=0.9).save()
    kept = load_file(tmp_path / "some.optimiser.safetensors")
    del kept["grown"]  # which it did not say yet
    save_file(kept, tmp_path / "some.optimiser.safetensors")
    again = Training("some", tmp_path, torch.nn.Linear(2, 1), Plan(9), rate=0.1, ema_decay=0.9)
    before = layer.weight.detach().clone()
    again.advance(again.model(torch.ones(1, 2)).square().sum())
    first = 2 / 11  # how much of the old mean is kept at the first update
    torch.testing.assert_close(again.ema["weight"], before.lerp(again.model.weight, 1 - first))


@pytest.mark.parametrize("data", [Captions(1), Wordings(1)])
def test_several_processes_draw_different_lots(data: IterableDataset):
    one, other = islice(iter(DataLoader(data, batch_size=None, num_workers=2)), 2)
    assert one[0] != other[0]
