"""Pictures that come out as nothing are made once more in safer numbers, and it is told."""

from pathlib import Path

import msgspec
import pytest
import torch
from diffusers.models.autoencoders.vae import Decoder

from studio.core.errors import ModelProducedNothing
from studio.runtime.pictures.load import LoadedPipeline
from tests import zoo
from tests.runtime.painting import LAID_OUT, load, paint


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return zoo.stable_diffusion_xl(tmp_path_factory.mktemp("model") / "sdxl")


def in_half(folder: Path, precision: torch.dtype) -> LoadedPipeline:
    """As an accelerator would hold it; without SDXL's own way of raising its autoencoder."""
    loaded = load(folder)
    loaded.pipe.vae.register_to_config(force_upcast=False)
    loaded.pipe.to(dtype=precision)
    loaded.precision = precision
    return loaded


def swell(decoder: Decoder) -> None:
    """Activations that exceed what float16 holds, 65504, in front of a norm that brings them back."""
    decoder.conv_in.weight.data *= 3e4
    decoder.conv_in.bias.data *= 3e4


def test_an_autoencoder_that_overflows_works_in_float32_from_then_on(folder: Path, tmp_path: Path) -> None:
    loaded = in_half(folder, torch.float16)
    swell(loaded.pipe.vae.decoder)
    made = paint(loaded, tmp_path)
    assert made.notes == {"safer_precision": {"what": "the autoencoder", "precision": "float32"}}
    assert made.pictures[0].std() > 1
    (execution,) = [one.execution for one in made.recipes]
    assert execution is not None and execution.precision == "float16"
    assert execution.options == LAID_OUT | {"vae_precision": "float32"}
    assert loaded.pipe.vae.dtype == torch.float32 and loaded.pipe.unet.dtype == torch.float16
    next_time = paint(loaded, tmp_path)
    assert not next_time.notes and (next_time.pictures[0] == made.pictures[0]).all()
    # Made again on a fresh day: as it was made then, before anything goes wrong.
    fresh = in_half(folder, torch.float16)
    swell(fresh.pipe.vae.decoder)
    once_more = paint(fresh, tmp_path, again=execution)
    assert not once_more.notes and (once_more.pictures[0] == made.pictures[0]).all()


def test_it_does_so_beneath_whatever_lies_over_it_for_a_job(folder: Path, tmp_path: Path) -> None:
    loaded = in_half(folder, torch.float16)
    swell(loaded.pipe.vae.decoder)
    made = paint(loaded, tmp_path, seamless=True)
    assert set(made.notes) == {"safer_precision"}
    plain = paint(loaded, tmp_path)
    fresh = in_half(folder, torch.float16)
    swell(fresh.pipe.vae.decoder)
    assert (paint(fresh, tmp_path).pictures[0] == plain.pictures[0]).all()
    assert (paint(loaded, tmp_path, seamless=True).pictures[0] == made.pictures[0]).all()


def test_a_record_s_precision_is_no_name_of_anything_else(folder: Path, tmp_path: Path) -> None:
    loaded = load(folder)
    made = paint(loaded, tmp_path)
    (then,) = [one.execution for one in made.recipes]
    assert then is not None
    strange = msgspec.structs.replace(
        then, precision="manual_seed", options=LAID_OUT | {"loaded_in": "float32"}
    )
    assert (paint(loaded, tmp_path, again=strange).pictures[0] == made.pictures[0]).all()


def test_a_denoiser_that_overflows_goes_over_to_bfloat16(folder: Path, tmp_path: Path) -> None:
    loaded = in_half(folder, torch.float16)
    block = loaded.pipe.unet.conv_in  # a norm comes next
    block.weight.data.clamp_(-1, 1).mul_(6e4)
    made = paint(loaded, tmp_path)
    assert made.notes == {"safer_precision": {"what": "the model", "precision": "bfloat16"}}
    (execution,) = [one.execution for one in made.recipes]
    assert execution is not None and execution.precision == "bfloat16"
    assert execution.options == LAID_OUT | {"loaded_in": "float16"}
    assert loaded.pipe.unet.dtype == torch.bfloat16
    next_time = paint(loaded, tmp_path)
    assert not next_time.notes and (next_time.pictures[0] == made.pictures[0]).all()


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16, torch.float32])
def test_a_denoiser_that_never_gives_numbers_ends_in_the_error(
    folder: Path, tmp_path: Path, precision: torch.dtype
) -> None:
    loaded = in_half(folder, precision)
    loaded.pipe.unet.conv_in.weight.data.fill_(float("nan"))
    with pytest.raises(ModelProducedNothing):
        paint(loaded, tmp_path)
    assert not list(tmp_path.glob("*.png"))


def test_a_black_picture_that_stays_black_is_kept_and_told(folder: Path, tmp_path: Path) -> None:
    loaded = in_half(folder, torch.bfloat16)
    last = loaded.pipe.vae.decoder.conv_out
    last.weight.data.fill_(0)
    last.bias.data.fill_(-2)
    made = paint(loaded, tmp_path, num_images=2)
    assert set(made.notes) == {"safer_precision", "picture_black"}
    assert len(made.pictures) == 2 and not made.pictures[0].any()
    assert set(paint(loaded, tmp_path).notes) == {"picture_black"}
    assert set(paint(load_black(folder), tmp_path).notes) == {"picture_black"}


def load_black(folder: Path) -> LoadedPipeline:
    """In float32 from the start, where there is nothing safer."""
    loaded = load(folder)
    last = loaded.pipe.vae.decoder.conv_out
    last.weight.data.fill_(0)
    last.bias.data.fill_(0)
    return loaded
