"""The shelf's settings reach the model that lies on the disk, and never instead of its own."""

from pathlib import Path

import pytest

from studio.catalog.settings import shelf_settings, with_settings
from studio.core.model import Defaults, ModelSpec
from studio.core.paths import resources_dir

SHELF = {"someone/painter": Defaults(num_inference_steps=8, guidance_scale=2.0)}


def spec(id: str, source: str = "hub", **own: float) -> ModelSpec:
    return ModelSpec(
        id=id,
        name="",
        family="",
        base="",
        abilities=(),
        path="",
        source=source,
        defaults=Defaults(**own),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("id", ["someone/painter", "Someone/Painter@0123abcd", "someone/painter/file"])
def test_what_a_model_leaves_open_is_as_the_shelf_says(id: str) -> None:
    assert with_settings(spec(id), SHELF).defaults == SHELF["someone/painter"]
    own = with_settings(spec(id, guidance_scale=0.0, top_p=0.5), SHELF).defaults
    assert own == Defaults(num_inference_steps=8, guidance_scale=0.0, top_p=0.5)


@pytest.mark.parametrize(("id", "source"), [("someone/painters", "hub"), ("someone/painter", "folder")])
def test_another_model_is_left_as_it_is(id: str, source: str) -> None:
    assert with_settings(spec(id, source), SHELF).defaults == Defaults()


def test_a_damaged_file_of_ones_own_takes_nothing_away(tmp_path: Path) -> None:
    (tmp_path / "catalog.toml").write_text("[colours]\n", "utf-8")
    settings = shelf_settings(resources_dir(), tmp_path / "catalog.toml")
    assert settings["tongyi-mai/z-image-turbo"].num_inference_steps == 9
