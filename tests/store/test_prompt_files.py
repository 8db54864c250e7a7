"""Styles and wildcards from files: the shipped ones, the person's own, and what is wrong with some."""

import errno
import os
from pathlib import Path

import pytest

from studio.core.errors import FileUnwritable, StylesDamaged
from studio.core.paths import Paths, resources_dir
from studio.core.prompts.alternatives import parse
from studio.core.prompts.styles import named
from studio.core.prompts.wildcards import Wildcards
from studio.core.prompts.written import Style
from studio.store import prompt_files
from studio.store.prompt_files import PromptFiles, own_styles, read_prompt_files, remove_style, save_style

MINE = Style(name="Mine", prompt="{prompt}, mine")


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "home", tmp_path / "library")


def write(paths: Paths, name: str, content: bytes | str) -> Path:
    path = paths.wildcards / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(paths: Paths) -> PromptFiles:
    return read_prompt_files(resources_dir(), paths)


def test_what_ships_can_all_be_used(paths: Paths):
    found = read(paths)
    assert found.problems == () and not paths.home.exists() and not paths.library.exists()
    assert named(found.styles, "水彩") is not None
    wildcards = Wildcards(found.wildcards)
    assert {"colour", "time", "weather", "mood", "place", "animal"} <= set(wildcards.names)
    for name, count in wildcards.names.items():
        assert count >= 8
        template = parse(f"__{name}__", wildcards)
        assert template.possible >= count and template.prompt(0)


def test_ones_own_wildcards(paths: Paths):
    write(paths, "hats.txt", "\ufeff# my hats\n top hat \r\n\r\nbowler # round\n")
    write(paths, "More Things/old  boat__s.TXT", "sloop")
    write(paths, "颜色/红.txt", "朱红")
    write(paths, "Colour.txt", "mine")
    write(paths, ".hidden.txt", "x")
    write(paths, "notes.md", "x")
    found = read(paths)
    assert found.problems == ()
    assert found.wildcards["hats"] == ("top hat", "bowler # round")
    wildcards = Wildcards(found.wildcards)
    assert wildcards.entries("More_Things/old_boat_s") == ("sloop",)
    assert parse("__颜色/红__ __colour__", wildcards).prompt(0) == "朱红 mine"
    assert "hidden" not in wildcards and "notes" not in wildcards


def test_a_broken_file_is_told_and_the_others_work(paths: Paths, tmp_path: Path):
    write(paths, "good.txt", "fine")
    write(paths, "latin.txt", "caf\xe9".encode("latin-1"))
    write(paths, "picture.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    write(paths, "huge.txt", b"word\n" * (50_000_000 // 5))
    write(paths, "---.txt", "x")
    found = read(paths)
    assert found.wildcards["good"] == ("fine",)
    told = {Path(str(one.params["path"])).name: one for one in found.problems}
    assert {name: one.code for name, one in told.items()} == {
        "latin.txt": "wildcard_unreadable",
        "picture.txt": "wildcard_unreadable",
        "huge.txt": "wildcard_too_large",
        "---.txt": "wildcard_nameless",
    }
    assert (told["latin.txt"].params["cause"], told["picture.txt"].params["cause"]) == (
        "it is not in UTF-8",
        "it is no text",
    )


def test_more_than_can_be_held_is_told_once(paths: Paths, monkeypatch):
    for name in ("a", "b", "c"):
        write(paths, f"{name}.txt", "word\n" * 20)
    monkeypatch.setattr(prompt_files, "_MOST_FILES", 2)
    for changed, names in (({}, {"a", "b"}), ({"_ALL_BYTES": 150}, {"a"})):
        for name, value in changed.items():
            monkeypatch.setattr(prompt_files, name, value)
        problems = []
        found = dict(prompt_files._read_folder(paths.wildcards, problems, {}, []))
        assert set(found) == names and [one.code for one in problems] == ["wildcards_too_many"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_links_and_pipes_lead_nowhere(paths: Paths, tmp_path: Path):
    (tmp_path / "secret.txt").write_text("password")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "more.txt").write_text("x")
    write(paths, "good.txt", "fine")
    (paths.wildcards / "out.txt").symlink_to(tmp_path / "secret.txt")
    (paths.wildcards / "out").symlink_to(tmp_path / "elsewhere")
    (paths.wildcards / "again.txt").symlink_to(paths.wildcards / "good.txt")
    os.mkfifo(paths.wildcards / "pipe.txt")
    found = read(paths)
    assert found.wildcards["again"] == found.wildcards["good"] == ("fine",)
    assert "password" not in str(found.wildcards) and "out/more" not in found.wildcards
    told = {Path(str(one.params["path"])).name: one for one in found.problems}
    assert {name: one.params["cause"] for name, one in told.items()} == {
        "out.txt": "it is a link to another folder",
        "pipe.txt": "it is no ordinary file",
    }
    assert str(told["pipe.txt"]).count("pipe.txt") == 1


def test_what_may_not_be_read_is_told_in_the_studios_own_words(paths: Paths, monkeypatch):
    mine = write(paths, "mine.txt", "x")
    real = prompt_files.open_regular

    def open_regular(path: Path):
        if path in (mine, paths.styles):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(prompt_files, "open_regular", open_regular)
    styles, wildcard = read(paths).problems
    assert (wildcard.code, wildcard.params["cause"]) == ("wildcard_unopened", "it may not be read")
    assert (styles.code, styles.params["detail"]) == ("styles_damaged", "it may not be read")


def test_styles_are_saved_changed_and_removed(paths: Paths):
    save_style(paths.styles, MINE)
    save_style(paths.styles, Style(name="Watercolour", prompt="my {prompt}"))
    save_style(paths.styles, Style(name="mine", prompt="{prompt}, still mine"))
    styles = read(paths).styles
    mine, water = named(styles, "MINE"), named(styles, "Watercolour")
    assert mine and mine.own and mine.prompt == "{prompt}, still mine"
    assert water and water.own and water.prompt == "my {prompt}"
    remove_style(paths.styles, "watercolour")
    again = named(read(paths).styles, "Watercolour")
    assert again and not again.own
    assert [one.name for one in own_styles(paths.styles)] == ["mine"]


def test_a_damaged_file_of_styles_is_told_and_never_written_over(paths: Paths):
    paths.home.mkdir()
    paths.styles.write_text('[[style]]\nname = "a"\nprompt = ')
    found = read(paths)
    assert named(found.styles, "Flat") is not None
    assert [one.params["line"] for one in found.problems] == [3]
    with pytest.raises(StylesDamaged):
        save_style(paths.styles, MINE)
    assert paths.styles.read_text() == '[[style]]\nname = "a"\nprompt = '


@pytest.mark.parametrize(
    "style", [Style(name=" ", prompt="x"), Style(name="x", prompt="{a|"), Style(name="x", prompt="")]
)
def test_a_style_that_could_not_be_read_again_is_not_saved(paths: Paths, style: Style):
    with pytest.raises(StylesDamaged):
        save_style(paths.styles, style)
    assert not paths.styles.exists()


def test_where_nothing_can_be_written(paths: Paths):
    paths.home.write_text("a file where the folder should be")
    with pytest.raises((FileUnwritable, StylesDamaged)):
        save_style(paths.styles, MINE)
