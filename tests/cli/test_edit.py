"""`studio edit`: what it infers, and what comes out where."""

import signal
from collections.abc import Callable
from functools import reduce
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from studio.cli import edit as edit_command
from studio.cli import edit_at_once
from studio.cli.edit import _targets
from studio.cli.edit_asked import asked_edit
from studio.cli.parser import parse
from studio.cli.running import SIGNALS
from studio.cli.target import Target
from studio.core.adjustments import Blur
from studio.core.hand_steps import Crop, Resize, Rotate
from studio.core.model import Kind
from studio.media.hand_steps import step_done
from studio.media.pictures import reading
from studio.media.recipes import read_recipe
from studio.session.edit_jobs import EditJob, completed_edit
from studio.session.edits import EditDesk
from tests.cli.conftest import SIZE, Studio
from tests.cli.editing import edit, mask, pixels
from tests.session.conftest import FAKE
from tests.zoo import stable_diffusion

__all__ = ["edit", "mask"]

SHAPE = {"job", "state", "seconds", "model", "assets", "notes", "origin"}
FOLLOWER = msgspec.structs.replace(FAKE, kind=Kind.EDIT)


@pytest.fixture
def asks(edit, monkeypatch) -> Callable[..., EditJob]:
    """What it would ask a model to do to the photo."""

    def ask(*words: object, model=FAKE) -> EditJob:
        asked = list[EditJob]()

        def submit(_desk, job, picture, mask, failed):
            asked.append(completed_edit(job, picture, mask))

        monkeypatch.setattr(EditDesk, "submit", submit)
        monkeypatch.setattr(edit_command, "made_of", lambda *_: {"state": "done"})
        said = edit(*words, model=model)
        assert said.code == 0, said
        return asked[0]

    return ask


def test_with_a_mask_what_it_shows_is_filled(edit, photo: Path, mask: Path, tmp_path: Path):
    target = tmp_path / "out.png"
    said = edit("a boat", "--mask", mask, "-n", "2", "--seed", "5", "--feather", "4", "-o", target)
    told = said.object
    assert (said.code, set(told), told["state"]) == (0, SHAPE, "done")
    assert [one["seed"] for one in told["assets"]] == [5, 6]
    assert [(one["width"], one["height"]) for one in told["assets"]] == [SIZE, SIZE]
    recipe = read_recipe(tmp_path / "out-2.png")
    assert recipe and recipe.edit and (recipe.edit.operation, recipe.edit.feather) == ("fill", 4)
    assert [one.role for one in recipe.inputs] == ["change", "mask"]
    outside = np.ones(SIZE[::-1], bool)
    outside[8:24, 10:30] = False
    assert (pixels(tmp_path / "out-1.png")[outside] == pixels(photo)[outside]).all()


def test_what_is_meant_is_inferred(asks, mask: Path):
    def operation(*words: object, model=FAKE) -> str:
        return asks(*words, model=model).edit.operation

    assert operation("a boat") == "paint_over"
    assert operation("make it winter", model=FOLLOWER) == "instruct"
    assert operation("a boat", "--strength", "0.4", "--mask", mask) == "fill"
    assert operation("--remove", "--mask", mask) == "remove"
    assert operation("a beach", "--background", "--mask", mask) == "background"
    assert operation("make it winter", "--instruct", model=FOLLOWER) == "instruct"
    assert operation("--operation", "paint-over", "--mask", mask) == "paint_over"
    assert operation("--outpaint", "0,0,16,8") == "extend"


def test_it_is_extended(edit):
    [asset] = edit("--outpaint", "0,0,16,8").object["assets"]
    assert (asset["width"], asset["height"]) == (80, 56)


def test_a_picture_of_the_library_is_the_parent_of_what_is_made_of_it(edit, studio: Studio, mask: Path):
    first, made = edit("a boat", "--mask", mask).object["assets"][0], list[str]()
    for named in ("id", "path"):
        said = studio("edit", first[named], "--crop", "0,0,32,32", "--json")
        asset = said.object["assets"][0]
        crop = {"type": "Crop", "left": 0, "top": 0, "width": 32, "height": 32}
        assert asset["recipe"]["edit"] == {"operation": "by_hand", "parent": first["id"], "steps": [crop]}
        assert asset["recipe"]["prompt"] == "a boat"
        assert (pixels(asset["path"]) == pixels(first["path"])[:32, :32]).all()
        made.append(asset["id"])
    listed = studio("library", "list", "--json").object
    assert [one["id"] for one in listed["assets"]] == [*made[::-1], first["id"]]


def test_without_a_model_it_is_done_at_once_and_in_order(studio: Studio, photo: Path, tmp_path: Path):
    target = tmp_path / "out.png"
    words = ["--crop", "8,8,32,16", "--rotate", "90", "--flip", "horizontal", "--resize", "32x64"]
    said = studio("edit", str(photo), *words, "-o", str(target), "--json")
    told = said.object
    assert (said.code, set(told), told["job"], told["model"]) == (0, SHAPE, None, None)
    with Image.open(photo) as image:
        turned = (
            image.crop((8, 8, 40, 24)).rotate(-90, expand=True).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        )
    with Image.open(target) as made:
        assert (made.size, made.mode) == ((32, 64), "RGB")
        small = np.asarray(made.resize(turned.size, Image.Resampling.BOX)).astype(int)
    assert np.abs(small - np.asarray(turned)).mean() < 20
    said = studio("edit", str(photo), "--rotate", "-180", "-o", str(target))
    assert (said.code, said.out) == (0, f"{target}\n")
    assert (pixels(target) == pixels(photo)[::-1, ::-1]).all()


def test_colours_and_sharpness_are_adjusted_where_a_mask_says(
    studio: Studio, photo: Path, mask: Path, tmp_path: Path
):
    target = tmp_path / "out.png"
    adjustments = ["--levels", "10,1.2,245", "--hue", "-30,20,-5", "--blur", "1.5", "--sharpen", "80,2"]
    assert studio("edit", str(photo), *adjustments, "--mask", str(mask), "-o", str(target)).code == 0
    changed = (pixels(target) != pixels(photo)).any(axis=2)
    assert changed[8:24, 10:30].mean() > 0.9
    changed[8:24, 10:30] = False
    assert not changed.any()


def test_it_is_enlarged_and_cut_out_without_any_model(
    studio: Studio, photo: Path, mask: Path, tmp_path: Path
):
    target = tmp_path / "out.png"
    said = studio(
        "edit", str(photo), "--upscale", "2", "--model", "studio/plain", "-o", str(target), "--json"
    )
    assert said.code == 0 and said.object["assets"][0]["recipe"]["edit"]["method"] == "lanczos"
    with Image.open(target) as made:
        assert made.size == (128, 96)
    assert studio("edit", str(photo), "--cut-out", "--mask", str(mask), "-o", str(target)).code == 0
    assert (pixels(target)[..., 3] > 0).sum() == 20 * 16


def test_options_may_stand_between_the_picture_and_the_prompt(asks, studio: Studio, photo: Path):
    for words, prompt in (
        (["--seed", "3", "a tree", "--steps", "4"], "a tree"),
        (["--seed", "3", "--steps", "4", "a tree"], "a tree"),
    ):
        assert asks(*words).prompt == prompt
    args = parse(["edit", "a.png", "--steps", "4", "--", "-tree"])
    assert (args.image, args.prompt, args.steps) == ("a.png", "-tree", 4)
    for words, what in ((["--seed", "3", "a", "tree"], "tree"), (["a", "--seed", "3", "tree"], "tree")):
        said = studio("edit", str(photo), *words, "--json")
        assert (said.code, said.object["message"]) == (2, f"This was not understood: {what}.")


def test_all_white_and_one_pixel_are_masks_as_well(asks, tmp_path: Path):
    Image.new("L", SIZE, 255).save(tmp_path / "white.png")
    dot = Image.new("L", SIZE)
    dot.putpixel((63, 47), 255)
    dot.save(tmp_path / "dot.png")
    for name in ("white.png", "dot.png"):
        assert asks("a boat", "--mask", tmp_path / name).edit.operation == "fill"


def test_of_what_moves_the_first_frame_is_used_and_a_wrong_name_is_no_harm(studio: Studio, tmp_path: Path):
    frames = [Image.new("RGB", SIZE, colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "moving.jpg", "GIF", save_all=True, append_images=frames[1:])
    said = studio("edit", str(tmp_path / "moving.jpg"), "--flip", "vertical", "--json")
    [note] = said.object["notes"]
    assert note.startswith("Of moving.jpg: it moves, and only its first frame was opened; its name says")
    assert tuple(pixels(said.object["assets"][0]["path"])[0, 0][:3]) == (255, 0, 0)


def test_what_shows_through_stays_so(studio: Studio, tmp_path: Path):
    clear = Image.new("RGBA", SIZE, (200, 10, 10, 90))
    clear.save(tmp_path / "clear.png")
    assert (
        studio("edit", str(tmp_path / "clear.png"), "--flip", "vertical", "-o", str(tmp_path / "o.png")).code
        == 0
    )
    assert (pixels(tmp_path / "o.png") == np.asarray(clear)).all()


def test_ctrl_c_stops_the_job(scripted, photo: Path):
    process = scripted("edit", str(photo), "slow 1000 0.01", "--model", "local/fake", "--json")
    process.wait_for("Denoising")
    process.press()
    said = process.end()
    assert (said.code, said.object["state"]) == (130, "stopped")


@pytest.mark.long
def test_the_starter_fills_what_is_chosen_and_nothing_else(start, photo: Path, tmp_path: Path):
    """With the model that is really there."""
    mask, target = Image.new("L", SIZE), tmp_path / "out.png"
    mask.paste(255, (16, 16, 40, 32))
    mask.save(tmp_path / "mask.png")
    words = ["a boat with red sails", "--mask", str(tmp_path / "mask.png"), "--steps", "2", "--feather", "3"]
    said = start("studio", "edit", str(photo), *words, "--seed", "5", "-o", str(target), "--json").end()
    assert said.code == 0, said.err
    told = said.object
    assert (told["model"], told["state"]) == ("starter/postcards", "done")
    assert told["notes"] and "blending" in told["notes"][0]
    changed = (pixels(target) != pixels(photo)).any(axis=2)
    assert changed[16:32, 16:40].mean() > 0.9
    changed[13:35, 13:43] = False
    assert not changed.any()
    recipe = read_recipe(target)
    assert recipe and recipe.edit and recipe.edit.method == "blending" and recipe.execution


@pytest.mark.long
def test_a_tiny_model_without_words_of_its_own_fills_too(start, photo: Path, mask: Path, tmp_path: Path):
    painter = stable_diffusion(tmp_path / "painter")
    words = ["--remove", "--mask", str(mask), "--model", str(painter), "--steps", "2", "--json"]
    said = start("studio", "edit", str(photo), *words).end()
    assert said.code == 0, said
    assert said.object["assets"][0]["recipe"]["edit"]["operation"] == "remove"


def test_what_was_converted_is_told(studio: Studio, tmp_path: Path):
    Image.new("CMYK", SIZE, (90, 20, 30, 0)).save(tmp_path / "print.jpg")
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", SIZE).save(tmp_path / "turned.jpg", exif=turned)
    Image.fromarray(np.full(SIZE[::-1], 9000, np.uint16)).save(tmp_path / "deep.png")
    for name, words, field in (
        ("print.jpg", "made for print", "cmyk"),
        ("turned.jpg", "turned upright", "turned"),
        ("deep.png", "more than eight bits", "deep"),
    ):
        said = studio("edit", str(tmp_path / name), "--flip", "vertical", "--json")
        [note] = said.object["notes"]
        assert words in note and note in said.err and said.object["origin"][field] is True
    Image.new("RGBA", SIZE, (9, 9, 9, 90)).save(tmp_path / "clear.png")
    words = ["--flip", "vertical", "-o", str(tmp_path / "out.jpg"), "--json"]
    [note] = studio("edit", str(tmp_path / "clear.png"), *words).object["notes"]
    assert "what showed through is white" in note


def test_a_recipe_says_what_was_done_by_hand(studio: Studio, photo: Path, tmp_path: Path):
    words = ["--crop", "-8,0,40,30", "--rotate", "90", "--resize", "20x30", "--blur", "1.5"]
    said = studio("edit", str(photo), *words, "-o", str(tmp_path / "out.png"))
    assert said.code == 0
    recipe = read_recipe(tmp_path / "out.png")
    assert recipe and recipe.edit
    assert recipe.edit.steps == (
        Crop(left=0, top=0, width=32, height=30),
        Rotate(degrees=90),
        Resize(width=20, height=30),
        Blur(radius=1.5),
    )
    with reading(photo) as image:
        pixels_before = np.asarray(image.convert("RGBA"))
    again = reduce(step_done, recipe.edit.steps, pixels_before)
    assert (again == pixels(tmp_path / "out.png")).all()


def test_the_smallest_picture_can_be_changed(studio: Studio, tmp_path: Path):
    Image.new("RGB", (1, 1), "red").save(tmp_path / "one.png")
    for words in (["--flip", "vertical"], ["--rotate", "3"], ["--blur", "2"], ["--resize", "16x16"]):
        said = studio("edit", str(tmp_path / "one.png"), *words, "--json")
        assert said.code == 0, said
        assert (pixels(said.object["assets"][0]["path"])[..., :3] == (255, 0, 0)).all()


@pytest.mark.parametrize("number", SIGNALS)
def test_ctrl_c_leaves_what_is_done_at_once(
    studio: Studio, photo: Path, tmp_path: Path, monkeypatch, number: signal.Signals
):
    """Between two steps, and the pictures that are done are told."""
    done, real = list[object](), edit_at_once.step_done

    def step_done(pixels, step):
        done.append(step)
        if len(done) == 3:
            signal.raise_signal(number)
        return real(pixels, step)

    monkeypatch.setattr(edit_at_once, "step_done", step_done)
    words = ["--flip", "horizontal", "--blur", "2", "-o", str(tmp_path / "out"), "--json"]
    said = studio("edit", *[str(photo)] * 3, *words)
    assert (said.code, said.object["state"]) == (130, "stopped")
    assert [one["state"] for one in said.object["pictures"]] == ["done", "stopped"]
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["photo.png"]


def test_several_pictures_are_changed_likewise(studio: Studio, photo: Path, tmp_path: Path):
    other = photo.with_name("other.png")
    other.write_bytes(photo.read_bytes())
    (tmp_path / "sub").mkdir()
    twin = tmp_path / "sub" / "photo.png"
    twin.write_bytes(photo.read_bytes())
    (tmp_path / "text.png").write_text("no picture")
    out = tmp_path / "out"
    images = [str(one) for one in (photo, tmp_path / "text.png", other, twin)]
    said = studio("edit", *images, "--flip", "vertical", "-o", str(out))
    assert said.code == 1
    assert said.out.split() == [str(out / name) for name in ("photo.png", "other.png", "photo-2.png")]
    assert "text.png: The picture" in said.err
    assert (pixels(out / "photo-2.png") == pixels(photo)[::-1]).all()
    said = studio("edit", images[0], "--flip", "vertical", *images[2:], "--json")
    assert (said.code, said.object["state"]) == (0, "done")
    assert [one["image"] for one in said.object["pictures"]] == [images[0], *images[2:]]
    assert all(len(one["assets"]) == 1 for one in said.object["pictures"])


def test_no_two_pictures_have_one_copy(tmp_path: Path):
    names = ["a.png", "b/a.png", "A-2.png"]
    copies = [str(one.path(1, None)) for one in _targets(Target(str(tmp_path), 1), names, None)]
    assert [Path(one).stem for one in copies] == ["a", "a-2", "A-2-2"]


def test_with_upscale_words_that_are_no_pictures_are_the_prompt(photo: Path):
    args = parse(["edit", str(photo), str(photo), "--upscale", "2", "a sharp photograph"])
    asked_edit(args)
    assert (args.prompt, args.others) == ("a sharp photograph", [str(photo)])
    args = parse(["edit", str(photo), "gone.png", "--cut-out"])
    asked_edit(args)
    assert (args.prompt, args.others) == (None, ["gone.png"])
