"""`studio models convert`: a pickle's tensors become safetensors, its code never runs."""

import os
import pickle
import sys
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QObject
from safetensors.torch import load_file

from studio.app.door import LookAgain, listen
from tests.cli.telling import tell
from tests.cli.test_models_folders import ended

__all__ = ["tell"]
KEY = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
TENSORS = {f"{KEY}.lora_down.weight": torch.ones(4, 2048), f"{KEY}.lora_up.weight": torch.ones(320, 4)}


class Bait:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


@pytest.mark.long
def test_tensors_are_written_beside_the_pickle_or_where_asked(tell, tmp_path: Path):
    torch.save({"state_dict": TENSORS}, tmp_path / "ink.pt")
    told = tell("models", "convert", str(tmp_path / "ink.pt"), "--json").object
    assert (told["path"], told["tensors"]) == (str(tmp_path / "ink.safetensors"), 2)
    assert told["bytes"] == (tmp_path / "ink.safetensors").stat().st_size
    assert load_file(tmp_path / "ink.safetensors").keys() == TENSORS.keys()
    said = tell("models", "convert", str(tmp_path / "ink.pt"), "-o", str(tmp_path / "other.safetensors"))
    assert said.code == 0
    assert str(tmp_path / "other.safetensors") in said.out and (tmp_path / "other.safetensors").exists()
    there = tell("models", "convert", str(tmp_path / "ink.pt"), "--json")
    assert (there.code, there.object["code"]) == (1, "file_unwritable")


def test_an_open_window_looks_again(start, home: Path, tmp_path: Path, qtbot):
    torch.save({"state_dict": TENSORS}, tmp_path / "ink.pt")
    met, meeting = list[object](), QObject()
    listen(home, met.append, meeting)
    said = ended(start("studio", "models", "convert", str(tmp_path / "ink.pt"), "--json"), qtbot)
    assert (said.code, met) == (0, [LookAgain()])
    meeting.deleteLater()


def test_code_in_a_pickle_is_refused_and_never_runs(tell, tmp_path: Path):
    (tmp_path / "bad.ckpt").write_bytes(pickle.dumps({"weight": Bait(tmp_path / "ran")}))
    said = tell("models", "convert", str(tmp_path / "bad.ckpt"), "--json")
    assert (said.code, said.object["code"]) == (1, "pickle_refused")
    assert {path.name for path in tmp_path.iterdir()} == {"bad.ckpt"}


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_conversion_that_the_system_ended_is_told_and_leaves_nothing(
    tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    dying = tmp_path / "dying.py"
    dying.write_text(
        "import os, sys\nopen(sys.argv[-1] + '.part', 'w').close()\nos.kill(os.getpid(), 9)\n", "utf-8"
    )
    monkeypatch.setattr("sys.executable", str(_started_by(dying)))
    (tmp_path / "ink.pt").write_bytes(b"pickle")
    said = tell("models", "convert", str(tmp_path / "ink.pt"), "--json")
    assert (said.code, said.object["code"]) == (1, "process_killed")
    assert not list(tmp_path.glob("*.part"))


def _started_by(script: Path) -> Path:
    """A program that does this script, whatever it is told."""
    program = script.with_suffix("")
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$0" "$@"\n', "utf-8")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nowhere.pt"], "not_found"),
        (["whole.safetensors"], "wrong_usage"),
        (["whole.gguf"], "wrong_usage"),
        (["old.pt", "-o", "new.ckpt"], "wrong_usage"),
        ([], "wrong_usage"),
    ],
)
def test_wrong_words_are_told(tell, tmp_path: Path, monkeypatch, words: list[str], code: str):
    monkeypatch.chdir(tmp_path)
    for name in ("old.pt", "whole.safetensors", "whole.gguf"):
        (tmp_path / name).write_bytes(b"")
    said = tell("models", "convert", *words, "--json")
    assert (said.code, said.object["code"]) == (2, code)
