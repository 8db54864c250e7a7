"""Headers that are not what they should be: each is refused in words, quickly and in little memory."""

import json
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.numpy import save_file

from studio.catalog.inspect import inspect_model
from studio.catalog.safetensors import HEADER_LIMIT, count_numbers, precision_of, read_safetensors
from studio.core.errors import (
    ModelEmpty,
    ModelError,
    ModelForbidden,
    ModelPointer,
    ModelUnreadable,
    ModelUnsafe,
)
from tests.catalog import headers

numpy = pytest.importorskip("numpy")


def tensor(dtype: str, shape: list[int], offsets: list[int]) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def test_a_sound_file_gives_its_tensors_and_notes(tmp_path: Path) -> None:
    arrays = {"a": numpy.zeros((2, 3), "float16"), "b": numpy.zeros((5,), "float32"), "c": numpy.zeros(())}
    save_file(
        arrays, tmp_path / "x.safetensors", {"shape": "a note may be called so", "data_offsets": "or so"}
    )
    header = read_safetensors(tmp_path / "x.safetensors", "x")
    assert header.shapes == {"a": [2, 3], "b": [5], "c": []}
    assert header.notes == {"shape": "a note may be called so", "data_offsets": "or so"}
    assert (count_numbers([header]), precision_of([header])) == (12, "fp32")


DAMAGED: dict[str, tuple[object, int]] = {
    "no object": ([1], 0),
    "unknown type": ({"a": tensor("F7", [1], [0, 1])}, 1),
    "shape beyond its bytes": ({"a": tensor("F32", [3], [0, 8])}, 8),
    "shape that overflows": ({"a": tensor("U8", [2**63 - 1, 2**63 - 1, 2], [0, 2])}, 2),
    "sides of no tensor": ({"a": tensor("U8", [2**64, 0], [0, 0])}, 0),
    "negative side": ({"a": tensor("U8", [-1, -2], [0, 2])}, 2),
    "more dimensions than any tensor": ({"a": tensor("U8", [1] * 1000, [0, 1])}, 1),
    "overlap": ({"a": tensor("U8", [4], [0, 4]), "b": tensor("U8", [4], [2, 6])}, 6),
    "gap": ({"a": tensor("U8", [2], [0, 2]), "b": tensor("U8", [2], [3, 5])}, 5),
    "gap at the start": ({"a": tensor("U8", [2], [1, 3])}, 3),
    "backwards": ({"a": tensor("U8", [2], [2, 0])}, 2),
    "behind the end": ({"a": tensor("U8", [2**62], [0, 2**62])}, 8),
    "cut": ({"a": tensor("F32", [4], [0, 16])}, 15),
    "longer than it says": ({"a": tensor("F32", [4], [0, 16])}, 17),
    "no offsets": ({"a": {"dtype": "F32", "shape": [1]}}, 4),
    "offsets of text": ({"a": {"dtype": "U8", "shape": [1], "data_offsets": "01"}}, 1),
    "notes of numbers": ({"__metadata__": {"a": 1}}, 0),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_header_that_does_not_add_up_is_damaged(tmp_path: Path, case: str) -> None:
    header, data = DAMAGED[case]
    path = headers.raw(tmp_path / "x.safetensors", json.dumps(header).encode(), data)
    with pytest.raises(ModelUnreadable) as caught:
        inspect_model(path)
    assert caught.value.params == {"model": "x", "file": "x.safetensors"}


def test_a_name_that_stands_twice_is_damage(tmp_path: Path) -> None:
    once = json.dumps(tensor("U8", [1], [0, 1]))
    path = headers.raw(tmp_path / "x.safetensors", f'{{"a":{once},"a":{once}}}'.encode(), 1)
    with pytest.raises(ModelUnreadable):
        read_safetensors(path, "x")


def _claims(length: int) -> Callable[[Path], object]:
    return lambda path: headers.raw(path, b"{}", 0, length)


def _of_200_megabytes(path: Path) -> None:
    headers.raw(path, b"{}", 200 << 20, 200 << 20)


def _of_tensors(path: Path) -> None:
    one = ",".join(f'"{n:x}":{{"dtype":"F4","shape":[0],"data_offsets":[0,0]}}' for n in range(400_000))
    headers.raw(path, f"{{{one}}}".encode(), 0)


def _of_notes(path: Path) -> None:
    notes = ",".join(f'"{n:x}":""' for n in range(1_500_000))
    headers.raw(path, f'{{"__metadata__":{{{notes}}}}}'.encode(), 0)


def _of_sides(path: Path) -> None:
    sides = ",".join(["9223372036854775807"] * 1_000_000)
    headers.raw(path, f'{{"a":{{"dtype":"U8","shape":[{sides}],"data_offsets":[0,1]}}}}'.encode(), 1)


def _of_brackets(path: Path) -> None:
    headers.raw(path, b'{"a":' + b"[" * 20_000_000, 0)


HUGE: list[Callable[[Path], object]] = [
    _claims(2**63),
    _claims(2**64 - 1),
    _claims(HEADER_LIMIT + 1),
    _of_200_megabytes,
    _of_tensors,
    _of_notes,
    _of_sides,
    _of_brackets,
]
MEASURED = """
import resource, sys
from pathlib import Path
from studio.catalog.inspect import inspect_model
from studio.core.errors import ModelError
try:
    inspect_model(Path(sys.argv[1]))
except ModelError as error:
    print(error.code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
LITTLE = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory in kilobytes, as Linux does")
@pytest.mark.parametrize("make", HUGE)
def test_a_huge_header_is_refused_in_little_memory(tmp_path: Path, make: Callable[[Path], object]) -> None:
    path = tmp_path / "x.safetensors"
    make(path)
    # By way of a small process: a child starts with the highest memory of the one that it comes from.
    command = [sys.executable, "-c", LITTLE, sys.executable, "-c", MEASURED, str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert told[0] == "model_unreadable" and int(told[1]) < 200


def test_a_pickle_under_another_name_is_unsafe_and_does_not_run(tmp_path: Path) -> None:
    class Bait:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "ran",)

    for name, protocol in (("a.safetensors", 2), ("b.safetensors", 5), ("c.gguf", 4), ("d.ckpt", 2)):
        (tmp_path / name).write_bytes(pickle.dumps(Bait(), protocol))
    with zipfile.ZipFile(tmp_path / "e.safetensors", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Bait()))
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(ModelUnsafe) as caught:
            inspect_model(path)
        assert caught.value.params == {"file": path.name}
    assert not (tmp_path / "ran").exists()


def test_the_note_that_git_lfs_leaves_is_told_from_damage(tmp_path: Path) -> None:
    note = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 2132625894\n"
    for name in ("x.safetensors", "x.gguf"):
        (tmp_path / name).write_bytes(note)
        with pytest.raises(ModelPointer):
            inspect_model(tmp_path / name)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and links are POSIX")
def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.safetensors")
    os.mkfifo(tmp_path / "pipe.gguf")
    (tmp_path / "loop.safetensors").symlink_to("loop.safetensors")
    (tmp_path / "folder.safetensors").mkdir()
    (tmp_path / "empty.safetensors").touch()
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(ModelError):
            inspect_model(path)
        with pytest.raises((ModelUnreadable, ModelForbidden)):
            read_safetensors(path, "x")


@pytest.mark.skipif(sys.platform == "win32", reason="a folder cannot be opened there")
def test_what_is_no_file_is_not_left_open(tmp_path: Path) -> None:
    def lowest_free() -> int:
        number = os.open(tmp_path, os.O_RDONLY)
        os.close(number)
        return number

    before = lowest_free()
    with pytest.raises(ModelUnreadable):
        read_safetensors(tmp_path, "x")
    assert lowest_free() == before


def test_a_file_without_tensors_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelEmpty):
        read_safetensors(headers.raw(tmp_path / "empty.safetensors", b"{}", 0), "empty")
