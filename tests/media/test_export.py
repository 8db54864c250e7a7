"""Exported pictures keep their recipe in every format."""

import pytest
from PIL import Image

from studio.core.errors import FileUnwritable
from studio.core.recipe import Recipe
from studio.media.export import export_picture
from studio.media.recipes import read_recipe, write_png


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.png"
    recipe = Recipe(
        prompt="海上的红帆船, a boat", seed=2**64 - 1, num_inference_steps=20, width=64, height=48,
        guidance_scale=4.5, scheduler="DDIMScheduler", model_name="Postcards",
    )  # fmt: skip
    write_png(Image.new("RGB", (64, 48), (200, 40, 30)), path, recipe)
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


@pytest.mark.parametrize("name", ["boat.exe", "missing/boat.png"])
def test_a_place_that_cannot_be_written_gets_a_sentence_and_no_file(source, tmp_path, name):
    with pytest.raises(FileUnwritable):
        export_picture(source, tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source.png"]
