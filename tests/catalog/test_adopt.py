"""Folders as other tools lay them out: recognised, listed by the names they have there, never changed."""

import json
import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from studio.catalog.adopt import known_places, recognise
from studio.catalog.scan import Found, list_models, scan
from studio.core.model import Kind
from tests.catalog import headers
from tests.catalog.test_kinds import gguf, lora

LORA = lora("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k", 2048)
STRANGE = {"weight": (3, 3)}


def comfyui(root: Path) -> Path:
    headers.write(root / "models/loras/style/ink.safetensors", LORA)
    headers.write(root / "models/upscale_models/new kind.safetensors", STRANGE)
    headers.write(root / "models/vae/fine.safetensors", {"decoder.conv_in.weight": (8, 4, 3, 3)})
    (root / "models/checkpoints").mkdir()
    (root / "models/checkpoints/old.ckpt").write_bytes(b"\x80\x02.")
    (root / "models/configs").mkdir()
    headers.write(root / "models/configs/not ours.safetensors", STRANGE)
    return root


def a1111(root: Path) -> Path:
    (root / "models/Stable-diffusion").mkdir(parents=True)
    (root / "config.json").write_text("{}")
    headers.write(root / "models/Lora/ink.safetensors", LORA)
    headers.write(root / "embeddings/bad-hands.safetensors", {"emb_params": (2, 768)})
    return root


def invokeai(root: Path) -> Path:
    headers.write(root / "models/3f2c/weights.safetensors", LORA)
    headers.write(root / "models/77aa/other.safetensors", LORA)
    (root / "databases").mkdir()
    with closing(sqlite3.connect(root / "databases/invokeai.db")) as database:
        database.execute("CREATE TABLE models (id TEXT, config TEXT)")
        rows = [{"path": "3f2c/weights.safetensors", "name": "Ink"}, {"path": "gone", "name": "Gone"}, [1]]
        database.executemany("INSERT INTO models VALUES ('', ?)", [(json.dumps(row),) for row in rows])
        database.commit()
    return root


def lm_studio(root: Path) -> Path:
    folder = root / ".lmstudio/models/owner/repo"
    folder.mkdir(parents=True)
    gguf(folder / "writer-Q4_K_M.gguf", "llama")
    gguf(folder / "mmproj-writer.gguf", "clip", "mmproj")
    return root / ".lmstudio"


def ollama(root: Path) -> Path:
    blobs = root / ".ollama/models/blobs"
    blobs.mkdir(parents=True)
    gguf(blobs / "sha256-aa11", "llama")
    gguf(blobs / "sha256-bb22", "llama")
    manifests = root / ".ollama/models/manifests"
    sight = [("projector", "sha256:cc33")]
    for name, layers in {
        "registry.ollama.ai/library/llama3/8b": [("license", "sha256:dd44"), ("model", "sha256:aa11")],
        "registry.ollama.ai/someone/seer/latest": [("model", "sha256:bb22"), *sight],
        "registry.ollama.ai/library/outside/latest": [("model", "../../../../etc/passwd")],
        "registry.ollama.ai/library/gone/latest": [("model", "sha256:ffff")],
    }.items():
        (manifests / name).parent.mkdir(parents=True)
        kinds = [{"mediaType": f"application/vnd.ollama.image.{kind}", "digest": sum} for kind, sum in layers]
        (manifests / name).write_text(json.dumps({"layers": kinds}))
    (manifests / "registry.ollama.ai/library/llama3/broken").write_text("{")
    return root / ".ollama"


Told = list[tuple[str, Kind]]
TOOLS: list[tuple[Callable[[Path], Path], str, Told]] = [
    (comfyui, "comfyui", [("fine", Kind.VAE), ("ink", Kind.LORA), ("new kind", Kind.UPSCALER)]),
    (a1111, "a1111", [("bad-hands", Kind.WORD), ("ink", Kind.LORA)]),
    (invokeai, "invokeai", [("Ink", Kind.LORA), ("other", Kind.LORA)]),
    (lm_studio, "lmstudio", [("writer-Q4_K_M", Kind.VISION)]),
    (ollama, "ollama", [("llama3:8b", Kind.TEXT), ("someone/seer:latest", Kind.VISION)]),
]


def found(folder: Path) -> Found:
    return scan([folder], folder / "no resources", hub=folder / "no hub")


@pytest.mark.parametrize(("make", "tool", "models"), TOOLS)
def test_a_tool_is_recognised_and_its_models_are_listed_and_left_alone(
    tmp_path: Path, make: Callable[[Path], Path], tool: str, models: Told
) -> None:
    folder = make(tmp_path / "tool")
    before = {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}
    adopted = recognise(folder)
    assert adopted and adopted.tool == tool
    shelf = found(folder)
    assert [(spec.name, spec.kind) for spec in shelf.models] == models
    assert {spec.source for spec in shelf.models} == {tool}
    assert {path: path.lstat().st_mtime_ns for path in folder.rglob("*")} == before


def test_a_pickle_where_a_tool_keeps_models_is_told(tmp_path: Path) -> None:
    [problem] = found(comfyui(tmp_path)).problems
    assert (Path(problem.path).name, problem.code) == ("old.ckpt", "model_unsafe")


def test_what_a_tool_keeps_in_a_folder_is_known_before_files_are_read(tmp_path: Path) -> None:
    listing = list_models([comfyui(tmp_path)], tmp_path / "none", hub=tmp_path / "none")
    assert not listing.found.models
    kinds = {Path(place.path).stem: place.kind for place in listing.pending}
    assert kinds["new kind"] is Kind.UPSCALER and kinds["ink"] is Kind.LORA


def test_paths_that_comfyui_is_told_of_are_followed_where_they_lead_somewhere(tmp_path: Path) -> None:
    root = comfyui(tmp_path / "ComfyUI")
    headers.write(tmp_path / "more/one/a.safetensors", LORA)
    headers.write(tmp_path / "more/two/b.safetensors", LORA)
    headers.write(tmp_path / "else/c.safetensors", STRANGE)
    (root / "extra_model_paths.yaml").write_text(
        f"first:\n  base_path: {tmp_path}/more\n  loras: |\n    one\n    two\n    nowhere\n  custom: x\n"
        f"second:\n  is_default: true\n  upscale_models: {tmp_path}/else\n  vae: [1, 2]\nthird: 3\n"
    )
    names = {spec.name: spec.kind for spec in found(root).models}
    assert names.items() >= {"a": Kind.LORA, "b": Kind.LORA, "c": Kind.UPSCALER}.items()
    for bad in ("!!python/object/apply:os.system ['touch ran']", "a: [", "- 1", "\0", "a: &a [*a]"):
        (root / "extra_model_paths.yaml").write_text(bad)
        assert "ink" in {spec.name for spec in found(root).models}


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 100, b"SQLite format 3\0"])
def test_a_database_that_cannot_be_read_leaves_the_names_of_files(tmp_path: Path, damage: bytes) -> None:
    folder = invokeai(tmp_path)
    (folder / "databases/invokeai.db").write_bytes(damage)
    assert [spec.name for spec in found(folder).models] == ["other", "weights"]


def test_the_usual_places_are_offered_where_they_are(tmp_path: Path) -> None:
    assert known_places(tmp_path) == []
    lm_studio(tmp_path)
    ollama(tmp_path)
    comfyui(tmp_path / "ComfyUI")
    (tmp_path / "stable-diffusion-webui").mkdir()  # empty: not one
    assert known_places(tmp_path) == [tmp_path / "ComfyUI", tmp_path / ".lmstudio", tmp_path / ".ollama"]


def test_a_plain_folder_belongs_to_no_tool(tmp_path: Path) -> None:
    headers.write(tmp_path / "models/x.safetensors", LORA)
    assert recognise(tmp_path) is None and recognise(tmp_path / "gone") is None


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are POSIX")
def test_links_that_lead_back_and_pipes_end_no_scan(tmp_path: Path) -> None:
    root = comfyui(tmp_path / "ComfyUI")
    loras = root / "models/loras"
    (loras / "back").symlink_to(loras)
    (loras / "self").symlink_to("self")
    (loras / "again.safetensors").symlink_to("style/ink.safetensors")
    os.mkfifo(loras / "pipe.safetensors")
    (loras / "folder.safetensors").mkdir()
    names = [spec.name for spec in found(root).models]
    assert len([name for name in names if name in ("ink", "again")]) == 1  # one file, counted once
    assert "pipe" not in names and "folder" not in names
