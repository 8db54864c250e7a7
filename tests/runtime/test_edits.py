"""Pictures that are changed by real pipelines at tiny sizes: filled, extended, painted over, enlarged."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from diffusers import QwenImageEditPipeline
from PIL import Image

from studio.core.edits import Edit, Operation, Region
from studio.core.inputs import InputPicture, Role
from studio.core.model import Defaults
from studio.runtime.pictures.load import LoadedPipeline
from tests import zoo
from tests.runtime.painting import Painted, load, paint
from tests.zoo import fillers, further, others, pictures, unusual

SIDE = 64
# What fills with the parts of each; None where its steps are blended with the picture.
QUICK: dict[str, tuple[Callable[[Path], Path], str | None]] = {
    "stable_diffusion": (zoo.stable_diffusion, "StableDiffusionInpaintPipeline"),
    "flux": (zoo.flux, "FluxInpaintPipeline"),
    "pixart": (zoo.pixart, None),
}
LONG: dict[str, tuple[Callable[[Path], Path], str | None]] = {
    "stable_diffusion_inpaint": (fillers.stable_diffusion_inpaint, "StableDiffusionInpaintPipeline"),
    "stable_diffusion_xl": (zoo.stable_diffusion_xl, "StableDiffusionXLInpaintPipeline"),
    "stable_diffusion_3": (fillers.stable_diffusion_3, "StableDiffusion3InpaintPipeline"),
    "flux_fill": (fillers.flux_fill, "FluxFillPipeline"),
    "flux_kontext": (others.flux_kontext, "FluxKontextInpaintPipeline"),
    "flux2_klein": (pictures.flux2_klein, "Flux2KleinInpaintPipeline"),
    "chroma": (pictures.chroma, "ChromaInpaintPipeline"),
    "qwen_image": (pictures.qwen_image, "QwenImageInpaintPipeline"),
    "qwen_image_edit": (
        partial(others.qwen_image_edit, made=QwenImageEditPipeline),
        "QwenImageEditInpaintPipeline",
    ),
    "qwen_image_edit_plus": (others.qwen_image_edit, "QwenImageEditInpaintPipeline"),
    "qwen_image_21": (pictures.qwen_image_21, None),
    "z_image": (pictures.z_image, "ZImageInpaintPipeline"),
    "kandinsky22_inpaint": (fillers.kandinsky22_inpaint, "KandinskyV22InpaintCombinedPipeline"),
    "kandinsky22": (unusual.kandinsky22, None),
    "latent_consistency": (zoo.latent_consistency, None),
    "instruct_pix2pix": (others.instruct_pix2pix, None),
    "sana": (further.sana, None),
    "lumina2": (further.lumina2, None),
    "prx_pixel": (unusual.prx_pixel, None),
    "ideogram4": (unusual.ideogram4, None),
    "kandinsky5": (unusual.kandinsky5, None),
}
FILLERS = QUICK | LONG
EACH = [*QUICK, *(pytest.param(name, marks=pytest.mark.long) for name in LONG)]
Give = Callable[..., tuple[InputPicture, ...]]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], LoadedPipeline]:
    root, loaded = tmp_path_factory.mktemp("fillers"), dict[str, LoadedPipeline]()

    def find(name: str) -> LoadedPipeline:
        if name not in loaded:
            loaded[name] = load(FILLERS[name][0](root / name))
            defaults = Defaults(width=SIDE, height=SIDE)
            loaded[name].spec = msgspec.structs.replace(loaded[name].spec, defaults=defaults)
        return loaded[name]

    return find


@pytest.fixture
def give(tmp_path: Path) -> Give:
    """Files of a picture and, where there is one, its mask."""

    def give(picture: Image.Image, mask: Image.Image | None = None) -> tuple[InputPicture, ...]:
        picture.save(tmp_path / "picture.png")
        given = InputPicture(role=Role.CHANGE, path=str(tmp_path / "picture.png"), name="picture", asset="a1")
        if mask is None:
            return (given,)
        mask.save(tmp_path / "mask.png")
        return (given, InputPicture(role=Role.MASK, path=str(tmp_path / "mask.png"), name="mask"))

    return give


@pytest.fixture
def scene() -> Image.Image:
    """Wider than high, with a transparent corner."""
    rows, columns = np.mgrid[0:90, 0:150]
    alpha = np.where(rows + columns < 20, 0, 255)
    colours = np.stack([columns, rows * 2, 255 - rows - columns, alpha], axis=-1)
    return Image.fromarray(colours.astype(np.uint8))


def chosen(
    width: int = 150, height: int = 90, box: tuple[int, int, int, int] = (60, 30, 90, 60)
) -> Image.Image:
    mask = Image.new("L", (width, height))
    mask.paste(255, box)
    return mask


def change(loaded: LoadedPipeline, folder: Path, operation: Operation, **wishes: Any) -> Painted:
    edit = Edit(operation=operation, **{"feather": 4} | wishes.pop("edit", {}))
    return paint(loaded, folder, **{"width": None, "height": None, "edit": edit} | wishes)


def small(loaded: LoadedPipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    for task in ("fill", "paint_over"):
        if sibling := loaded.sibling(task):
            others.looks_at_small_ones(type(sibling), monkeypatch, SIDE)
    others.looks_at_small_ones(type(loaded.pipe), monkeypatch, SIDE)


@pytest.mark.parametrize("name", EACH)
def test_any_model_fills_what_is_chosen_and_nothing_else(
    model: Callable[[str], LoadedPipeline],
    give: Give,
    scene: Image.Image,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    loaded, pipeline = model(name), FILLERS[name][1]
    small(loaded, monkeypatch)
    inputs = give(scene, chosen())
    made = change(loaded, tmp_path, Operation.FILL, inputs=inputs, num_images=2)
    before = np.asarray(scene)
    for picture, recipe in zip(made.pictures, made.recipes, strict=True):
        assert picture.shape == before.shape
        outside = np.ones(before.shape[:2], bool)
        outside[26:64, 56:94] = False
        assert (picture[outside] == before[outside]).all()
        assert (picture[30:60, 60:90] != before[30:60, 60:90]).any()
        assert recipe.edit is not None and recipe.edit.region == Region(0, 0, 150, 90)
        assert recipe.edit.method == ("inpaint" if pipeline else "blending")
        assert recipe.pipeline == (pipeline or type(loaded.pipe).__name__)
        assert [one.role for one in recipe.inputs] == [Role.CHANGE, Role.MASK]
    assert made.notes["filled_by"] == {"method": recipe.edit.method, "pipeline": recipe.pipeline}
    assert (made.pictures[0] != made.pictures[1]).any()
    alone = change(loaded, tmp_path, Operation.FILL, inputs=inputs, seed=8)
    assert np.abs(alone.pictures[0].astype(int) - made.pictures[1]).mean() <= 1
