"""Exported pictures keep their recipe in every format."""

import errno
import os
import random

import pytest
from PIL import Image

from studio.core.errors import DiskFull, FileUnwritable, FormatUnknown, PictureUnreadable
from studio.core.recipe import Recipe
from studio.media import durable
from studio.media.export import export_picture
from studio.media.recipes import read_recipe, write_png


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.png"
    recipe = Recipe(
        prompt="海上的红帆船, a boat", seed=2**64 - 1, num_inference_steps=20, width=64, height=48,
        guidance_scale=4.5, scheduler="DDIMScheduler", model_name="Postcards",
    )  # fmt: skip
    noise = random.Random(3).randbytes(64 * 48 * 3)  # so that most of the file is pixels
    write_png(Image.frombytes("RGB", (64, 48), noise), path, recipe)
    return path


@pytest.mark.parametrize("name", ["boat.png", "boat.jpg", "boat.JPEG", "boat.webp"])
def test_the_recipe_goes_along(source, tmp_path, name):
    target = tmp_path / name
    export_picture(source, target)
    with Image.open(target) as image:
        assert image.size == (64, 48)
    recipe = read_recipe(target)
    assert recipe is not None
    assert (recipe.prompt, recipe.seed, recipe.num_inference_steps) == ("海上的红帆船, a boat", 2**64 - 1, 20)


@pytest.mark.parametrize("name", ["missing/boat.png", "missing/boat.jpg", "missing/boat.webp"])
def test_a_place_that_cannot_be_written_gets_a_sentence_and_no_file(source, tmp_path, name):
    with pytest.raises(FileUnwritable) as caught:
        export_picture(source, tmp_path / name)
    assert caught.value.params["path"] == str(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source.png"]


def test_a_name_of_another_kind_of_file_is_refused(source, tmp_path):
    with pytest.raises(FormatUnknown) as caught:
        export_picture(source, tmp_path / "boat.exe")
    assert caught.value.params == {
        "path": str(tmp_path / "boat.exe"),
        "formats": ".png, .jpg, .jpeg, .webp",
    }


@pytest.mark.parametrize("name", ["boat.png", "boat.jpg"])
def test_a_full_disk_is_told_of_the_target(source, tmp_path, monkeypatch, name):
    def full(file):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(durable, "fsync_file", full)
    with pytest.raises(DiskFull) as caught:
        export_picture(source, tmp_path / name)
    assert caught.value.params["path"] == str(tmp_path / name)


@pytest.mark.parametrize(("name", "size"), [("boat.png", None), ("boat.jpg", None), ("boat.jpg", 6000)])
def test_a_source_that_is_gone_or_cut_short_is_what_is_blamed(source, tmp_path, name, size):
    if size is None:
        source.unlink()
    else:
        source.write_bytes(source.read_bytes()[:size])
    with pytest.raises(PictureUnreadable) as caught:
        export_picture(source, tmp_path / name)
    assert caught.value.params["path"] == str(source)
    assert not (tmp_path / name).exists()


def test_jpeg_has_white_where_something_showed_through(tmp_path):
    source, target = tmp_path / "clear.png", tmp_path / "clear.jpg"
    Image.new("RGBA", (16, 16), (200, 0, 0, 0)).save(source)
    export_picture(source, target)
    with Image.open(target) as made:
        assert made.getpixel((8, 8)) == (255, 255, 255)
