"""The session's desk of prompts: read in its own thread, and anew when files change."""

import shutil
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QFileSystemWatcher

from studio.core.errors import StylesDamaged
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages
from studio.core.model import Ability, ModelSpec
from studio.core.model_names import LoraNames
from studio.core.paths import Paths, resources_dir
from studio.core.prompts.styles import named
from studio.core.prompts.written import Style
from studio.session import Session
from tests.session.conftest import delete

STARTER = ModelSpec(
    id="starter/postcards",
    name="Postcards",
    family="diffusion",
    base="StableDiffusionPipeline",
    abilities=(Ability.GENERATE,),
    path=str(resources_dir() / "starter" / "postcards"),
)


def write(paths: Paths, name: str, text: str) -> Path:
    path = paths.wildcards / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def until(qtbot, condition) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=20_000)


def job(prompt: str, **fields) -> GenerateImages:
    return GenerateImages(id=new_id(), model=STARTER, prompt=prompt, seed=1, **fields)


def test_styles_and_wildcards_are_there_soon_after_the_start(session: Session, qtbot):
    desk = session.prompts
    until(qtbot, lambda: desk.styles)
    assert named(desk.styles, "neon") is not None
    assert desk.wildcards["colour"] == len(desk.entries("colour")) > 10
    assert len(set(desk.expand("a __colour__ boat", (), "", 8, 3).prompts)) == 8


def test_a_job_can_be_written_before_the_files_are_read(paths: Paths, qapp):
    session = Session(paths)
    try:
        done = session.prompts.written(job("a __colour__ boat", styles=("Neon",)))
    finally:
        session.close()
        delete(session)
    assert done.prompt.startswith("neon picture of a ") and "__" not in done.prompt


def test_closing_leaves_no_watcher_behind(session: Session, qtbot):
    until(qtbot, lambda: session.prompts.styles)
    assert session.findChildren(QFileSystemWatcher)
    session.close()
    assert not session.findChildren(QFileSystemWatcher)


def test_reading_is_left_to_another_thread(session: Session, qtbot, monkeypatch):
    seen: list[str] = []
    from studio.session import prompts

    real = prompts.read_prompt_files

    def watched(*args):
        seen.append(threading.current_thread().name)
        return real(*args)

    until(qtbot, lambda: session.prompts.styles)
    monkeypatch.setattr(prompts, "read_prompt_files", watched)
    session.prompts.reload()
    until(qtbot, lambda: seen)
    assert seen[0].startswith("prompts")


def test_a_folder_that_changes_is_read_again(session: Session, paths: Paths, qtbot):
    desk = session.prompts
    until(qtbot, lambda: desk.styles)
    with qtbot.waitSignal(desk.changed, timeout=20_000):
        file = write(paths, "hats.txt", "bowler")
    until(qtbot, lambda: desk.wildcards.get("hats") == 1)
    with qtbot.waitSignal(desk.changed, timeout=20_000):
        file.write_text("bowler\ntop hat\n")
    assert desk.entries("hats") == ("bowler", "top hat")
    with qtbot.waitSignal(desk.changed, timeout=20_000):
        shutil.rmtree(paths.wildcards)
    assert "hats" not in desk.wildcards


def test_a_broken_file_is_told_once(session: Session, paths: Paths, qtbot):
    problems = []
    session.problem_raised.connect(problems.append)
    desk = session.prompts
    until(qtbot, lambda: desk.styles)
    (paths.wildcards / "deep").mkdir(parents=True)
    (paths.wildcards / "deep" / "bad.txt").write_bytes(b"\0\1")
    desk.reload()
    until(qtbot, lambda: problems)
    write(paths, "good.txt", "x")
    desk.reload()
    until(qtbot, lambda: "good" in desk.wildcards)
    assert [one.code for one in problems] == ["wildcard_unreadable"]


def test_a_style_is_saved_and_removed(session: Session, paths: Paths, qtbot):
    desk = session.prompts
    until(qtbot, lambda: desk.styles)
    assert not paths.styles.exists()
    with qtbot.waitSignal(desk.changed, timeout=20_000):
        desk.save_style(Style(name="Mine", prompt="my {prompt}"))
    saved = named(desk.styles, "mine")
    assert saved and saved.own
    with qtbot.waitSignal(desk.changed, timeout=20_000):
        desk.remove_style("Mine")
    assert named(desk.styles, "mine") is None


def test_a_style_that_cannot_be_saved_is_told(session: Session, qtbot):
    with qtbot.waitSignal(session.problem_raised, timeout=20_000) as told:
        failing = session.prompts.save_style(Style(name="x", prompt="{a|"))
    assert told.args[0].code == StylesDamaged.code
    with pytest.raises(StylesDamaged):
        failing.result()


def test_tokens_are_counted_in_the_thread(session: Session):
    count = session.prompts.count(STARTER, "a boat with red sails").result(60)
    assert count and count.limit == 75 and 4 < count.tokens < 30
    nothing = session.prompts.count(ModelSpec(**{**_fields(STARTER), "path": "/nowhere"}), "a boat")
    assert nothing.result(60) is None


def _fields(spec: ModelSpec) -> dict:
    return {name: getattr(spec, name) for name in spec.__struct_fields__}


def test_names_of_loras_are_read_and_compared_in_another_thread(session: Session, monkeypatch):
    seen: list[str] = []
    real = LoraNames.find, LoraNames.nearest

    def watched(of: int):
        def call(names: LoraNames, name: str):
            seen.append(threading.current_thread().name)
            return real[of](names, name)

        return call

    monkeypatch.setattr(LoraNames, "find", watched(0))
    monkeypatch.setattr(LoraNames, "nearest", watched(1))
    names = session.prompts.lora_names().result()
    assert session.prompts.nearest_lora("nobody", names).result() == ""
    assert len(seen) == 2 and all(name.startswith("prompts") for name in seen)
