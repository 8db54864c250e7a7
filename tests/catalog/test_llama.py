"""A GGUF file of text is run by llama.cpp where that is installed, whatever the index remembers."""

import shutil
import struct
import sys
from pathlib import Path

import numpy
import pytest
from gguf import GGUFWriter

from studio.catalog import llama
from studio.catalog.gguf import read_gguf
from studio.catalog.held import load_of
from studio.catalog.index import ModelIndex
from studio.catalog.inspect import inspect_model
from studio.catalog.memory import Work
from studio.catalog.outlook import foreseen_bytes, outlook
from studio.catalog.precision import NO_WISH, Place, plan
from studio.catalog.scan import scan
from studio.core.errors import ModelIncomplete
from tests import zoo
from tests.catalog.test_gguf import NAME, start


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("gguf")
    return zoo.gguf(root / "small.gguf", zoo.llama(root / "folder"))


def install(monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    monkeypatch.setattr(llama, "has_llama", lambda: there)


def test_the_family_follows_the_library_and_a_folder_stays_with_transformers(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for there, family in ((True, "llama"), (False, "language")):
        install(monkeypatch, there)
        assert inspect_model(file).family == family
        assert inspect_model(file.parent / "folder").family == "language"


def test_what_the_index_remembers_of_the_family_is_not_believed(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(file, tmp_path / "models.gguf")
    for there, family in ((True, "llama"), (False, "language"), (True, "llama")):
        install(monkeypatch, there)
        index = ModelIndex(tmp_path / "index")
        [spec] = scan([tmp_path], tmp_path / "none", hub=tmp_path / "none", index=index).models
        assert spec.family == family


def test_what_is_held_is_the_file_or_all_of_it_unpacked(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, True)
    spec = inspect_model(file)
    load = load_of(spec)
    header = read_gguf(file, "x")
    # 3 layers, 2 key heads of 8, keys and values, in half precision.
    assert (header.layers, header.token_bytes) == (3, 3 * 2 * 8 * 2 * 2)
    held = plan(load, Place(kind="cpu", free_bytes=1 << 30, memory_bytes=1 << 30))
    assert (held.precision, held.fits) == (spec.precision, True)
    assert foreseen_bytes(load, held, Work(tokens=1000)) == spec.size_bytes + 1000 * header.token_bytes
    install(monkeypatch, False)
    spec = inspect_model(file)
    assert load_of(spec).bytes_in("float32", "float32") == 4 * spec.parameters


CARD = Place(kind="cuda", free_bytes=1 << 34, memory_bytes=1 << 35)


@pytest.mark.parametrize(("cards", "device", "room"), [(True, "cuda", 1 << 34), (False, "cpu", 1 << 35)])
def test_a_build_for_the_processor_alone_is_not_foreseen_on_a_card(
    file: Path, monkeypatch: pytest.MonkeyPatch, cards: bool, device: str, room: int
) -> None:
    install(monkeypatch, True)
    monkeypatch.setattr(llama, "uses_cards", lambda: cards)
    told = outlook(load_of(inspect_model(file)), CARD, (), NO_WISH, Work(tokens=1000))
    assert (told.plan.device, told.has_bytes, told.processor) == (device, room, False)


@pytest.mark.parametrize(
    ("libraries", "cards"),
    [
        (("libggml-base.so", "libggml-cpu.so.0", "libllama.so"), False),
        (("ggml-base.dll", "ggml-cpu-x64.dll", "ggml-blas.dll", "ggml-rpc.dll"), False),
        (("libggml-cpu.so", "libggml-cuda.so"), True),
        (("libggml-cpu.dylib", "libggml-metal.dylib"), True),
        (("libllama.so",), True),  # all in one: nothing tells
        ((), True),
    ],
)
def test_what_a_build_can_use_is_told_by_its_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, libraries: tuple[str, ...], cards: bool
) -> None:
    package = tmp_path / "llama_cpp"
    (package / "lib").mkdir(parents=True)
    for name in ("__init__.py", *(f"lib/{one}" for one in libraries)):
        (package / name).touch()
    monkeypatch.delitem(sys.modules, "llama_cpp", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    assert llama.uses_cards.__wrapped__() is cards


def key(name: str, kind: int, value: bytes) -> bytes:
    full = f"llama.{name}".encode()
    return struct.pack("<Q", len(full)) + full + struct.pack("<I", kind) + value


def number(name: str, value: int) -> bytes:
    return key(name, 4, struct.pack("<I", value))


LAYERS = number("block_count", 4) + number("embedding_length", 64) + number("attention.head_count", 8)


@pytest.mark.parametrize(
    ("keys", "count", "expected"),
    [
        (b"", 0, 4 * 8 * 16 * 2),
        (number("attention.head_count_kv", 2), 1, 4 * 2 * 16 * 2),
        (number("attention.key_length", 32), 1, 4 * 8 * (32 + 8) * 2),
        (number("full_attention_interval", 4), 1, 1 * 8 * 16 * 2),
        (key("attention.head_count_kv", 9, struct.pack("<IQ4I", 4, 4, 2, 0, 4, 0)), 1, (2 + 4) * 16 * 2),
        (key("attention.head_count_kv", 9, struct.pack("<IQ4f", 6, 4, float("nan"), 1, 1, 1)), 1, 3 * 16 * 2),
        (number("attention.head_count_kv", 0), 1, 0),
    ],
)
def test_what_a_token_takes_is_reckoned_by_the_header(
    tmp_path: Path, keys: bytes, count: int, expected: int
) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(start(0, 4 + count) + NAME + LAYERS + keys)
    assert read_gguf(path, "x").token_bytes == expected


def split(folder: Path) -> list[Path]:
    """A model in three parts, as llama.cpp splits one: only the first says what it is."""
    writer = GGUFWriter(folder / "small-Q8_0.gguf", "llama", split_max_tensors=1)
    writer.add_file_type(7)
    for name in ("token_embd.weight", "output_norm.weight", "output.weight"):
        writer.add_tensor(name, numpy.zeros((4, 8), "float32"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return sorted(folder.glob("*.gguf"))


def test_a_model_in_parts_is_one_model_of_all_of_them(tmp_path: Path) -> None:
    parts = split(tmp_path)
    assert len(parts) == 3
    found = scan([tmp_path], tmp_path / "none", hub=tmp_path / "none")
    [spec], problems = found.models, found.problems
    assert problems == () and spec.path == str(parts[0]) and spec.name == "small-Q8_0"
    assert spec.size_bytes == sum(part.stat().st_size for part in parts)
    assert (spec.parameters, spec.precision) == (96, "Q8_0")
    assert inspect_model(parts[2]).path == str(parts[0])


def test_a_part_that_is_missing_is_named_until_it_comes(tmp_path: Path) -> None:
    parts, index = split(tmp_path), ModelIndex(tmp_path / "index")
    content = parts[1].read_bytes()
    parts[1].unlink()
    found = scan([tmp_path], tmp_path / "none", hub=tmp_path / "none", index=index)
    [problem] = found.problems
    assert not found.models
    assert (problem.code, problem.params["file"]) == ("model_incomplete", parts[1].name)
    parts[1].write_bytes(content[:-40])
    found = scan([tmp_path], tmp_path / "none", hub=tmp_path / "none", index=index)
    assert [one.code for one in found.problems] == ["model_unreadable"]
    parts[1].write_bytes(content)
    assert len(scan([tmp_path], tmp_path / "none", hub=tmp_path / "none", index=index).models) == 1


def test_parts_that_nobody_could_have_are_missed_at_once(tmp_path: Path) -> None:
    first = split(tmp_path)[0].rename(tmp_path / "x-00001-of-99999.gguf")
    with pytest.raises(ModelIncomplete):
        inspect_model(first)
