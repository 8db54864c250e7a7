"""`studio generate --recipe`: what made a picture, said again, with options before it."""

import json
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.catalog.scan import Found
from studio.cli import generate_recipe
from studio.core.model import Kind, ModelSpec
from studio.core.passes import SecondPass
from studio.media.recipes import read_recipe
from studio.store.library import Library
from tests.session.conftest import FAKE

INK = ModelSpec(
    id="local/ink",
    name="ink",
    family="",
    base="LoRA",
    abilities=(),
    path="/x/ink.safetensors",
    kind=Kind.LORA,
)
LINE = "Steps: 7, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 3.5, Seed: 5, Size: 48x32"


def picture(folder: Path, line: str = LINE, prompt: str = "a boat") -> str:
    info = PngInfo()
    info.add_text("parameters", f"{prompt}\nNegative prompt: fog\n{line}")
    Image.new("RGB", (48, 32), "teal").save(folder / "made.png", pnginfo=info)
    return str(folder / "made.png")


def made(told) -> dict:
    """The recipe of the one picture."""
    [asset] = told.object["assets"]
    return asset["recipe"]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch):
    """Says what is installed."""

    def put(*models: ModelSpec) -> None:
        monkeypatch.setattr(generate_recipe, "installed", lambda _paths: Found(models=models, problems=()))

    put(FAKE)
    return put


def test_a_recipe_is_made_again(studio, here, tmp_path: Path):
    told = studio("generate", "--recipe", picture(tmp_path), "--json")
    assert (told.code, told.object["notes"]) == (0, [])
    recipe = made(told)
    assert (recipe["prompt"], recipe["negative_prompt"], recipe["seed"]) == ("a boat", "fog", 5)
    assert (recipe["width"], recipe["height"]) == (48, 32)


def test_options_go_before_the_recipe(studio, here, tmp_path: Path):
    words = ["a ship", "--recipe", picture(tmp_path), "--seed", "9", "--size", "64x64", "--negative", "rain"]
    recipe = made(studio("generate", *words, "--json"))
    assert (recipe["prompt"], recipe["negative_prompt"], recipe["seed"]) == ("a ship", "rain", 9)
    assert (recipe["width"], recipe["height"]) == (64, 64)


def test_what_a_job_takes_over(studio, here, home: Path, tmp_path: Path):
    from studio.core.paths import paths_for

    here(FAKE, INK)
    line = f"{LINE}, Model: Fake, Hires upscale: 2, Denoising strength: 0.4, Tiling: True, Clip skip: 2"
    path = picture(tmp_path, line, "a boat <lora:ink:0.5> <lora:other:1>")
    told = studio("generate", "--recipe", path, "--json")
    assert told.object["notes"] == [
        "Not understood in the recipe: Clip skip.",
        "The LoRA other of the recipe is not here and was left out.",
    ]
    library = Library.open(paths_for(home))
    [record] = library.jobs.history(10)
    library.close()
    job = record.job
    assert (job.prompt, job.num_inference_steps, job.guidance_scale) == ("a boat", 7, 3.5)
    assert (job.scheduler, job.seamless) == ("DPM++ 2M Karras", True)
    # Of eighteen steps at that strength diffusers makes seven, as many as A1111 did.
    assert job.second_pass == SecondPass(scale=2.0, strength=0.4, num_inference_steps=18)
    assert [(lora.id, lora.scale) for lora in job.loras] == [("local/ink", 0.5)]


def test_a_model_that_is_not_here_is_told_with_the_nearest(studio, here, home: Path, tmp_path: Path):
    told = studio("generate", "--recipe", picture(tmp_path, f"{LINE}, Model: juggernautXL_v9"), "--json")
    assert (told.code, told.object["code"]) == (1, "recipe_model_missing")
    assert "juggernautXL_v9" in told.object["message"] and "studio models install" in told.object["hint"]
    unknown = picture(tmp_path, f"{LINE}, Model: mystery".replace("48x32", "2048x2048"))
    assert studio("generate", "--recipe", unknown, "--json").object["code"] == "recipe_model_unknown"
    assert studio("generate", "--recipe", unknown, "--model", "local/fake", "--size", "48x32").code == 0


def test_a_scheduler_and_a_picture_that_cannot_be_had(studio, here, tmp_path: Path):
    graph = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "start.png"}},
        "2": {"class_type": "VAEEncode", "inputs": {"pixels": ["1", 0]}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "a boat"}},
        "4": {
            "class_type": "KSampler",
            "inputs": {
                "seed": 3,
                "steps": 4,
                "sampler_name": "res_multistep",
                "denoise": 0.5,
                "positive": ["3", 0],
                "latent_image": ["2", 0],
            },
        },
        "5": {"class_type": "SaveImage", "inputs": {"images": ["4", 0]}},
    }
    info = PngInfo()
    info.add_text("prompt", json.dumps(graph))
    Image.new("RGB", (48, 32), "teal").save(tmp_path / "a.png", pnginfo=info)
    told = studio("generate", "--recipe", str(tmp_path / "a.png"), "--json")
    assert told.object["notes"] == [
        "There is no scheduler res_multistep here.",
        "Not understood in the recipe: res_multistep.",
        "It began with another picture, which is not part of the recipe.",
    ]


def test_our_own_picture_says_all_of_it(studio, here, tmp_path: Path):
    first = studio("generate", "a boat", "--seed", "12", "--size", "48x32", "--json")
    [asset] = first.object["assets"]
    again = studio("generate", "--recipe", asset["path"], "--json")
    [other] = again.object["assets"]
    mine, theirs = read_recipe(Path(asset["path"])), read_recipe(Path(other["path"]))
    assert (
        mine and theirs and (mine.prompt, mine.seed, mine.model) == (theirs.prompt, theirs.seed, theirs.model)
    )


def test_refused_before_a_job_is_made(studio, here, home: Path, tmp_path: Path):
    Image.new("RGB", (8, 8)).save(tmp_path / "plain.png")
    (tmp_path / "text.png").write_text("a text")
    for name, code in (("plain.png", "recipe_missing"), ("text.png", "picture_unreadable")):
        told = studio("generate", "--recipe", str(tmp_path / name), "--json")
        assert told.object["code"] == code
    assert studio("generate").code == 2
    assert studio("generate", "--recipe", " ").code == 2
