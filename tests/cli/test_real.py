"""The starter models through the real command line, without network; and `studio doctor`."""

from pathlib import Path

from studio.media.recipes import read_recipe


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


def test_an_answer(start):
    options = ["--max-tokens", "12", "--seed", "5", "--json"]
    said = start("studio", "chat", "Tell me about the sea.", *options).end()
    assert said.code == 0, said.err
    told = said.object
    assert (told["state"], told["model"]) == ("done", "starter/scribe")
    assert 0 < told["tokens"] <= 12
    assert told["text"].strip()
    assert told["tokens_per_second"] > 0


def test_the_doctor_finds_what_is_there_and_what_is_missing(start, home: Path):
    said = start("studio", "doctor", "--json").end()
    assert said.code == 0
    report = said.object
    assert {"version", "python", "memory", "versions", "window", "folders", "models"} <= set(report)
    assert report["devices"][0]["kind"] == "cpu"
    assert report["versions"]["torch"]
    assert report["folders"]["home"]["path"] == str(home)
    assert not home.exists()
