"""`studio models` and `--model`: what is installed, and what is wrong with what is named."""

import json
from pathlib import Path

import numpy
import pytest
from safetensors.numpy import save_file

from studio.cli.main import main
from tests.cli.conftest import Said


@pytest.fixture
def tell(qapp, capfd):
    """Runs a command in this process, with the models that are really there."""

    def run(*words: str) -> Said:
        capfd.readouterr()
        code = main(list(words))
        return Said(code, *capfd.readouterr())

    return run


@pytest.fixture
def shelf(home: Path, tmp_path: Path) -> Path:
    """A folder of models, named in the settings: a whole one, a cut one, a pickle and a folder of letters."""
    for name in ("whole", "cut"):
        folder = tmp_path / "models" / name
        folder.mkdir(parents=True)
        config = {"architectures": ["LlamaForCausalLM"], "max_position_embeddings": 512}
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "tokenizer.json").write_text("{}")
        save_file({"weight": numpy.zeros((8, 8), "float32")}, folder / "model.safetensors")
    (tmp_path / "models" / "cut" / "model.safetensors").unlink()
    (tmp_path / "models" / "old.ckpt").write_bytes(b"\x80\x04.")
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mother.txt").touch()
    home.mkdir()
    (home / "settings.json").write_text(json.dumps({"model_folders": [str(tmp_path / "models")]}))
    return tmp_path / "models"


def test_the_list_has_what_works_and_what_is_wrong_with_the_rest(tell, shelf: Path):
    told = tell("models", "list", "--json").object
    [whole] = [model for model in told["models"] if not model["starter"]]
    assert (whole["name"], whole["path"]) == ("whole", str(shelf / "whole"))
    assert (whole["family"], whole["abilities"], whole["size_bytes"] > 256) == ("language", ["reply"], True)
    [problem] = told["problems"]
    assert (problem["path"], problem["code"]) == (str(shelf / "cut"), "model_incomplete")
    said = tell("models", "list")
    assert problem["message"] in said.out
    assert whole["id"] in said.out


def test_one_model_is_shown_by_id_and_by_path(tell, shelf: Path):
    by_path = tell("models", "show", str(shelf / "whole"), "--json").object
    assert tell("models", "show", by_path["id"], "--json").object == by_path
    assert by_path["needed_bytes"] > 400_000_000  # the libraries alone
    said = tell("models", "show", by_path["id"])
    assert "LlamaForCausalLM" in said.out


@pytest.mark.parametrize(
    ("name", "code", "exit_code"),
    [
        ("models/cut", "model_incomplete", 1),
        ("models/old.ckpt", "model_unsafe", 1),
        ("letters", "model_unsupported", 1),
        ("letters/mother.txt", "model_unsupported", 1),
        ("nowhere", "model_missing", 1),
        ("models/whole", "model_unable", 1),  # it writes, it does not draw
    ],
)
def test_a_model_that_cannot_be_used_is_told(tell, shelf: Path, name: str, code: str, exit_code: int):
    path = str(shelf.parent / name)
    said = tell("generate", "a boat", "--model", path, "--json")
    assert (said.code, said.object["code"]) == (exit_code, code)
    assert said.object["message"] and said.object["hint"]


def test_a_name_that_is_neither_id_nor_path_is_told(tell, shelf: Path):
    for words in (["models", "show"], ["generate", "a boat", "--model"], ["chat", "hello", "--model"]):
        said = tell(*words, "nobody/nothing", "--json")
        assert (said.code, said.object["code"]) == (2, "not_found")
