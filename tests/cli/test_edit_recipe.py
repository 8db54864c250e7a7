"""`studio edit --recipe`: what was done to one picture, done to others, and what of it cannot be."""

import argparse
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from studio.catalog.scan import Found
from studio.cli import edit_recipe
from studio.cli.edit_asked import asked_edit
from studio.cli.edit_recipe import EditRecipe
from studio.cli.parser import parse
from studio.core.adjustments import Blur, Curves, Levels
from studio.core.edits import Edit, Margins, Operation, Region
from studio.core.hand_steps import Crop, Flip, HandStep, Handwork, Partly, Resize, Rotate, TookIn
from studio.core.inputs import Role, UsedInput
from studio.core.paths import Paths, paths_for
from studio.core.prompts.reading import escaped
from studio.core.recipe import Recipe
from studio.media.recipes import read_recipe, write_png
from studio.session.models import InstalledModels
from tests.cli.conftest import SIZE, Said, Studio
from tests.session.conftest import FAKE


@pytest.fixture
def asks(tmp_path: Path):
    """A picture with a recipe of an edit, to be asked for again."""

    def write(edit: Edit | None, **rest) -> str:
        recipe = Recipe(width=SIZE[0], height=SIZE[1], edit=edit, **rest)
        write_png(Image.new("RGB", SIZE), tmp_path / "edited.png", recipe)
        return str(tmp_path / "edited.png")

    return write


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch):
    """Only the scripted model is installed."""
    monkeypatch.setattr(edit_recipe, "installed", lambda _paths: Found(models=(FAKE,), problems=()))
    monkeypatch.setattr(InstalledModels, "find", lambda *_: FAKE)


def by_hand(*steps: HandStep, **rest) -> Edit:
    return Edit(operation=Operation.BY_HAND, steps=steps, **rest)


def pixels(path: Path | str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"))


def edited(said: Said) -> dict:
    """The edit of the one picture."""
    assert said.code == 0, said
    [asset] = said.object["assets"]
    return asset["recipe"]["edit"]


STEPS: tuple[HandStep, ...] = (
    Flip(horizontal=True),
    Crop(left=8, top=4, width=32, height=24),
    Rotate(degrees=90),
    Curves(all=((0, 20), (255, 200))),
    Flip(horizontal=True),
    Resize(width=20, height=10),
)


def test_steps_by_hand_are_done_again_in_their_order(studio: Studio, photo: Path, asks, tmp_path: Path):
    out = tmp_path / "out.png"
    said = studio("edit", str(photo), "--recipe", asks(by_hand(*STEPS)), "-o", str(out), "--json")
    assert msgspec.convert(edited(said), Edit) == by_hand(*STEPS)
    assert said.object["notes"] == []
    assert pixels(out).shape == (10, 20, 4)
    again = studio("edit", str(photo), "--recipe", str(out), "-o", str(tmp_path / "again.png"))
    assert again.code == 0 and (pixels(tmp_path / "again.png") == pixels(out)).all()


def test_what_cannot_be_done_again_is_told_step_by_step(studio: Studio, photo: Path, asks):
    steps = (
        Handwork(label="Paint", count=12),
        Flip(horizontal=False),
        Partly(step=Levels(black=9)),
        TookIn(asset="x", label="Fill"),
        Blur(radius=1e9),
    )
    said = studio("edit", str(photo), "--recipe", asks(by_hand(*steps, left_out=3)), "--json")
    assert edited(said)["steps"] == [{"type": "Flip", "horizontal": False}]
    assert said.object["notes"] == [
        "3 steps before are not listed there.",
        "Not done again: Paint × 12.",
        "Not done again: levels 9, 1, 255 → 0, 255 of a part.",
        "Not done again: Fill laid over.",
        "Not done again: blur 1e+09 px.",
    ]
    assert said.err.splitlines() == said.object["notes"]


def test_options_come_after_the_steps_and_several_pictures_are_done(
    studio: Studio, photo: Path, asks, tmp_path: Path
):
    recipe, out = asks(by_hand(Resize(width=32, height=24))), tmp_path / "out"
    other = photo.with_name("other.png")
    other.write_bytes(photo.read_bytes())
    words = [str(photo), str(other), "--recipe", recipe, "--resize", "16x16"]
    said = studio("edit", *words, "-o", str(out), "--json")
    assert said.code == 0 and len(said.object["pictures"]) == 2
    kept = read_recipe(out / "other.png")
    assert kept and kept.edit
    assert kept.edit.steps == (Resize(width=32, height=24), Resize(width=16, height=16))


def test_a_recipe_may_be_a_json_file(studio: Studio, photo: Path, asks, tmp_path: Path):
    said = studio("edit", str(photo), "--recipe", asks(by_hand(Flip(horizontal=True))), "--json")
    [asset] = said.object["assets"]
    for name, told in {"whole.json": asset, "recipe.json": asset["recipe"]}.items():
        (tmp_path / name).write_text(json.dumps(told))
        again = studio("edit", str(photo), "--recipe", str(tmp_path / name), "--json")
        assert edited(again) == {**edited(said)}


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{", b"\xff\xfe", b'{"recipe": 3}', b'{"edit": 3}', b'{"a":' * 50_000]
)
def test_of_a_json_file_that_is_no_recipe_it_is_told(
    studio: Studio, photo: Path, tmp_path: Path, text: bytes
):
    (tmp_path / "bad.json").write_bytes(text)
    said = studio("edit", str(photo), "--recipe", str(tmp_path / "bad.json"), "--json")
    assert (said.code, said.object["code"]) == (2, "recipe_missing")


def filled(recipe: str, paths: Paths, *words: str) -> argparse.Namespace:
    """The options once the recipe has said what they left open."""
    args = parse(["edit", "photo.png", *words, "--recipe", recipe])
    asked = EditRecipe(recipe)
    asked.fill(args, paths)
    asked_edit(args, asked.edit.operation, asked.steps)
    return args


def test_options_go_before_the_settings_of_a_recipe(asks, home: Path):
    edit = Edit(operation=Operation.EXTEND, margins=Margins(right=16), feather=5, exact=False)
    recipe = asks(
        edit, prompt="a {red|blue} boat", negative_prompt="fog", seed=7, strength=0.5, num_inference_steps=3
    )
    args = filled(recipe, paths_for(home))
    assert (args.outpaint, args.feather, args.blend) == (Margins(right=16), 5, True)
    assert (args.prompt, args.negative, args.seed) == (escaped("a {red|blue} boat"), "fog", 7)
    assert (args.strength, args.steps, args.upscale, args.mask) == (0.5, 3, None, None)
    args = filled(recipe, paths_for(home), "a house", "--seed", "0", "--feather", "0", "--strength", "0")
    assert (args.prompt, args.seed, args.feather, args.strength) == ("a house", 0, 0, 0)


def test_what_the_model_saw_of_the_whole_is_the_whole_of_another(asks, home: Path):
    for region, asked in ((Region(0, 0, *SIZE), None), (Region(0, 0, 32, 32), Region(0, 0, 32, 32))):
        edit = Edit(operation=Operation.PAINT_OVER, region=region)
        assert filled(asks(edit, prompt="a boat"), paths_for(home)).region == asked
    edit = Edit(operation=Operation.EXTEND, margins=Margins(left=16), region=Region(-16, 0, *SIZE))
    assert filled(asks(edit), paths_for(home)).region is None


def test_words_that_are_pictures_are_changed_likewise(asks, home: Path, photo: Path):
    edit = Edit(operation=Operation.PAINT_OVER)
    args = filled(asks(edit, prompt=str(photo)), paths_for(home), str(photo))
    assert (args.prompt, args.others) == (str(photo), [str(photo)]), "what a recipe says is never a file"


@pytest.mark.long
def test_the_mask_is_that_of_the_recipe_where_it_is_kept(studio: Studio, here, photo: Path, tmp_path: Path):
    grey = Image.new("L", SIZE)
    grey.paste(255, (10, 8, 30, 24))
    grey.save(tmp_path / "mask.png")
    out = tmp_path / "out.png"
    words = ["--mask", str(tmp_path / "mask.png"), "--model", FAKE.id, "-o", str(out), "--json"]
    first = studio("edit", str(photo), "a boat", *words)
    said = studio("edit", str(photo), "--recipe", str(out), "--json")
    assert edited(said) == edited(first)
    used = [one["hash"] for one in said.object["assets"][0]["recipe"]["inputs"]]
    assert used == [one["hash"] for one in first.object["assets"][0]["recipe"]["inputs"]]
    photo.write_bytes(b"")
    Image.new("RGB", (32, 32)).save(photo)
    said = studio("edit", str(photo), "--recipe", str(out), "--json")
    assert (said.code, said.object["code"]) == (2, "mask_unfit")


def test_what_does_not_fit_is_told(studio: Studio, photo: Path, asks, home: Path):
    mask = UsedInput(role=Role.MASK, hash="0" * 64)
    for edit, words, rest, told in (
        (None, [], {}, "was not made by an edit"),
        (by_hand(), [], {}, "Nothing that --recipe says"),
        (by_hand(Handwork(label="Paint")), [], {}, "Nothing that --recipe says"),
        (Edit(operation=Operation.FILL), [], {"prompt": "x", "inputs": (mask,)}, "is not kept here"),
        (Edit(operation=Operation.FILL), [], {"prompt": "x"}, "--recipe needs a --mask"),
        (by_hand(Flip(horizontal=True)), ["--upscale", "2"], {}, "--upscale"),
        (by_hand(Flip(horizontal=True)), ["--mask", str(photo)], {}, "--recipe changes the whole picture"),
        (by_hand(Flip(horizontal=True)), ["--seed", "4"], {}, "--seed does not go with --recipe"),
        (by_hand(Flip(horizontal=True)), ["-o", str(photo.with_name("edited.png"))], {}, "written over"),
    ):
        said = studio("edit", str(photo), "--recipe", asks(edit, **rest), *words, "--json")
        assert (said.code, said.object["code"]) == (2, "wrong_usage"), said
        assert told in said.object["message"]
    assert not home.exists()


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (Crop(left=500, top=0, width=9, height=9), "region_outside"),
        (Crop(left=0, top=0, width=-9, height=9), "region_outside"),
        (Resize(width=10**9, height=10**9), "size_out_of_range"),
        (Resize(width=0, height=-1), "size_out_of_range"),
        (Resize(width=20_000, height=20_000), "result_too_large"),
    ],
)
def test_sizes_that_cannot_be_are_refused(studio: Studio, photo: Path, asks, step, code: str):
    said = studio("edit", str(photo), "--recipe", asks(by_hand(step)), "--json")
    assert said.code and said.object["code"] == code


@pytest.mark.parametrize(("model", "used"), [("studio/plain", "studio/plain"), ("gone", None)])
def test_what_enlarged_a_picture_without_words_does_it_again(asks, here, model: str, used: str | None):
    edit = Edit(operation=Operation.UPSCALE, scale=2.0, method="lanczos")
    recipe, args = EditRecipe(asks(edit, model=model, model_name="Gone")), argparse.Namespace(model=None)
    recipe.fill_model(args, None, None, None)  # none of them is asked
    assert args.model == used
    assert recipe.notes == ([] if used else ["Gone is not here; another model stands in for it."])
