"""Clones of models from the shelf, in the hub's cache, through the real command line and its worker."""

from pathlib import Path

import pytest

from studio.media.recipes import read_recipe
from tests.shelf.clones import EDITORS, PICTURES, SEARCH, TEXTS, put_in_hub

pytestmark = pytest.mark.long

PAINTER, WRITER = "Tongyi-MAI/Z-Image-Turbo", "google/gemma-4-E2B-it"
EDITOR, FINDER = "Qwen/Qwen-Image-Edit-2511", "Qwen/Qwen3-Embedding-0.6B"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_a_picture_is_made_as_the_shelf_says(start, hub: Path, tmp_path: Path):
    """No guidance and nine steps: left to itself, the pipeline would guide by 5 and take 50."""
    put_in_hub(hub, PAINTER, PICTURES[PAINTER])
    target = tmp_path / "boat.png"
    options = ["--model", PAINTER, "--size", "64x64", "--seed", "5", "-o", str(target), "--json"]
    said = start("studio", "generate", "a boat", *options).end()
    assert said.code == 0, said.err
    assert said.object["notes"] == []
    recipe = read_recipe(target)
    assert recipe and (recipe.model, recipe.pipeline) == (PAINTER, "ZImagePipeline")
    assert (recipe.num_inference_steps, recipe.guidance_scale) == (9, 0.0)


def test_a_model_that_also_sees_answers(start, hub: Path):
    put_in_hub(hub, WRITER, TEXTS[WRITER])
    options = ["--model", WRITER, "--max-tokens", "8", "--seed", "5", "--json"]
    said = start("studio", "chat", "hello", *options).end()
    assert said.code == 0, said.err
    assert said.object["model"] == WRITER and said.object["text"].strip()


def test_an_editor_without_a_picture_says_what_it_needs(start, hub: Path):
    put_in_hub(hub, EDITOR, EDITORS[EDITOR])
    said = start("studio", "generate", "a boat", "--model", EDITOR, "--json").end()
    assert said.code == 2 and said.object["code"] == "reference_needed"
    assert "changes a picture, and there is none" in said.object["message"]
    assert "Traceback" not in said.err


def test_what_a_model_cannot_do_is_said_in_a_sentence(start, hub: Path):
    put_in_hub(hub, FINDER, SEARCH[FINDER])
    said = start("studio", "chat", "a boat", "--model", FINDER, "--json").end()
    assert said.code == 1
    assert said.object["code"] == "model_unable" and "cannot do this" in said.object["message"]
    assert "Traceback" not in said.err
