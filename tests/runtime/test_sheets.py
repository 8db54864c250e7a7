"""A contact sheet on a real pipeline: each cell is the picture that its own settings give."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.catalog.inspect import inspect_model
from studio.core.jobs import GenerateImages
from studio.core.messages import FromWorker, Saved
from studio.core.sheet_cells import Known, cells, new_sheet
from studio.core.sheet_language import read_sheet
from studio.media.recipes import read_recipe
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.residency import LoadContext
from tests import zoo


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedPipeline:
    folder = zoo.stable_diffusion(tmp_path_factory.mktemp("pipelines") / "stable_diffusion")
    desk = Desk("job", folder, [].append)
    return diffusion.load(inspect_model(folder), LoadContext(desk, 1 << 40))


def made(loaded: LoadedPipeline, job: GenerateImages, folder: Path) -> list[Path]:
    folder.mkdir()
    sent = list[FromWorker]()
    diffusion.generate(loaded, job, Desk("job", folder, sent.append))
    return [Path(one.path) for one in sent if isinstance(one, Saved)]


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


@pytest.mark.parametrize("text", ["seed=5,6; steps=2,3", "replace=boat,tree; size=64x64,96x64"])
def test_each_cell_is_what_its_own_settings_give(loaded: LoadedPipeline, tmp_path: Path, text: str) -> None:
    base = GenerateImages(
        id="job", model=loaded.spec, prompt="a boat", seed=7, num_inference_steps=2, width=64, height=64
    )
    [job] = cells(base, new_sheet(read_sheet(text), Known()), Known())
    paths = made(loaded, job, tmp_path / "sheet")
    recipes = [read_recipe(path) for path in paths]
    assert sorted(recipe.cell for recipe in recipes if recipe) == [0, 1, 2, 3]
    assert all(recipe and recipe.sheet == job.sheet for recipe in recipes)
    for index, path in enumerate(paths):
        [alone] = made(loaded, job.picture(index), tmp_path / str(index))
        # In a batch the last bits of each picture are others.
        assert np.abs(pixels(path).astype(int) - pixels(alone)).max() <= 2
    assert len({pixels(path).tobytes() for path in paths}) == 4
