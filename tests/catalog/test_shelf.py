"""The shipped shelf, checked against the installed libraries' text, and the person's file laid over it."""

import os
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from studio.catalog.shelf import FILE, read_shelf
from studio.core.errors import ShelfDamaged
from studio.core.model import Defaults, Kind
from studio.core.paths import resources_dir
from studio.core.schedulers import SCHEDULERS
from studio.core.shelf import Group, ShelfEntry

SHIPPED = read_shelf(resources_dir(), None)
MODEL = """
[[model]]
repository = "someone/painter"
name = "Painter"
kind = "picture"
group = "fast"
licence = "MIT"
about = { en = "Paints.", zh = "会画画。" }
defaults = { num_inference_steps = 8, guidance_scale = 2.0 }
"""

Write = Callable[[str], Path]


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / FILE).write_text(MODEL, "utf-8")
    return tmp_path / "resources"


@pytest.fixture
def own(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        (tmp_path / FILE).write_text(text, "utf-8")
        return tmp_path / FILE

    return write


def text_of(package: str, *path: str) -> str:
    """A file of an installed package as text: importing it would take torch with it."""
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent.joinpath(*path).read_text("utf-8")


def test_every_class_is_in_the_installed_libraries() -> None:
    pipelines = set(re.findall(r'"(\w+Pipeline)"', text_of("diffusers", "__init__.py")))
    models = set(re.findall(r'"(\w+)"', text_of("transformers", "models", "auto", "modeling_auto.py")))
    assert len(pipelines) > 100 and len(models) > 100
    missing = [entry.base for entry in SHIPPED if entry.base and entry.base not in pipelines | models]
    assert not missing


def test_the_shelf_has_its_groups_in_their_order_and_starters_come_from_disk() -> None:
    assert 30 <= len(SHIPPED) <= 50
    groups = [entry.group for entry in SHIPPED]
    assert groups == sorted(groups, key=list(Group).index)
    assert set(groups) == set(Group) - {Group.STARTER}


@pytest.mark.parametrize("entry", SHIPPED, ids=lambda entry: entry.repository)
def test_every_fact_says_where_it_was_found(entry: ShelfEntry) -> None:
    facts = ("repository", "licence", "commercial", "languages", "parameters", "download_bytes")
    facts += ("memory_bytes", "precision", "context_length", "guidance_name", "sigmas", "speed_lora", "files")
    stated = {name for name in facts if getattr(entry, name) not in (None, "", ())}
    if entry.defaults != Defaults():
        stated.add("defaults")
    if "licence" in entry.sources:  # the licence itself answers the question, unless another page does
        stated.discard("commercial")
    assert stated <= set(entry.sources)
    for source in entry.sources.values():
        assert source.startswith(("https://", "diffusers/", "transformers/", "derived: ", "quoted: "))


@pytest.mark.parametrize("entry", SHIPPED, ids=lambda entry: entry.repository)
def test_every_model_can_be_told_of_in_both_languages(entry: ShelfEntry) -> None:
    assert entry.name and set(entry.about) == {"en", "zh"}
    assert entry.about["en"].endswith(".") and entry.about["en"].isascii()
    assert entry.about["zh"].endswith("。") and re.search(r"[\u4e00-\u9fff]", entry.about["zh"])


def test_repositories_are_spelled_as_in_the_files_that_name_them() -> None:
    named = [entry for entry in SHIPPED if not entry.sources["repository"].startswith(("https://", "quoted"))]
    assert len(named) > 5
    for entry in named:
        package, *path = entry.sources["repository"].split("/")
        assert entry.repository in text_of(package, *path)


def test_what_the_shelf_refers_to_is_there() -> None:
    by_name = {entry.repository: entry for entry in SHIPPED}
    for entry in SHIPPED:
        if entry.speed_lora:
            assert by_name[entry.speed_lora].kind is Kind.LORA
        if entry.kind is Kind.LORA:
            assert entry.suits and not entry.base
        if entry.defaults.scheduler:
            assert entry.defaults.scheduler in SCHEDULERS
        assert entry.prompt_form in ("", "words", "tags", "sentences", "instruction")


def test_the_size_of_the_files_is_reckoned_where_no_source_tells_it() -> None:
    by_name = {entry.repository: entry for entry in SHIPPED}
    mini = by_name["openbmb/MiniCPM5-1B"]
    assert mini.parameters and mini.download_bytes == 2 * mini.parameters
    assert mini.sources["download_bytes"].startswith("derived")
    large = by_name["Qwen/Qwen3.5-9B"]
    assert large.download_bytes == 19_300_000_000
    assert not large.sources["download_bytes"].startswith("derived")
    assert by_name["stabilityai/stable-diffusion-x4-upscaler"].download_bytes is None


def test_ones_own_file_changes_fields_and_adds_models(shipped: Path, own: Write) -> None:
    mine = own(
        """
        [[model]]
        repository = "someone/painter"
        name = "My painter"
        defaults = { num_inference_steps = 4 }

        [[model]]
        repository = "me/writer"
        name = "Writer"
        kind = "text"
        group = "text"

        [[model]]
        repository = "me/sketch"
        name = "Sketch"
        kind = "picture"
        group = "fast"
        """
    )
    painter, sketch, writer = read_shelf(shipped, mine)
    assert (painter.name, painter.licence, painter.about["zh"]) == ("My painter", "MIT", "会画画。")
    assert painter.defaults == Defaults(num_inference_steps=4, guidance_scale=2.0)
    assert (sketch.repository, writer.repository) == ("me/sketch", "me/writer")


def test_without_a_file_of_ones_own_the_shelf_is_as_shipped(shipped: Path, tmp_path: Path) -> None:
    assert [one.name for one in read_shelf(shipped, tmp_path / "not there.toml")] == ["Painter"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[[model]]\nrepository = "a/b\n', 2),
        ('[[model]]\nrepository = "a/b"\nname = [', 3),
        ("# mine\n\n[[model]]\nname = 'No repository'\n", 3),
        ('[[model]]\nrepository = "someone/painter"\n\n[[model]]\nrepository = "a/b"\nname = "B"\n', 4),
        ('[[model]]\nrepository = "someone/painter"\nkind = "sculptor"\n', 1),
        ('[[model]]\nrepository = "someone/painter"\nlicense = "MIT"\n', 1),
        ('[[model]]\nrepository = "someone/painter"\ndefaults = { steps = 4 }\n', 1),
        ('[[model]]\nrepository = "someone/painter"\nparameters = "many"\n', 1),
        ('[[model]]\nrepository = "a/b"\n[[model]]\nrepository = "a/b"\n', 3),
        ("model = [1]\n", 1),
        ("model = 7\n", 1),
        ("[colours]\n", 1),
    ],
)
def test_a_damaged_file_of_ones_own_is_told_with_its_line(
    shipped: Path, own: Write, text: str, line: int
) -> None:
    mine = own(text)
    with pytest.raises(ShelfDamaged) as caught:
        read_shelf(shipped, mine)
    assert caught.value.params["line"] == line
    assert str(mine) in str(caught.value)
    assert len(read_shelf(shipped, None)) == 1


def test_a_file_that_is_no_text_is_told(shipped: Path, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ShelfDamaged):
        read_shelf(shipped, tmp_path / FILE)


@pytest.mark.parametrize("fact", ["parameters = -5", "memory_bytes = 0", f"parameters = {10**30}"])
def test_an_amount_that_no_model_has_is_told_with_its_model(shipped: Path, own: Write, fact: str) -> None:
    mine = own(f"""
        [[model]]
        repository = "someone/painter"
        name = "My painter"
        kind = "picture"
        group = "fast"
        {fact}
        """)
    with pytest.raises(ShelfDamaged) as caught:
        read_shelf(shipped, mine)
    assert "someone/painter" in str(caught.value.params["detail"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_keeps_nobody_waiting(shipped: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "catalog.toml")
    with pytest.raises(ShelfDamaged):
        read_shelf(shipped, tmp_path / "catalog.toml")
