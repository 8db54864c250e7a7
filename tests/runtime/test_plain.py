"""What needs no model: pictures enlarged by Lanczos, and cut out by a mask."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.core.edits import PLAIN, Edit, Operation
from studio.core.errors import MaskUnfit, ModelUnable, NothingChosen, ResultTooLarge
from studio.core.inputs import Role
from studio.core.jobs import ProcessImage
from studio.core.messages import Phase, Result, Stage
from studio.core.recipe import Recipe
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import plain
from studio.runtime.pictures import lanczos
from tests.runtime.processing import Run, cut_out, enlarge, given
from tests.runtime.stops import StopAfter


@pytest.fixture
def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(100, 150, (30, 50, 3), np.uint8))


def test_strips_come_out_as_the_whole_would(
    noise: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanczos, "STRIP_PIXELS", 700)
    run = Run(plain, enlarge(given(noise, tmp_path / "a.png"), 2.5), tmp_path)
    whole = np.asarray(noise.resize((125, 75), Image.Resampling.LANCZOS), np.int16)
    assert run.picture.mode == "RGB"
    # Pillow goes along rows first or columns first, as the shape has it, and rounds in between.
    assert np.abs(np.asarray(run.picture, np.int16) - whole).max() <= 2
    assert run.result == Result(job="job", pictures=1, figures=run.result.figures)
    parts = [one for one in run.sent if isinstance(one, Phase) and one.stage is Stage.WORKING]
    assert parts[0].total == 15


def test_the_picture_says_how_it_was_made(noise: Image.Image, tmp_path: Path) -> None:
    recipe: Recipe = Run(plain, enlarge(given(noise, tmp_path / "a.png"), 2), tmp_path).recipe
    assert recipe.edit == Edit(operation=Operation.UPSCALE, parent="parent", scale=2, method="lanczos")
    assert recipe.seed is None and (recipe.width, recipe.height) == (100, 60)
    assert [one.role for one in recipe.inputs] == [Role.CHANGE]
    assert recipe.execution is not None and "Pillow" in recipe.execution.versions


def test_what_is_clear_gives_its_colour_to_nothing(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (16, 16), (0, 255, 0, 0))
    picture.paste((200, 0, 0, 255), (0, 0, 8, 16))
    made = Run(plain, enlarge(given(picture, tmp_path / "a.png"), 3), tmp_path).picture
    seen = np.asarray(made)[..., :3][np.asarray(made)[..., 3] > 128]
    assert seen[:, 1].max() == 0 and made.getpixel((47, 0))[3] == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 7)])
def test_the_smallest_are_enlarged_too(tmp_path: Path, size: tuple[int, int]) -> None:
    job = enlarge(given(Image.new("RGB", size, "teal"), tmp_path / "a.png"), 8)
    assert Run(plain, job, tmp_path).picture.size == (size[0] * 8, size[1] * 8)


def test_what_would_be_too_large_is_told(tmp_path: Path) -> None:
    job = enlarge(given(Image.new("L", (2000, 2000)), tmp_path / "a.png"), 5)
    with pytest.raises(ResultTooLarge) as raised:
        Run(plain, job, tmp_path)
    assert (raised.value.params["width"], raised.value.params["most"]) == (10000, 89)


def test_a_mask_cuts_out(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (20, 10), (10, 20, 30, 255))
    picture.putpixel((3, 3), (10, 20, 30, 100))
    mask = Image.new("L", (20, 10), 0)
    mask.paste(255, (0, 0, 5, 10))
    mask.paste(51, (5, 0, 6, 10))
    job = cut_out(given(picture, tmp_path / "a.png"), given(mask, tmp_path / "m.png", Role.MASK))
    run = Run(plain, job, tmp_path)
    alpha = [run.picture.getpixel(place)[3] for place in ((0, 0), (3, 3), (5, 0), (10, 0))]
    assert alpha == [255, 100, 51, 0]
    assert run.picture.getpixel((10, 0))[:3] == (10, 20, 30)
    assert run.recipe.edit is not None and run.recipe.edit.method == "mask"


def test_without_a_fitting_mask_nothing_is_cut_out(noise: Image.Image, tmp_path: Path) -> None:
    picture = given(noise, tmp_path / "a.png")
    empty = given(Image.new("L", noise.size), tmp_path / "empty.png", Role.MASK)
    other = given(Image.new("L", (3, 3), 255), tmp_path / "other.png", Role.MASK)
    for masks, error in (((), NothingChosen), ((empty,), NothingChosen), ((other,), MaskUnfit)):
        with pytest.raises(error):
            Run(plain, cut_out(picture, *masks), tmp_path)


def test_words_are_for_others(noise: Image.Image, tmp_path: Path) -> None:
    job = ProcessImage(
        id="job",
        model=PLAIN,
        edit=Edit(operation=Operation.FILL),
        inputs=(given(noise, tmp_path / "a.png"),),
    )
    with pytest.raises(ModelUnable):
        Run(plain, job, tmp_path)


def test_a_stop_is_heard_between_strips(
    noise: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanczos, "STRIP_PIXELS", 700)
    stop = StopAfter(Stage.WORKING, 3)
    desk = stop.desk = Desk("job", tmp_path / "staging", [].append, stop)
    with pytest.raises(Stopped):
        Run(plain, enlarge(given(noise, tmp_path / "a.png"), 3), tmp_path, desk)
    assert not any((tmp_path / "staging").iterdir())


def test_nothing_heavy_is_imported() -> None:
    code = "import sys, studio.runtime.families.plain; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
