"""ONNX files: told by what they take and give, refused where they are more than data or not whole."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.catalog.inspect import inspect_model
from studio.catalog.onnx import read_onnx
from studio.catalog.scan import scan
from studio.core.errors import ModelError, ModelPointer, ModelUnreadable, ModelUnsafe, ModelUnsupported
from studio.core.model import Ability, Kind
from tests.catalog import headers, onnx_files
from tests.catalog.onnx_files import field, model, node, value, weights


def test_what_gives_a_mask_for_a_picture_cuts_out(tmp_path: Path) -> None:
    spec = inspect_model(onnx_files.brightness(tmp_path / "u2netp.onnx", 320))
    assert (spec.kind, spec.family, spec.base) == (Kind.MATTING, "cutting_out", "U2Net")
    assert (spec.abilities, spec.name, spec.parameters) == ((Ability.CUT_OUT,), "u2netp", 1)
    assert spec.size_bytes == (tmp_path / "u2netp.onnx").stat().st_size and len(spec.fingerprint) == 16


@pytest.mark.parametrize(
    ("name", "side", "base"),
    [
        ("isnet-general-use", 1024, "ISNet"),
        ("BiRefNet-general-epoch_244", 1024, "BiRefNet"),
        ("modnet_photographic", "side", "MODNet"),
        ("RMBG-1.4", 1024, "RMBG"),
        ("rmbg-2.0", 1024, "BiRefNet"),
        ("silueta", 320, "U2Net"),
        ("anything", 320, "U2Net"),
        ("anything", "side", "MODNet"),
        ("anything", 512, "BiRefNet"),
    ],
)
def test_the_kind_is_told_by_its_name_or_its_size(
    tmp_path: Path, name: str, side: int | str, base: str
) -> None:
    assert inspect_model(onnx_files.brightness(tmp_path / f"{name}.onnx", side)).base == base


def test_a_graph_is_read_without_its_weights(tmp_path: Path) -> None:
    path = onnx_files.brightness(tmp_path / "x.onnx", "side", ("batch", 1, 7, 7))
    graph = read_onnx(path, "x")
    assert [(one.name, one.kind, one.shape) for one in graph.inputs] == [("picture", 1, (1, 3, 0, 0))]
    assert [one.shape for one in graph.outputs] == [(0, 1, 7, 7)]
    assert graph.domains == {""} and not graph.outside


PICTURE, MASK = value("a", (1, 3, 8, 8)), value("b", (1, 1, 8, 8))
REFUSED = {
    "an upscaler": model([node("Resize", ["a"], "b")], PICTURE, value("b", (1, 3, 32, 32))),
    "of words": model([node("Gather", ["a"], "b")], value("a", (1, 12), 7), MASK),
    "two inputs": model([node("Add", ["a", "c"], "b")], PICTURE, MASK, field(11, value("c", (1,)))),
    "operators of its own": model([node("Call", ["a"], "b", "evil.ops")], PICTURE, MASK),
    "operators within": model(
        [node("If", ["a"], "b", "", field(5, field(6, field(1, node("Call", ["a"], "c", "evil.ops")))))],
        PICTURE,
        MASK,
    ),
    "functions of its own": model([node("Add", ["a"], "b")], PICTURE, MASK) + field(25, field(1, "f")),
    "weights elsewhere": model(
        [node("Mul", ["a", "w"], "b")], PICTURE, MASK, field(5, weights("w", [1.0], "../../etc/passwd"))
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_anything_else_is_none_of_ours(tmp_path: Path, name: str) -> None:
    path = tmp_path / "u2net.onnx"
    path.write_bytes(REFUSED[name])
    with pytest.raises(ModelUnsupported):
        inspect_model(path)


@pytest.mark.parametrize("sides", [field(1, bytes([1]) * 65), field(1, 1) * 65, field(1, b"\x01") * 65])
def test_a_tensor_of_endless_sides_is_unreadable(tmp_path: Path, sides: bytes) -> None:
    path = tmp_path / "u2net.onnx"
    path.write_bytes(model([node("Mul", ["a", "w"], "b")], PICTURE, MASK, field(5, sides + field(8, "w"))))
    with pytest.raises(ModelUnreadable):
        inspect_model(path)


def test_what_is_not_whole_is_told(tmp_path: Path) -> None:
    path = onnx_files.brightness(tmp_path / "u2net.onnx")
    whole = path.read_bytes()
    for data, error in (
        (b"", ModelUnreadable),
        (whole[:-20], ModelUnreadable),
        (b"\x80\x02}q\x00.", ModelUnsafe),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", ModelPointer),
        (b"\xff" * 40, ModelUnreadable),
    ):
        path.write_bytes(data)
        with pytest.raises(error):
            inspect_model(path)


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_no_byte_makes_it_fail_otherwise(
    tmp_path_factory: pytest.TempPathFactory, place: int, byte: int
) -> None:
    path = onnx_files.brightness(tmp_path_factory.mktemp("onnx") / "u2net.onnx")
    data = bytearray(path.read_bytes())
    data[place % len(data)] = byte
    path.write_bytes(data)
    with suppress(ModelError):
        assert inspect_model(path).kind is Kind.MATTING


def test_a_folder_that_nobody_else_can_run_is_its_onnx_file(tmp_path: Path) -> None:
    folder = tmp_path / "RMBG-1.4"
    folder.mkdir()
    config = {"architectures": ["BriaRMBG"], "auto_map": {"AutoModel": "briarmbg.BriaRMBG"}}
    (folder / "config.json").write_text(json.dumps(config))
    headers.write(folder / "model.safetensors", {"a": (2, 2)})
    for name in ("model_fp16", "model", "model_quantized"):
        onnx_files.brightness(folder / "onnx" / f"{name}.onnx", 1024)
    spec = inspect_model(folder)
    assert (spec.kind, spec.base, spec.path) == (Kind.MATTING, "RMBG", str(folder))
    assert spec.size_bytes == (folder / "onnx" / "model.onnx").stat().st_size
    (folder / "onnx" / "model.onnx").write_bytes(REFUSED["an upscaler"])
    with pytest.raises(ModelUnsupported):
        inspect_model(folder)


def test_a_scan_finds_files_and_folders(tmp_path: Path) -> None:
    onnx_files.brightness(tmp_path / "models" / "cutting" / "u2net.onnx", 320)
    (tmp_path / "models" / "encoder.onnx").write_bytes(REFUSED["of words"])
    found = scan([tmp_path / "models"], tmp_path / "resources", tmp_path / "hub")
    assert [(one.name, one.kind) for one in found.models] == [("u2net", Kind.MATTING)]
    assert not found.problems
