"""Models found where people keep them, and what is wrong with those that cannot be used."""

import shutil
from pathlib import Path

import pytest

from studio.catalog.scan import scan
from tests import zoo


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
    assert [spec.name for spec in shelf.models] == ["scribe", "ant", "Small", "Zebra"]
    assert shelf.models[0].id == "starter/scribe" and shelf.models[0].starter
    assert all(spec.id.startswith("local/") and not spec.starter for spec in shelf.models[1:])
    assert not shelf.problems


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
