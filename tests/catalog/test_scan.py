"""Models found where people keep them, and what is wrong with those that cannot be used."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from studio.catalog.hub.cache import write_mark
from studio.catalog.hub.mark import Mark
from studio.catalog.inspect import inspect_model
from studio.catalog.scan import hub_cache, scan
from studio.core.model import Kind
from studio.viewmodels.model_folders import folder_rows
from tests import zoo
from tests.catalog import headers


@pytest.fixture(scope="session")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return zoo.llama(tmp_path_factory.mktemp("models") / "writer")


def test_starters_come_first_and_folders_are_searched_to_some_depth(writer: Path, tmp_path: Path) -> None:
    shutil.copytree(writer, tmp_path / "resources" / "starter" / "scribe")
    mine = tmp_path / "mine"
    shutil.copytree(writer, mine / "Zebra")
    shutil.copytree(writer, mine / "text" / "someone" / "ant")
    shutil.copytree(writer, mine / "a" / "b" / "c" / "d" / "e" / "too deep")
    shutil.copytree(writer, mine / ".hidden" / "one")
    (mine / "files").mkdir()
    zoo.gguf(mine / "files" / "small.gguf", writer)
    shelf = scan([mine, mine / "text", tmp_path / "not there"], tmp_path / "resources", hub=tmp_path / "hub")
    assert [spec.name for spec in shelf.models] == ["scribe", "ant", "Small fp32", "Zebra"]
    assert shelf.models[0].id == "starter/scribe" and shelf.models[0].starter
    assert all(spec.id.startswith("local/") and not spec.starter for spec in shelf.models[1:])
    assert [one.code for one in shelf.problems] == ["model_missing"]


def test_what_cannot_be_used_is_told_and_other_kinds_are_passed_over(writer: Path, tmp_path: Path) -> None:
    cut = shutil.copytree(writer, tmp_path / "pickled")
    (cut / "model.safetensors").rename(cut / "pytorch_model.bin")
    other = shutil.copytree(writer, tmp_path / "other")
    config = other / "config.json"
    config.write_text(config.read_text().replace("LlamaForCausalLM", "BertForMaskedLM"))
    shelf = scan([tmp_path], tmp_path / "none", hub=tmp_path / "hub")
    assert not shelf.models
    assert [(Path(problem.path).name, problem.code) for problem in shelf.problems] == [
        ("pickled", "model_unsafe")
    ]


def test_the_hub_cache_is_read_by_its_own_names(writer: Path, tmp_path: Path) -> None:
    repository = tmp_path / "hub" / "models--someone--writer"
    for revision in ("aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"):
        shutil.copytree(writer, repository / "snapshots" / revision)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("bbbbbbbbbbbbbbbb\n")
    (tmp_path / "hub" / "datasets--someone--texts" / "snapshots" / "c").mkdir(parents=True)
    shelf = scan([tmp_path / "hub"], tmp_path / "none", hub=tmp_path / "hub")
    assert [spec.id for spec in shelf.models] == ["someone/writer", "someone/writer@aaaaaaaaaaaa"]
    assert {spec.name for spec in shelf.models} == {"writer"}


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"XDG_CACHE_HOME": "~/xdg"},
        {"HF_HOME": "$HOME/hf", "XDG_CACHE_HOME": "/xdg"},
        {"HUGGINGFACE_HUB_CACHE": "~/old", "HF_HOME": "/hf"},
        {"HF_HUB_CACHE": "${HOME}/hub", "HUGGINGFACE_HUB_CACHE": "/old", "HF_HOME": "/hf"},
    ],
)
def test_the_hubs_cache_is_where_its_own_client_has_it(
    chosen: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    code = "from huggingface_hub import constants; print(constants.HF_HUB_CACHE)"
    theirs = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert str(hub_cache()) == theirs.strip()


def test_only_what_the_studio_fetched_is_its_own(tmp_path: Path) -> None:
    """Of files of one commit, another tool may have fetched some."""
    commit, shapes = "b" * 40, {"lora_unet_x.lora_down.weight": (4, 4)}
    repository = tmp_path / "hub" / "models--someone--styles"
    for name in ("mine", "theirs"):
        headers.write(repository / "snapshots" / commit / f"{name}.safetensors", shapes)
    write_mark(repository, Mark(commits={commit: {"mine.safetensors": "a" * 64}}))
    shelf = scan([], tmp_path / "none", hub=tmp_path / "hub")
    assert [(spec.name, spec.ours) for spec in shelf.models] == [("mine", True), ("theirs", False)]


def test_a_name_like_that_of_a_part_hides_no_model(writer: Path, tmp_path: Path) -> None:
    zoo.gguf(tmp_path / "tree-of-thoughts.gguf", writer)
    zoo.gguf(tmp_path / "large-00001-of-00002.gguf", writer)
    names = [
        Path(spec.path).name for spec in scan([tmp_path], tmp_path / "none", hub=tmp_path / "hub").models
    ]
    assert names == ["tree-of-thoughts.gguf"]


def test_a_checkpoint_is_told_to_be_a_pickle_and_any_other_such_file_is_not_listed(tmp_path: Path) -> None:
    for name in ("old.ckpt", "optimizer.pt"):
        (tmp_path / name).write_bytes(b"PK")
    found = scan([tmp_path], tmp_path / "none", hub=tmp_path / "hub")
    assert [(one.path, one.code) for one in found.problems] == [(str(tmp_path / "old.ckpt"), "model_unsafe")]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_a_file_in_the_hub_cache_keeps_its_name(writer: Path, tmp_path: Path) -> None:
    """There it is a link to a blob, whose name says nothing of what it is."""
    repository = tmp_path / "hub" / "models--someone--writer"
    (repository / "blobs").mkdir(parents=True)
    snapshot = repository / "snapshots" / "aaaaaaaaaaaaaaaa"
    snapshot.mkdir(parents=True)
    (snapshot / "small.gguf").symlink_to(zoo.gguf(repository / "blobs" / "0123", writer))
    (spec,) = scan([], tmp_path / "none", hub=tmp_path / "hub").models
    assert (spec.id, Path(spec.path)) == ("someone/writer/small", snapshot / "small.gguf")


def _dangling(models: Path, writer: Path) -> None:
    """As a half-finished download leaves it."""
    (models / "odd" / "notes.txt").symlink_to(models / "gone")


def _cut_gguf(models: Path, writer: Path) -> None:
    for size in range(8):
        (models / f"cut{size}.gguf").write_bytes(b"GGUF\x03\0\0"[:size])


def _looped(models: Path, writer: Path) -> None:
    config = models / "odd" / "config.json"
    config.unlink()
    config.symlink_to("config.json")


def _unspeakable(models: Path, writer: Path) -> None:
    shutil.copytree(writer, models / os.fsdecode(b"caf\xe9"))


def _unspeakable_file(models: Path, writer: Path) -> None:
    (models / "odd" / os.fsdecode(b"caf\xe9.txt")).touch()


@pytest.mark.skipif(sys.platform == "win32", reason="links and such names are POSIX")
@pytest.mark.parametrize(
    ("spoil", "others", "problems"),
    [
        (_dangling, ["odd"], []),
        (_cut_gguf, ["odd"], ["model_unreadable"] * 8),
        (_looped, [], []),
        (_unspeakable, ["odd"], ["model_misnamed"]),
        (_unspeakable_file, ["odd"], []),
    ],
)
def test_one_odd_entry_does_not_hide_the_other_models(
    writer: Path,
    tmp_path: Path,
    spoil: Callable[[Path, Path], None],
    others: list[str],
    problems: list[str],
) -> None:
    models = tmp_path / "models"
    for name in ("odd", "whole"):
        shutil.copytree(writer, models / name)
    spoil(models, writer)
    shelf = scan([models], tmp_path / "none", hub=tmp_path / "hub")
    assert [spec.name for spec in shelf.models] == [*others, "whole"]
    assert [problem.code for problem in shelf.problems] == problems
    msgspec.json.encode(shelf)  # whatever the names are, the command line can write them


AS_SOMEBODY = """
import os, sys
from pathlib import Path
from studio.catalog.inspect import inspect_model
from studio.catalog.scan import scan
from studio.core.model import Kind
os.geteuid() or os.setuid(65534)  # root may do everything
shelf = scan([Path(sys.argv[1])], Path("/nowhere"), hub=Path("/nowhere"))
print([spec.name for spec in shelf.models], [problem.code for problem in shelf.problems])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX")
def test_what_one_may_not_look_into_does_not_hide_the_other_models(writer: Path) -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        models = Path(name)
        models.chmod(0o755)
        for sub in ("unlisted", "whole", "list only/inner"):
            shutil.copytree(writer, models / sub)
            (models / sub / "model.safetensors").chmod(0o644)  # torch's writer keeps it to its owner
        (models / "lost+found").mkdir(mode=0)
        (models / "unlisted").chmod(0o311)
        (models / "list only").chmod(0o744 if os.geteuid() == 0 else 0o444)
        command = [sys.executable, "-c", AS_SOMEBODY, name]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        for folder in models.iterdir():
            folder.chmod(0o755)
    assert told.stdout.strip() == "['whole'] ['model_forbidden']", told.stderr[-500:]


def test_a_file_in_the_hubs_cache_keeps_its_name_and_its_owner(tmp_path: Path) -> None:
    """The content lies under a checksum: no ending, and nothing that tells whose it is."""
    repository = tmp_path / "hub" / "models--someone--style"
    blob = headers.write(repository / "blobs" / ("a" * 64), {"lora_unet_x.lora_down.weight": (4, 4)})
    shown = repository / "snapshots" / ("b" * 40) / "style.safetensors"
    shown.parent.mkdir(parents=True)
    shown.symlink_to(os.path.relpath(blob, shown.parent))
    (spec,) = scan([], tmp_path / "none", hub=tmp_path / "hub").models
    assert spec.path == str(shown) and spec.source == "hub"
    assert inspect_model(Path(spec.path)).kind is Kind.LORA


def test_files_whose_headers_say_the_same_are_told_apart(writer: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    for name in ("one", "other"):
        zoo.gguf(tmp_path / "mine" / f"{name}.gguf", writer)
    found = scan([tmp_path / "mine"], tmp_path / "resources", hub=tmp_path / "hub")
    assert [spec.name for spec in found.models] == ["Small fp32 (one)", "Small fp32 (other)"]


def test_what_ollama_keeps_under_a_checksum_is_called_as_ollama_does(writer: Path, tmp_path: Path) -> None:
    models = tmp_path / ".ollama" / "models"
    blob, manifest = models / "blobs" / f"sha256-{'a' * 64}", models / "manifests/registry.ollama.ai/library"
    blob.parent.mkdir(parents=True)
    zoo.gguf(tmp_path / "small.gguf", writer).rename(blob)
    (manifest / "llama3").mkdir(parents=True)
    layer = {"digest": blob.name.replace("-", ":"), "mediaType": "application/vnd.ollama.image.model"}
    (manifest / "llama3" / "8b").write_text(json.dumps({"layers": [layer]}))
    (spec,) = scan([tmp_path / ".ollama"], tmp_path / "resources", hub=tmp_path / "hub").models
    assert spec.name == "llama3:8b" and spec.id.startswith("local/llama3-8b-")


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    found = scan([tmp_path / "gone"], tmp_path / "resources", hub=tmp_path / "hub")
    (problem,) = found.problems
    assert (problem.path, problem.code) == (str(tmp_path / "gone"), "model_missing")
    (row,) = folder_rows([problem.path], (), found.problems)
    assert (row.trouble, row.broken, row.models) == ("model_missing", 0, 0)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may read everything")
def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0)
    (problem,) = scan([tmp_path / "locked"], tmp_path / "resources", hub=tmp_path / "hub").problems
    assert problem.code == "model_forbidden"
