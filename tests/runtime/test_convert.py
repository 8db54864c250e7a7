"""Pickles become safetensors by a process that runs nothing of what is in them."""

import collections
import hashlib
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from studio.core.errors import (
    FileUnwritable,
    ModelMissing,
    ModelUnreadable,
    ModelUnsupported,
    PickleRefused,
    error_from,
)
from studio.core.messages import Conversion, Converted, NotConverted
from studio.runtime import convert as converter
from studio.runtime.convert import convert

WEIGHT = torch.arange(12.0).reshape(3, 4)


def saved(content: Any, path: Path, **options: Any) -> Path:
    torch.save(content, path, **options)
    return path


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {"state_dict": state, "epoch": 3, "global_step": 875000},
        lambda state: {"params": {"w": torch.zeros(1)}, "params_ema": state},
        lambda state: {"model": {"state_dict": state}, "optimizer": {"lr": 0.1}},
        lambda state: collections.OrderedDict(params=state),
    ],
    ids=["plain", "state_dict", "params_ema", "nested", "ordered"],
)
def test_the_tensors_are_found_where_trainers_keep_them(wrap: Any, tmp_path: Path) -> None:
    state = {"w": WEIGHT, "b": torch.ones(3, dtype=torch.float16)}
    source, target = saved(wrap(state), tmp_path / "model.ckpt"), tmp_path / "model.safetensors"
    told = convert(source, target)
    found = load_file(target)
    assert found.keys() == state.keys() and all(torch.equal(found[name], state[name]) for name in state)
    assert found["b"].dtype == torch.float16
    assert told == Converted(target=str(target), tensors=2, size_bytes=target.stat().st_size)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.ckpt", "model.safetensors"]


def test_a_file_says_that_it_was_converted_and_from_what(tmp_path: Path) -> None:
    source, target = saved({"w": WEIGHT}, tmp_path / "model.pt"), tmp_path / "model.safetensors"
    convert(source, target)
    with safe_open(target, "pt") as file:
        notes = file.metadata()
    assert notes["converted_from"] == "model.pt"
    assert notes["converted_sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()


def test_tensors_that_share_memory_or_lie_crosswise_are_kept_whole(tmp_path: Path) -> None:
    state = {"w": WEIGHT, "again": WEIGHT, "row": WEIGHT[1], "across": WEIGHT.T}
    source, target = saved(state, tmp_path / "model.pth"), tmp_path / "model.safetensors"
    convert(source, target)
    found = load_file(target)
    assert found.keys() == state.keys() and all(torch.equal(found[name], state[name]) for name in state)


def test_the_old_format_and_a_textual_inversion_are_read_too(tmp_path: Path) -> None:
    old = saved({"w": WEIGHT}, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    convert(old, tmp_path / "old.safetensors")
    assert torch.equal(load_file(tmp_path / "old.safetensors")["w"], WEIGHT)
    word = saved(
        {"string_to_token": {"*": torch.tensor(265)}, "string_to_param": {"*": WEIGHT}, "name": "boat"},
        tmp_path / "boat.pt",
    )
    convert(word, tmp_path / "boat.safetensors")
    assert load_file(tmp_path / "boat.safetensors").keys() == {"emb_params"}


class _Bait:
    """What a file may ask of whoever reads it carelessly."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, (f"touch {self.path}",)


def child(source: Path, target: Path) -> tuple[int, Conversion]:
    command = [sys.executable, "-m", "studio.runtime.convert", str(source), str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        said = process.stdout.readline()
        return process.wait(), msgspec.json.decode(said, type=Conversion)


def test_a_pickle_that_would_run_code_does_not(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    source = saved({"state_dict": {"w": WEIGHT}, "bait": _Bait(trace)}, tmp_path / "bad.ckpt")
    code, told = child(source, tmp_path / "bad.safetensors")
    assert code == 1 and isinstance(told, NotConverted) and told.code == "pickle_refused"
    assert "system" in str(told.params["name"]) and str(error_from(told.code, told.params))
    bare = tmp_path / "bare.ckpt"
    bare.write_bytes(pickle.dumps(_Bait(trace)))
    old = saved({"bait": _Bait(trace)}, tmp_path / "old.ckpt", _use_new_zipfile_serialization=False)
    for path in (bare, old):
        with pytest.raises((PickleRefused, ModelUnreadable)):
            convert(path, tmp_path / "bad.safetensors")
    assert not trace.exists() and not (tmp_path / "bad.safetensors").exists()
    assert not list(tmp_path.glob("*.part"))


def test_the_process_converts_and_says_so_in_one_line(tmp_path: Path) -> None:
    source, target = saved({"w": WEIGHT}, tmp_path / "model.pt"), tmp_path / "model.safetensors"
    assert child(source, target) == (
        0,
        Converted(target=str(target), tensors=1, size_bytes=target.stat().st_size),
    )


@pytest.mark.long
def test_a_target_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    code, told = child(saved({"w": WEIGHT}, tmp_path / "model.pt"), tmp_path / "gone" / "model.safetensors")
    assert code == 1 and isinstance(told, NotConverted) and told.code == "file_unwritable"


def test_neither_sockets_nor_programs_have_a_place_in_the_process() -> None:
    for event in ("socket.__new__", "socket.connect", "subprocess.Popen", "os.system", "os.exec"):
        with pytest.raises(PermissionError):
            converter._refuse(event, ())
    converter._refuse("open", ("model.pt", "r", 0))


def test_what_a_trainer_left_beside_the_tensors_is_passed_over(tmp_path: Path) -> None:
    """An object of a class that is not here, as most checkpoints of Stable Diffusion have."""
    source, target = tmp_path / "model.ckpt", tmp_path / "model.safetensors"
    note = converter.Note()
    note.best = 1.0  # type: ignore[attr-defined]
    saved({"state_dict": {"w": WEIGHT}, "callbacks": {converter.Note: {"best": 1.0}, "one": note}}, source)
    lightning = tmp_path / "lightning.ckpt"
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(lightning, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            if name.endswith("data.pkl"):
                content = content.replace(
                    b"cstudio.runtime.convert\nNote\n", b"cpytorch_lightning.callbacks\nModelCheckpoint\n"
                )
                assert b"pytorch_lightning" in content
            after.writestr(name, content)
    convert(lightning, target)
    assert load_file(target).keys() == {"w"}
    with pytest.raises(PickleRefused):  # of a class that nobody knows
        convert(source, tmp_path / "other.safetensors")


def test_what_is_no_checkpoint_is_refused_in_a_sentence(tmp_path: Path) -> None:
    target = tmp_path / "model.safetensors"
    with pytest.raises(ModelMissing):
        convert(tmp_path / "nothing.pt", target)
    with pytest.raises(ModelUnsupported):
        convert(saved({"epoch": 3}, tmp_path / "empty.pt"), target)
    whole = saved({"w": torch.zeros(1000)}, tmp_path / "whole.pt").read_bytes()
    cut = tmp_path / "cut.pt"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises((ModelUnreadable, PickleRefused)):
        convert(cut, target)
    with pytest.raises(PickleRefused):
        convert(saved({"w": torch.eye(3).to_sparse()}, tmp_path / "sparse.pt"), target)
    target.write_bytes(b"mine")
    with pytest.raises(FileUnwritable):
        convert(saved({"w": WEIGHT}, tmp_path / "again.pt"), target)
    assert target.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("weight", WEIGHT.to(torch.complex128)),
        ("weight", WEIGHT.to_sparse()),
        ("half \ud83d", WEIGHT),
        ("__metadata__", WEIGHT),
    ],
    ids=["type", "layout", "half a character", "name"],
)
def test_a_tensor_that_safetensors_has_no_place_for_is_named(
    tmp_path: Path, name: str, tensor: torch.Tensor
) -> None:
    with pytest.raises(PickleRefused) as caught:
        convert(saved({"a": WEIGHT, name: tensor}, tmp_path / "x.pt"), tmp_path / "x.safetensors")
    msgspec.json.encode(caught.value.params)
    assert [path.name for path in tmp_path.iterdir()] == ["x.pt"]


@pytest.mark.skipif(sys.platform == "win32", reason="no modes of that kind")
def test_the_file_is_for_whom_the_person_lets_read_files(tmp_path: Path) -> None:
    source, target = saved({"w": WEIGHT}, tmp_path / "model.pt"), tmp_path / "model.safetensors"
    before = os.umask(0o027)
    try:
        convert(source, target)
    finally:
        os.umask(before)
    assert target.stat().st_mode & 0o777 == 0o640


@pytest.mark.long
def test_the_process_ends_with_its_parent_and_leaves_no_half_file(tmp_path: Path) -> None:
    half = tmp_path / "model.safetensors.part"
    script = """
import sys, threading
from studio.runtime import convert
def never(arguments):
    open(arguments[1] + ".part", "w").close()
    print("begun", flush=True)
    threading.Event().wait()
convert._outcome = never
convert.main()
"""
    command = [sys.executable, "-c", script, "model.pt", str(half.with_suffix(""))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        assert process.stdout.readline().strip() == b"begun" and half.exists()
        process.stdin.close()
        assert process.wait(30) == 1
    assert not half.exists()
