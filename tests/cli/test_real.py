"""The starter models through the real command line, without network; and `studio doctor`."""

import json
import os
from pathlib import Path

import msgspec
import pytest
from transformers.utils.import_utils import KERNELS_MIN_VERSION

from studio.core.paths import resources_dir
from studio.core.settings import Settings
from studio.media.recipes import read_recipe
from tests import zoo
from tests.cli.conftest import ROOT
from tests.runtime.ggufs import convert
from tests.runtime.lora_files import diffusers_file, pairs


def test_a_picture(start, tmp_path: Path):
    target = tmp_path / "boat.png"
    options = ["--size", "63x64", "--steps", "2", "--seed", "5", "-o", str(target), "--json"]
    said = start("studio", "generate", "a boat with red sails", *options).end()
    assert said.code == 0, said.err
    [asset] = said.object["assets"]
    assert (asset["width"], asset["height"]) == (64, 64)
    assert "63 × 64" in said.object["notes"][0]
    recipe = read_recipe(target)
    assert recipe and recipe.seed == 5 and recipe.num_inference_steps == 2
    assert recipe.execution and recipe.execution.device == "cpu"


@pytest.mark.long
def test_what_a_cache_gains_and_costs_is_measured_and_told(start, tmp_path: Path):
    painter = zoo.flux(tmp_path / "painter")
    asked = ["generate", "a boat", "--model", str(painter), "--size", "64x64", "--steps", "8", "--seed", "5"]
    said = start("studio", *asked, "--sheet", "cache=off,taylor_seer", "--json").end()
    assert said.code == 0 and not said.object["notes"], said.err
    said = start("studio", *asked, "--cache", "taylor_seer", "--json").end()
    told = said.object["cache_cost"]
    assert (told["cache"], told["steps"]) == ("taylor_seer", 8) and told["faster"] > 0
    assert f"TaylorSeer: {told['words']}" in said.err
    shown = start("studio", "models", "show", str(painter), "--json").end()
    assert [one["cache"] for one in shown.object["cache_costs"]] == ["taylor_seer"]


@pytest.mark.long
def test_a_fast_picture(start, home: Path, tmp_path: Path):
    """With the shelf's LoRA for speed, found by its name in a folder of the person's."""
    from diffusers import UNet2DConditionModel

    painter, folder, target = tmp_path / "painter", tmp_path / "loras", tmp_path / "boat.png"
    zoo.stable_diffusion_xl(painter)
    folder.mkdir()
    home.mkdir()
    (home / "settings.json").write_bytes(msgspec.json.encode(Settings(model_folders=(str(folder),))))
    asked = ["generate", "a boat", "--fast", "--model", str(painter), "--seed", "5", "--json"]
    said = start("studio", *asked).end()
    told = said.object
    assert (said.code, told["code"]) == (1, "lora_not_installed"), said.err
    assert "SDXL-Lightning" in told["message"]
    assert "`studio models install ByteDance/SDXL-Lightning`" in told["hint"]
    unet = UNet2DConditionModel.from_pretrained(painter / "unet", local_files_only=True)
    diffusers_file(folder / "sdxl_lightning_4step_lora.safetensors", pairs(unet))
    said = start("studio", *asked, "--size", "64x64", "-o", str(target)).end()
    assert said.code == 0 and not said.object["notes"], said.err
    recipe = read_recipe(target)
    assert recipe and recipe.execution
    assert (recipe.num_inference_steps, recipe.guidance_scale, recipe.scheduler) == (4, 1.0, "Euler")
    assert [lora.name for lora in recipe.loras] == ["sdxl_lightning_4step_lora"]
    assert recipe.execution.options["timestep_spacing"] == "trailing"


def test_an_answer(start):
    options = ["--max-tokens", "12", "--seed", "5", "--json"]
    said = start("studio", "chat", "Tell me about the sea.", *options).end()
    assert said.code == 0, said.err
    told = said.object
    assert (told["state"], told["model"]) == ("done", "starter/scribe")
    assert 0 < told["tokens"] <= 12
    assert told["text"].strip()
    assert told["tokens_per_second"] > 0


def test_an_answer_of_a_gguf_file(start, home: Path, tmp_path: Path):
    """Without network, and without a word of llama.cpp's own in what is said or logged."""
    library = pytest.importorskip("llama_cpp", reason="the extra `llama` is not installed")
    file = convert(resources_dir() / "starter" / "scribe", tmp_path / "scribe.gguf")
    path = os.pathsep.join([os.environ["PYTHONPATH"], str(ROOT), str(Path(library.__file__).parents[1])])
    options = ["--model", str(file), "--temperature", "0", "--json"]
    said = start("studio", "chat", "What can this studio do?", *options, PYTHONPATH=path).end()
    assert said.code == 0, said.err
    assert said.object["text"].startswith("Atelier lets you make pictures and write text")
    assert said.err.splitlines() == ["The engine is starting", "Loading", "Reading"]
    assert not any(log.read_text("utf-8") for log in (home / "logs").glob("*language*"))


@pytest.fixture
def baited(tmp_path: Path) -> dict[str, str]:
    """An environment that has the package which runs code from the hub; it leaves a trace when imported."""
    package = tmp_path / "packages" / "kernels"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()")
    about = package.with_name(f"kernels-{KERNELS_MIN_VERSION}.dist-info")
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: kernels\nVersion: {KERNELS_MIN_VERSION}\n")
    return {"PYTHONPATH": os.pathsep.join([str(package.parent), os.environ["PYTHONPATH"], str(ROOT)])}


@pytest.mark.long
@pytest.mark.parametrize(
    "key",
    [
        "attn_implementation",
        pytest.param("_attn_implementation", marks=pytest.mark.long),
        pytest.param("experts_implementation", marks=pytest.mark.long),
    ],
)
def test_a_config_that_asks_for_code_of_the_hub_does_not_get_it(
    start, baited: dict[str, str], tmp_path: Path, key: str
):
    folder = zoo.llama(tmp_path / "writer")
    config = folder / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {key: "kernels-community/flash-attn2"}))
    options = ["--model", str(folder), "--max-tokens", "4", "--json"]
    said = start("studio", "chat", "hello", *options, **baited).end()
    assert said.code == 0 or said.object["code"] == "model_unsupported", said
    assert not (tmp_path / "ran").exists()


def test_the_doctor_finds_what_is_there_and_what_is_missing(start, home: Path):
    said = start("studio", "doctor", "--json").end()
    assert said.code == 0
    report = said.object
    assert {"version", "python", "memory", "versions", "window", "folders", "models"} <= set(report)
    assert report["devices"][0]["kind"] == "cpu"
    assert report["versions"]["torch"]
    assert report["folders"]["home"]["path"] == str(home)
    assert not home.exists()
