"""A contact sheet without widgets: its form, how it fills, what one picks, and what another sitting finds."""

from pathlib import Path

import pytest

from studio.core.errors import (
    FormatUnknown,
    NoModelInstalled,
    NotFound,
    PictureUnreadable,
    PromptEmpty,
    SheetEmpty,
    SheetLoraMissing,
    SheetSettingTwice,
    SheetTooLarge,
    SheetValueUnreadable,
    SheetWordsMissing,
    UsedAndGone,
)
from studio.core.jobs import GenerateImages, JobState
from studio.core.messages import Figures
from studio.core.messages import Stage as Phase
from studio.core.passes import SecondPass
from studio.core.records import Failure, Problem
from studio.core.sheet_state import CellState
from studio.core.sheets import Setting
from studio.ui.panels.create_sheet import is_resumable
from studio.viewmodels.create import CreateViewModel
from studio.viewmodels.sheet_draft import ACROSS, DOWN, WHOLE
from studio.viewmodels.shell import WindowState
from studio.viewmodels.thumbnails import Thumbnails
from tests.ui.drawings import half_denoised
from tests.ui.fake_session import LARGE, POSTCARDS, FakeSession
from tests.ui.shelf import LIGHTNING_FILE


@pytest.fixture
def session(qapp):
    return FakeSession()


@pytest.fixture
def open_create(session):
    """Makes view-models over the session; each one after the first is a later start."""
    made = []

    def make() -> CreateViewModel:
        for state, *_ in made:
            state.flush()
        state, thumbnails = WindowState(session), Thumbnails(session.picture_bytes)
        made.append((state, thumbnails, CreateViewModel(session, state, thumbnails)))
        return made[-1][2]

    yield make
    for state, thumbnails, _ in made:
        state.flush()
        thumbnails.close()


@pytest.fixture
def create(open_create):
    create = open_create()
    create.settings.set_prompt("a boat with red sails")
    return create


@pytest.fixture
def sheet(create):
    create.sheets.builder.begin()
    return create.sheets


def write(sheet, across: tuple[Setting, str], down: tuple[Setting, str] | None = None) -> None:
    for name, side in ((DOWN, None), (ACROSS, across), (DOWN, down)):
        sheet.builder.set_setting(name, side[0] if side else None)
        if side:
            sheet.builder.set_text(name, side[1])


def made(sheet, session, *sides) -> GenerateImages:
    write(sheet, *sides)
    assert sheet.make(), sheet.builder.problems
    return session.all_jobs[-1].job


def states(sheet) -> list[str]:
    return [cell.state.value for cell in sheet.state.cells]


# The form.


def test_the_form_says_how_many_pictures_it_makes_and_how_long_that_takes(create, session, sheet):
    builder = sheet.builder
    assert (builder.size, builder.count, builder.seconds) == ((4, 3), 12, None)
    create.generate()
    job = session.all_jobs[0].job
    session.play_start(job.id)
    session.play_end(job.id, figures=Figures(seconds=9, load_seconds=1))  # four pictures: 2 s each
    builder.begin()
    assert builder.seconds == pytest.approx(24)
    write(sheet, (Setting.STEPS, "10, 20, 40"))
    assert builder.seconds == pytest.approx(2 * (10 + 20 + 40) / 20)


@pytest.mark.parametrize(
    ("across", "down", "where", "error"),
    [
        ((Setting.SEED, "1-4"), None, ACROSS, SheetValueUnreadable),
        ((Setting.SEED, "1"), (Setting.STEPS, ""), DOWN, SheetEmpty),
        ((Setting.SEED, "1"), (Setting.SEED, "2"), DOWN, SheetSettingTwice),
        ((Setting.SEED, "1..100"), (Setting.STEPS, "1..3"), WHOLE, SheetTooLarge),
        ((Setting.REPLACE, "green, blue"), None, ACROSS, SheetWordsMissing),
        ((Setting.SEED, "1"), (Setting.LORA, "1"), DOWN, SheetLoraMissing),
    ],
)
def test_what_is_wrong_stands_at_its_side(session, sheet, across, down, where: str, error):
    write(sheet, across, down)
    assert {side: type(one) for side, one in sheet.builder.problems.items()} == {where: error}
    assert not sheet.builder.jobs
    assert not sheet.make()
    assert session.all_jobs == []


def test_what_the_settings_around_lack_is_said_as_well(create, session, sheet):
    create.settings.set_prompt(" ")
    sheet.builder.begin()
    assert isinstance(sheet.builder.problems[WHOLE], PromptEmpty)
    session.all_models = []
    assert not sheet.make()
    assert isinstance(sheet.builder.problems[WHOLE], NoModelInstalled)


def test_a_setting_begins_with_values_that_make_sense(session, sheet):
    session.all_models.append(LIGHTNING_FILE)
    builder = sheet.builder
    for setting in Setting:
        builder.set_setting(DOWN, None)
        builder.set_setting(ACROSS, setting)
        empty = setting in (Setting.REPLACE, Setting.STRENGTH)
        assert bool(builder.jobs) is not empty, setting
    builder.set_setting(ACROSS, Setting.LORA)
    assert builder.side(ACROSS).subject == LIGHTNING_FILE.id


def test_every_cell_has_the_prompt_that_was_made_of_what_is_written(create, session, sheet):
    create.settings.set_prompt("a {red|blue} boat")
    job = made(sheet, session, (Setting.GUIDANCE, "3,5"))
    prompts = {job.picture(index).prompt for index in job.indices}
    assert len(prompts) == 1 and prompts <= {"a red boat", "a blue boat"}
    assert job.template == "a {red|blue} boat"
    create.settings.set_styles(("Watercolour",))
    job = made(sheet, session, (Setting.PROMPT, '"a {red|red} boat", "a hill"'))
    prompts = [job.picture(index).prompt for index in job.indices]
    assert prompts == ["watercolour of a red boat", "watercolour of a hill"]


def test_the_form_says_what_will_be_drawn_and_that_is_made(create, session, sheet):
    write(sheet, (Setting.PROMPT, "{red|blue|green} boat, __colour__ cat"), (Setting.SEED, "1, 2"))
    shown = sheet.builder.values(ACROSS)
    assert shown[0].endswith(" boat") and shown[1].endswith(" cat") and "{" not in shown[0]
    assert sheet.builder.values(DOWN) == ("1", "2")
    assert sheet.make()
    job = session.all_jobs[-1].job
    assert job.sheet.columns.values == shown
    assert [job.picture(job.num_images - 1).prompt, job.picture(0).prompt] == [shown[1], shown[0]]


def test_prompts_alone_are_drawn_anew_for_each_sheet(create, session, sheet):
    create.settings.set_prompt("")
    seeds = {made(sheet, session, (Setting.PROMPT, "a boat, a cat")).seed for _ in range(2)}
    assert len(seeds) == 2


def test_the_seed_that_is_shown_stays_until_the_sheet_is_made(create, session, sheet, monkeypatch):
    settings = create.settings
    settings.set_seed(7)
    settings.lock_seed(False)
    write(sheet, (Setting.GUIDANCE, "3, 5"))
    planned = sheet.builder.jobs[0].seed

    def refuse(*_: object) -> None:
        raise SheetTooLarge(count=300, most=256)

    with monkeypatch.context() as patched:
        patched.setattr(session.sheets, "make", refuse)
        assert not sheet.make()
    assert settings.draft.seed == 7
    assert sheet.make() and session.all_jobs[-1].job.seed == planned == settings.draft.seed


def test_a_lock_without_a_seed_locks_nothing(create, session, sheet):
    create.settings.change("seed", seed=None, seed_locked=True)
    write(sheet, (Setting.GUIDANCE, "3, 5"))
    planned = sheet.builder.jobs[0].seed
    assert sheet.make() and session.all_jobs[-1].job.seed == planned == create.settings.draft.seed


@pytest.mark.parametrize("text", ["{red boat, a cat", "__nothing__, a cat", "a <lora:nothing:1>, a cat"])
def test_what_is_wrong_with_a_prompt_stands_at_its_side(session, sheet, text: str):
    write(sheet, (Setting.SEED, "1, 2"), (Setting.PROMPT, text))
    assert set(sheet.builder.problems) == {DOWN}
    assert not sheet.builder.jobs and not sheet.make()


def test_the_form_is_there_again_after_the_next_start(open_create, create, sheet):
    write(sheet, (Setting.SEED, "5..9"), (Setting.SIZE, "64x64"))
    sheet.builder.swap()
    draft = open_create().sheets.builder.draft
    assert (draft.across.setting, draft.across.text) == (Setting.SIZE, "64x64")
    assert (draft.down.setting, draft.down.text) == (Setting.SEED, "5..9")


def test_models_are_ticked(session, sheet):
    sheet.builder.set_setting(DOWN, None)
    sheet.builder.set_setting(ACROSS, Setting.MODEL)
    sheet.builder.set_models(ACROSS, (LARGE.id, POSTCARDS.id))
    assert sheet.make()
    assert [record.job.model.id for record in session.all_jobs] == [POSTCARDS.id, LARGE.id]
    assert sheet.cells.columnCount() == 2
    assert [sheet.cells.name_of(one) for one in sheet.state.sheet.columns.values] == [
        LARGE.name,
        POSTCARDS.name,
    ]


# The seed.


def test_a_new_seed_is_drawn_unless_it_is_locked(create, session, sheet):
    first = made(sheet, session, (Setting.STEPS, "1, 2"))
    second = made(sheet, session, (Setting.STEPS, "1, 2"))
    assert first.seed != second.seed
    create.settings.set_seed(11)
    third = made(sheet, session, (Setting.STEPS, "1, 2"))
    assert {third.picture(index).seed for index in third.indices} == {11}


# How it fills.


def test_cells_fill_while_they_are_made(session, sheet, qtbot):
    opened = []
    sheet.opened.connect(lambda: opened.append(sheet.state.sheet.id))
    job = made(sheet, session, (Setting.SEED, "1..3"), (Setting.STEPS, "1, 2"))
    assert opened == [job.sheet.id]
    assert states(sheet) == ["queued"] * 6
    session.play_start(job.id)
    session.play_phase(job.id, Phase.DENOISING, 3, 20, index=0, count=3)
    assert states(sheet) == ["working"] * 3 + ["queued"] * 3
    with qtbot.waitSignal(sheet.cells.dataChanged):
        session.play_preview(job.id, 1, 3, half_denoised(1))
        qtbot.waitUntil(lambda: sheet.cells.preview(sheet.cells.cell(1)) is not None)
    for index in range(3):
        session.play_picture(job.id, index)
    session.play_phase(job.id, Phase.DENOISING, 0, 20, index=3, count=3)
    assert states(sheet) == ["done"] * 3 + ["working"] * 3
    session.play_end(job.id, JobState.STOPPED)
    assert states(sheet) == ["done"] * 3 + ["stopped"] * 3
    assert (sheet.state.made, sheet.state.busy) == (3, False)


def test_a_stopped_sheet_goes_on(session, sheet):
    job = made(sheet, session, (Setting.SEED, "1..4"))
    session.play_start(job.id)
    session.play_picture(job.id, 0)
    assert sheet.stop()
    assert states(sheet) == ["done", "stopped", "stopped", "stopped"]
    assert not sheet.stop(), "nothing of it runs"
    sheet.resume()
    assert ("resume", [job.id]) in session.calls
    assert states(sheet) == ["done", "queued", "queued", "queued"]


def test_a_failure_is_known_to_its_cells(session, sheet):
    job = made(sheet, session, (Setting.SEED, "1, 2"))
    session.play_start(job.id)
    session.play_picture(job.id, 0)
    problem = Problem(code="memory_exhausted", params={"phase": "decoding"})
    session.play_end(job.id, JobState.FAILED, problem)
    assert [cell.problem for cell in sheet.state.cells] == [None, problem]


def test_a_cell_that_failed_by_itself_is_told_while_the_others_are_made(session, sheet):
    job = made(sheet, session, (Setting.GUIDANCE, "3, 5, 7"))
    session.play_start(job.id)
    problem = Problem(code="lora_missing", params={"lora": "Ink", "path": "/ink"})
    session.play_failures(job.id, Failure(indices=(0,), problem=problem))
    assert states(sheet) == ["failed", "queued", "queued"] and sheet.state.busy
    assert sheet.cells.cell(0).problem == problem
    session.play_phase(job.id, Phase.DENOISING, 1, 4, index=1)
    assert states(sheet) == ["failed", "working", "queued"]


def test_pictures_are_picked_rejected_and_gone(session, sheet):
    job = made(sheet, session, (Setting.SEED, "1..3"))
    session.play_start(job.id)
    assets = [session.play_picture(job.id, index) for index in range(3)]
    session.play_end(job.id)
    sheet.pick([0])
    assert sheet.cells.cell(0).asset.starred
    assert [one.id for one in sheet.to_reject([0, 1])] == [assets[0].id, assets[1].id]
    session.trash((assets[1].id,))
    assert states(sheet) == ["done", "rejected", "done"]
    assert sheet.to_reject([1]) == []
    sheet.take_back([1])
    assert states(sheet) == ["done"] * 3
    session.erase((assets[2].id,))
    assert states(sheet) == ["done", "done", "erased"]


def test_a_cell_has_its_finished_picture_whatever_its_first_pass_left_over(
    create, session, sheet, open_create, qtbot
):
    create.settings.set_second_pass(SecondPass())
    job = made(sheet, session, (Setting.SEED, "1, 2"))
    session.play_start(job.id)
    left = [session.play_picture(job.id, index, half=True) for index in range(2)]
    session.play_end(job.id, JobState.STOPPED)
    assert states(sheet) == ["done"] * 2
    assert [cell.half for cell in sheet.state.cells] == [True] * 2 and is_resumable(sheet.state)
    sheet.resume()
    assert states(sheet) == ["queued"] * 2
    session.library_changed.emit()
    qtbot.wait(5)
    assert states(sheet) == ["queued"] * 2, "what is read meanwhile erases nothing"
    session.play_start(job.id)
    done = [session.play_picture(job.id, index) for index in range(2)]
    session.play_end(job.id)
    session.star((left[0].id,), True)
    session.trash((left[1].id,))
    later = open_create().sheets
    with qtbot.waitSignal(later.opened):
        later.open(job.sheet.id)
        session.star((left[0].id,), False)  # what is told of another picture before the answer
    for each in (sheet, later):
        assert states(each) == ["done"] * 2 and not is_resumable(each.state)
        assert [cell.asset.id for cell in each.state.cells] == [one.id for one in done]


def test_hundreds_that_change_together_are_looked_after_once(create, session, sheet, qtbot):
    job = made(sheet, session, (Setting.SEED, "1..16"), (Setting.STEPS, "1..16"))
    session.play_start(job.id)
    assets = [session.play_picture(job.id, index) for index in job.indices]
    session.play_end(job.id)
    qtbot.wait(5)
    told, rows, headings = [], [], []
    sheet.changed.connect(lambda: told.append(True))
    create.results.dataChanged.connect(lambda first, last: rows.append((first.row(), last.row())))
    create.results.section_changed.connect(headings.append)
    sheet.pick(range(256))
    assert len(told) == 1 and all(cell.asset.starred for cell in sheet.state.cells)
    qtbot.waitUntil(lambda: len(told) == 2)
    assert rows == [(row, row) for row in range(256)] and headings == []
    session.trash([asset.id for asset in assets[:250]])
    assert [create.results.tile(row).index for row in range(6)] == list(range(250, 256))
    session.restore([assets[3].id, assets[1].id])
    assert [create.results.tile(row).index for row in range(3)] == [1, 3, 250]


def test_a_sheet_keeps_its_shape_while_it_fills(session, sheet):
    job = made(sheet, session, (Setting.SIZE, "64x64, 128x64"), (Setting.SEED, "1, 2"))
    shapes = [sheet.cells.shape(number) for number in range(4)]
    assert shapes == [(64, 64), (128, 64)] * 2
    assert sheet.cells.box == (128, 64)
    session.play_start(job.id)
    for index in job.indices:
        session.play_picture(job.id, index)
    assert [sheet.cells.shape(number) for number in range(4)] == shapes


# Other sittings.


def test_a_sheet_of_an_earlier_sitting_is_opened_again(open_create, session, sheet, qtbot):
    job = made(sheet, session, (Setting.SEED, "1..3"))
    session.play_start(job.id)
    session.play_picture(job.id, 0)
    session.play_end(job.id, JobState.STOPPED)
    later = open_create().sheets
    with qtbot.waitSignal(later.recent_arrived) as recent:
        later.ask_recent()
    assert [one.sheet.id for one in recent.args[0]] == [job.sheet.id]
    with qtbot.waitSignal(later.opened):
        later.open(job.sheet.id)
        session.play_picture(job.id, 1)  # what comes before the answer is not lost
    assert states(later) == ["done", "done", "stopped"]


def elsewhere(session, play) -> None:
    """What another process does is in the database before it is told, and then all at once."""
    session.blockSignals(True)
    play()
    session.blockSignals(False)
    session.library_changed.emit()


def test_an_open_sheet_follows_what_another_process_does(session, sheet, qtbot):
    job = made(sheet, session, (Setting.SEED, "1..4"))
    session.sheets.others.add(job.id)
    told, resets = [], []
    sheet.cells.tally_changed.connect(lambda: told.append(sheet.state.made))
    sheet.cells.modelReset.connect(lambda: resets.append(True))

    def some() -> None:
        session.play_start(job.id)
        assets = [session.play_picture(job.id, index) for index in (0, 1)]
        session.star((assets[0].id,), True)

    elsewhere(session, some)
    qtbot.waitUntil(lambda: told == [2])
    assert states(sheet) == ["done", "done", "queued", "queued"]
    assert sheet.cells.cell(0).asset.starred
    assert sheet.elsewhere and not sheet.stop(), "the other process alone can stop it"

    def end() -> None:
        session.trash((sheet.cells.cell(0).asset.id,))
        session.erase((sheet.cells.cell(1).asset.id,))
        session.play_picture(job.id, 2)
        session.play_end(job.id, JobState.STOPPED)

    elsewhere(session, end)
    qtbot.waitUntil(lambda: len(told) == 2)
    assert states(sheet) == ["rejected", "erased", "done", "stopped"]
    assert not sheet.elsewhere and not resets, "what is chosen stays chosen"


def test_a_sheet_that_is_opened_once_more_is_read_once_more(session, sheet, qtbot):
    """Of a process that was killed nothing is told."""
    job = made(sheet, session, (Setting.SEED, "1..3"))
    session.blockSignals(True)
    session.play_end(job.id, JobState.INTERRUPTED)
    session.blockSignals(False)
    assert states(sheet) == ["queued"] * 3
    sheet.open(job.sheet.id)
    qtbot.waitUntil(lambda: states(sheet) == ["interrupted"] * 3)


def test_what_is_told_meanwhile_counts_more_than_what_was_read(session, sheet, qtbot):
    job = made(sheet, session, (Setting.SEED, "1..3"))
    session.play_start(job.id)
    one, other = session.play_picture(job.id, 0), session.play_picture(job.id, 1)
    session.library_changed.emit()  # reads; the answer comes with the next turn of the loop
    session.star((one.id,), True)
    session.trash((other.id,))
    session.erase((other.id,))
    session.play_picture(job.id, 2)
    session.play_end(job.id)
    with qtbot.waitSignal(sheet.cells.tally_changed):
        pass
    assert states(sheet) == ["done", "erased", "done"]
    assert sheet.cells.cell(0).asset.starred and not sheet.state.busy


def test_a_sheet_that_cannot_be_read_just_now_stays_as_it_is(open_create, session, sheet, monkeypatch):
    job = made(sheet, session, (Setting.SEED, "1, 2"))
    later, refused = open_create().sheets, []
    for each in (sheet, later):
        each.refused.connect(refused.append)
    later.open(job.sheet.id)

    def closed(sheet_id: str) -> None:
        raise NotFound(name=sheet_id)

    monkeypatch.setattr(session.sheets, "state", closed)
    session.library_changed.emit()
    assert states(sheet) == ["queued"] * 2
    assert [type(one) for one in refused] == [NotFound], "of the one that somebody waits for"


def test_a_sheet_that_is_about_to_open_is_read_once_more(open_create, session, sheet, qtbot):
    job = made(sheet, session, (Setting.SEED, "1..3"))
    later = open_create().sheets
    with qtbot.waitSignal(later.opened):
        later.open(job.sheet.id)
        elsewhere(session, lambda: session.play_picture(job.id, 0))
    assert states(later) == ["done", "queued", "queued"]
    later.open("nothing")
    refusals = []
    later.refused.connect(refusals.append)
    qtbot.waitUntil(lambda: len(refusals) == 1)
    session.library_changed.emit()
    qtbot.wait(20)
    assert len(refusals) == 1, "said once"


def test_a_sheet_known_from_its_pictures_alone_goes_on(open_create, create, session, sheet, qtbot):
    job = made(sheet, session, (Setting.SEED, "1..3"), (Setting.GUIDANCE, "3, 5"))
    session.play_start(job.id)
    for index in (0, 1):
        session.play_picture(job.id, index)
    session.all_jobs.clear()  # as after the database was lost
    later = open_create().sheets
    with qtbot.waitSignal(later.opened):
        later.open(job.sheet.id)
    assert states(later) == ["done", "done", *["missing"] * 4]
    later.resume()
    again = session.all_jobs[-1].job
    assert (again.sheet, again.prompt, again.model) == (job.sheet, job.prompt, POSTCARDS)
    assert states(later) == ["done", "done", *["queued"] * 4]
    session.play_start(again.id)
    for index in again.indices:
        session.play_picture(again.id, index)
    session.play_end(again.id)
    assert states(later) == ["done"] * 6
    assert [cell.asset.recipe.seed for cell in later.state.cells] == [1, 2, 3] * 2


def test_a_model_that_is_gone_is_told_and_nothing_waits(open_create, session, sheet, qtbot):
    job = made(sheet, session, (Setting.SEED, "1..3"))
    session.play_picture(job.id, 0)
    session.all_jobs.clear()
    session.all_models = []
    later = open_create().sheets
    with qtbot.waitSignal(later.opened):
        later.open(job.sheet.id)
    with qtbot.waitSignal(later.refused) as refused:
        later.resume()
    assert isinstance(refused.args[0], UsedAndGone)
    assert session.all_jobs == []


def test_a_sheet_that_is_gone_is_told(sheet, qtbot):
    with qtbot.waitSignal(sheet.refused):
        sheet.open("nothing")
    assert sheet.state is None


def test_made_again_a_sheet_is_another_one(create, session, sheet):
    job = made(sheet, session, (Setting.STEPS, "1, 2"))
    assert create.make_again(job)
    again = session.all_jobs[-1].job
    assert again.sheet.id != job.sheet.id and again.num_images == 2
    assert again.seed != job.seed


# Export.


def test_what_is_exported_leaves_rejected_cells_empty(session, sheet, qtbot, tmp_path: Path):
    job = made(sheet, session, (Setting.SEED, "1..3"))
    session.play_start(job.id)
    assets = [session.play_picture(job.id, index) for index in range(2)]
    session.trash((assets[0].id,))
    with qtbot.waitSignal(sheet.exported):
        sheet.export("a boat", "Postcards", tmp_path / "sheet.png")
    page = next(call[1] for call in session.calls if call[0] == "export")
    assert [asset and asset.id for asset in page.cells] == [None, assets[1].id, None]
    assert (page.columns, page.rows, page.sheet) == (("1", "2", "3"), (), job.sheet)
    with qtbot.waitSignal(sheet.refused) as refused:
        sheet.export("a boat", "", tmp_path / "sheet.gif")
    assert isinstance(refused.args[0], FormatUnknown)
    session.sheets.broken = PictureUnreadable(path="x.png")
    with qtbot.waitSignal(sheet.refused) as refused:
        sheet.export("a boat", "", tmp_path / "sheet.png")
    assert isinstance(refused.args[0], PictureUnreadable)


def test_cells_say_what_they_are_to_a_screen_reader(session, sheet):
    made(sheet, session, (Setting.SEED, "1, 2"))
    assert sheet.cells.data(sheet.cells.index(0, 0)) == CellState.QUEUED.value
