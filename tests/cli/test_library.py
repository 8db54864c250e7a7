"""`studio library`: pages, words, one picture, and bringing database and files together."""

import io
import json
import os
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from studio.cli.describe import describe_asset
from studio.core.ids import new_id
from studio.core.inputs import Role, UsedInput
from studio.core.passes import SecondPass, Variation
from studio.core.paths import paths_for
from studio.core.recipe import Execution, Recipe, UsedLora
from studio.core.records import Asset
from studio.core.sheets import Axis, Setting, Sheet
from studio.media.inputs import take
from studio.media.recipes import write_png
from studio.store.library import Library


@pytest.fixture
def made(home: Path) -> list[dict]:
    """Three pictures, the newest first, as `--json` shows them."""
    paths, told = paths_for(home), list[dict]()
    library = Library.open(paths)
    folder = paths.staging / "instance" / "job"
    folder.mkdir(parents=True)
    for number, prompt in enumerate(["a boat; 日落的海", "a lighthouse", "a boat at night"]):
        recipe = Recipe(asset=new_id(), prompt=prompt, seed=number, created=1e9 + number, width=8, height=8)
        staged = folder / f"{recipe.asset}.png"
        write_png(Image.new("RGB", (8, 8), (number, 0, 0)), staged, recipe)
        asset = library.adopt(staged)
        told.append(json.loads(msgspec.json.encode(describe_asset(asset, paths.library / asset.path))))
    library.close()
    return told[::-1]


def ids(assets: list[dict]) -> list[str]:
    return [asset["id"] for asset in assets]


def test_pages_words_stars_and_trash(studio, made, home: Path):
    told = studio("library", "list", "--json").object
    assert told == {"total": 3, "assets": made}
    assert ids(studio("library", "list", "--limit", "1", "--offset", "1", "--json").object["assets"]) == [
        made[1]["id"]
    ]
    for words, found in (("boat", [0, 2]), ("海", [2]), ("boat night", [0]), ("nothing", [])):
        told = studio("library", "search", words, "--json").object
        assert told["total"] == len(found)
        assert ids(told["assets"]) == [made[place]["id"] for place in found]
    library = Library.open(paths_for(home))
    library.star([made[0]["id"]], True)
    library.trash([made[1]["id"]])
    library.close()
    assert ids(studio("library", "list", "--starred", "--json").object["assets"]) == [made[0]["id"]]
    assert ids(studio("library", "list", "--trash", "--json").object["assets"]) == [made[1]["id"]]
    said = studio("library", "list")
    assert said.out.splitlines()[-1] == "2 of 2 pictures"
    assert "★  a boat at night" in said.out


def test_one_picture_with_its_recipe(studio, made):
    assert studio("library", "show", made[0]["id"], "--json").object == made[0]
    said = studio("library", "show", made[0]["id"])
    lines = dict(line.split(maxsplit=1) for line in said.out.splitlines())
    assert lines["prompt"] == "a boat at night"
    assert lines["path"] == made[0]["path"]
    missing = studio("library", "show", "nothing", "--json")
    assert (missing.code, missing.object["code"]) == (2, "not_found")


def test_all_of_a_recipe_is_told(studio, made, home: Path):
    recipe = Recipe(
        prompt="a boat",
        styles=("Watercolour",),
        inputs=(UsedInput(role=Role.START, name="red.png", weight=1.5),),
        strength=0.4,
        loras=(UsedLora(id="local/ink", name="Ink", scale=0.5),),
        variation=Variation(seed=3, strength=0.2, of=Variation(seed=4)),
        second_pass=SecondPass(scale=1.5),
        sheet=Sheet(
            id="sheet",
            columns=Axis(setting=Setting.SEED, values=("1", "2")),
            rows=Axis(setting=Setting.STEPS, values=("5", "9")),
        ),
        cell=3,
        execution=Execution(device="cpu", precision="float32", options={"vae": "tiled"}),
    )
    library, whole = Library.open(paths_for(home)), new_id()
    library.assets.put([Asset(id=whole, path="whole.png", width=1, height=1, created=0.0, recipe=recipe)])
    library.close()
    said = studio("library", "show", whole)
    lines = dict(line.rstrip().split("  ", 1) for line in said.out.splitlines())
    told = {name.strip(): value.strip() for name, value in lines.items()}
    assert told["styles"] == "Watercolour"
    assert (told["inputs.1.role"], told["inputs.1.name"], told["inputs.1.weight"]) == (
        "start",
        "red.png",
        "1.5",
    )
    assert (told["loras.1.name"], told["loras.1.scale"], told["strength"]) == ("Ink", "0.5", "0.4")
    assert (told["variation.seed"], told["variation.of.seed"], told["second_pass.scale"]) == ("3", "4", "1.5")
    assert (told["sheet"], told["cell"]) == ("sheet", "2, 2: seed 2, steps 9")
    assert (told["device"], told["option vae"]) == ("cpu", "tiled")


def test_why_two_pictures_differ(studio, made):
    one, other = made[0]["id"], made[1]["id"]
    told = studio("library", "compare", one, other, "--json").object
    assert told["same"] is False
    found = {each["what"]: (each["then"], each["now"]) for each in told["differences"]}
    assert found["prompt"] == ("a boat at night", "a lighthouse")
    assert "a lighthouse" in studio("library", "compare", one, other).out
    assert studio("library", "compare", one, one, "--json").object == {"same": True, "differences": []}
    assert studio("library", "compare", one, one).out == "Made in the same way\n"
    assert studio("library", "compare", one, "nothing").code == 2


def test_files_are_the_truth(studio, made, home: Path):
    Path(made[0]["path"]).unlink()
    Path(made[1]["path"]).write_bytes(b"\x89PNG\r\n\x1a\n")
    found = studio("library", "verify", "--json")
    assert (found.code, found.object["whole"], found.object["checked"]) == (1, False, 2)
    assert [Path(made[0]["path"]).name] == [Path(path).name for path in found.object["missing"]]
    assert [Path(made[1]["path"]).name] == [Path(path).name for path in found.object["damaged"]]
    assert "studio library rebuild" in studio("library", "verify").out
    Path(made[1]["path"]).unlink()
    for file in home.glob("studio.db*"):
        file.unlink()
    assert studio("library", "rebuild", "--json").object["pictures"] == 1
    assert studio("library", "list", "--json").object["assets"] == [made[2]]
    assert studio("library", "verify").code == 0


def test_copies_of_input_pictures_that_nothing_needs_are_told_and_removed(studio, made, home: Path):
    paths = paths_for(home)
    for colour in ("red", "blue"):
        copy = take(png(colour), paths.inputs)
        os.utime(copy.path, (0, 0))
    kept = Recipe(asset=new_id(), inputs=(UsedInput(role=Role.START, hash=copy.hash),))
    write_png(Image.new("RGB", (8, 8)), paths.library / "kept.png", kept)
    studio("library", "rebuild")
    (spare,) = studio("library", "verify", "--json").object["spare"]
    assert spare != copy.path and Path(spare).parent == paths.inputs
    said = studio("library", "verify")
    assert said.code == 0 and "studio library tidy" in said.out
    told = studio("library", "tidy", "--json").object
    assert (told["state"], told["copies"]) == ("done", 1) and told["freed_bytes"] > 0
    assert [str(path) for path in paths.inputs.iterdir()] == [copy.path]
    assert "0 copies" in studio("library", "tidy").out
    assert studio("library", "verify", "--json").object["spare"] == []


def png(colour: str) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (32, 32), colour).save(data, "PNG")
    return data.getvalue()


def test_a_library_that_is_gone_is_told(studio, made, home: Path):
    (home / "library").rename(home / "elsewhere")
    for words in (["library", "list"], ["generate", "a boat"]):
        said = studio(*words, "--json")
        assert (said.code, said.object["code"]) == (1, "library_missing")
