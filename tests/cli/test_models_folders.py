"""`studio models adopt` and `folders`: what is read from where, and that an open window loses nothing."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QObject

from studio.app.door import listen
from studio.core.paths import paths_for
from studio.session import Session
from studio.store.instances import WindowLock
from studio.store.settings_file import load_settings
from tests.catalog import headers
from tests.cli.conftest import HANGS, Process, Said
from tests.cli.telling import tell
from tests.cli.test_models import LORA

__all__ = ["tell"]


@pytest.fixture
def comfyui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the tool usually is, with a LoRA in it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    root = tmp_path / "ComfyUI"
    headers.write(root / "models/loras/ink.safetensors", LORA)
    for name in ("checkpoints", "vae"):
        (root / "models" / name).mkdir()
    return root


def folders_of(home: Path) -> tuple[str, ...]:
    return load_settings(home / "settings.json").model_folders


def test_the_folder_of_a_tool_is_adopted_listed_and_forgotten(tell, home: Path, comfyui: Path):
    home.mkdir()
    (home / "settings.json").write_text('{"theme": "dark"}')
    before = sorted((path, path.stat().st_mtime_ns) for path in comfyui.rglob("*"))
    told = tell("models", "adopt", str(comfyui), "--json").object
    assert (told["added"], told["tool"], told["models"]) == (True, "comfyui", 1)
    assert folders_of(home) == (str(comfyui),)
    assert load_settings(home / "settings.json").theme == "dark"
    [folder] = tell("models", "folders", "--json").object["folders"]
    assert (folder["path"], folder["tool"], folder["models"]) == (str(comfyui), "comfyui", 1)
    assert folder["size_bytes"] > 0
    assert "ComfyUI" in tell("models", "folders").out
    [model] = tell("models", "list", "--kind", "lora", "--json").object["models"]
    assert model["source"] == "comfyui"
    again = tell("models", "adopt", str(comfyui), "--json").object
    assert (again["added"], folders_of(home)) == (False, (str(comfyui),))
    assert tell("models", "folders", "--forget", str(comfyui)).code == 0
    assert folders_of(home) == ()
    assert sorted((path, path.stat().st_mtime_ns) for path in comfyui.rglob("*")) == before


def test_a_file_stands_for_its_folder(tell, home: Path, tmp_path: Path):
    file = headers.write(tmp_path / "mine" / "ink.safetensors", LORA)
    told = tell("models", "adopt", str(file), "--json").object
    assert (told["path"], told["tool"], told["models"]) == (str(file.parent), "", 1)
    assert folders_of(home) == (str(file.parent),)


def test_a_folder_with_nothing_but_what_cannot_be_used_says_so(tell, tmp_path: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "cut.safetensors").write_bytes(b"{")
    said = tell("models", "adopt", str(tmp_path / "mine")).out
    assert "1 cannot be used" in said and "No model was found" not in said


def test_a_file_that_is_no_model_brings_nothing(tell, home: Path, tmp_path: Path):
    letter = tmp_path / "mother.txt"
    letter.write_text("Dear mother")
    said = tell("models", "adopt", str(letter), "--json")
    assert (said.code, said.object["code"], folders_of(home)) == (1, "model_unsupported", ())


def test_the_usual_places_are_listed(tell, comfyui: Path):
    [place] = tell("models", "adopt", "--json").object["places"]
    assert place == {"path": str(comfyui), "tool": "comfyui", "adopted": False}
    assert tell("models", "adopt", str(comfyui)).code == 0
    assert tell("models", "adopt", "--json").object["places"][0]["adopted"] is True
    assert str(comfyui) in tell("models", "adopt").out


@pytest.mark.parametrize("words", [["adopt", "nowhere"], ["folders", "--forget", "nowhere"]])
def test_a_folder_that_is_not_there_is_told(tell, words: list[str]):
    said = tell("models", *words, "--json")
    assert (said.code, said.object["code"]) == (2, "not_found")


def test_where_a_window_does_not_answer_nothing_is_written(tell, home: Path, tmp_path: Path):
    folder = tmp_path / "models"
    folder.mkdir()
    home.mkdir()
    (home / "settings.json").write_text(json.dumps({"model_folders": ["/kept"]}))
    window = WindowLock(paths_for(home))
    try:
        for words in (["adopt", str(folder)], ["folders", "--forget", "/kept"]):
            said = tell("models", *words, "--json")
            assert (said.code, said.object["code"]) == (1, "settings_in_use")
            assert folders_of(home) == ("/kept",)
        assert tell("models", "folders").code == 0  # who only looks may look
    finally:
        window.close()
    assert tell("models", "adopt", str(folder)).code == 0
    assert WindowLock(paths_for(home)).held  # and a window can open again


def test_an_open_window_reads_a_folder_at_once_and_keeps_its_own_settings(
    home: Path, comfyui: Path, qtbot, start
):
    paths = paths_for(home)
    lock, session, meeting = WindowLock(paths), Session(paths), QObject()
    told: list[object] = []
    session.settings_changed.connect(told.append)
    session.models.changed.connect(told.append)
    try:
        listen(home, lambda wish: session.change_list(wish.name, wish.add, wish.forget), meeting)
        with qtbot.waitSignal(session.ready, timeout=10_000):
            session.open()
        session.change_settings(theme="dark")
        said = ended(start("studio", "models", "adopt", str(comfyui), "--json"), qtbot)
        assert (said.object["added"], said.object["models"]) == (True, 1)
        assert (session.settings.theme, session.settings.model_folders) == ("dark", (str(comfyui),))
        qtbot.waitUntil(
            lambda: any(spec.source == "comfyui" for spec in session.models.installed()), timeout=10_000
        )
        qtbot.waitUntil(lambda: folders_of(home) == (str(comfyui),), timeout=10_000)
        said = ended(start("studio", "models", "folders", "--forget", str(comfyui), "--json"), qtbot)
        assert (said.code, session.settings.model_folders) == (0, ())
    finally:
        session.close()
        meeting.deleteLater()
        lock.close()
    assert load_settings(home / "settings.json").theme == "dark"


def ended(process: Process, qtbot) -> Said:
    """The window goes on meanwhile."""
    qtbot.waitUntil(lambda: process.popen.poll() is not None, timeout=HANGS * 1000)
    return process.end()
