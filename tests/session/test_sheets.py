"""Contact sheets through real processes: made, stopped, continued, and brought back from files alone."""

import io
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from studio.core.errors import FormatUnknown, NotFound, SheetNameUnknown, UsedAndGone, WildcardNotFound
from studio.core.ids import new_id
from studio.core.inputs import Role, UsedInput
from studio.core.jobs import JobState
from studio.core.paths import Paths
from studio.core.recipe import Recipe
from studio.core.sheet_language import read_sheet
from studio.core.sheet_page import SheetPage
from studio.core.sheet_state import CellState, SheetState
from studio.core.sheets import Axis, Setting, Sheet
from studio.media.inputs import take
from studio.media.recipes import write_png
from studio.session import Session
from studio.session.model_desk import ModelDesk
from tests.session.conftest import FAKE, picture

LONG = 20_000  # milliseconds; a worker has to start


def states(state: SheetState) -> list[str]:
    return [cell.state.value for cell in state.cells]


def make(session: Session, qtbot, prompt: str, sheet: str) -> str:
    (job,) = session.sheets.make(picture(prompt), read_sheet(sheet))
    qtbot.waitUntil(lambda: bool(session.jobs()) and session.jobs()[0].state.ended, timeout=LONG)
    assert job.sheet is not None
    return job.sheet.id


def test_the_cells_of_a_sheet_are_pictures_of_the_library(session, qtbot):
    sheet = make(session, qtbot, "a boat", "seed=1..3; guidance=3,5")
    state = session.sheets.state(sheet).result()
    assert states(state) == ["done"] * 6
    made = [(cell.asset.recipe.seed, cell.asset.recipe.guidance_scale) for cell in state.cells]
    assert made == [(seed, guidance) for guidance in (3, 5) for seed in (1, 2, 3)]
    assert [one.sheet.id for one in session.sheets.recent().result()] == [sheet]


def test_nothing_is_asked_for_where_something_is_wrong(session):
    with pytest.raises(SheetNameUnknown):
        session.sheets.make(picture("a boat"), read_sheet("lora Nothing=0,1"))
    assert session.jobs() == []
    with pytest.raises(NotFound):
        session.sheets.state("nothing").result()


def test_a_stopped_sheet_goes_on_with_what_is_missing(session, qtbot, tmp_path: Path):
    gate = tmp_path / "gate"
    (job,) = session.sheets.make(picture(f"some 3; until {gate}"), read_sheet("seed=1..6"))
    made: list[int] = []
    session.asset_added.connect(lambda asset, _: made.append(asset.recipe.seed))
    qtbot.waitUntil(lambda: len(made) == 3, timeout=LONG)
    session.sheets.stop(session.sheets.state(job.sheet.id).result())
    qtbot.waitUntil(lambda: session.job(job.id).state is JobState.STOPPED, timeout=LONG)
    state = session.sheets.state(job.sheet.id).result()
    assert states(state) == ["done"] * 3 + ["stopped"] * 3
    # One is thrown away, another one for good: neither is wanted again.
    kept = [cell.asset for cell in state.cells if cell.asset]
    session.trash([kept[0].id, kept[1].id])
    session.erase([kept[1].id])
    gate.touch()
    session.sheets.resume(state)
    qtbot.waitUntil(lambda: session.job(job.id).state is JobState.DONE, timeout=LONG)
    assert made == [1, 2, 3, 4, 5, 6], "each was made once"
    state = session.sheets.state(job.sheet.id).result()
    assert states(state) == ["rejected", "erased", "done", "done", "done", "done"]


def test_the_last_picture_erased_is_not_made_again_either(session, qtbot, tmp_path: Path):
    gate = tmp_path / "gate"
    (job,) = session.sheets.make(picture(f"some 2; until {gate}"), read_sheet("seed=1..4"))
    made: list[int] = []
    session.asset_added.connect(lambda asset, _: made.append(asset.recipe.seed))
    qtbot.waitUntil(lambda: len(made) == 2, timeout=LONG)
    session.stop(job.id)
    qtbot.waitUntil(lambda: session.job(job.id).state is JobState.STOPPED, timeout=LONG)
    state = session.sheets.state(job.sheet.id).result()
    ids = [cell.asset.id for cell in state.cells if cell.asset]
    session.trash(ids)
    session.erase(ids)
    gate.touch()
    session.sheets.resume(state)
    qtbot.waitUntil(lambda: session.job(job.id).state is JobState.DONE, timeout=LONG)
    assert made == [1, 2, 3, 4]
    assert states(session.sheets.state(job.sheet.id).result()) == ["erased"] * 2 + ["done"] * 2


def test_a_cell_that_fails_keeps_no_other_up(session, qtbot, tmp_path: Path):
    gate = tmp_path / "gate"
    prompt = f"spoil 1 3; some 1; until {gate}"
    (job,) = session.sheets.make(picture(prompt), read_sheet("guidance=1..6"))
    made: list[float] = []
    session.asset_added.connect(lambda asset, _: made.append(asset.recipe.guidance_scale))

    def state() -> SheetState:
        return session.sheets.state(job.sheet.id).result()

    # Each part of the job writes one picture and waits; the second finds what is spoilt before it waits.
    qtbot.waitUntil(lambda: made == [1], timeout=LONG)
    gate.touch()
    qtbot.waitUntil(lambda: session.job(job.id).state.ended, timeout=LONG)
    assert states(state()) == ["done", "failed", "done", "failed", "done", "done"]
    assert made == [1, 3, 5, 6]
    record = session.job(job.id)
    assert record.state is JobState.FAILED and record.problem.code == "model_produced_nothing"
    assert [one.indices for one in record.failures] == [(1, 3)]
    problems = [cell.problem.code if cell.problem else "" for cell in state().cells]
    assert problems == ["", record.problem.code, "", record.problem.code, "", ""]
    # It goes on with those alone; what failed once more is told once more.
    with qtbot.waitSignal(session.job_added, timeout=LONG):
        session.sheets.resume(state())
    assert states(state()) == ["done", "queued", "done", "queued", "done", "done"]
    qtbot.waitUntil(lambda: session.job(job.id).state is JobState.FAILED, timeout=LONG)
    assert made == [1, 3, 5, 6] and states(state()).count("failed") == 2


def test_a_cell_is_told_to_have_failed_while_the_others_are_made(session, qtbot, tmp_path: Path):
    gate = tmp_path / "gate"
    (job,) = session.sheets.make(picture(f"spoil 0; some 1; until {gate}"), read_sheet("guidance=1..3"))
    made: list[float] = []
    session.asset_added.connect(lambda asset, _: made.append(asset.recipe.guidance_scale))
    qtbot.waitUntil(lambda: made == [2], timeout=LONG)
    state = session.sheets.state(job.sheet.id).result()
    assert states(state) == ["failed", "done", "queued"] and state.busy
    assert state.cells[0].problem.code == "model_produced_nothing"
    session.sheets.stop(state)
    qtbot.waitUntil(lambda: session.job(job.id).state is JobState.STOPPED, timeout=LONG)
    assert states(session.sheets.state(job.sheet.id).result()) == ["failed", "done", "stopped"]


def test_what_failed_is_not_forgotten_by_a_process_that_dies(open_session, qtbot, tmp_path: Path):
    first = open_session()
    made: list[float] = []
    first.asset_added.connect(lambda asset, _: made.append(asset.recipe.guidance_scale))
    prompt = f"spoil 0; some 2; until {tmp_path / 'gate'}"
    (job,) = first.sheets.make(picture(prompt), read_sheet("guidance=1..3"))
    qtbot.waitUntil(lambda: made == [2, 3], timeout=LONG)
    first.close()
    second = open_session()
    state = second.sheets.state(job.sheet.id).result()
    assert states(state) == ["failed", "done", "done"] and state.resumable == (job.id,)


def test_a_rebuild_from_files_alone_brings_the_sheet_back(open_session, qtbot, paths: Paths):
    first = open_session()
    sheet = make(first, qtbot, "a boat", "seed=1..3; guidance=3,5")
    first.close()
    lose_database(paths)
    again = open_session()
    assert again.jobs() == []
    state = again.sheets.state(sheet).result()
    assert states(state) == ["done"] * 6
    assert (state.sheet.size, state.jobs, state.prompt, state.model) == ((3, 2), (), "a boat", "Fake")
    assert [one.sheet.id for one in again.sheets.recent().result()] == [sheet]


def lose_database(paths: Paths) -> None:
    """The next to open the library rebuilds it from its files."""
    for file in (paths.database, *paths.backups.glob("*")):
        file.unlink()


def test_a_sheet_brought_back_from_its_files_goes_on(open_session, qtbot, paths, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(ModelDesk, "installed", lambda *_: [FAKE])
    gate, made = tmp_path / "gate", []
    first = open_session()
    first.asset_added.connect(lambda asset, _: made.append(asset))
    asked = msgspec.structs.replace(picture(f"some 2; until {gate}"), negative_prompt="fog")
    (job,) = first.sheets.make(asked, read_sheet("seed=1..3; guidance=3,5"))
    qtbot.waitUntil(lambda: len(made) == 2, timeout=LONG)
    first.stop(job.id)
    qtbot.waitUntil(lambda: first.job(job.id).state is JobState.STOPPED, timeout=LONG)
    first.close()
    lose_database(paths)
    gate.touch()
    again = open_session()
    state = again.sheets.state(job.sheet.id).result()
    assert states(state) == ["done", "done", *["missing"] * 4]
    (new,) = again.sheets.resume(state)
    qtbot.waitUntil(lambda: ended(again, new), timeout=LONG)
    assert again.job(new).state is JobState.DONE, again.job(new).problem
    state = again.sheets.state(job.sheet.id).result()
    assert states(state) == ["done"] * 6
    recipes = [cell.asset.recipe for cell in state.cells]
    assert [(one.seed, one.guidance_scale) for one in recipes] == [
        (seed, guidance) for guidance in (3, 5) for seed in (1, 2, 3)
    ]
    assert {(one.prompt, one.negative_prompt, one.width) for one in recipes} == {(asked.prompt, "fog", 32)}
    assert again.sheets.resume(state) == (), "nothing is missing any more"


def ended(session: Session, job_id: str) -> bool:
    return any(record.job.id == job_id and record.state.ended for record in session.jobs())


def begun_with(paths: Paths, photo: bytes) -> str:
    """A library of files with one picture of a sheet that goes through strengths; the sheet's id."""
    taken = take(photo, paths.inputs)
    sheet = Sheet(id=new_id(), columns=Axis(setting=Setting.STRENGTH, values=("0.2", "0.5")))
    asset = new_id()
    recipe = Recipe(
        asset=asset,
        prompt="a boat",
        model=FAKE.id,
        model_name=FAKE.name,
        seed=7,
        width=32,
        height=32,
        strength=0.2,
        inputs=(UsedInput(role=Role.START, name="photo.png", hash=taken.hash),),
        sheet=sheet,
        cell=0,
    )
    write_png(Image.new("RGB", (32, 32)), paths.library / f"{asset}.png", recipe)
    return sheet.id


def test_what_a_sheet_began_with_is_found_again(open_session, qtbot, paths, monkeypatch):
    monkeypatch.setattr(ModelDesk, "installed", lambda *_: [FAKE])
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(data, "PNG")
    sheet = begun_with(paths, data.getvalue())
    session = open_session()
    state = session.sheets.state(sheet).result()
    (job_id,) = session.sheets.resume(state)
    assert session.sheets.resume(state) == (), "asked for twice before it is queued"
    qtbot.waitUntil(lambda: ended(session, job_id), timeout=LONG)
    assert len(session.jobs()) == 1
    job = session.job(job_id).job
    (kept,) = job.inputs
    assert (kept.role, Path(kept.path).parent, kept.width) == (Role.START, paths.inputs, 40)
    assert [(job.cell(index), job.picture(index).strength) for index in range(job.num_images)] == [(1, 0.5)]


def test_what_is_gone_of_a_sheet_is_told(open_session, qtbot, paths, monkeypatch):
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(data, "PNG")
    sheet = begun_with(paths, data.getvalue())
    session = open_session()
    state = session.sheets.state(sheet).result()
    monkeypatch.setattr(ModelDesk, "installed", lambda *_: [])
    with pytest.raises(UsedAndGone) as caught:
        session.sheets.resume(state)
    assert caught.value.params == {"name": "Fake"}
    monkeypatch.setattr(ModelDesk, "installed", lambda *_: [FAKE])
    next(paths.inputs.glob("*.png")).unlink()
    for _ in range(2):  # it can be tried again
        with qtbot.waitSignal(session.problem_raised, timeout=LONG) as told:
            session.sheets.resume(state)
        assert (told.args[0].code, told.args[0].params) == ("used_and_gone", {"name": "photo.png"})
    assert session.jobs() == []


def test_words_are_drawn_from_the_files_of_the_library(session, qtbot, paths):
    paths.wildcards.mkdir()
    (paths.wildcards / "colour.txt").write_text("red\nblue\n")
    session.prompts.reload()
    qtbot.waitUntil(lambda: session.prompts.wildcards.get("colour") == 2, timeout=LONG)
    sheet = make(session, qtbot, "", "prompt={big|big} boat, __colour__ cat; seed=1,2")
    state = session.sheets.state(sheet).result()
    boat, cat = state.sheet.columns.values
    assert boat == "big boat" and cat in ("red cat", "blue cat")
    assert [cell.asset.recipe.prompt for cell in state.cells] == [boat, cat, boat, cat]
    with pytest.raises(WildcardNotFound):
        session.sheets.plan(picture("a boat"), read_sheet("prompt=__nothing__"))


def test_another_process_sees_how_a_sheet_goes_on_and_leaves_it_alone(session, open_session, qtbot, tmp_path):
    gate, neighbour = tmp_path / "gate", open_session()
    (job,) = session.sheets.make(picture(f"some 2; until {gate}"), read_sheet("seed=1..3"))
    sheet = job.sheet.id

    def there() -> SheetState:
        return neighbour.sheets.state(sheet).result()

    with qtbot.waitSignal(neighbour.library_changed, timeout=LONG):
        pass
    qtbot.waitUntil(lambda: there().made == 2, timeout=LONG)
    assert states(there()) == ["done", "done", "queued"] and there().busy
    assert neighbour.sheets.elsewhere(there()) and not session.sheets.elsewhere(there())
    neighbour.sheets.stop(there())
    gate.touch()
    qtbot.waitUntil(lambda: ended(session, job.id), timeout=LONG)
    assert states(there()) == ["done"] * 3, "it was not stopped from there"
    assert not neighbour.sheets.elsewhere(there())


def test_a_sheet_goes_on_whose_process_was_killed_meanwhile(session, qtbot):
    (job,) = session.sheets.plan(picture("a boat"), read_sheet("seed=1,2"))
    dead = new_id()
    session._writer.submit(lambda library: library.jobs.add(job, dead)).result()
    session._writer.submit(lambda library: library.jobs.start(job.id)).result()
    state = session.sheets.state(job.sheet.id).result()
    assert states(state) == ["interrupted"] * 2
    assert not state.busy and not session.sheets.elsewhere(state)
    assert session.sheets.resume(state) == (job.id,)
    qtbot.waitUntil(lambda: session.job(job.id).state is JobState.DONE, timeout=LONG)
    assert states(session.sheets.state(job.sheet.id).result()) == ["done"] * 2


def test_a_sheet_is_written_elsewhere(session, qtbot, tmp_path: Path):
    state = session.sheets.state(make(session, qtbot, "a boat", "seed=1..3")).result()
    page = SheetPage(
        sheet=state.sheet,
        title="a boat",
        about="Fake",
        columns=("Seed 1", "Seed 2", "Seed 3"),
        rows=(),
        cells=tuple(cell.asset for cell in state.cells),
    )
    written = session.sheets.export(page, tmp_path / "sheet.png").result()
    with Image.open(written.path) as image:
        assert image.width > 3 * 32
    with pytest.raises(FormatUnknown):
        session.sheets.export(page, tmp_path / "sheet.gif")


def test_an_interrupted_sheet_is_continued_by_the_next_process(open_session, qtbot, tmp_path: Path):
    gate = tmp_path / "gate"
    first = open_session()
    made: list[str] = []
    first.asset_added.connect(lambda asset, _: made.append(asset.id))
    (job,) = first.sheets.make(picture(f"some 2; until {gate}"), read_sheet("seed=1..4"))
    qtbot.waitUntil(lambda: len(made) == 2, timeout=LONG)
    first.close()
    second = open_session()
    state = second.sheets.state(job.sheet.id).result()
    assert states(state) == ["done", "done", "interrupted", "interrupted"]
    gate.touch()
    second.sheets.resume(state)
    qtbot.waitUntil(lambda: second.job(job.id).state is JobState.DONE, timeout=LONG)
    assert {cell.state for cell in second.sheets.state(job.sheet.id).result().cells} == {CellState.DONE}
