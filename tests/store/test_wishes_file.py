"""How models are to be held, kept by id; one damaged entry costs no other."""

from pathlib import Path

import pytest

from studio.core.model import Wish
from studio.store.wishes_file import load_wishes, save_wishes

WISHES = {"owner/name": Wish(precision="bfloat16"), "local/a": Wish(precision="4-bit", offload="model")}


def test_what_was_chosen_is_there_again(tmp_path: Path) -> None:
    file = tmp_path / "home" / "wishes.json"
    assert load_wishes(file) == {}
    save_wishes(file, WISHES)
    assert load_wishes(file) == WISHES


DEEP = pytest.param('{"deep": ' + "[" * 5000 + "]" * 5000 + "}", id="deep")


@pytest.mark.parametrize("entry", ['{"precision": "3-bit"}', '{"offload": 7}', '"float32"', "null"])
def test_a_damaged_entry_is_told_and_left_out(tmp_path: Path, entry: str) -> None:
    file, told = tmp_path / "wishes.json", list[str]()
    file.write_text('{"owner/name": {"precision": "bfloat16"}, "bad/one": ' + entry + "}")
    assert load_wishes(file, told.append) == {"owner/name": WISHES["owner/name"]}
    assert told == ["bad/one"]


@pytest.mark.parametrize("text", ["", "[1]", "{", "\ufffd", DEEP])
def test_a_file_that_is_no_list_is_told_and_counts_as_none(tmp_path: Path, text: str) -> None:
    file, told = tmp_path / "wishes.json", list[str]()
    file.write_text(text)
    assert load_wishes(file, told.append) == {}
    assert told == ["wishes.json"]


def test_a_file_that_cannot_be_read_is_told_and_counts_as_none(tmp_path: Path) -> None:
    file, told = tmp_path / "wishes.json", list[str]()
    file.mkdir()
    assert load_wishes(file, told.append) == {}
    assert told == ["wishes.json"]
