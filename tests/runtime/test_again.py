"""Pictures made again are the same to the last bit, alone, and what is otherwise today is told."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from studio.core.differences import execution_differences
from studio.core.messages import Phase, Preview, Stage
from studio.core.passes import SecondPass
from studio.core.paths import resources_dir
from studio.core.recipe import Execution
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.wraps import wrapped
from tests import zoo
from tests.runtime.painting import Painted, load, paint


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedPipeline:
    return load(zoo.stable_diffusion(tmp_path_factory.mktemp("model") / "sd"))


def again(loaded: LoadedPipeline, folder: Path, made: Painted, index: int, **wishes: object) -> Painted:
    recipe = made.recipes[index]
    return paint(loaded, folder, **({"seed": recipe.seed, "again": recipe.execution} | wishes))


def test_the_third_of_four_is_made_again_alone(loaded: LoadedPipeline, tmp_path: Path) -> None:
    made = paint(loaded, tmp_path, seed=2**64 - 2, num_images=4)
    once_more = again(loaded, tmp_path, made, 2, previews=True)
    assert (once_more.pictures[0] == made.pictures[2]).all() and not once_more.notes
    assert [(one.index, one.seed) for one in once_more.saved] == [(0, 0)]
    assert once_more.recipes[0].execution == made.recipes[2].execution
    assert {one.index for one in once_more.sent if isinstance(one, Preview)} <= {0}


def test_a_second_pass_is_made_again_for_the_one_alone(loaded: LoadedPipeline, tmp_path: Path) -> None:
    wishes = {"second_pass": SecondPass(scale=1.5)}
    made = paint(loaded, tmp_path, num_images=3, **wishes)
    decoded = list[int]()

    def decode(original: Any, *args: Any, **more: Any) -> Any:
        decoded.append(len(args[0]))
        return original(*args, **more)

    with wrapped(loaded.pipe.vae, "decode", decode):
        once_more = again(loaded, tmp_path, made, 1, **wishes)
    assert (once_more.pictures[0] == made.pictures[1]).all() and not once_more.notes
    assert decoded == [3, 1]  # of the batch the one alone is made larger
    told = [one for one in once_more.sent if isinstance(one, Phase) and one.stage == Stage.DENOISING]
    assert {one.total for one in told if one.total} == {told[-1].done}


def test_what_the_companions_are_changes_no_bit(loaded: LoadedPipeline, tmp_path: Path) -> None:
    """Else a picture could not be made again without them."""
    pipe = loaded.pipe

    def made(seeds: tuple[int, ...]) -> torch.Tensor:
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        wishes = {"num_inference_steps": 3, "num_images_per_prompt": 4, "output_type": "pt"}
        return pipe("a boat", width=64, height=64, generator=generators, **wishes).images[2]

    assert torch.equal(made((1, 2, 3, 4)), made((9, 8, 3, 7)))


def test_of_a_second_pass_only_the_wanted_picture_is_made_again(
    loaded: LoadedPipeline, tmp_path: Path
) -> None:
    wishes = {"second_pass": SecondPass(scale=1.5, strength=1.0, num_inference_steps=4)}
    made = paint(loaded, tmp_path, num_images=3, **wishes)
    once_more = again(loaded, tmp_path, made, 1, **wishes)
    assert (once_more.pictures[0] == made.pictures[1]).all() and len(once_more.pictures) == 1
    assert (made.result.figures.steps, once_more.result.figures.steps) == (3 + 3 * 4, 3 + 4)


def test_the_starter_s_postcard_is_made_again(tmp_path: Path) -> None:
    loaded = load(resources_dir() / "starter" / "postcards")
    size = {"width": None, "height": None, "num_inference_steps": 2}
    made = paint(loaded, tmp_path, prompt="a red boat on the sea", num_images=4, **size)
    assert made.recipes[2].execution is not None and made.recipes[2].execution.batch == 4
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)  # as on a day when more of them are free
    try:
        once_more = again(loaded, tmp_path, made, 2, prompt="a red boat on the sea", **size)
        assert torch.get_num_threads() == threads + 1
    finally:
        torch.set_num_threads(threads)
    assert (once_more.pictures[0] == made.pictures[2]).all() and not once_more.notes


def test_what_is_otherwise_today_is_told(loaded: LoadedPipeline, tmp_path: Path) -> None:
    made = paint(loaded, tmp_path, num_images=2)
    record = made.recipes[1].execution
    assert record is not None
    older = msgspec.structs.replace(
        record,
        device="cuda:NVIDIA H100",
        versions=record.versions | {"torch": "2.0"},
        options={"attention": "flash"},
        model="of another day",
    )
    result = paint(loaded, tmp_path, seed=8, again=older).result
    told = [note.params for note in result.notes if note.code == "made_differently"]
    assert told == [
        {"what": "the device", "then": "cuda:NVIDIA H100", "now": "cpu"},
        {"what": "the model's files", "then": "of another day", "now": loaded.spec.fingerprint},
        {"what": "torch", "then": "2.0", "now": record.versions["torch"]},
        {"what": "attention", "then": "flash", "now": "none"},
    ]


def test_a_batch_that_memory_no_longer_holds_is_told(loaded: LoadedPipeline, tmp_path: Path) -> None:
    made = paint(loaded, tmp_path, num_images=4)

    def crowded(_: object, args: tuple[torch.Tensor, ...]) -> None:
        if len(args[0]) > 4:  # two pictures with their negative halves
            raise torch.OutOfMemoryError("CUDA out of memory")

    hook = loaded.pipe.unet.register_forward_pre_hook(crowded)
    once_more = again(loaded, tmp_path, made, 2)
    hook.remove()
    loaded.rungs.clear()
    assert len(once_more.pictures) == 1 and once_more.saved[0].seed == made.saved[2].seed
    told = [note.params for note in once_more.result.notes if note.code == "made_differently"]
    assert told == [
        {"what": "the pictures made together", "then": "4", "now": "2"},
        {"what": "the place among them", "then": "2", "now": "0"},
    ]


def test_decoding_in_tiles_is_repeated(loaded: LoadedPipeline, tmp_path: Path) -> None:
    vae = loaded.pipe.vae
    small = (vae.tile_sample_min_size, vae.tile_latent_min_size)
    vae.tile_sample_min_size, vae.tile_latent_min_size = 32, 8

    def large(*_: object) -> None:
        if not vae.use_tiling:
            raise torch.OutOfMemoryError("CUDA out of memory")

    hook = vae.decoder.register_forward_pre_hook(large)
    made = paint(loaded, tmp_path)
    hook.remove()
    loaded.rungs.clear()
    plain, once_more = paint(loaded, tmp_path), again(loaded, tmp_path, made, 0)
    vae.tile_sample_min_size, vae.tile_latent_min_size = small
    assert (once_more.pictures[0] == made.pictures[0]).all() and "made_differently" not in once_more.notes
    assert (plain.pictures[0] != made.pictures[0]).any()


def test_records_that_promise_the_same_do_not_differ() -> None:
    record = Execution(device="cpu", precision="float32", threads=2, versions={"torch": "2.13.0"})
    assert not execution_differences(record, record)
    assert not execution_differences(record, msgspec.structs.replace(record, model="abc"))
    (one,) = execution_differences(record, msgspec.structs.replace(record, threads=4))
    assert (one.what, one.then, one.now) == ("the number of threads", "2", "4")
