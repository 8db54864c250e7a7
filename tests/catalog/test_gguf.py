"""GGUF headers that count to absurd numbers, or whose tensors do not fit into the file."""

import struct
from pathlib import Path

import pytest

from studio.catalog.gguf import parts_of, read_gguf
from studio.core.errors import ModelUnreadable, ModelUnsupported

NAME = struct.pack("<Q", 20) + b"general.architecture" + struct.pack("<IQ", 8, 5) + b"llama"


def start(tensors: int, keys: int, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys)


def array(kind: int, count: int) -> bytes:
    return struct.pack("<Q", 1) + b"a" + struct.pack("<IIQ", 9, kind, count)


def tensor(
    shape: list[int], type: int = 0, offset: int = 0, dimensions: int | None = None, name: bytes = b"t"
) -> bytes:
    sides = struct.pack(f"<{len(shape)}Q", *shape)
    count = len(shape) if dimensions is None else dimensions
    return struct.pack("<Q", 1) + name + struct.pack("<I", count) + sides + struct.pack("<IQ", type, offset)


ABSURD = {
    "tensors": start(2**63, 0),
    "keys": start(0, 2**63),
    "many keys": start(0, 1 << 20),
    "long name": start(0, 1) + struct.pack("<Q", 2**64 - 1),
    "long array": start(0, 2) + NAME + array(5, 2**64 - 1),
    "long array of text": start(0, 2) + NAME + array(8, 2**62),
    "many texts": start(0, 2) + NAME + array(8, 1 << 23),
    "array of arrays": start(0, 2) + NAME + array(9, 5),
    "unknown value": start(0, 1) + struct.pack("<Q", 1) + b"a" + struct.pack("<I", 99),
    "dimensions": start(1, 1) + NAME + tensor([1], dimensions=2**32 - 1),
    "numbers": start(1, 1) + NAME + tensor([2**63, 2**63]),
    "numbers of an unknown type": start(1, 1) + NAME + tensor([2**62], type=77),
    "numbers in all": start(2, 1) + NAME + tensor([1 << 48], type=77) + tensor([1 << 48], type=77, name=b"u"),
    "offset": start(1, 1) + NAME + tensor([4], offset=2**63),
    "twice": start(2, 1) + NAME + tensor([4]) + tensor([4]),
    "version": start(0, 1, version=99) + NAME,
    "cut in the last tensor": start(1, 1) + NAME + tensor([4000]),
}


@pytest.mark.parametrize("case", ABSURD)
def test_an_absurd_header_is_refused(tmp_path: Path, case: str) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(ABSURD[case] + bytes(1000))
    with pytest.raises(ModelUnreadable):
        read_gguf(path, "x")


def test_no_more_words_are_counted_than_any_vocabulary_has(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    with path.open("wb") as file:
        file.write(start(0, 2) + NAME + array(8, 1 << 23))
        file.truncate(1 << 30)  # a hole, so that the words would all be there
    with pytest.raises(ModelUnreadable):
        read_gguf(path, "x")


def test_a_file_without_an_architecture_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(start(0, 0) + bytes(100))
    with pytest.raises(ModelUnsupported):
        read_gguf(path, "x")


def test_types_and_sizes_tell_precision_and_parameters(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(start(1, 1) + NAME + tensor([256, 2], type=12) + bytes(400))
    header = read_gguf(path, "x")
    assert (header.precision, header.parameters, header.shapes) == ("Q4_K", 512, {"t": (2, 256)})


def test_template_and_vocabulary_tell_what_can_be_asked_of_thoughts(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    long = b"{% if message %}" * 400 + b"{% if enable_thinking %}"
    template = struct.pack("<Q", 23) + b"tokenizer.chat_template" + struct.pack("<IQ", 8, len(long)) + long
    marks = b"".join(struct.pack("<Q", len(one)) + one for one in (b"<think>", b"</think>"))
    path.write_bytes(start(0, 3) + NAME + template + array(8, 2) + marks)
    assert read_gguf(path, "x").thinks == ("on", "off", "budget")
    path.write_bytes(start(0, 2) + NAME + template)
    assert read_gguf(path, "x").thinks == ("on", "off")


@pytest.mark.parametrize("words", [20_000, 2_000_000])
def test_a_header_longer_than_what_is_read_at_once_is_read_whole(tmp_path: Path, words: int) -> None:
    path = tmp_path / "x.gguf"
    vocabulary = array(8, words) + (struct.pack("<Q", 4) + b"word") * words
    path.write_bytes(start(1, 2) + NAME + vocabulary + tensor([256, 2], type=12) + bytes(400))
    header = read_gguf(path, "x")
    assert header.architecture == "llama" and header.parameters == 512
    path.write_bytes(path.read_bytes()[:-600])
    with pytest.raises(ModelUnreadable):
        read_gguf(path, "x")


@pytest.mark.parametrize(("count", "looked_at"), [("00012", 12), ("00001", 1), ("99999", 1000)])
def test_no_more_parts_are_looked_for_than_any_model_has(count: str, looked_at: int) -> None:
    assert len(list(parts_of(Path(f"x-00001-of-{count}.gguf")))) == looked_at
