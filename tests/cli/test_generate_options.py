"""`studio generate` with pictures, LoRAs, passes and variations: what becomes of its options."""

import os
from pathlib import Path

import pytest
from PIL import Image

from studio.core.inputs import Role, UsedInput
from studio.core.jobs import GenerateImages
from studio.core.model import Kind, ModelSpec
from studio.core.passes import SecondPass, Variation
from studio.core.paths import paths_for
from studio.core.recipe import Execution, Recipe
from studio.media.recipes import write_png
from studio.session.model_desk import ModelDesk
from studio.store.library import Library
from tests.session.conftest import FAKE

INK = ModelSpec(
    id="local/ink",
    name="Ink",
    family="",
    base="LoRA",
    abilities=(),
    path="/x/ink_v2.safetensors",
    kind=Kind.LORA,
)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a few pictures."""
    for name in ("red", "green", "blue"):
        Image.new("RGB", (48, 32), name).save(tmp_path / f"{name}.png")
    return tmp_path


@pytest.fixture
def job(studio, home: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs `studio generate`, and gives the job as it is kept."""
    monkeypatch.setattr(ModelDesk, "installed", lambda *_: [FAKE, INK])

    def run(*words: str) -> GenerateImages:
        told = studio("generate", *words, "--size", "32x32", "--json")
        assert told.code == 0, told
        library = Library.open(paths_for(home))
        record = library.jobs.get(told.object["job"])
        library.close()
        assert record and isinstance(record.job, GenerateImages)
        return record.job

    return run


def test_pictures_come_in_as_copies_with_their_roles(job, home: Path, files: Path):
    start, one, two = (str(files / f"{name}.png") for name in ("red", "green", "blue"))
    pictures = ["--image", start, "--strength", "0.4", "--reference", one, "--reference", two]
    made = job("a boat", *pictures, "--reference-weight", "0.5", "--reference-weight", "2")
    assert [one.role for one in made.inputs] == [Role.START, Role.REFER, Role.REFER]
    assert [one.weight for one in made.inputs] == [1.0, 0.5, 2.0]
    assert [one.name for one in made.inputs] == ["red.png", "green.png", "blue.png"]
    assert made.strength == 0.4
    copies = paths_for(home).inputs
    assert all(Path(one.path).parent == copies.absolute() and Path(one.path).exists() for one in made.inputs)
    made = job("a boat", "--reference", one, "--reference", two, "--reference-weight", "0.7")
    assert [one.weight for one in made.inputs] == [0.7, 0.7]


def test_a_picture_of_the_library_is_used_where_it_lies(job, studio, home: Path):
    [asset] = studio("generate", "a boat", "--size", "48x32", "--json").object["assets"]
    made = job("a ship", "--image", asset["id"])
    [used] = made.inputs
    assert (used.asset, used.path) == (asset["id"], asset["path"])
    unknown = studio("generate", "a ship", "--image", "019ac000-0000-7000-8000-000000000000", "--json")
    assert (unknown.code, unknown.object["code"]) == (2, "not_found")


def test_what_else_can_be_asked_for(job):
    options = ["--lora", "ink", "--lora", "INK_V2:0.5", "--seamless", "--second-pass", "2:0.4:9"]
    made = job("a boat", *options, "--cache", "First-Block")
    assert [(one.id, one.scale) for one in made.loras] == [("local/ink", 0.5)]
    assert made.second_pass == SecondPass(scale=2.0, strength=0.4, num_inference_steps=9)
    assert (made.seamless, made.cache) == (True, "first_block")
    assert job("a boat", "--second-pass", "1.5").second_pass == SecondPass(scale=1.5)


def test_variations_begin_with_all_of_the_picture_but_what_is_said(job, studio):
    words = ["a boat", "--seed", "12", "--steps", "9", "--size", "48x32"]
    [asset] = studio("generate", *words, "--json").object["assets"]
    made = job("--vary", f"{asset['id']}:0.5", "-n", "2", "--model", FAKE.id)
    assert (made.prompt, made.num_inference_steps, made.num_images) == ("a boat", 9, 2)
    assert made.variation == Variation(seed=12, strength=0.5)
    assert made.seed != 12
    drifting = job("a ship", "--vary", asset["id"], "--drift", "0.2", "--model", FAKE.id)
    assert (drifting.prompt, drifting.variation) == ("a ship", Variation(seed=12, strength=0.0, drift=0.2))


def test_a_recipe_keeps_its_pictures_unless_others_are_said(job, studio, files: Path):
    [copy] = job("a boat", "--image", str(files / "red.png")).inputs
    used = (
        UsedInput(role=Role.START, name="red.png", hash=copy.hash),
        UsedInput(role=Role.REFER, name="gone.png", hash="0" * 64),
    )
    recipe = Recipe(prompt="a boat", seed=5, inputs=used, strength=0.7, cache="first_block")
    write_png(Image.new("RGB", (48, 32)), files / "made.png", recipe)
    words = ["--recipe", str(files / "made.png"), "--model", FAKE.id]
    made = job(*words)
    assert [(one.name, one.hash) for one in made.inputs] == [("red.png", copy.hash)]
    assert (made.strength, made.cache) == (0.7, "first_block")
    other = job(*words, "--image", str(files / "blue.png"), "--strength", "0.2")
    assert ([one.name for one in other.inputs], other.strength) == (["blue.png"], 0.2)
    told = studio("generate", *words, "--size", "32x32", "--json").object["notes"]
    assert told == ["It referred to another picture, which is not part of the recipe."]


def test_a_second_pass_of_a_recipe_enlarges_once(studio, job, files: Path):
    record = Execution(device="cpu", precision="float32")
    recipe = Recipe(
        prompt="a boat", width=128, height=96, second_pass=SecondPass(scale=2.0), execution=record
    )
    write_png(Image.new("RGB", (128, 96)), files / "made.png", recipe)
    told = studio("generate", "--recipe", str(files / "made.png"), "--model", FAKE.id, "--json")
    [asset] = told.object["assets"]
    assert (asset["recipe"]["width"], asset["recipe"]["height"]) == (64, 48)


def test_a_prompt_of_a_recipe_means_what_it_says(job, studio, tmp_path: Path):
    [asset] = studio("generate", r"a \{cat, \__dog\__ \| x", "--size", "48x32", "--json").object["assets"]
    assert asset["recipe"]["prompt"] == "a {cat, __dog__ | x"
    assert job("--recipe", asset["path"], "--model", FAKE.id).prompt == "a {cat, __dog__ | x"
    styled = job("--recipe", asset["path"], "--model", FAKE.id, "--style", "Watercolour")
    assert "a {cat, __dog__ | x" in styled.prompt


def test_an_empty_negative_prompt_goes_before_the_recipe_too(job, studio):
    [asset] = studio("generate", "a boat", "--negative", "fog", "--size", "48x32", "--json").object["assets"]
    assert job("--recipe", asset["path"], "--model", FAKE.id).negative_prompt == "fog"
    assert job("--recipe", asset["path"], "--model", FAKE.id, "--negative", "").negative_prompt == ""


WRONG = [
    (["--again", "x", "a boat", "--seed", "0", "-n", "0"], "leave out PROMPT, --seed, -n"),
    (["--vary", "x", "--recipe", "y.png"], "--vary and --recipe"),
    (["a boat", "--drift", "0.5"], "--drift goes with --vary only"),
    (["a boat", "--strength", "0.5"], "--strength needs a picture"),
    (["a boat", "--reference-weight", "1"], "--reference-weight"),
    (["a boat", "--second-pass", "2:x"], "--second-pass takes a scale"),
    (["a boat", "--second-pass", "2:0.5:9:1"], "--second-pass takes a scale"),
    (["a boat", "--second-pass", "2:0.5:1.5"], "--second-pass takes a scale"),
    (["a boat", "--second-pass", "-1:0.5"], "second pass scale is -1.0"),
    (["a boat", "--second-pass", "nan"], "second pass scale is nan"),
    (["a boat", "--second-pass", "2:inf"], "second pass strength is inf"),
    (["a boat", "--second-pass", "2:0.5:0"], "second pass steps is 0"),
    (["a boat", "--guidance", "nan"], "guidance is nan"),
    (["a boat", "--steps", "-3"], "steps is -3"),
    (["a boat", "--seed", str(2**64)], str(2**64)),
    (["a boat", "--cache", "magic"], "there are: "),
    (["a boat", "--lora", "inc:0.5"], "There is no LoRA inc; the nearest is Ink"),
    (["a boat", "--lora", "ink:nan"], "LoRA scale is nan"),
    (["a boat", "--lora", "ink:99"], "LoRA scale is 99"),
    (["a boat", "--image", ""], "--image needs a value"),
    (["--vary", "nothing:0.5"], "nothing"),
    (["--again", "nothing"], "nothing"),
]


@pytest.mark.parametrize(("words", "said"), WRONG)
def test_wrong_usage_gets_a_sentence(studio, home: Path, monkeypatch, words: list[str], said: str):
    monkeypatch.setattr(ModelDesk, "installed", lambda *_: [FAKE, INK])
    told = studio("generate", *words, "--json")
    assert (told.code, said in told.object["message"]) == (2, True), told
    assert list(home.rglob("*.png")) == []


@pytest.mark.parametrize("option", ["--image", "--reference", "--recipe"])
def test_what_is_no_picture_gets_a_sentence(studio, home: Path, tmp_path: Path, option: str):
    (tmp_path / "text.png").write_text("a text")
    os.mkfifo(tmp_path / "pipe.png")
    strange = [tmp_path / "text.png", tmp_path / "pipe.png", tmp_path, "/dev/zero", "nothing.png", "x" * 5000]
    for path in strange:
        told = studio("generate", "a boat", option, str(path), "--json")
        assert (told.code, told.object["code"]) == (1, "picture_unreadable"), (path, told)
    assert list(home.rglob("*.png")) == []


GARBAGE = [
    *("", " ", ";", "=", "seed", "seed=", "=1..4", "seed=;steps=", "seed=1..4;seed=5", "what=1,2"),
    *("seed=1..", "seed=..4", "seed=1..4..0", "seed=a,b", "seed=-1,2", f"seed=1,{2**64}", "steps=0,1"),
    *("steps=1.5,2", "guidance=nan,1", "guidance=3,inf", "size=1x1,2x2", "scheduler=Nonsense,Euler"),
    *("model=nobody/nothing,x/y", "lora=0,1", "lora nobody=0,1", "strength=0.2,0.4", "replace=cat,dog"),
    *("seed=1..257", "seed=1..17;steps=1..17", "seed=1,2;steps=1,2;guidance=1,2", "seed=1,1"),
    *("lora ink=nan,1", "seed=1..99999999999999999999999", "steps=" + "9" * 5000, "\ud83d\ude00=1"),
]


@pytest.mark.parametrize("text", GARBAGE)
def test_a_sheet_that_is_none_gets_a_sentence(studio, home: Path, monkeypatch, text: str):
    monkeypatch.setattr(ModelDesk, "installed", lambda *_: [FAKE, INK])
    told = studio("generate", "a boat", "--sheet", text, "--json")
    assert (told.code, told.object["state"]) == (2, "failed"), told
    assert told.object["message"] and told.object["hint"]
    assert list(home.rglob("*.png")) == []


def test_only_what_is_recorded_is_made_again(studio):
    [asset] = studio("generate", "a boat", "--json").object["assets"]
    told = studio("generate", "--again", asset["id"], "--json")
    assert (told.code, told.object["code"]) == (2, "not_recorded")
