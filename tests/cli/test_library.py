"""`studio library`: pages, words, one picture, and bringing database and files together."""

from pathlib import Path

import pytest

from studio.core.paths import paths_for
from studio.store.library import Library


@pytest.fixture
def made(studio) -> list[dict]:
    """Three pictures, the newest first."""
    prompts = ["a boat; 日落的海", "a lighthouse", "a boat at night"]
    return [studio("generate", prompt, "--json").object["assets"][0] for prompt in prompts][::-1]


def ids(assets: list[dict]) -> list[str]:
    return [asset["id"] for asset in assets]


def test_pages_words_stars_and_trash(studio, made, home: Path):
    told = studio("library", "list", "--json").object
    assert told == {"total": 3, "assets": made}
    assert ids(studio("library", "list", "--limit", "1", "--offset", "1", "--json").object["assets"]) == [
        made[1]["id"]
    ]
    for words, found in (("boat", [0, 2]), ("海", [2]), ("boat night", [0]), ("nothing", [])):
        told = studio("library", "search", words, "--json").object
        assert told["total"] == len(found)
        assert ids(told["assets"]) == [made[place]["id"] for place in found]
    library = Library.open(paths_for(home))
    library.star([made[0]["id"]], True)
    library.trash([made[1]["id"]])
    library.close()
    assert ids(studio("library", "list", "--starred", "--json").object["assets"]) == [made[0]["id"]]
    assert ids(studio("library", "list", "--trash", "--json").object["assets"]) == [made[1]["id"]]
    said = studio("library", "list")
    assert said.out.splitlines()[-1] == "2 of 2 pictures"
    assert "★  a boat at night" in said.out


def test_one_picture_with_its_recipe(studio, made):
    assert studio("library", "show", made[0]["id"], "--json").object == made[0]
    said = studio("library", "show", made[0]["id"])
    lines = dict(line.split(maxsplit=1) for line in said.out.splitlines())
    assert lines["prompt"] == "a boat at night"
    assert lines["path"] == made[0]["path"]
    missing = studio("library", "show", "nothing", "--json")
    assert (missing.code, missing.object["code"]) == (2, "not_found")


def test_files_are_the_truth(studio, made, home: Path):
    Path(made[0]["path"]).unlink()
    Path(made[1]["path"]).write_bytes(b"\x89PNG\r\n\x1a\n")
    found = studio("library", "verify", "--json")
    assert (found.code, found.object["whole"], found.object["checked"]) == (1, False, 2)
    assert [Path(made[0]["path"]).name] == [Path(path).name for path in found.object["missing"]]
    assert [Path(made[1]["path"]).name] == [Path(path).name for path in found.object["damaged"]]
    assert "studio library rebuild" in studio("library", "verify").out
    Path(made[1]["path"]).unlink()
    for file in home.glob("studio.db*"):
        file.unlink()
    assert studio("library", "rebuild", "--json").object["pictures"] == 1
    assert studio("library", "list", "--json").object["assets"] == [made[2]]
    assert studio("library", "verify").code == 0


def test_a_library_that_is_gone_is_told(studio, made, home: Path):
    (home / "library").rename(home / "elsewhere")
    for words in (["library", "list"], ["generate", "a boat"]):
        said = studio(*words, "--json")
        assert (said.code, said.object["code"]) == (1, "library_missing")
