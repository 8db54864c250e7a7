"""Pictures that are changed by real pipelines at tiny sizes: filled, extended, painted over, enlarged."""

import functools
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from diffusers import QwenImageEditPipeline
from PIL import Image

from studio.catalog.inspect import inspect_model
from studio.core.edits import Edit, Margins, Operation, Region
from studio.core.errors import (
    InputChanged,
    InputMissing,
    MaskUnfit,
    NothingChosen,
    ReferencesUnsupported,
    RegionOutside,
    ResultTooLarge,
)
from studio.core.inputs import InputPicture, Role
from studio.core.messages import Phase, Preview, Stage
from studio.core.model import Ability, Defaults, Kind
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion
from studio.runtime.pictures.load import LoadedPipeline
from tests import zoo
from tests.runtime.painting import Painted, load, order, paint
from tests.runtime.stops import StopAfter
from tests.zoo import fillers, further, others, pictures, unusual

SIDE = 64
# What fills with the parts of each; None where its steps are blended with the picture.
QUICK: dict[str, tuple[Callable[[Path], Path], str | None]] = {
    "stable_diffusion": (zoo.stable_diffusion, "StableDiffusionInpaintPipeline"),
    "flux": (zoo.flux, "FluxInpaintPipeline"),
    "pixart": (zoo.pixart, None),
}
MOSTLY = ["stable_diffusion", pytest.param("pixart", marks=pytest.mark.long)]
LONG: dict[str, tuple[Callable[[Path], Path], str | None]] = {
    "stable_diffusion_inpaint": (fillers.stable_diffusion_inpaint, "StableDiffusionInpaintPipeline"),
    "stable_diffusion_xl": (zoo.stable_diffusion_xl, "StableDiffusionXLInpaintPipeline"),
    "stable_diffusion_3": (fillers.stable_diffusion_3, "StableDiffusion3InpaintPipeline"),
    "flux_fill": (fillers.flux_fill, "FluxFillPipeline"),
    "flux_kontext": (others.flux_kontext, "FluxKontextInpaintPipeline"),
    "flux2_klein": (pictures.flux2_klein, "Flux2KleinInpaintPipeline"),
    "chroma": (pictures.chroma, None),
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
INSTRUCTED = ("flux_kontext", "flux2_klein", "qwen_image_edit", "qwen_image_edit_plus")
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


def test_what_only_fills_says_so(model: Callable[[str], LoadedPipeline]) -> None:
    spec = inspect_model(Path(model("stable_diffusion_inpaint").spec.path))
    assert (spec.kind, spec.abilities) == (Kind.EDIT, (Ability.FILL,))


@pytest.mark.parametrize("name", ["stable_diffusion", "pixart"])
@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((1, 1), (0, 0, 1, 1)),
        ((150, 90), (0, 0, 150, 90)),
        ((150, 90), (70, 40, 71, 41)),
        ((300, 3), (9, 0, 20, 3)),
    ],
    ids=["one by one", "all of it", "one pixel", "a line"],
)
def test_small_and_large_choices_are_filled(
    model: Callable[[str], LoadedPipeline],
    give: Give,
    tmp_path: Path,
    name: str,
    size: tuple[int, int],
    box: tuple[int, int, int, int],
) -> None:
    picture, mask = Image.new("RGB", size, (10, 200, 90)), chosen(*size, box)
    made = change(model(name), tmp_path, Operation.FILL, inputs=give(picture, mask), edit={"feather": 0})
    changed = (made.pictures[0] != np.asarray(picture)).any(axis=2)
    inside = np.asarray(mask) > 0
    assert made.pictures[0].shape == (size[1], size[0], 3)
    assert changed[inside].any() and not changed[~inside].any()


@pytest.mark.parametrize("name", ["stable_diffusion", "pixart"])
def test_the_background_goes_and_the_object_stays(
    model: Callable[[str], LoadedPipeline], give: Give, scene: Image.Image, tmp_path: Path, name: str
) -> None:
    made = change(
        model(name), tmp_path, Operation.BACKGROUND, inputs=give(scene, chosen()), edit={"feather": 2}
    )
    before, after = np.asarray(scene), made.pictures[0]
    assert (after[32:58, 62:88] == before[32:58, 62:88]).all()
    assert (after[:20] != before[:20]).any() and (after[:, :, 3] == 255).all()


@pytest.mark.parametrize("name", ["stable_diffusion", "pixart"])
def test_a_picture_is_extended_at_each_side(
    model: Callable[[str], LoadedPipeline], give: Give, scene: Image.Image, tmp_path: Path, name: str
) -> None:
    margins = Margins(left=20, right=7, bottom=33)
    made = change(
        model(name), tmp_path, Operation.EXTEND, inputs=give(scene), prompt="", edit={"margins": margins}
    )
    before, after = np.asarray(scene), made.pictures[0]
    assert after.shape == (90 + 33, 150 + 27, 4)
    there = after[:90, 20:170]
    assert (there[:86, 4:146] == before[:86, 4:146]).all()
    assert (after[:, :20, 3] == 255).all() and (after[90:, :, 3] == 255).all()
    assert made.recipes[0].edit is not None and made.recipes[0].edit.region == Region(-20, 0, 177, 123)
    assert made.recipes[0].prompt == "" and made.recipes[0].width == 177


def test_what_is_removed_begins_with_what_is_around_it(
    model: Callable[[str], LoadedPipeline], give: Give, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = Image.new("RGB", (150, 90), "green")
    picture.paste("red", (60, 30, 90, 60))
    loaded, seen = model("stable_diffusion"), list[Any]()
    call = type(loaded.sibling("fill")).__call__

    def called(pipe: Any, *args: Any, **given: Any) -> Any:
        seen.append(given)
        return call(pipe, *args, **given)

    monkeypatch.setattr(type(loaded.sibling("fill")), "__call__", functools.wraps(call)(called))
    made = change(loaded, tmp_path, Operation.REMOVE, inputs=give(picture, chosen()), prompt="")
    (given,) = seen
    assert set(np.asarray(given["image"])[:, :, 0].flat) <= set(range(8)) and given["strength"] == 0.9
    assert given["prompt"] and made.recipes[0].prompt == "" and made.recipes[0].strength == 0.9
    assert given["image"].size == given["mask_image"].size == (80, 48)


@pytest.mark.parametrize("masked", [False, True])
def test_a_picture_is_painted_over_and_keeps_what_shows_through(
    model: Callable[[str], LoadedPipeline], give: Give, scene: Image.Image, tmp_path: Path, masked: bool
) -> None:
    inputs = give(scene, chosen()) if masked else give(scene)
    made = change(model("stable_diffusion"), tmp_path, Operation.PAINT_OVER, inputs=inputs, strength=0.5)
    before, after = np.asarray(scene), made.pictures[0]
    assert (after[:, :, 3] == before[:, :, 3]).all() and (after != before).any()
    assert (after[:20] == before[:20]).all() == masked
    recipe = made.recipes[0]
    assert recipe.pipeline == "StableDiffusionImg2ImgPipeline" and recipe.strength == 0.5
    assert recipe.edit is not None and recipe.edit.method == "paint_over" and "filled_by" not in made.notes


@pytest.mark.parametrize(
    "name", ["instruct_pix2pix", *(pytest.param(one, marks=pytest.mark.long) for one in INSTRUCTED)]
)
def test_an_instruction_changes_what_is_chosen_or_all_of_it(
    model: Callable[[str], LoadedPipeline],
    give: Give,
    scene: Image.Image,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    loaded, scene = model(name), scene.crop((0, 0, 90, 90))
    small(loaded, monkeypatch)
    before = np.asarray(scene)
    whole = change(loaded, tmp_path, Operation.INSTRUCT, inputs=give(scene)).pictures[0]
    assert whole.shape == before.shape and (whole[:, :, 3] == before[:, :, 3]).all()
    made = change(loaded, tmp_path, Operation.INSTRUCT, inputs=give(scene, chosen(90, 90, (40, 40, 60, 60))))
    assert (made.pictures[0][:20] == before[:20]).all() and (whole[:20] != before[:20]).any()
    assert (made.pictures[0] != before).any()
    recipe = made.recipes[0]
    assert recipe.edit is not None and recipe.edit.method == "instruct"
    assert recipe.pipeline == type(loaded.pipe).__name__


def test_words_that_instruct_need_a_model_that_looks(
    model: Callable[[str], LoadedPipeline], give: Give, scene: Image.Image, tmp_path: Path
) -> None:
    with pytest.raises(ReferencesUnsupported):
        change(model("stable_diffusion"), tmp_path, Operation.INSTRUCT, inputs=give(scene))


@pytest.mark.parametrize("name", MOSTLY)
def test_a_picture_is_enlarged_in_tiles_as_one_way(
    model: Callable[[str], LoadedPipeline], give: Give, scene: Image.Image, tmp_path: Path, name: str
) -> None:
    made = change(
        model(name), tmp_path, Operation.UPSCALE, inputs=give(scene), edit={"scale": 1.5}, strength=0.7,
        previews=True, num_inference_steps=6,
    )  # fmt: skip
    assert made.pictures[0].shape == (135, 225, 4)
    told = [one for one in made.sent if isinstance(one, Phase) and one.stage == Stage.DENOISING]
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert told[-1].done == told[-1].total and len({one.total for one in told[1:]}) == 1
    assert any(isinstance(one, Preview) for one in made.sent)
    recipe = made.recipes[0]
    assert recipe.edit is not None and recipe.edit.method == "tiles" and recipe.strength == 0.7
    assert recipe.width == 225 and recipe.execution is not None and recipe.execution.batch == 1


@pytest.mark.parametrize("operation", [Operation.FILL, Operation.EXTEND, Operation.UPSCALE])
@pytest.mark.parametrize("name", MOSTLY)
def test_a_change_is_made_again_pixel_for_pixel(
    model: Callable[[str], LoadedPipeline],
    give: Give,
    scene: Image.Image,
    tmp_path: Path,
    name: str,
    operation: Operation,
) -> None:
    loaded = model(name)
    inputs = give(scene, chosen()) if operation is Operation.FILL else give(scene)
    edit = {"margins": Margins(right=20)} if operation is Operation.EXTEND else {"scale": 1.5}
    first = change(loaded, tmp_path, operation, inputs=inputs, num_images=3, edit=edit)
    recipe = first.recipes[2]
    again = paint(
        loaded, tmp_path, inputs=inputs, seed=recipe.seed, again=recipe.execution, edit=recipe.edit,
        width=None, height=None,
    )  # fmt: skip
    assert (again.pictures[0] == first.pictures[2]).all() and len(again.pictures) == 1
    assert again.recipes[0].edit == recipe.edit


@pytest.mark.parametrize("operation", [Operation.FILL, Operation.UPSCALE])
@pytest.mark.parametrize("name", MOSTLY)
def test_a_stop_leaves_no_trace(
    model: Callable[[str], LoadedPipeline],
    give: Give,
    scene: Image.Image,
    tmp_path: Path,
    name: str,
    operation: Operation,
) -> None:
    loaded = model(name)
    wishes = {"inputs": give(scene, chosen()), "width": None, "height": None}
    wishes["edit"] = Edit(operation=operation, scale=1.5)
    before = paint(loaded, tmp_path, **wishes)
    stop = StopAfter(Stage.DENOISING, looks=9)
    stop.desk = desk = Desk("job", tmp_path, [].append, stop)
    with pytest.raises(Stopped):
        diffusion.generate(loaded, order(loaded.spec, **wishes), desk)
    assert not desk.made
    assert (paint(loaded, tmp_path, **wishes).pictures[0] == before.pictures[0]).all()
    plain = paint(loaded, tmp_path)
    assert plain.pictures[0].shape == (64, 64, 3) and not plain.notes


@pytest.mark.parametrize(
    ("error", "operation", "mask", "edit"),
    [
        (MaskUnfit, Operation.FILL, chosen(40, 40), {}),
        (NothingChosen, Operation.FILL, Image.new("L", (150, 90)), {}),
        (NothingChosen, Operation.REMOVE, Image.new("L", (150, 90)), {}),
        (NothingChosen, Operation.BACKGROUND, Image.new("L", (150, 90), 255), {}),
        (RegionOutside, Operation.FILL, chosen(), {"region": Region(200, 0, 50, 50)}),
        (RegionOutside, Operation.PAINT_OVER, None, {"region": Region(-90, 0, 90, 50)}),
        (ResultTooLarge, Operation.EXTEND, None, {"margins": Margins(4096, 4096, 4096, 4096), "scale": 8.0}),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_made(
    model: Callable[[str], LoadedPipeline],
    give: Give,
    scene: Image.Image,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
    operation: Operation,
    mask: Image.Image | None,
    edit: dict[str, Any],
) -> None:
    monkeypatch.setattr("studio.runtime.pictures.edits.PIXEL_LIMIT", 60_000_000)
    with pytest.raises(error):
        change(model("stable_diffusion"), tmp_path, operation, inputs=give(scene, mask), edit=edit)


def test_a_picture_that_is_gone_or_another_is_told(
    model: Callable[[str], LoadedPipeline], give: Give, scene: Image.Image, tmp_path: Path
) -> None:
    picture, mask = give(scene, chosen())
    for given, error in (
        (msgspec.structs.replace(picture, hash="0" * 64), InputChanged),
        (msgspec.structs.replace(picture, path=str(tmp_path / "gone.png")), InputMissing),
    ):
        with pytest.raises(error):
            change(model("stable_diffusion"), tmp_path, Operation.FILL, inputs=(given, mask))


def test_a_region_is_what_the_model_sees(
    model: Callable[[str], LoadedPipeline], give: Give, scene: Image.Image, tmp_path: Path
) -> None:
    """All of it changes where the change need not be exact."""
    region, before = Region(40, 20, 70, 60), np.asarray(scene)
    wishes = {"inputs": give(scene, chosen()), "edit": {"region": region, "exact": False}}
    made = change(model("stable_diffusion"), tmp_path, Operation.FILL, **wishes)
    changed = (made.pictures[0] != before).any(axis=2)
    assert changed[22:78, 42:108].mean() > 0.5 and made.recipes[0].edit is not None
    assert made.recipes[0].edit.region == region
    changed[20:80, 40:110] = False
    assert not changed.any()
