"""Contact sheets through real keys and clicks: from the form to a grid that is judged and exported."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog

from studio.core.jobs import JobState
from studio.core.records import Problem
from studio.core.sheets import Setting
from studio.ui.i18n import sentence_of
from studio.ui.panels.create import CreatePanel
from studio.ui.panels.create_heading import BatchHeading
from studio.ui.panels.create_sheet_tiles import SheetTileDelegate
from studio.ui.widgets.message_bar import MessageBar
from studio.viewmodels.sheet_draft import ACROSS, DOWN
from studio.viewmodels.sheet_model import CELL_ROLE
from studio.viewmodels.waiting import TakenOut
from tests.ui.drawings import draw
from tests.ui.fake_session import LARGE, POSTCARDS, FakeSession
from tests.ui.scenes_sheet import elsewhere, made, paint, rebuilt
from tests.ui.stage import Stage

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key


@pytest.fixture
def stage(qapp) -> Iterator[Stage]:
    stage = Stage(session=FakeSession())
    stage.session.draw = draw
    yield stage
    stage.close()


@pytest.fixture
def panel(stage) -> CreatePanel:
    panel = stage.show("create")
    stage.frame.activateWindow()
    return panel


@pytest.fixture
def panel_of_12(stage) -> CreatePanel:
    """Four by three, all made."""
    panel, (job,) = made(stage, "seed=1..4; guidance=3,5,7", "a boat")
    paint(stage, job)
    stage.session.play_end(job.id)
    stage.settle()
    return panel


def calls(stage: Stage, name: str) -> list[tuple]:
    return [call for call in stage.session.calls if call[0] == name]


def told(stage: Stage) -> dict:
    """What the message bar says."""
    return next((dict(line.params) for line in stage.shell.messages.lines), {})


def test_one_writes_two_settings_and_presses_return(stage, panel, qtbot):
    qtbot.keyClicks(panel.prompt.prompt, "a boat")
    qtbot.keyClick(panel.prompt.prompt, Key.Key_X, CTRL | SHIFT)
    form = panel.sheets._builder
    assert form.isVisible() and form.across.values.hasFocus()
    assert form.count.text() == "4 × 3 = 12 pictures"
    qtbot.keyClicks(form.across.values, "7,9")
    assert form.count.text() == "2 × 3 = 6 pictures"
    qtbot.keyClick(form.across.values, Key.Key_Return)
    (job,) = (call[1] for call in calls(stage, "generate"))
    assert job.num_images == 6 and job.prompt == "a boat"
    assert not form.isVisible()
    page = panel.sheets.page
    assert page.isVisible() and not panel.browser.isVisible() and not panel.prompt.isVisible()
    assert page.grid.hasFocus()
    assert (page.grid.model().columnCount(), page.grid.model().rowCount()) == (2, 3)


def test_ctrl_return_in_the_form_makes_the_sheet_and_no_batch_below_it(stage, panel, qtbot):
    qtbot.keyClicks(panel.prompt.prompt, "a boat")
    panel.sheets.new.trigger()
    form = panel.sheets._builder
    for widget in (form.across.values, form.down.setting):
        widget.setFocus()
        qtbot.keyClick(widget, Key.Key_Return, CTRL)
        (job,) = (call[1] for call in calls(stage, "generate"))
        assert job.sheet is not None and not form.isVisible()
        stage.session.calls.clear()
        panel.sheets.new.trigger()


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_made(stage, panel, qtbot):
    qtbot.keyClicks(panel.prompt.prompt, "a boat")
    panel.sheets.new.trigger()
    form = panel.sheets._builder
    form.down.values.selectAll()
    qtbot.keyClicks(form.down.values, "much")
    assert "much" in form.down.sentence.text() and form.down.sentence.property("tone") == "danger"
    assert not form.make.isEnabled() and not form.count.text()
    qtbot.keyClick(form.down.values, Key.Key_Return)
    assert calls(stage, "generate") == [] and form.isVisible()
    qtbot.keyClick(form.down.values, Key.Key_Escape)
    assert not form.isVisible()


def test_models_are_ticked_in_a_list(stage, panel, qtbot):
    qtbot.keyClicks(panel.prompt.prompt, "a boat")
    builder = panel.sheets._viewmodel.builder
    builder.set_setting(DOWN, None)
    builder.set_setting(ACROSS, Setting.MODEL)
    panel.sheets.new.trigger()
    form = panel.sheets._builder
    assert form.across.models.isVisible() and not form.across.values.isVisible()
    form.across.models._boxes[LARGE.id].click()
    assert form.count.text() == "2 × 1 = 2 pictures"
    form.make.click()
    assert [call[1].model.id for call in calls(stage, "generate")] == [POSTCARDS.id, LARGE.id]
    assert panel.sheets.page.grid._words(Qt.Orientation.Horizontal, 1) == LARGE.name


def test_arrows_move_and_keys_pick_and_reject(stage, panel_of_12, qtbot):
    panel = panel_of_12
    grid = panel.sheets.page.grid
    grid.choose(0)
    qtbot.keyClick(grid, Key.Key_Right)
    qtbot.keyClick(grid, Key.Key_Down)
    assert grid.numbers() == [5]
    asset = grid.currentIndex().data(CELL_ROLE).asset
    qtbot.keyClick(grid, Key.Key_P)
    assert calls(stage, "star") == [("star", (asset.id,), True)]
    qtbot.keyClick(grid, Key.Key_X)
    assert calls(stage, "trash") == [("trash", (asset.id,))]
    stage.settle()
    assert grid.currentIndex().data(CELL_ROLE).state.value == "rejected"
    assert panel.sheets._reject.text() == "Take back"
    qtbot.keyClick(grid, Key.Key_X)
    assert calls(stage, "restore") == [("restore", (asset.id,))]
    stage.settle()
    # And once more, with the undo of the message bar.
    qtbot.keyClick(grid, Key.Key_X)
    bar = stage.frame.findChild(MessageBar)
    assert bar.isVisible() and stage.shell.messages.lines[0].action
    stage.shell.messages.lines[0].action()
    assert grid.currentIndex().data(CELL_ROLE).state.value == "done"


def test_space_shows_one_large_and_escape_leads_back(stage, panel_of_12, qtbot):
    panel = panel_of_12
    page = panel.sheets.page
    page.grid.choose(3)
    qtbot.keyClick(page.grid, Key.Key_Space)
    assert page.is_large and page.large.asset.recipe.cell == 3
    qtbot.keyClick(page.large.canvas, Key.Key_Right)
    assert page.large.asset.recipe.cell == 4
    qtbot.keyClick(page.large.canvas, Key.Key_X)
    assert page.large.asset is None or not page.is_large or page.large.asset.recipe.cell == 4
    assert panel.escape() and not page.is_large and page.isVisible()
    assert panel.escape() and not page.isVisible() and panel.browser.isVisible()
    assert not panel.escape()


def test_a_cell_is_varied_and_begun_with_as_any_picture(stage, panel_of_12, qtbot):
    panel = panel_of_12
    grid = panel.sheets.page.grid
    grid.choose(5)
    asset = grid.currentIndex().data(CELL_ROLE).asset
    assert all(action.isEnabled() for action in panel.sheets.also)
    qtbot.keyClick(grid, Key.Key_I)
    qtbot.waitUntil(lambda: len(panel.inputs.chips) == 1)
    assert panel.inputs.chips[0].picture.asset == asset.id and panel.inputs.isVisible()
    panel.sheets.open_of(stage.session.job(asset.recipe.job).job)
    grid.choose(5)
    assert grid.hasFocus(), QApplication.focusWidget()
    assert panel._vary.little.isEnabled()
    qtbot.keyClick(grid, Key.Key_V)
    job = calls(stage, "generate")[-1][1]
    assert (job.variation.seed, job.sheet) == (asset.recipe.seed, None)
    assert not panel.sheets.is_open and panel.browser.grid.currentIndex().row() == 0


def test_all_tiles_are_zoomed_together(stage, panel_of_12, qtbot):
    panel = panel_of_12
    grid = panel.sheets.page.grid
    fitting = grid.tile
    qtbot.keyClick(grid, Key.Key_Plus)
    assert grid.tile > fitting
    sections = grid.horizontalHeader().sectionSize(0), grid.verticalHeader().sectionSize(2)
    assert sections == (grid.tile + 12, grid.tile + 12)
    for _ in range(3):
        qtbot.keyClick(grid, Key.Key_Minus)
    assert grid.tile < fitting
    middle = QPointF(grid.viewport().rect().center())
    wheel = QWheelEvent(
        *(middle, grid.viewport().mapToGlobal(middle), QPoint(), QPoint(0, 120)),
        *(Qt.MouseButton.NoButton, CTRL, Qt.ScrollPhase.NoScrollPhase, False),
    )
    before = grid.tile
    QApplication.sendEvent(grid.viewport(), wheel)
    assert grid.tile > before
    qtbot.keyClick(grid, Key.Key_0)
    assert grid.tile == fitting


def test_a_cell_has_one_size_in_all_its_states(stage, qtbot):
    panel, (job,) = made(stage, "size=256x256,448x256; seed=1,2", "a boat")
    grid = panel.sheets.page.grid
    delegate = grid.itemDelegate()
    assert isinstance(delegate, SheetTileDelegate)

    def areas():
        indexes = [grid.model().index_of(number) for number in range(4)]
        return [delegate.area(grid.visualRect(one), one.data(CELL_ROLE)) for one in indexes]

    before = areas()
    assert before[1].width() / before[1].height() == pytest.approx(448 / 256, rel=0.02)
    paint(stage, job)
    stage.session.play_end(job.id)
    stage.settle()
    assert areas() == before


def test_where_two_scroll_bars_meet_there_is_nothing(stage, qtbot):
    panel, _ = made(stage, "seed=1..16; guidance=1..16", "a boat")
    grid = panel.sheets.page.grid
    across, down = grid.horizontalScrollBar(), grid.verticalScrollBar()
    assert across.isVisible() and down.isVisible()
    corner = down.mapTo(grid, down.rect().bottomLeft()) + QPoint(0, 1)
    seen = grid.grab(QRect(corner, QSize(down.width(), across.height()))).toImage()
    assert len({seen.pixel(x, y) for x in range(seen.width()) for y in range(seen.height())}) == 1


def test_a_stopped_sheet_is_continued_by_its_button(stage, qtbot):
    panel, (job,) = made(stage, "seed=1..4", "a boat")
    page = panel.sheets.page
    paint(stage, job, 1)
    stage.settle()
    assert page.stop.isVisible() and not page.resume.isVisible()
    page.stop.click()
    assert stage.session.job(job.id).state is JobState.STOPPED
    assert page.resume.isVisible() and not page.stop.isVisible()
    stage.settle()
    page.resume.click()
    assert stage.session.job(job.id).state is JobState.PENDING
    assert ("resume", [job.id]) in stage.session.calls


def test_a_sheet_known_from_its_pictures_alone_says_so_and_is_continued(make_stage, qtbot):
    stage = make_stage(session=FakeSession())
    rebuilt(stage)
    panel = stage.show("create")
    page = panel.sheets.page
    assert page.resume.isVisible() and panel.sheets._resume.isEnabled() and not page.stop.isVisible()
    assert page.note.isVisible() and page.note.text().startswith("5 cells have no picture")
    assert page.note.property("tone") == "secondary"
    page.resume.click()
    job = stage.session.all_jobs[-1].job
    assert job.num_images == 5
    assert page.stop.isVisible() and not page.resume.isVisible() and not page.note.isVisible()
    cells = panel.sheets._viewmodel.cells
    assert {cells.cell(number).state.value for number in range(7, 12)} == {"queued"}


def test_a_sheet_that_another_process_makes_is_not_stopped_here(make_stage):
    stage = make_stage(session=FakeSession())
    elsewhere(stage)
    panel = stage.show("create")
    page = panel.sheets.page
    assert not page.stop.isVisible() and not panel.sheets._stop.isEnabled()
    assert "Another process" in page.note.text()


def test_a_sheet_whose_other_process_was_killed_can_be_continued(make_stage, qtbot, monkeypatch):
    monkeypatch.setattr("studio.viewmodels.sheet.LOOK_AFTER_MS", 20)
    stage = make_stage(session=FakeSession())
    elsewhere(stage)
    stage.session.library_changed.emit()  # what the other process wrote last
    page = stage.show("create").sheets.page
    qtbot.waitUntil(page._viewmodel._looking.isActive)
    assert "Another process" in page.note.text()
    stage.session.all_jobs[-1] = msgspec.structs.replace(
        stage.session.all_jobs[-1], state=JobState.INTERRUPTED
    )
    qtbot.waitUntil(page.resume.isVisible)
    assert "Another process" not in page.note.text()
    assert not page._viewmodel._looking.isActive()


def test_what_is_chosen_stays_chosen_while_another_process_goes_on(stage, qtbot):
    panel, (job,) = made(stage, "seed=1..4; guidance=3,5,7", "a boat")
    paint(stage, job, 5)
    grid = panel.sheets.page.grid
    grid.choose(3)
    stage.session.blockSignals(True)
    stage.session.play_picture(job.id, 5)
    stage.session.blockSignals(False)
    stage.session.library_changed.emit()
    qtbot.waitUntil(lambda: grid.model().cell(5).state.value == "done")
    assert grid.numbers() == [3] and grid.currentIndex() == grid.model().index_of(3)


def test_a_failed_cell_says_why(stage, qtbot):
    panel, (job,) = made(stage, "seed=1,2", "a boat")
    grid = panel.sheets.page.grid
    delegate = grid.itemDelegate()
    problem = Problem(code="memory_exhausted", params={"phase": "decoding"})
    stage.session.play_start(job.id)
    stage.session.play_end(job.id, JobState.FAILED, problem)
    cell = grid.model().cell(0)
    wide, small = QRect(0, 0, 300, 300), QRect(0, 0, 90, 90)
    words = " ".join(delegate._sentence(wide, cell))
    assert words == sentence_of(problem)
    assert delegate._sentence(small, cell) == []
    (line,) = delegate._sentence(QRect(0, 0, 130, 90), cell)
    assert line.endswith("…")


def test_headings_stay_in_sight_and_are_whole_in_words(stage, qtbot):
    panel, (job,) = made(stage, "seed=1..16; guidance=1..16", "a boat")
    paint(stage, job)
    grid = panel.sheets.page.grid
    grid.choose(255)
    stage.settle()
    assert grid.verticalScrollBar().value() > 0 and grid.horizontalScrollBar().value() > 0
    assert grid.horizontalHeader().isVisible() and grid.verticalHeader().isVisible()
    assert grid.horizontalHeader().y() == grid.verticalHeader().x() == 0
    assert grid._words(Qt.Orientation.Horizontal, 15) == "Seed 16"


@pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen platform's, for a menu
def test_the_batch_leads_to_its_sheet_and_recent_ones_are_listed(stage, panel_of_12, qtbot):
    panel = panel_of_12
    panel.sheets.close()
    stage.settle()
    heading = next(one for one in panel.browser.grid.findChildren(BatchHeading) if one.isVisible())
    assert heading.sheet.isVisible()
    heading.sheet.click()
    assert panel.sheets.page.isVisible()
    panel.sheets.close()
    panel.sheets._recent_button.click()
    qtbot.waitUntil(lambda: panel.sheets._menu is not None and panel.sheets._menu.isVisible())
    (action,) = panel.sheets._menu.actions()
    assert action.text() == "a boat · 4 × 3 · 12 / 12"
    action.trigger()
    panel.sheets._menu.close()
    qtbot.waitUntil(panel.sheets.page.isVisible)


def test_a_plain_batch_leads_to_no_sheet(stage, panel, qtbot):
    from tests.ui.scenes_create import finished

    finished(stage.session, "a boat", 2, 1)
    stage.settle()
    heading = next(one for one in panel.browser.grid.findChildren(BatchHeading) if one.isVisible())
    assert not heading.sheet.isVisible()


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_the_sheet_is_exported_through_a_dialog(stage, panel_of_12, qtbot, tmp_path: Path):
    panel = panel_of_12
    panel.sheets.page.export.click()
    dialog = panel.middle.findChild(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "sheet.pdf"))
    dialog.close()
    (call,) = calls(stage, "export")
    page = call[1]
    assert (page.title, page.columns[0], page.rows) == (
        "a boat",
        "Seed 1",
        ("Guidance 3", "Guidance 5", "Guidance 7"),
    )
    assert page.about.startswith("Postcards · 256 × 256 · 20 steps")
    assert len([asset for asset in page.cells if asset]) == 12
    qtbot.waitUntil(lambda: told(stage).get("name") == "sheet.pdf")


def test_a_scaled_export_says_so(stage, panel_of_12, qtbot, tmp_path: Path):
    panel = panel_of_12
    stage.session.sheets.scale = 0.5
    panel.sheets._export_to(str(tmp_path / "sheet.png"))
    qtbot.waitUntil(lambda: told(stage).get("percent") == 50)


def test_a_sheet_taken_out_of_the_queue_fills_the_fields_within_their_range(stage, qtbot):
    panel, (job,) = made(stage, "seed=1..32", "a boat")
    panel.receive(TakenOut(job))
    assert panel._viewmodel.settings.draft.num_images == 16
    assert not panel.sheets.page.isVisible()


def test_words_follow_the_language(stage, panel_of_12, qtbot):
    page = panel_of_12.sheets.page
    stage.session.change_settings(language="zh")
    qtbot.waitUntil(lambda: page._tally.text() == "4 × 3 · 已生成 12 / 12")
    assert page.grid._words(Qt.Orientation.Horizontal, 0) == "种子 1"


def test_the_prompt_takes_letters_while_a_sheet_was_open(stage, panel_of_12, qtbot):
    panel = panel_of_12
    qtbot.keyClick(panel.sheets.page.grid, Key.Key_L, CTRL)
    assert not panel.sheets.page.isVisible() and panel.prompt.prompt.hasFocus()
    qtbot.keyClicks(panel.prompt.prompt, "px0+-")
    assert panel.prompt.prompt.toPlainText().endswith("px0+-")
    assert calls(stage, "trash") == [] and calls(stage, "star") == []
