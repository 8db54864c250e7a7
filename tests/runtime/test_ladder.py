"""Memory that runs out in a part of a real pipeline: one rung after another, said, kept and recorded."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
import torch
from diffusers import AsymmetricAutoencoderKL
from torch import nn

from studio.core.errors import MemoryExhausted, NoRoomForPicture
from studio.runtime.pictures.ladder import largest_size
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.loras import take_off
from tests import zoo
from tests.runtime.painting import LAID_OUT, Painted, load, paint


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return zoo.stable_diffusion(tmp_path_factory.mktemp("model") / "sd")


@pytest.fixture
def loaded(folder: Path) -> LoadedPipeline:
    return load(folder)


@contextmanager
def crowded(part: nn.Module, unless: Callable[[torch.Tensor], bool], error: Exception) -> Iterator[None]:
    """The part finds no memory, but where its first input or what was done meanwhile makes it go."""

    def look(_: object, args: tuple[torch.Tensor, ...]) -> None:
        if not unless(args[0]):
            raise error

    hook = part.register_forward_pre_hook(look)
    try:
        yield
    finally:
        hook.remove()


def options(made: Painted) -> dict[str, str]:
    execution = made.recipes[0].execution
    assert execution is not None
    return execution.options


FULL = torch.OutOfMemoryError("CUDA out of memory.")
FULL_PROCESSOR = RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes.")


def test_fewer_are_made_together_and_so_the_next_time(loaded: LoadedPipeline, tmp_path: Path) -> None:
    with crowded(loaded.pipe.unet, lambda given: len(given) <= 2, FULL):  # a picture and its negative half
        made = paint(loaded, tmp_path, num_images=4)
        next_time = paint(loaded, tmp_path, num_images=4)
    assert [one.index for one in made.saved] == [0, 1, 2, 3]
    assert [note.params["size"] for note in made.result.notes if note.code == "batch_split"] == [2, 1]
    assert not next_time.notes and {one.execution.batch for one in next_time.recipes if one.execution} == {1}
    other_size = paint(loaded, tmp_path, num_images=2, width=32)
    assert {one.execution.batch for one in other_size.recipes if one.execution} == {2}


def test_where_decoding_ran_out_it_comes_first(loaded: LoadedPipeline, tmp_path: Path) -> None:
    """One after another, then in tiles; the batch stays what it was."""
    vae = loaded.pipe.vae
    with crowded(vae.decoder, lambda given: len(given) == 1, FULL):
        made = paint(loaded, tmp_path, num_images=2)
    assert set(made.notes) == {"vae_sliced"} and options(made) == LAID_OUT | {"vae_slicing": "on"}
    assert made.recipes[1].execution is not None and made.recipes[1].execution.batch == 2
    with crowded(vae.decoder, lambda _: vae.use_tiling, FULL_PROCESSOR):
        made = paint(loaded, tmp_path)
        next_time = paint(loaded, tmp_path)  # begins there: nothing runs out
    assert options(made) == options(next_time) == LAID_OUT | {"vae_tiling": "on", "vae_slicing": "on"}
    assert set(made.notes) == set(next_time.notes) == {"vae_tiled"} and not vae.use_tiling
    assert not paint(loaded, tmp_path, width=32).notes


def test_an_autoencoder_that_knows_no_pieces_ends_in_the_sentence(folder: Path, tmp_path: Path) -> None:
    """It has the methods for them all the same, which raise."""
    loaded = load(folder)
    blocks = {"down_block_out_channels": (8, 16, 16), "up_block_out_channels": (8, 16, 16)}
    types = {"down_block_types": ("DownEncoderBlock2D",) * 3, "up_block_types": ("UpDecoderBlock2D",) * 3}
    loaded.pipe.vae = vae = AsymmetricAutoencoderKL(norm_num_groups=4, **blocks, **types)
    with crowded(vae.decoder, lambda _: False, FULL), pytest.raises((MemoryExhausted, NoRoomForPicture)):
        paint(loaded, tmp_path, num_images=2)


def test_then_the_weights_wait_elsewhere(loaded: LoadedPipeline, tmp_path: Path) -> None:
    """Whole parts first, then groups of layers; both work on a machine that has a processor alone."""
    before = paint(loaded, tmp_path)
    loaded.movable = True
    with crowded(loaded.pipe.unet, lambda _: loaded.options.get("offload") == "group", FULL):
        made = paint(loaded, tmp_path, num_images=2)
    assert set(made.notes) == {"batch_split", "offloaded", "offloaded_layers"}
    assert options(made) == LAID_OUT | {"offload": "group"}
    leaf = loaded.pipe.unet.conv_in
    assert leaf._diffusers_hook.get_hook("group_offloading") is not None
    after = paint(loaded, tmp_path)
    assert not after.notes and (after.pictures[0] == before.pictures[0]).all()
    assert options(after) == LAID_OUT | {"offload": "group"}
    with loaded.on_processor():  # as for a LoRA
        assert leaf._diffusers_hook.get_hook("group_offloading") is None
    assert leaf._diffusers_hook.get_hook("group_offloading") is not None
    take_off(loaded)
    assert (paint(loaded, tmp_path).pictures[0] == before.pictures[0]).all()


def test_the_last_word_names_what_would_fit(loaded: LoadedPipeline, tmp_path: Path) -> None:
    with (
        crowded(loaded.pipe.unet, lambda _: False, MemoryError()),
        pytest.raises(NoRoomForPicture) as caught,
    ):
        paint(loaded, tmp_path, num_images=2)
    assert caught.value.params == {"phase": "denoising", "width": 64, "height": 64, "fits": "40 × 40"}
    assert not paint(loaded, tmp_path, width=40, height=40).notes


def test_what_would_fit_is_reckoned_and_smaller_than_what_did_not() -> None:
    assert largest_size(1024, 1024, free=1 << 30, needed=4 << 30, multiple=16) == (512, 512)
    assert largest_size(1024, 512, free=1 << 30, needed=4 << 30, multiple=64) == (512, 256)
    assert largest_size(1024, 1024, free=9 << 30, needed=4 << 30, multiple=16) == (720, 720)
    assert largest_size(1024, 1024, free=100, needed=4 << 30, multiple=16) is None


def test_a_packed_model_stays_where_it_is(folder: Path) -> None:
    spec = msgspec.structs.replace(load(folder).spec, path="model.gguf")
    one = load(folder)
    assert not LoadedPipeline(spec, one.pipe, one.plan, {}).movable
