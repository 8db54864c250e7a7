"""The session's desk for recipes, over real files and real models' lists."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.core.errors import PictureTooLarge, PictureUnreadable
from studio.core.model import Ability, ModelSpec
from studio.session.recipes import RecipeDesk, may_be_recipe

TEXT = "a red boat <lora:ink:0.5>\nSteps: 20, Sampler: Euler a, Seed: 5, Size: 64x48, Model: mine_v2"
MINE = ModelSpec(
    id="local/mine",
    name="Mine",
    family="diffusion",
    base="",
    abilities=(Ability.GENERATE,),
    path="/m/mine_v2.ckpt",
)


class Models:
    """What the desk asks a ModelDesk."""

    def installed(self) -> list[ModelSpec]:
        return [MINE]

    def shelf(self) -> tuple[()]:
        return ()

    def chosen_painter(self) -> str:
        return ""


@pytest.fixture
def desk():
    desk = RecipeDesk(Models())  # type: ignore[arg-type]
    yield desk
    desk.close()


def picture(path: Path, text: str, size: tuple[int, int] = (64, 48)) -> Path:
    info = PngInfo()
    info.add_text("parameters", text)
    Image.new("RGB", size, "teal").save(path, pnginfo=info)
    return path


def test_a_picture_is_read_with_what_stands_here_for_its_models(desk: RecipeDesk, tmp_path: Path):
    dropped = desk.read(picture(tmp_path / "boat.png", TEXT)).result()
    assert dropped.reading and dropped.reading.recipe.prompt == "a red boat"
    assert (dropped.model.here, dropped.model.how) == (MINE, "same")
    assert [one.wanted.name for one in dropped.loras] == ["ink"] and dropped.loras[0].here is None
    assert (dropped.width, dropped.height, dropped.thumbnail[:2]) == (64, 48, b"\xff\xd8")


def test_a_picture_without_a_recipe_and_one_with_too_long_a_text(desk: RecipeDesk, tmp_path: Path):
    plain = desk.read(picture(tmp_path / "a.png", "holiday")).result()
    assert (plain.reading, plain.too_long, bool(plain.thumbnail)) == (None, False, True)
    long = desk.read(picture(tmp_path / "b.png", "x" * 5_000_000)).result()
    assert (long.reading, long.too_long, bool(long.thumbnail)) == (None, True, True)


def test_what_is_no_picture(desk: RecipeDesk, tmp_path: Path):
    (tmp_path / "a.png").write_text("a text that was renamed")
    with pytest.raises(PictureUnreadable):
        desk.read(tmp_path / "a.png").result()


def test_a_pipe_is_not_waited_for(desk: RecipeDesk, tmp_path: Path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    path = tmp_path / "pipe.png"
    os.mkfifo(path)
    answer = desk.read(path)
    try:
        with pytest.raises(PictureUnreadable):
            answer.result(20)
    finally:  # a thread that waits for it is let go
        with suppress(OSError):
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))


def test_a_picture_that_is_too_large_is_not_called_damaged(desk: RecipeDesk, tmp_path: Path):
    path = tmp_path / "huge.png"
    Image.new("1", (30_000, 30_000)).save(path)
    with pytest.raises(PictureTooLarge):
        desk.read(path).result()


def test_the_readers_of_strange_recipes_are_not_loaded_with_the_session():
    code = "import sys, studio.session; sys.exit('sd_parsers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_what_may_be_a_recipe_is_told_without_reading_it():
    assert may_be_recipe(TEXT) and may_be_recipe('{"prompt": "a boat"}')
    assert not any(map(may_be_recipe, ("a boat", "a boat, Steps: none", "{red|blue} boat", "x" * 100_000)))


def test_a_text(desk: RecipeDesk):
    dropped = desk.read_text(TEXT).result()
    assert dropped.reading and dropped.model.here == MINE and dropped.path == ""
    assert desk.read_text("hello").result().reading is None
