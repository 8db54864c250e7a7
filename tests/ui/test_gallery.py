"""The Gallery through real keys and clicks: a hundred thousand pictures, searches, trash, inspector."""

from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from studio.core.messages import Note
from studio.core.recipe import Recipe, UsedLora
from studio.ui.dialogs.erase import EraseSheet
from studio.ui.panels.gallery import GalleryPanel
from studio.ui.panels.gallery_inspector import recipe_rows
from studio.ui.panels.gallery_tiles import DayHeading
from studio.ui.widgets.buttons import Button
from studio.viewmodels.gallery import Place
from tests.ui.endless import EndlessSession
from tests.ui.fake_session import NOON, FakeSession
from tests.ui.scenes_create import finished
from tests.ui.scenes_gallery import fill
from tests.ui.stage import Stage

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


@pytest.fixture
def open_gallery(qapp) -> Iterator:
    stages: list[Stage] = []

    def make(session: FakeSession) -> tuple[Stage, GalleryPanel]:
        stages.append(Stage(session=session))
        panel = stages[-1].show("gallery")
        stages[-1].frame.activateWindow()
        panel.browser.grid.setFocus()
        return stages[-1], panel

    yield make
    for stage in stages:
        stage.close()


@pytest.fixture
def gallery(open_gallery) -> tuple[Stage, GalleryPanel]:
    """Sixty pictures of three days."""
    session = FakeSession()
    fill(session)
    return open_gallery(session)


def calls(stage, name) -> list[tuple]:
    return [call for call in stage.session.calls if call[0] == name]


# A hundred thousand.


def test_a_hundred_thousand_pictures_scroll_without_being_read(open_gallery, qtbot):
    session = EndlessSession(100_000)
    stage, panel = open_gallery(session)
    grid = panel.browser.grid
    qtbot.waitUntil(lambda: grid.model().rowCount() >= 200)
    for _ in range(60):
        qtbot.keyClick(grid, Key.Key_PageDown)
    stage.settle()
    read, row = grid.model().rowCount(), grid.currentIndex().row()
    assert row > 400
    assert row < read < row + 1000, "the next pages are ready, no more"
    assert grid.viewport().rect().contains(grid.visualRect(grid.currentIndex()))
    qtbot.keyClick(grid, Key.Key_Home)
    assert grid.currentIndex().row() == 0 and grid.verticalScrollBar().value() == 0


def test_only_what_is_seen_is_decoded(open_gallery, qtbot):
    session = EndlessSession(100_000)
    stage, panel = open_gallery(session)
    stage.settle()
    grid = panel.browser.grid
    top, room = grid.verticalOffset(), grid.viewport().height()
    seen = {grid.model().asset(row).id for line in grid.arrangement.lines_in(top, top + room) for row in line}
    assert session.drawn == seen


def test_what_one_looks_at_stays_when_a_picture_is_made(gallery, qtbot):
    stage, panel = gallery
    grid = panel.browser.grid
    grid.verticalScrollBar().setValue(500)
    stage.settle()
    row = grid.indexAt(QPoint(60, 60)).row()
    before, asset = grid.visualRect(grid.model().index(row, 0)), grid.model().asset(row)
    for number in range(grid.arrangement.columns):
        stage.session.add_picture(f"new {number}", created=NOON + 1000 + number)
    stage.settle()
    moved = grid.model().row_of(asset)
    assert moved == row + grid.arrangement.columns
    assert grid.visualRect(grid.model().index(moved, 0)) == before


# Choosing.


def test_shift_extends_the_choice_and_ctrl_adds_to_it(gallery, qtbot):
    _, panel = gallery
    grid = panel.browser.grid
    columns = grid.arrangement.columns

    def click(row: int, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        place = grid.visualRect(grid.model().index(row, 0)).center()
        qtbot.mouseClick(grid.viewport(), LEFT, modifiers, place)

    click(columns - 1)
    click(columns, SHIFT)
    assert grid.chosen_rows() == [columns - 1, columns], "in reading order, not as a rectangle"
    click(0, CTRL)
    assert grid.chosen_rows() == [0, columns - 1, columns]
    click(2)
    qtbot.keyClick(grid, Key.Key_Right, SHIFT)
    qtbot.keyClick(grid, Key.Key_Down, SHIFT)
    assert grid.chosen_rows() == list(range(2, 4 + columns))
    qtbot.keyClick(grid, Key.Key_Left)
    assert grid.chosen_rows() == [2 + columns]


def test_a_band_chooses_what_it_touches(gallery, qtbot):
    _, panel = gallery
    grid = panel.browser.grid
    first, second = (grid.visualRect(grid.model().index(row, 0)) for row in (0, 1))
    start, end = first.topLeft() - QPoint(6, 6), second.center()
    qtbot.mousePress(grid.viewport(), LEFT, pos=start)
    for share in (1, 2, 3, 4):
        QTest.mouseMove(grid.viewport(), start + (end - start) * share / 4)
    qtbot.mouseRelease(grid.viewport(), LEFT, pos=end)
    assert grid.chosen_rows() == [0, 1]


def test_everything_chosen_can_be_dragged_out_as_files(gallery):
    stage, panel = gallery
    model = panel.browser.grid.model()
    panel.browser.grid.selectAll()
    urls = model.mimeData(panel.browser.grid.selectedIndexes()).urls()
    assert len(urls) == 60
    assert urls[0].toLocalFile() == str(stage.session.absolute(model.asset(0)))


def test_end_and_everything_reach_pictures_that_nobody_scrolled_to(open_gallery, qtbot):
    session = FakeSession()
    fill(session, 1000)
    stage, panel = open_gallery(session)
    grid = panel.browser.grid
    qtbot.keyClick(grid, Key.Key_End)
    qtbot.waitUntil(lambda: grid.currentIndex().row() == 999)
    stage.settle()
    assert grid.viewport().rect().contains(grid.visualRect(grid.currentIndex()))
    panel._viewmodel.model.show(panel._viewmodel.model.query)
    qtbot.keyClick(grid, Key.Key_A, CTRL)
    qtbot.waitUntil(lambda: len(panel.browser.chosen()) == 1000)


def test_what_is_chosen_is_read_twice_at_most_while_many_pictures_go(open_gallery, qtbot):
    session = FakeSession()
    fill(session, 300)
    stage, panel = open_gallery(session)
    panel.browser.grid.selectAll()
    qtbot.waitUntil(lambda: len(panel.browser.chosen()) == 300)
    told: list[int] = []
    panel.browser.picked.connect(lambda: told.append(len(panel.browser.chosen())))
    qtbot.keyClick(panel.browser.grid, Key.Key_Delete)
    stage.settle()
    assert panel.browser.grid.model().rowCount() == 0 and len(told) <= 2
    assert panel.inspector._assets == panel.browser.chosen()


# Searching and places.


def test_typing_searches_and_down_goes_to_what_was_found(gallery, qtbot):
    _, panel = gallery
    qtbot.keyClick(panel.browser.grid, Key.Key_F, CTRL)
    assert panel.search.hasFocus()
    panel.search.insert("红帆")
    qtbot.waitUntil(lambda: panel.header.context.text() == "15 found")
    assert all("红帆" in panel.browser.grid.model().asset(row).recipe.prompt for row in range(15))
    qtbot.keyClick(panel.search, Key.Key_Return)
    assert panel.browser.grid.hasFocus()
    qtbot.keyClick(panel.browser.grid, Key.Key_Escape)
    qtbot.waitUntil(lambda: panel.browser.grid.model().rowCount() == 60)


def test_empty_places_say_why_and_what_to_do(open_gallery, qtbot):
    stage, panel = open_gallery(FakeSession())
    empty = panel.browser.currentWidget()
    assert empty.title.text() == "No pictures yet"
    panel.search.setText("boat")
    qtbot.waitUntil(lambda: panel.browser.currentWidget().title.text() == "Nothing found")
    qtbot.mouseClick(panel.browser.currentWidget().button, LEFT)
    assert panel.search.text() == ""
    qtbot.waitUntil(lambda: panel.browser.currentWidget() is empty)
    qtbot.mouseClick(empty.button, LEFT)
    assert stage.shell.panel == "create"


def test_places_are_reached_by_keys(gallery, qtbot):
    stage, panel = gallery
    panel.side.setFocus()
    qtbot.keyClick(stage.frame.focusWidget(), Key.Key_Down)
    assert panel.browser.grid.model().query.starred
    qtbot.keyClick(stage.frame.focusWidget(), Key.Key_Down)
    assert panel.browser.currentWidget().title.text() == "The trash is empty"


def test_trash_is_put_back_or_deleted_for_good_after_asking(gallery, qtbot):
    stage, panel = gallery
    grid = panel.browser.grid
    panel.browser.grid.choose(0)
    qtbot.keyClick(grid, Key.Key_Down, SHIFT)
    gone = panel.browser.chosen()
    qtbot.keyClick(grid, Key.Key_Delete)
    panel.side.chosen.emit(Place.TRASH)
    stage.settle()
    assert grid.model().rowCount() == len(gone)
    grid.choose(0)
    back = panel.browser.chosen()[0]
    panel.trash.restore.trigger()
    stage.settle()
    assert calls(stage, "restore") == [("restore", (back.id,))]
    grid.selectAll()
    panel.trash.erase.trigger()
    (sheet,) = stage.frame.findChildren(EraseSheet)
    qtbot.mouseClick(sheet.findChildren(Button)[0], LEFT)
    assert calls(stage, "erase") == []
    panel.trash.erase.trigger()
    sheet = next(one for one in stage.frame.findChildren(EraseSheet) if one.isVisible())
    qtbot.mouseClick(sheet.findChildren(Button)[-1], LEFT)
    assert {*calls(stage, "erase")[0][1]} == {asset.id for asset in gone} - {back.id}
    assert panel.browser.currentWidget().title.text() == "The trash is empty"


# Looking.


def test_the_inspector_tells_how_a_picture_was_made(open_gallery, qtbot):
    session = FakeSession()
    job = finished(session, "a red lighthouse", 1, 2**64 - 1)
    session.play_end(job, notes=(Note(code="vae_tiled"),))
    _, panel = open_gallery(session)
    panel.browser.grid.choose(0)
    inspector = panel.inspector
    assert inspector.prompt.text() == "a red lighthouse"
    rows = {name.text(): value.text() for name, value in inspector.cells if value.isVisible()}
    assert rows["Seed"] == str(2**64 - 1) and rows["Size"] == "256 × 256" and rows["Model"] == "Postcards"
    assert inspector.notes.text() == "Memory was short, so the picture was decoded in tiles."
    qtbot.mouseClick(inspector.copy_recipe, LEFT)
    assert "Steps: 20" in QGuiApplication.clipboard().text()
    QGuiApplication.clipboard().clear()


def test_the_inspector_names_the_loras(open_gallery):
    session = FakeSession()
    asset = session.add_picture("a boat")
    loras = (UsedLora(id="a/b", name="SDXL Lightning"), UsedLora(id="c/d", name="boats", scale=0.5))
    rows = dict(recipe_rows(msgspec.structs.replace(asset, recipe=Recipe(loras=loras))))
    assert rows["LoRA"] == "SDXL Lightning × 1, boats × 0.5"
    assert not dict(recipe_rows(asset))["LoRA"]


def test_make_again_makes_the_very_picture(open_gallery, qtbot):
    session = FakeSession()
    job = finished(session, "a red lighthouse", 4, 7)
    session.play_end(job)
    stage, panel = open_gallery(session)
    panel.browser.grid.choose(0)
    picture = panel.browser.chosen()[0]
    qtbot.keyClick(panel.browser.grid, Key.Key_R, CTRL)
    assert stage.shell.panel == "create"
    again = session.all_jobs[-1].job
    assert (again.prompt, again.id == job, again.num_images) == ("a red lighthouse", False, 1)
    assert again.seed == picture.recipe.seed and again.again == picture.recipe.execution


@pytest.mark.parametrize("key", [Key.Key_U, Key.Key_R])
def test_the_settings_of_a_picture_without_a_job_are_shown_in_create(gallery, qtbot, key):
    stage, panel = gallery
    panel.browser.grid.choose(3)
    recipe = panel.browser.chosen()[0].recipe
    qtbot.keyClick(panel.browser.grid, key, CTRL)
    assert stage.shell.panel == "create"
    create = stage.window.panel("create")
    assert create.prompt.prompt.toPlainText() == recipe.prompt
    assert create.inspector.seed_field.text() == str(recipe.seed)


def test_a_broken_file_is_a_placeholder_with_a_sentence(open_gallery):
    session = FakeSession()
    fill(session, 4)
    session.draw = None
    stage, panel = open_gallery(session)
    stage.settle()
    asset = panel.browser.grid.model().asset(0)
    assert stage.shell.thumbnails.broken(asset)
    panel.browser.grid.choose(0)
    panel.browser.open_large()
    assert panel.browser.large.stand.message.text() == "This file cannot be read"


def test_the_large_view_walks_through_the_found(gallery, qtbot):
    _, panel = gallery
    panel.browser.grid.choose(0)
    qtbot.keyClick(panel.browser.grid, Key.Key_Space)
    for _ in range(3):
        qtbot.keyClick(panel.browser.large.canvas, Key.Key_Right)
    assert panel.browser.grid.currentIndex().row() == 3
    qtbot.keyClick(panel.browser.large.canvas, Key.Key_Space)
    assert not panel.browser.is_large and panel.browser.grid.hasFocus()


def test_the_slider_changes_the_size_and_keeps_the_place(gallery, qtbot):
    _, panel = gallery
    grid = panel.browser.grid
    before = grid.arrangement.columns
    panel.size.setValue(96)
    assert grid.arrangement.columns > before
    qtbot.keyClick(grid, Key.Key_Plus, CTRL)
    assert panel.size.value() == 120


def test_headings_name_the_days(gallery):
    _, panel = gallery
    grid = panel.browser.grid
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum())
    shown = [one for one in grid.findChildren(DayHeading) if one.isVisible()]
    assert [heading.day.text() for heading in shown][-1].startswith("7 January")  # and the year, after it
    assert [heading.count.text() for heading in shown][-1] == "9 pictures"
