"""A second pass that fails or is stopped: the picture of the first is kept, and its recipe says so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from PIL import Image

from studio.core.messages import FromWorker, Note, Saved, Stage
from studio.core.passes import SecondPass
from studio.core.recipe import Recipe
from studio.media.recipes import read_recipe
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.wraps import wrapped
from tests import zoo
from tests.runtime.painting import LAID_OUT, Painted, load, order, paint
from tests.runtime.test_ladder import FULL, crowded

LARGER = SecondPass(scale=1.5, strength=0.5, num_inference_steps=4)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedPipeline:
    return load(zoo.stable_diffusion(tmp_path_factory.mktemp("model") / "sd"))


@pytest.fixture(autouse=True)
def forgotten(loaded: LoadedPipeline) -> Iterator[None]:
    """What one test ran out of is no reason for the next."""
    yield
    loaded.rungs.clear()


def is_first(loaded: LoadedPipeline, given: torch.Tensor) -> bool:
    """Whether a denoiser's or a decoder's input is of the first pass, whose pictures are 64 pixels wide."""
    return given.shape[-1] <= 64 // loaded.pipe.vae_scale_factor


def full(loaded: LoadedPipeline) -> Any:
    """No memory for a step of the second pass, however it is made."""
    return crowded(loaded.pipe.unet, lambda given: is_first(loaded, given), FULL)


def broken(loaded: LoadedPipeline) -> Any:
    """An error that no one foresaw."""
    return crowded(loaded.pipe.unet, lambda given: is_first(loaded, given), KeyError("no such block"))


@contextmanager
def no_numbers(loaded: LoadedPipeline) -> Iterator[None]:
    """The second pass gives what is not a number."""

    def spoil(_: object, args: tuple[torch.Tensor, ...], made: Any) -> Any:
        return made if is_first(loaded, args[0]) else (made[0] * float("nan"), *made[1:])

    hook = loaded.pipe.unet.register_forward_hook(spoil)
    try:
        yield
    finally:
        hook.remove()


def cause(made: Painted) -> object:
    return made.notes["second_pass_failed"]["cause"]


@pytest.mark.allow_log("The second pass of job")
@pytest.mark.parametrize(
    ("fault", "code"),
    [(full, "no_room_for_picture"), (broken, "unexpected"), (no_numbers, "model_produced_nothing")],
    ids=["memory", "error", "numbers"],
)
def test_what_the_first_pass_made_is_the_picture_where_the_second_fails(
    loaded: LoadedPipeline, tmp_path: Path, fault: Callable[[LoadedPipeline], Any], code: str
) -> None:
    plain = paint(loaded, tmp_path)
    with fault(loaded):
        made = paint(loaded, tmp_path, second_pass=LARGER)
    assert set(made.notes) == {"second_pass_failed"} and cause(made) == code
    assert (made.pictures[0] == plain.pictures[0]).all()
    (recipe,) = made.recipes
    assert recipe.second_pass is None and (recipe.width, recipe.height) == (64, 64)
    assert recipe.execution == plain.recipes[0].execution
    assert not paint(loaded, tmp_path, second_pass=LARGER).notes


@pytest.mark.allow_log("The second pass of job")
def test_the_others_are_painted_over_all_the_same(loaded: LoadedPipeline, tmp_path: Path) -> None:
    whole, large = paint(loaded, tmp_path, second_pass=LARGER, num_images=3), list[int]()

    def one_fails(_: object, args: tuple[torch.Tensor, ...]) -> None:
        if not is_first(loaded, args[0]):
            large.append(1)
            if len(large) == 3:  # of two steps each
                raise ValueError("only this once")

    hook = loaded.pipe.unet.register_forward_pre_hook(one_fails)
    made = paint(loaded, tmp_path, second_pass=LARGER, num_images=3)
    hook.remove()
    assert [one.index for one in made.saved] == [0, 1, 2]
    assert [one.second_pass is None for one in made.recipes] == [False, True, False]
    assert all((made.pictures[at] == whole.pictures[at]).all() for at in (0, 2))
    assert made.result.notes == (
        Note(
            code="second_pass_failed",
            params={"cause": "unexpected", "cause_detail": "ValueError: only this once"},
        ),
    )


def test_each_is_told_as_soon_as_it_is_painted_over(loaded: LoadedPipeline, tmp_path: Path) -> None:
    sent, saved = list[FromWorker](), list[int]()

    def count(original: Callable[..., Any], *args: Any, **more: Any) -> Any:
        saved.append(sum(isinstance(one, Saved) for one in sent))
        return original(*args, **more)

    job = order(loaded.spec, second_pass=LARGER, num_images=3, previews=False)
    with wrapped(loaded.pipe.vae, "decode", count):
        diffusion.generate(loaded, job, Desk("job", tmp_path, sent.append))
    assert saved == [0, 0, 1, 2], "the first pass of all, and each one's second"


def left(folder: Path) -> list[Recipe]:
    """What lies in staging, in the order in which it was begun."""
    read = [read_recipe(path) for path in sorted(folder.glob("*.png"))]
    return [one for one in read if one is not None]


@pytest.mark.parametrize("wraps", [False, True], ids=["bare", "wrapped by the pipeline"])
def test_a_stop_in_the_second_pass_leaves_what_the_first_made(
    loaded: LoadedPipeline, tmp_path: Path, wraps: bool
) -> None:
    """In staging, where whoever sweeps it up finds it."""
    plain = paint(loaded, tmp_path, num_images=2)
    folder = tmp_path / "stopped"
    folder.mkdir()
    desk = Desk("job", folder, [].append)

    def stop(_: object, args: tuple[torch.Tensor, ...]) -> None:
        if not is_first(loaded, args[0]):
            desk.cancelled.set()
            if wraps:
                raise RuntimeError("the pipeline failed")
            desk.check()

    hook = loaded.pipe.unet.register_forward_pre_hook(stop)
    with pytest.raises(RuntimeError if wraps else Stopped):
        diffusion.generate(loaded, order(loaded.spec, second_pass=LARGER, num_images=2, previews=False), desk)
    hook.remove()
    assert not desk.delivered and "second_pass_failed" not in {note.code for note in desk.notes}
    recipes = left(folder)
    assert [(one.index, one.seed, one.second_pass) for one in recipes] == [(0, 7, None), (1, 8, None)]
    for recipe, picture in zip(recipes, plain.pictures, strict=True):
        assert (np.asarray(Image.open(folder / f"{recipe.asset}.png")) == picture).all()


def test_what_is_done_takes_its_place(loaded: LoadedPipeline, tmp_path: Path) -> None:
    made = paint(loaded, tmp_path, second_pass=LARGER, num_images=2)
    assert {path.stem for path in tmp_path.glob("*.png")} == {one.asset for one in made.saved}


def test_other_models_are_given_back_before_it_fails(loaded: LoadedPipeline, tmp_path: Path) -> None:
    sent, room = list[FromWorker](), list[bool]()
    desk = Desk("job", tmp_path, sent.append)
    desk.make_room = lambda: not room and not room.append(True)
    with crowded(loaded.pipe.unet, lambda given: bool(room) or is_first(loaded, given), FULL):
        result = diffusion.generate(loaded, order(loaded.spec, second_pass=LARGER), desk)
    assert room and not result.notes
    (saved,) = [one for one in sent if isinstance(one, Saved)]
    assert (saved.width, saved.height) == (96, 96)


def test_decoding_in_tiles_for_the_second_pass_alone_is_repeated(
    loaded: LoadedPipeline, tmp_path: Path
) -> None:
    vae = loaded.pipe.vae
    small = (vae.tile_sample_min_size, vae.tile_latent_min_size)
    vae.tile_sample_min_size, vae.tile_latent_min_size = 32, 8  # the first pass would be cut too
    with crowded(vae.decoder, lambda given: vae.use_tiling or is_first(loaded, given), FULL):
        made = paint(loaded, tmp_path, second_pass=LARGER)
    loaded.rungs.clear()
    plain = paint(loaded, tmp_path, second_pass=LARGER)
    (recipe,) = made.recipes
    assert recipe.execution is not None
    assert recipe.execution.options == LAID_OUT | {"second_pass_vae_tiling": "on"}
    once_more = paint(loaded, tmp_path, second_pass=LARGER, again=recipe.execution)
    vae.tile_sample_min_size, vae.tile_latent_min_size = small
    assert (once_more.pictures[0] == made.pictures[0]).all() and set(once_more.notes) == {"vae_tiled"}
    assert once_more.recipes[0].execution == recipe.execution
    assert (plain.pictures[0] != made.pictures[0]).any() and not vae.use_tiling


def test_what_the_first_pass_needed_is_its_own(loaded: LoadedPipeline, tmp_path: Path) -> None:
    with crowded(loaded.pipe.vae.decoder, lambda _: loaded.pipe.vae.use_tiling, FULL):
        made = paint(loaded, tmp_path, second_pass=LARGER)
    (recipe,) = made.recipes
    assert recipe.execution is not None and recipe.execution.options == LAID_OUT | {"vae_tiling": "on"}


def test_the_time_of_a_picture_is_that_of_both_passes(loaded: LoadedPipeline, tmp_path: Path) -> None:
    made = paint(loaded, tmp_path, second_pass=LARGER, num_images=2)
    seconds = [one.seconds for one in made.recipes]
    assert all(one is not None and one > 0 for one in seconds)
    assert sum(filter(None, seconds)) <= made.result.figures.seconds
    assert msgspec.structs.asdict(made.result.figures)["steps"] == 3 + 2 * 2
    assert {phase.stage for phase in made.sent if hasattr(phase, "stage")} >= {Stage.SAVING}
