"""What is remembered of headers: nothing is read twice, nothing that changed is believed."""

import os
from pathlib import Path

import pytest

from studio.catalog.index import ModelIndex
from studio.catalog.scan import Found, Listing, inspect_pending, list_models, merged, scan
from studio.core.model import Kind, ModelProblem, ModelSpec
from tests import zoo
from tests.catalog import headers
from tests.catalog.test_kinds import lora

SHAPES = lora("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k", 2048)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    headers.write(folder / "a.safetensors", SHAPES)
    headers.write(folder / "sub" / "b.safetensors", SHAPES)
    headers.raw(folder / "bad.safetensors", b"{]", 0)
    return folder


def listed(folder: Path, index: ModelIndex | None = None) -> Listing:
    return list_models([folder], folder / "none", hub=folder / "none", index=index)


def scanned(folder: Path) -> None:
    index = ModelIndex(folder.parent / "models.idx")
    scan([folder], folder / "none", hub=folder / "none", index=index)


def test_results_come_one_by_one_and_are_remembered(folder: Path) -> None:
    index = ModelIndex(folder.parent / "cache" / "models.idx")
    first = listed(folder, index)
    assert (len(first.pending), first.found.models) == (3, ())
    results = list(inspect_pending(first.pending, index))
    assert [type(one) for one in results].count(ModelProblem) == 1
    index.save()
    again = listed(folder, ModelIndex(folder.parent / "cache" / "models.idx"))
    assert again.pending == ()
    specs = [one for one in results if isinstance(one, ModelSpec)]
    assert list(again.found.models) == sorted(specs, key=lambda spec: spec.name) and len(specs) == 2
    assert [problem.code for problem in again.found.problems] == ["model_unreadable"]
    assert [one.name for one in (folder.parent / "cache").iterdir()] == ["models.idx"]


def test_results_take_the_place_of_what_was_shown_before(folder: Path) -> None:
    listing = listed(folder)
    shown = merged(Found(), [ModelProblem(path=place.path, code="before") for place in listing.pending])
    assert len(shown.problems) == 3
    read = merged(shown, filter(None, inspect_pending(listing.pending)))
    assert [(spec.name, spec.kind) for spec in read.models] == [("a", Kind.LORA), ("b", Kind.LORA)]
    assert len(read.problems) == 1


def test_what_changed_is_read_again_and_what_went_is_forgotten(folder: Path) -> None:
    scanned(folder)
    headers.write(folder / "bad.safetensors", {"decoder.conv_in.weight": (8, 4, 3, 3)})
    os.utime(folder / "a.safetensors", (1, 1))
    (folder / "sub" / "b.safetensors").unlink()
    index = ModelIndex(folder.parent / "models.idx")
    listing = listed(folder, index)
    assert {Path(place.path).name for place in listing.pending} == {"a.safetensors", "bad.safetensors"}
    assert listing.found.models == () == listing.found.problems
    assert Kind.VAE in {
        one.kind for one in inspect_pending(listing.pending, index) if isinstance(one, ModelSpec)
    }
    assert index.get(str(folder / "sub" / "b.safetensors")) is None


def test_a_folder_is_read_again_when_a_file_in_it_changed(tmp_path: Path) -> None:
    zoo.llama(tmp_path / "models" / "writer")
    scanned(tmp_path / "models")
    assert listed(tmp_path / "models", ModelIndex(tmp_path / "models.idx")).pending == ()
    (tmp_path / "models" / "writer" / "generation_config.json").write_text('{"temperature": 0.5}')
    assert len(listed(tmp_path / "models", ModelIndex(tmp_path / "models.idx")).pending) == 1


DEEP = pytest.param(b"\x81\xa4deep" + b"\x91" * 5000 + b"\xc0", id="deep")


@pytest.mark.parametrize("damage", [b"", b"\xff" * 50, b"\x82\xa7version\x01\xa4seen\xc0", b"half", DEEP])
def test_a_damaged_index_is_thrown_away(folder: Path, damage: bytes) -> None:
    scanned(folder)
    path = folder.parent / "models.idx"
    path.write_bytes(path.read_bytes()[:-20] if damage == b"half" else damage)
    assert len(listed(folder, ModelIndex(path)).pending) == 3
    scanned(folder)
    assert listed(folder, ModelIndex(path)).pending == ()


def test_an_index_that_cannot_be_written_is_no_reason_to_fail(folder: Path) -> None:
    blocked = folder.parent / "file"
    blocked.touch()
    index = ModelIndex(blocked / "models.idx")
    shelf = scan([folder], folder / "none", hub=folder / "none", index=index)
    assert len(shelf.models) == 2


def test_single_files_in_the_hub_are_called_by_their_repository(tmp_path: Path) -> None:
    snapshot = tmp_path / "hub" / "models--owner--inks" / "snapshots" / "abc"
    headers.write(snapshot / "pytorch_lora_weights.safetensors", SHAPES)
    headers.write(snapshot / "loras" / "wet.safetensors", SHAPES)
    shelf = scan([], tmp_path / "none", hub=tmp_path / "hub")
    assert [(spec.id, spec.name, spec.source) for spec in shelf.models] == [
        ("owner/inks/pytorch_lora_weights", "inks", "hub"),
        ("owner/inks/loras/wet", "wet", "hub"),
    ]
