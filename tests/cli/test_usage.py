"""Words that are no command, words in another order, and sentences in another language."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication

from studio.cli.parser import parse
from studio.core.errors import NotFound, PromptEmpty, SettingsDamaged
from studio.core.paths import resources_dir
from studio.ui.i18n import Language, read_entries
from tests.cli.telling import tell

__all__ = ["tell"]

CHINESE = read_entries(resources_dir() / "i18n" / "zh_CN")
WRONG = [
    ["bogus"],
    ["generate"],
    ["generate", "a boat", "--size", "64"],
    ["generate", "a boat", "--size"],
    ["generate", "a boat", "--seed", "seven"],
    ["generate", "a boat", "--jso"],
    ["models"],
    ["library", "list", "--limit", "0"],
    ["library", "list", "--offset", "-1"],
    ["library", "list", "--limit", str(2**63)],
    ["library", "list", "--home"],
    ["generate", "a boat", "-o", "-"],
    ["generate", "a boat", "--scheduler", "nonsense"],
    ["generate", "a boat", "--scheduler", ""],
    ["generate", "a boat", "--model", ""],
    ["chat", "hello", "--model", " "],
]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_wrong_words_end_in_a_sentence_and_2(studio, words):
    said = studio(*words)
    assert (said.code, said.out) == (2, "")
    sentence, hint = said.err.splitlines()
    assert sentence.endswith(".")
    assert "--help" in hint
    told = studio(*words, "--json")
    assert told.code == 2
    assert told.object["state"] == "failed"
    assert told.object["code"] == "wrong_usage"
    assert told.object["message"] == sentence
    assert told.err == ""


@pytest.fixture
def chinese(home: Path, qapp: QCoreApplication):
    """The settings say so."""
    home.mkdir()
    (home / "settings.json").write_text('{"language": "zh"}')
    yield
    for language in qapp.findChildren(Language):
        language.choose("en")


def test_wrong_words_are_told_in_the_persons_language(studio, chinese):
    for words in (one for one in WRONG if "--home" not in one):
        said = studio(*words)
        assert said.code == 2
        assert all(any("一" <= sign <= "鿿" for sign in line) for line in said.err.splitlines()), said.err
        assert said.err.splitlines()[0].endswith("。")


def test_schedulers_are_named_as_people_or_files_name_them(studio):
    wrong = studio("generate", "a boat", "--scheduler", "nonsense")
    assert wrong.err.startswith("'nonsense' is no --scheduler; there are: Euler, ")
    names = {"euler A": "Euler a", "DPMSolverMultistep": "DPM++ 2M", "OwnScheduler": "OwnScheduler"}
    for said, name in names.items():
        assert parse(["generate", "a boat", "--scheduler", said]).scheduler == name


NAMED = ["inspect", "show", "install", "remove", "verify", "convert", "search", "adopt", "folders --forget"]


@pytest.mark.parametrize("nothing", ["", " ", "\n"])
@pytest.mark.parametrize("action", NAMED)
def test_an_empty_name_is_not_the_folder_that_the_command_runs_in(tell, action, nothing, home):
    said = tell("models", *action.split(), nothing, "--json")
    assert (said.code, said.object["code"]) == (2, "wrong_usage")
    assert "needs a value" in said.object["message"]
    assert not home.exists()


@pytest.mark.parametrize("name", ["~nobody-of-this-name/x", "x" * 300, "x" * 100_000])
@pytest.mark.parametrize("action", NAMED)
def test_a_name_that_can_be_no_path_is_told_like_any_other(tell, action, name):
    said = tell("models", *action.split(), name, "--json")
    assert said.code in (1, 2)
    assert said.object["code"] != "unexpected"


@pytest.mark.parametrize("target", ["~nobody-of-this-name/x/", "x" * 300])
def test_a_target_that_can_be_no_path_is_told_like_any_other(studio, target, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = studio("generate", "a boat", "-o", target, "--json")
    assert said.object.get("code") != "unexpected"


@pytest.mark.parametrize("words", [["--version", "--json"], ["--json", "--version"]])
def test_the_version_can_be_json(studio, capfd, words):
    with pytest.raises(SystemExit) as ended:
        studio(*words)
    assert ended.value.code in (0, None)
    assert json.loads(capfd.readouterr().out)["name"] == "Atelier"


@pytest.mark.parametrize("order", ["before", "after"])
def test_the_home_may_stand_before_and_after_the_command(studio, tmp_path: Path, home: Path, order: str):
    chosen = ["--home", str(tmp_path / "chosen"), "--json"]
    words = ["library", "list"]
    said = studio(*(chosen + words if order == "before" else words + chosen))
    assert said.object == {"total": 0, "assets": []}
    assert (tmp_path / "chosen" / "studio.db").exists()
    assert not home.exists()


@pytest.mark.parametrize("words", [["models", "list"], ["library", "list"], ["generate", "a boat"]])
def test_a_home_that_cannot_be_one_ends_in_a_sentence(studio, tmp_path: Path, words: list[str]):
    (tmp_path / "file").touch()
    said = studio(*words, "--home", str(tmp_path / "file"))
    assert said.code == 1
    assert str(tmp_path / "file") in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_settings_that_cannot_be_read_are_put_aside_with_a_sentence(studio, home: Path, more: list[str]):
    home.mkdir()
    (home / "settings.json").write_text("{")
    said = studio("library", "list", *more)
    assert said.code == 0
    [aside] = home.glob("settings.json.damaged-*")
    damaged = SettingsDamaged(path=str(aside))
    assert said.err == f"{damaged}\n{damaged.hint}\n"
    assert studio("library", "list", *more).err == ""


def test_every_command_explains_itself(studio, capfd):
    for words in ("", "generate", "chat", "models", "models show", "library", "library search", "doctor"):
        with pytest.raises(SystemExit) as ended:
            studio(*words.split(), "--help")
        assert ended.value.code == 0
        out = capfd.readouterr().out
        assert out.startswith(f"usage: studio {words}".rstrip())


def test_sentences_follow_the_systems_language(scripted):
    said = scripted("generate", "", LANG="zh_CN.UTF-8", LC_ALL="zh_CN.UTF-8").end()
    assert said.code == 2
    assert said.err == f"{CHINESE[PromptEmpty.template]}\n{CHINESE[PromptEmpty.hint]}\n"


def test_sentences_follow_the_settings_before_the_system(scripted, home: Path):
    home.mkdir()
    (home / "settings.json").write_text('{"language": "zh"}')
    said = scripted("library", "show", "nothing", "--json", LANG="en_GB.UTF-8").end()
    assert said.code == 2
    assert said.object["message"] == CHINESE[NotFound.template].format(name="nothing")


@pytest.mark.long
def test_a_terminal_without_chinese_shows_question_marks(scripted):
    narrow = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    assert scripted("generate", "山", **narrow).end().code == 0
    listed = scripted("library", "list", **narrow).end()
    assert listed.code == 0
    assert "?" in listed.out
    told = scripted("library", "list", "--json", **narrow).end()
    assert json.loads(told.out)["assets"][0]["recipe"]["prompt"] == "山"
