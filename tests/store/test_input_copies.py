"""Copies of input pictures: they stay while anything names them, and go when nothing does."""

import os
import time
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from studio.core.errors import DatabaseLocked
from studio.core.ids import new_id
from studio.core.inputs import InputPicture, Role, UsedInput
from studio.core.jobs import JobState
from studio.core.recipe import Recipe
from studio.core.settings import Settings
from studio.media.inputs import TakenInput, kept_input, take
from studio.media.recipes import write_png
from studio.store import input_copies
from studio.store.library import Library
from studio.store.settings_file import save_settings
from tests.store.conftest import picture_job, stage


@pytest.fixture
def copy(library: Library):
    """Takes a picture in, in a colour of its own, as it was done hours ago."""

    def taken(colour: str) -> TakenInput:
        image = library.paths.library / f"{colour}.png"
        Image.new("RGB", (32, 32), colour).save(image)
        made = take(image, library.paths.inputs)
        image.unlink()
        grow_old(made)
        return made

    return taken


def grow_old(copy: TakenInput) -> None:
    then = time.time() - 2 * input_copies.YOUNG_SECONDS
    os.utime(copy.path, (then, then))


def as_input(copy: TakenInput) -> InputPicture:
    return InputPicture(role=Role.START, path=copy.path, hash=copy.hash)


def used(copy: TakenInput) -> tuple[UsedInput, ...]:
    return (UsedInput(role=Role.REFER, hash=copy.hash),)


def there(*copies: TakenInput) -> list[bool]:
    return [Path(one.path).exists() for one in copies]


def free(library: Library) -> input_copies.Freed:
    return library.free_inputs(library.spare_inputs())


def test_what_nothing_names_goes(library: Library, copy):
    one, other = copy("red"), copy("blue")
    size = sum(Path(each.path).stat().st_size for each in (one, other))
    assert sorted(library.spare_inputs()) == sorted(Path(each.path) for each in (one, other))
    freed = free(library)
    assert (freed.copies, freed.freed_bytes) == (2, size)
    assert there(one, other) == [False, False]
    assert free(library).copies == 0


def test_the_recipe_of_a_picture_keeps_it_until_that_is_erased(library: Library, copy):
    one, other = copy("red"), copy("blue")
    asset = library.adopt(stage(library.paths, inputs=used(one)))
    again = library.adopt(stage(library.paths, inputs=(*used(one), *used(other))))
    library.trash([asset.id, again.id])
    library.erase([again.id])
    assert free(library).copies == 1
    assert there(one, other) == [True, False], "what lies in the trash can come back"
    library.erase([asset.id])
    assert free(library).copies == 1


@pytest.mark.parametrize("state", [None, *JobState])
def test_a_job_that_may_still_run_keeps_it(library: Library, copy, state: JobState | None):
    one = copy("red")
    job = library.jobs.add(msgspec.structs.replace(picture_job(), inputs=(as_input(one),)), "me").job
    if state not in (None, JobState.PENDING):
        library.jobs.start(job.id)
    if state is JobState.INTERRUPTED:
        library.jobs.interrupt(())
    elif state and state.ended:
        library.jobs.finish(job.id, state)
    assert free(library).copies == int(state is JobState.DONE)


def test_a_draft_keeps_it(library: Library, copy):
    one = copy("red")
    draft = msgspec.json.encode({"inputs": [as_input(one)]}).decode()
    save_settings(library.paths.settings, Settings(window={"create.draft": draft}))
    assert free(library).copies == 0
    save_settings(library.paths.settings, Settings())
    assert free(library).copies == 1


def test_what_was_just_taken_in_or_found_again_is_left_alone(library: Library, copy):
    one, other, third = copy("red"), copy("blue"), copy("green")
    again = library.paths.library / "again.png"
    Image.new("RGB", (32, 32), "blue").save(again)
    assert kept_input(library.paths.inputs, one.hash)
    assert take(again, library.paths.inputs) == other
    again.unlink()
    assert free(library).copies == 1
    assert there(one, other, third) == [True, True, False]


def test_a_picture_of_another_home_counts_although_it_has_no_row(library: Library, copy):
    one, other = copy("red"), copy("blue")
    recipe = Recipe(asset=new_id(), inputs=used(one))
    write_png(Image.new("RGB", (8, 8)), library.paths.library / "theirs.png", recipe)
    stage(library.paths, inputs=used(other))
    assert free(library).copies == 0


def test_a_database_that_knows_too_little_takes_nothing_away(library: Library, copy, monkeypatch):
    copy("red")
    monkeypatch.setattr(input_copies, "MOST_UNLISTED", 1)
    for name in ("one", "two"):
        write_png(Image.new("RGB", (8, 8)), library.paths.library / f"{name}.png", Recipe())
    assert free(library).copies == 0
    library.rebuild()
    assert free(library).copies == 1


def test_no_job_can_begin_with_one_while_it_goes(library: Library, copy, monkeypatch):
    """Another process waits for its turn to write; what it takes up then is young."""
    one = copy("red")
    neighbour = Library.open(library.paths)

    def remove(copies: list[Path]) -> input_copies.Freed:
        neighbour._connection.set_busy_timeout(10)
        with pytest.raises(DatabaseLocked):
            neighbour.jobs.add(msgspec.structs.replace(picture_job(), inputs=(as_input(one),)), "there")
        assert kept_input(library.paths.inputs, one.hash)
        return input_copies.remove_copies(copies)

    monkeypatch.setattr("studio.store.library.remove_copies", remove)
    try:
        assert free(library).copies == 0, "it was found again meanwhile"
    finally:
        neighbour.close()
    assert there(one) == [True]


def test_others_can_write_while_the_library_is_looked_through(library: Library, copy, monkeypatch):
    """What they begin with meanwhile stays."""
    one, other = copy("red"), copy("blue")
    neighbour = Library.open(library.paths)

    def look(*_: object) -> list[Path]:
        neighbour._connection.set_busy_timeout(10)
        neighbour.jobs.add(msgspec.structs.replace(picture_job(), inputs=(as_input(one),)), "there")
        return []

    monkeypatch.setattr(input_copies, "_unlisted", look)
    try:
        assert free(library).copies == 1
    finally:
        neighbour.close()
    assert there(one, other) == [True, False]


def test_the_library_is_looked_through_no_further_than_needed(library: Library, copy, monkeypatch):
    copy("red")
    seen: list[int] = []

    def endless(*_: object):
        while True:
            seen.append(1)
            yield library.paths.library / "strange.png"

    monkeypatch.setattr(input_copies, "_unlisted", endless)
    assert library.spare_inputs() == [] and len(seen) == input_copies.MOST_UNLISTED + 1


@pytest.mark.allow_log("settings.json cannot be read")
def test_settings_that_cannot_be_read_may_name_any(library: Library, copy, monkeypatch):
    copy("red")
    save_settings(library.paths.settings, Settings())

    def refuse(*_: object) -> str:
        raise PermissionError

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_text", refuse)
        assert free(library).copies == 0
    assert free(library).copies == 1


def test_another_home_has_a_month(library: Library, copy):
    one = copy("red")
    then = time.time() - 29 * 86_400
    os.utime(one.path, (then, then))
    assert free(library).copies == 0


def test_other_files_are_none_of_ours(library: Library, copy):
    copy("red")
    strange = library.paths.inputs / "notes.txt"
    strange.write_text("mine")
    half = library.paths.inputs / f"{'0' * 64}.png.part"
    half.write_bytes(b"half")
    for path in (strange, half):
        os.utime(path, (0, 0))
    assert free(library).copies == 2, "a write that was cut off, and the copy"
    assert [path.name for path in library.paths.inputs.iterdir()] == ["notes.txt"]


def test_one_that_is_held_elsewhere_stays_for_the_next_time(library: Library, copy, monkeypatch):
    one = copy("red")

    def refuse(_: Path) -> None:
        raise PermissionError

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        assert free(library).copies == 0
    assert free(library).copies == 1
    assert there(one) == [False]
