"""Create through real keys and clicks: from a prompt to a picture, and what one does with it."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from studio.core.cache_costs import CacheCost
from studio.core.errors import PictureUnreadable, PromptEmpty
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import JobState
from studio.core.messages import Note
from studio.core.messages import Stage as Phase
from studio.core.model import lora_of
from studio.core.passes import SecondPass
from studio.core.plan import Foreseen
from studio.core.records import Problem
from studio.core.traits import Guidance, Traits
from studio.ui.i18n import sentence_of_note
from studio.ui.panels.create import CreatePanel
from studio.ui.panels.create_empty import FirstPicture
from studio.ui.panels.create_ended import EndedTile
from studio.ui.panels.create_heading import BatchHeading, meta_of
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.labels import Label
from studio.viewmodels.asset_list import ASSETS_MIME
from studio.viewmodels.models import Tab
from studio.viewmodels.tiles import TileState
from studio.viewmodels.waiting import TakenOut
from tests.ui.drawings import draw, half_denoised
from tests.ui.fake_session import LARGE, POSTCARDS, FakeSession
from tests.ui.scenes_create import GRAIN, INK, NEON, ask, finished
from tests.ui.shelf import LIGHTNING, LIGHTNING_FILE, held, stocked
from tests.ui.stage import Look, Stage

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
def made(stage, panel) -> CreatePanel:
    """Two batches of finished pictures; the first picture of the newer one is chosen."""
    finished(stage.session, "three pine trees in the snow", 2, 31)
    finished(stage.session, "a boat with red sails", 4, 11)
    stage.settle()
    panel.browser.grid.setFocus()
    panel.browser.grid.choose(0)
    return panel


def calls(stage, name) -> list[tuple]:
    return [call for call in stage.session.calls if call[0] == name]


def press(qtbot, widget, key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(widget, key, modifiers)


# From a prompt to a picture.


def test_one_writes_and_presses_ctrl_return(stage, panel, qtbot):
    assert panel.prompt.prompt.hasFocus(), "the window opens with the cursor in the prompt"
    qtbot.keyClicks(panel.prompt.prompt, "a Small boat, star")
    press(qtbot, panel.prompt.prompt, Key.Key_Return, CTRL)
    (job,) = (call[1] for call in calls(stage, "generate"))
    assert (job.prompt, job.num_images) == ("a Small boat, star", 4)
    assert panel.browser.currentWidget() is panel.browser.grid


def test_the_first_picture_takes_two_clicks(stage, panel, qtbot):
    first = panel.browser.currentWidget()
    assert isinstance(first, FirstPicture)
    example = next(button for button in first.findChildren(Button) if button.isVisible())
    assert example.text() == POSTCARDS.examples["en"][0]
    qtbot.mouseClick(example, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(panel.prompt.generate, Qt.MouseButton.LeftButton)
    assert calls(stage, "generate")[0][1].prompt == POSTCARDS.examples["en"][0]


def test_examples_and_words_follow_the_language(stage, panel):
    stage.session.change_settings(language="zh")
    stage.settle()
    first = panel.browser.currentWidget()
    texts = [button.text() for button in first.findChildren(Button) if button.isVisible()]
    assert texts == list(POSTCARDS.examples["zh"])
    assert panel.prompt.generate.text() == "生成 4 张"


def test_the_inspector_sets_what_is_asked_for(stage, panel, qtbot):
    inspector = panel.inspector
    qtbot.keyClicks(panel.prompt.prompt, "a boat")
    inspector.width_field.selectAll()
    qtbot.keyClicks(inspector.width_field, "300")
    press(qtbot, inspector.width_field, Key.Key_Return)
    assert inspector.width_field.text() == "304", "sizes snap"
    inspector.seed_field.selectAll()
    qtbot.keyClicks(inspector.seed_field, "77")
    press(qtbot, inspector.seed_field, Key.Key_Return)
    panel.acts.generate.trigger()
    job = calls(stage, "generate")[0][1]
    assert (job.width, job.height, job.seed) == (304, None, 77)


def test_what_the_model_takes_is_told_below_it_before_anything_is_made(stage, panel):
    line = panel.inspector.plan
    assert line.isHidden()
    stage.session.put_outlook(POSTCARDS.id, held())
    assert (
        not line.isHidden() and line.text() == "float16, about 7.6 of 11.2\u00a0GB, about 14\u00a0s to load"
    )
    stage.session.put_outlook(POSTCARDS.id, held(needed_bytes=14 << 30, remedy="offload_model"))
    assert line.text().endswith("It does not fit like this. Part by part it does.")
    assert line.property("tone") == "warning"


def test_a_bad_number_is_told_below_its_field_and_nothing_is_made(stage, panel, qtbot):
    qtbot.keyClicks(panel.prompt.prompt, "a boat")
    field = panel.inspector.width_field
    field.selectAll()
    qtbot.keyClicks(field, "100000")
    press(qtbot, field, Key.Key_Return)
    panel.acts.generate.trigger()
    assert calls(stage, "generate") == []
    assert field.property("problem")
    assert "100000 × 256" in panel.inspector.size_remark.text()
    field.selectAll()
    qtbot.keyClicks(field, "256")
    press(qtbot, field, Key.Key_Return)
    assert panel.inspector.size_remark.isHidden()
    panel.acts.generate.trigger()
    assert len(calls(stage, "generate")) == 1


@pytest.mark.parametrize(
    ("name", "typed"), [("seed_field", "-5"), ("width_field", "99999"), ("height_field", "0")]
)
def test_a_refused_number_stays_in_its_field_and_generating_leads_there(stage, panel, qtbot, name, typed):
    qtbot.keyClicks(panel.prompt.prompt, "a boat")
    field = getattr(panel.inspector, name)
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, typed)
    press(qtbot, field, Key.Key_Tab)
    panel.inspector._count.changed.emit(2.0)
    assert field.text() == typed and field.property("problem")
    panel.prompt.prompt.setFocus()
    press(qtbot, panel.prompt.prompt, Key.Key_Return, CTRL)
    assert calls(stage, "generate") == [] and field.hasFocus()
    stage.window._inspector.trigger()
    press(qtbot, panel.prompt.prompt, Key.Key_Return, CTRL)
    assert [line.problem.code for line in stage.shell.messages.lines] == [
        "seed_out_of_range" if name == "seed_field" else "size_out_of_range"
    ]


@pytest.mark.parametrize(("field", "typed"), [("_count", "8"), ("width_field", "320"), ("seed_field", "8")])
def test_a_clicked_number_is_typed_over_and_counts_without_return(stage, panel, qtbot, field, typed):
    qtbot.keyClicks(panel.prompt.prompt, "a boat")
    panel.inspector.seed_field.setText("77")
    widget = getattr(panel.inspector, field)
    widget = getattr(widget, "field", widget)
    line = widget.lineEdit() if hasattr(widget, "lineEdit") else widget
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=line.rect().center())
    assert widget.hasFocus() and line.selectedText() == line.text()
    qtbot.keyClicks(widget, typed)
    press(qtbot, widget, Key.Key_Return, CTRL)
    (job,) = (call[1] for call in calls(stage, "generate"))
    taken = {"_count": job.num_images, "width_field": job.width, "seed_field": job.seed}
    assert taken[field] == int(typed)
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=line.rect().center())
    assert not line.hasSelectedText(), "the second click sets the caret"


def test_a_count_beyond_the_most_becomes_the_most(stage, panel, qtbot):
    field = panel.inspector._count.field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "99")
    press(qtbot, field, Key.Key_Return)
    assert (field.text(), panel.prompt.generate.text()) == ("16", "Generate 16")


def test_thousands_of_digits_are_a_number_beyond_the_most(stage, panel, qtbot):
    field = panel.inspector._count.field
    field.setFocus()
    field.selectAll()
    QGuiApplication.clipboard().setText("9" * 5000)
    press(qtbot, field, Key.Key_V, CTRL)
    press(qtbot, field, Key.Key_Return)
    assert (field.text(), panel.prompt.generate.text()) == ("16", "Generate 16")


def test_an_empty_prompt_is_told_in_the_prompt_box(stage, panel, qtbot):
    press(qtbot, panel.prompt.prompt, Key.Key_Return, CTRL)
    assert panel.prompt.problem.isVisible() and "prompt" in panel.prompt.problem.text()
    qtbot.keyClicks(panel.prompt.prompt, "x")
    assert not panel.prompt.problem.isVisible()


def test_until_the_models_are_read_nothing_is_said_of_there_being_none(make_stage, qtbot):
    session = FakeSession()
    session.all_models, session.is_read = [], False
    stage = make_stage(session=session)
    panel = stage.show("create")
    picker = panel.inspector.picker
    assert (picker.text(), picker.accessibleName()) == ("", "Model: Looking for models …")
    qtbot.keyClicks(panel.prompt.prompt, "a boat")
    press(qtbot, panel.prompt.prompt, Key.Key_Return, CTRL)
    assert panel._viewmodel.settings.problems == {} and not panel.prompt.generate.isEnabled()
    session.is_read = True
    session.put_models(POSTCARDS)
    assert picker.text() == POSTCARDS.name and panel.prompt.generate.isEnabled()
    session.put_models()
    assert picker.text() == "No model installed"
    press(qtbot, panel.prompt.prompt, Key.Key_Return, CTRL)
    assert panel._viewmodel.settings.problems.keys() == {"model"}


def test_what_was_set_for_a_model_stays_with_it_and_that_is_told(stage, panel, qtbot):
    inspector, settings = panel.inspector, panel._viewmodel.settings

    def summaries() -> tuple[str, str]:
        return inspector._size_section._fold.summary, inspector._sampling_section._fold.summary

    assert summaries() == ("0.07 MP", "model's own")
    inspector.picker.chosen.emit(LARGE.id)
    assert stage.shell.messages.lines == [], "nothing of the person's own was lost"
    inspector.picker.chosen.emit(POSTCARDS.id)
    settings.set_steps(30)
    settings.sizes.set(512, 256)
    settings.set_seed(5)
    assert summaries() == ("0.1 MP · changed", "changed")
    inspector.picker.chosen.emit(LARGE.id)
    (line,) = stage.shell.messages.lines
    assert line.params == {"before": POSTCARDS.name, "model": LARGE.name}
    assert summaries() == ("model's own", "model's own") and not inspector._reset.isEnabled()
    assert (settings.steps, settings.draft.seed) == (28, 5), "the seed goes along"
    inspector.picker.chosen.emit(POSTCARDS.id)
    assert summaries() == ("0.1 MP · changed", "changed") and settings.steps == 30
    settings.choose_model(LARGE.id)  # as a recipe does, which brings its own values
    assert stage.shell.messages.lines == [line]


# While pictures are made.


def test_tiles_keep_their_size_in_every_state(stage, panel):
    session = stage.session
    job = ask(session, "a boat", 3, 5)
    stage.settle()
    grid = panel.browser.grid

    def shape() -> list:
        stage.settle()
        return [grid.visualRect(grid.model().index(row, 0)) for row in range(3)]

    queued = shape()
    session.play_start(job)
    session.play_phase(job, Phase.LOADING, 1, 2)
    assert shape() == queued
    session.play_phase(job, Phase.DENOISING, 3, 20, count=3)
    session.play_preview(job, 0, 3, half_denoised(5))
    assert shape() == queued
    session.play_picture(job, 0)
    session.play_picture(job, 1)
    session.play_end(job, JobState.FAILED, Problem(code="memory_exhausted", params={"phase": "decoding"}))
    assert shape() == queued


def test_escape_stops_what_runs(stage, panel, qtbot):
    job = ask(stage.session, "a boat", 2, 5)
    stage.session.play_start(job)
    press(qtbot, panel.prompt.prompt, Key.Key_Escape)
    assert calls(stage, "stop") == [("stop", job)]


def test_a_failed_tile_says_why_and_what_to_do(stage, panel, qtbot):
    job = ask(stage.session, "a boat", 2, 5)
    stage.session.play_start(job)
    stage.session.play_end(
        job, JobState.FAILED, Problem(code="worker_killed", params={"signal": 9}, traceback="T")
    )
    stage.settle()
    (ended,) = panel.browser.grid.findChildren(EndedTile)
    buttons = {button.text(): button for button in ended.findChildren(Button) if button.isVisible()}
    assert list(buttons) == ["Run again", "Details"]
    qtbot.mouseClick(buttons["Details"], Qt.MouseButton.LeftButton)
    assert stage.window.details.isVisible()
    stage.window.details.close_overlay()
    qtbot.mouseClick(buttons["Run again"], Qt.MouseButton.LeftButton)
    assert calls(stage, "resume") == [("resume", [job])]
    assert panel.browser.grid.indexWidget(panel._viewmodel.results.index(0)) is None


def test_memory_that_ran_out_leads_to_the_settings_of_the_job(stage, panel, qtbot):
    job = ask(stage.session, "a wide lake", 1, 5, width=512, height=256)
    stage.session.play_start(job)
    stage.session.play_end(
        job, JobState.FAILED, Problem(code="memory_exhausted", params={"phase": "loading"})
    )
    stage.settle()
    (ended,) = panel.browser.grid.findChildren(EndedTile)
    remedy = next(button for button in ended.findChildren(Button) if button.text() == "Change settings")
    qtbot.mouseClick(remedy, Qt.MouseButton.LeftButton)
    assert panel.prompt.prompt.toPlainText() == "a wide lake"
    assert panel.inspector.width_field.text() == "512"


def test_a_file_that_lacks_what_another_model_has_leads_to_that_one(stage, panel, qtbot):
    job = ask(stage.session, "a wide lake", 1, 5)
    lacking = {"model": "ink", "parts": "tokenizer", "repository": "owner/whole"}
    stage.session.play_start(job)
    stage.session.play_end(job, JobState.FAILED, Problem(code="model_needs_parts", params=lacking))
    stage.settle()
    (ended,) = panel.browser.grid.findChildren(EndedTile)
    remedy = next(button for button in ended.findChildren(Button) if button.text() == "Get what it needs")
    with qtbot.waitSignal(ended.get_wanted) as wanted:
        qtbot.mouseClick(remedy, Qt.MouseButton.LeftButton)
    assert wanted.args == ["owner/whole"]


def test_what_did_not_apply_stands_in_the_heading(stage, panel):
    job = finished(stage.session, "a boat", 1, 5)
    stage.session.play_end(job, notes=(Note(code="guidance_unused"),))
    stage.settle()
    (heading,) = (one for one in panel.browser.grid.findChildren(BatchHeading) if one.isVisible())
    assert heading.note.isVisible() and heading.note.text() == "This model does not use guidance."
    stage.session.change_settings(language="zh")
    stage.settle()
    assert (
        heading.note.text()
        == sentence_of_note(Note(code="guidance_unused"))
        != "This model does not use guidance."
    )


def test_the_model_is_changed_while_its_pictures_are_made(stage, panel, qtbot):
    session, results = stage.session, panel._viewmodel.results
    qtbot.keyClicks(panel.prompt.prompt, "a boat")
    press(qtbot, panel.prompt.prompt, Key.Key_Return, CTRL)
    (job,) = (call[1] for call in calls(stage, "generate"))
    session.play_start(job.id)
    session.play_phase(job.id, Phase.DENOISING, 3, 20, count=4)
    panel.inspector.picker.chosen.emit(LARGE.id)
    assert results.tile(0).state is TileState.WORKING and panel.inspector.picker.text() == LARGE.name
    press(qtbot, panel.prompt.prompt, Key.Key_Return, CTRL)
    for index in range(4):
        session.play_picture(job.id, index)
    session.play_end(job.id)
    stage.settle()
    assert [call[1].model.id for call in calls(stage, "generate")] == [POSTCARDS.id, LARGE.id]
    headings = [one for one in panel.browser.grid.findChildren(BatchHeading) if one.isVisible()]
    told = sorted(one._meta.text() for one in headings)
    assert any(POSTCARDS.name in one for one in told) and any(LARGE.name in one for one in told)
    assert [results.tile(row).state for row in range(8)] == [TileState.QUEUED] * 4 + [TileState.DONE] * 4


# What one does with pictures.


def test_arrows_move_and_space_shows_large(stage, made, qtbot):
    grid, browser = made.browser.grid, made.browser
    press(qtbot, grid, Key.Key_Right)
    press(qtbot, grid, Key.Key_Down)
    assert grid.currentIndex().row() == 5, "the second tile of the batch below"
    press(qtbot, grid, Key.Key_Space)
    assert browser.is_large and browser.large.asset.recipe.prompt == "three pine trees in the snow"
    assert not made.prompt.isVisible()
    for _ in range(2):
        press(qtbot, browser.large.canvas, Key.Key_Left)
        stage.settle()
    assert browser.large.asset.recipe.prompt == "a boat with red sails"
    press(qtbot, browser.large.canvas, Key.Key_1)
    assert browser.large.canvas.zoom == 1.0 and not browser.large.canvas.fitted
    press(qtbot, browser.large.canvas, Key.Key_Escape)
    assert not browser.is_large and grid.hasFocus() and grid.currentIndex().row() == 3


def test_a_key_leads_from_the_prompt_to_the_newest_pictures(stage, made, qtbot):
    made.browser.grid.choose(5)
    prompt = made.prompt.prompt
    prompt.setFocus()
    qtbot.keyClicks(prompt, "a cat")
    press(qtbot, prompt, Key.Key_Return, CTRL)
    job = calls(stage, "generate")[-1][1]
    stage.session.play_start(job.id)
    for index in range(job.num_images):
        stage.session.play_picture(job.id, index)
    stage.session.play_end(job.id)
    stage.settle()
    assert prompt.hasFocus()
    press(qtbot, prompt, Key.Key_G, CTRL)
    assert made.browser.grid.hasFocus()
    press(qtbot, made.browser.grid, Key.Key_Space)
    assert (made.browser.large.asset.recipe.job, made.browser.large.asset.recipe.index) == (job.id, 0)
    press(qtbot, made.browser.large.canvas, Key.Key_Right)
    press(qtbot, made.browser.large.canvas, Key.Key_G, CTRL)
    assert not made.browser.is_large and made.browser.grid.currentIndex().row() == 1


def test_what_was_varied_is_followed_by_what_came_of_it(stage, made, qtbot):
    made.browser.grid.choose(5)
    press(qtbot, made.browser.grid, Key.Key_V)
    assert made.browser.grid.currentIndex().row() == 0 and made.browser.grid.verticalOffset() == 0


def test_the_large_view_shows_whether_its_picture_has_a_star(stage, made, qtbot):
    press(qtbot, made.browser.grid, Key.Key_Space)
    (star,) = (one for one in made.browser.large.findChildren(IconButton) if one.glyph.startswith("star"))
    assert star.glyph == "star"
    press(qtbot, made.browser.large.canvas, Key.Key_S)
    assert star.glyph == "star-on"
    press(qtbot, made.browser.large.canvas, Key.Key_Right)
    stage.settle()
    assert star.glyph == "star"


def test_a_double_click_shows_large(stage, made, qtbot):
    grid = made.browser.grid
    spot = grid.visualRect(grid.model().index(2, 0)).center()
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    qtbot.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    qtbot.mouseRelease(grid.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert made.browser.is_large and made.browser.large.asset.recipe.index == 2


def test_delete_is_undone(stage, made, qtbot):
    grid = made.browser.grid
    press(qtbot, grid, Key.Key_Right, SHIFT)
    chosen = tuple(asset.id for asset in made.browser.chosen())
    press(qtbot, grid, Key.Key_Delete)
    assert calls(stage, "trash") == [("trash", chosen)]
    assert grid.model().rowCount() == 4
    press(qtbot, grid, Key.Key_Z, CTRL)
    assert calls(stage, "restore") == [("restore", chosen)]
    assert grid.model().rowCount() == 6


def test_the_large_view_goes_on_after_a_delete(stage, made, qtbot):
    press(qtbot, made.browser.grid, Key.Key_Space)
    shown = made.browser.large.asset.id
    press(qtbot, made.browser.large.canvas, Key.Key_Delete)
    assert made.browser.is_large and made.browser.large.asset.id != shown


def test_letters_are_words_in_the_prompt_and_shortcuts_elsewhere(stage, made, qtbot):
    press(qtbot, made.browser.grid, Key.Key_S)
    assert len(calls(stage, "star")) == 1
    made.prompt.prompt.setFocus()
    press(qtbot, made.prompt.prompt, Key.Key_S)
    press(qtbot, made.prompt.prompt, Key.Key_Delete)
    assert len(calls(stage, "star")) == 1 and calls(stage, "trash") == []
    assert made.prompt.prompt.toPlainText() == "s"


def test_picture_and_prompt_are_copied(stage, made, qtbot):
    clipboard = QGuiApplication.clipboard()
    clipboard.clear()
    press(qtbot, made.browser.grid, Key.Key_C, CTRL)
    qtbot.waitUntil(lambda: clipboard.image().width() == 256)
    press(qtbot, made.browser.grid, Key.Key_C, CTRL | SHIFT)
    assert clipboard.text() == "a boat with red sails"
    clipboard.clear()


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_a_copy_is_saved_where_the_person_says(stage, made, qtbot, tmp_path):
    press(qtbot, made.browser.grid, Key.Key_S, CTRL)
    dialog = made.middle.findChild(QFileDialog)
    assert dialog.selectedFiles()[0].endswith("a-boat-with-red-sails-11.png")
    dialog.fileSelected.emit(str(tmp_path / "boat.webp"))
    dialog.reject()
    assert calls(stage, "save_copy") == [("save_copy", made.browser.chosen()[0].id, tmp_path / "boat.webp")]
    qtbot.waitUntil(lambda: [line.params for line in stage.shell.messages.lines] == [{"name": "boat.webp"}])


def test_make_again_asks_once_more(stage, made, qtbot):
    press(qtbot, made.browser.grid, Key.Key_R, CTRL)
    assert calls(stage, "generate")[-1][1].prompt == "a boat with red sails"


def test_make_again_makes_the_very_picture_while_the_seed_is_locked(stage, made, qtbot):
    made.inspector.lock.click()
    made.browser.grid.choose(2)
    picture, before = made.browser.chosen()[0], len(calls(stage, "generate"))
    press(qtbot, made.browser.grid, Key.Key_R, CTRL)
    assert calls(stage, "make_again") == [("make_again", picture)]
    assert len(calls(stage, "generate")) == before, "not the whole batch"


def test_use_settings_fills_the_fields(stage, made, qtbot):
    press(qtbot, made.browser.grid, Key.Key_U, CTRL)
    assert made.prompt.prompt.toPlainText() == "a boat with red sails"
    assert made.inspector.seed_field.text() == "11"
    assert made.prompt.prompt.hasFocus()


def test_buttons_lie_on_the_tile_under_the_mouse(stage, made, qtbot):
    grid = made.browser.grid
    place = grid.visualRect(grid.model().index(3, 0))
    qtbot.mouseMove(grid.viewport(), place.center())
    buttons = grid.overlay
    qtbot.waitUntil(lambda: buttons.isVisible() and place.contains(buttons.geometry()))
    star = next(
        button for button in buttons.findChildren(type(made.inspector.lock)) if button.glyph == "star"
    )
    qtbot.mouseClick(star, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert calls(stage, "star") == [("star", (grid.model().tile(3).asset.id,), True)]


def test_the_gallery_sends_a_recipe_here(stage, made):
    recipe = made.browser.chosen()[0].recipe
    stage.shell.go("gallery")
    stage.shell.go("create", recipe)
    assert stage.shell.panel == "create"
    assert made.prompt.prompt.toPlainText() == recipe.prompt


# Fast.


@pytest.fixture
def large(stage) -> CreatePanel:
    """A model that its LoRA can make fast."""
    stocked(stage.session).change_settings(image_model=LARGE.id)
    return stage.show("create")


def test_fast_is_a_switch_where_its_lora_is_here(stage, large, qtbot):
    row = large.inspector.fast
    stage.session.put_models(*stage.session.all_models, LIGHTNING_FILE)
    assert row.isVisible() and row.box.isEnabled() and not row.get.isVisible()
    qtbot.mouseClick(row.box, Qt.MouseButton.LeftButton)
    assert row.box.isChecked() and large.inspector._steps.field.value() == 4
    qtbot.keyClicks(large.prompt.prompt, "a boat")
    large.acts.generate.trigger()
    (job,) = (call[1] for call in calls(stage, "generate"))
    assert [lora.id for lora in job.loras] == [LIGHTNING_FILE.id]
    stage.session.change_settings(image_model=POSTCARDS.id)
    assert not row.isVisible()


def test_fast_leads_to_its_lora_where_it_is_not_here(stage, large, qtbot):
    row = large.inspector.fast
    assert row.isVisible() and not row.box.isEnabled() and row.get.isVisible()
    qtbot.mouseClick(row.get, Qt.MouseButton.LeftButton)
    assert stage.shell.panel == "models"
    models = stage.show("models")
    assert models._viewmodel.tab is Tab.SHELF
    chosen = models._viewmodel.chosen_row()
    assert chosen is not None and chosen.entry == LIGHTNING


def test_a_lora_that_is_gone_is_told_when_settings_are_taken_over(stage, large):
    stage.session.put_models(*stage.session.all_models, LIGHTNING_FILE)
    large.inspector.fast.box.click()
    job = finished(stage.session, "a boat", 1, 3, LARGE, loras=(lora_of(LIGHTNING_FILE),))
    stage.session.put_models(POSTCARDS, LARGE)
    stage.shell.go("create", TakenOut(stage.session.job(job).job))
    (line,) = stage.shell.messages.lines
    assert line.warning and line.params == {"lora": LIGHTNING_FILE.name}


def test_a_job_whose_lora_is_gone_is_mended_by_other_settings(stage, panel):
    stage.session.play_start(job := ask(stage.session, "a boat", 1, 5, LARGE))
    problem = Problem(code="lora_missing", params={"lora": "Lightning", "path": "/x/l.safetensors"})
    stage.session.play_end(job, JobState.FAILED, problem)
    stage.settle()
    (ended,) = panel.middle.findChildren(EndedTile)
    assert "Change settings" in [button.text() for button in ended.findChildren(Button)]


# Judging and varying.


def test_two_chosen_pictures_are_compared_and_move_together(stage, made, qtbot):
    grid = made.browser.grid
    grid.choose(0)
    press(qtbot, grid, Key.Key_Right, SHIFT)
    stage.settle()
    assert len(made.browser.chosen()) == 2
    press(qtbot, grid, Key.Key_C)
    large = made.browser.large
    assert made.browser.is_large and large.compares
    assert {large.asset.recipe.index, large.against.asset.recipe.index} == {0, 1}
    assert "11" in large.against.caption.text() + large.stand.caption.text()
    large.canvas.set_zoom(2.0)
    assert large.against.canvas.zoom == 2.0 and not large.against.canvas.fitted
    stays = large.against.asset
    press(qtbot, large.canvas, Key.Key_Right)
    assert large.against.asset == stays and large.asset != stays
    assert large.canvas.zoom == 2.0, "the part that is judged stays"
    press(qtbot, large.canvas, Key.Key_C)
    assert not large.compares
    assert made.escape() and not made.browser.is_large


def test_with_one_picture_chosen_compare_asks_for_another(stage, made, qtbot):
    press(qtbot, made.browser.grid, Key.Key_C)
    assert [line.text for line in stage.shell.messages.lines] == ["Choose a second picture."]
    assert not made.browser.is_large


def test_comparing_ends_where_the_picture_that_stays_is_thrown_away(stage, made, qtbot):
    browser = made.browser
    press(qtbot, browser.grid, Key.Key_Space)
    press(qtbot, browser.large.canvas, Key.Key_C)
    assert browser.large.compares
    press(qtbot, browser.large.canvas, Key.Key_Delete)
    stage.settle()
    assert browser.is_large and not browser.large.compares, "both were the same one"
    press(qtbot, browser.large.canvas, Key.Key_Z, CTRL)
    stage.settle()
    press(qtbot, browser.large.canvas, Key.Key_C)
    stays = browser.large.against.asset
    press(qtbot, browser.large.canvas, Key.Key_Right)
    stage.settle()
    press(qtbot, browser.large.canvas, Key.Key_Delete)
    assert browser.large.compares and browser.large.against.asset == stays, "another one was thrown away"
    stage.session.trash((stays.id,))
    stage.settle()
    assert browser.is_large and not browser.large.compares and not browser.large.against.isVisible()
    assert browser.large.asset.id != stays.id
    stage.session.trash(tuple(asset.id for asset in stage.session.all_assets if not asset.trashed))
    stage.settle()
    assert not browser.is_large


def test_a_picture_is_varied_with_one_key(stage, made, qtbot):
    stage.session.calls.clear()
    asset = made.browser.chosen()[0]
    press(qtbot, made.browser.grid, Key.Key_V)
    (job,) = (call[1] for call in calls(stage, "generate"))
    assert (job.prompt, job.num_images) == (asset.recipe.prompt, 4)
    assert job.variation.seed == asset.recipe.seed != job.seed
    assert 0 < job.variation.strength < 0.3 and job.variation.drift == 0
    press(qtbot, made.browser.grid, Key.Key_V)
    assert len(calls(stage, "generate")) == 1, "what waits cannot be varied"


def test_a_batch_says_how_it_was_varied(stage, made, qtbot):
    heads, plain = [], Qt.KeyboardModifier.NoModifier
    for number, (key, modifiers) in enumerate(((Key.Key_V, plain), (Key.Key_V, SHIFT), (Key.Key_D, plain))):
        made.browser.grid.choose(4 * number)
        press(qtbot, made.browser.grid, key, modifiers)
        job = calls(stage, "generate")[-1][1]
        heads.append(meta_of(made._viewmodel.results.batch(job.id)).split(" · ")[0])
    assert heads == ["Varied a little", "Varied strongly", "Prompt drifted"]


def test_a_batch_says_what_it_began_with(stage, made, qtbot):
    press(qtbot, made.browser.grid, Key.Key_V)
    press(qtbot, made.browser.grid, Key.Key_Right)
    made.browser.grid.choose(4)
    press(qtbot, made.browser.grid, Key.Key_I)
    qtbot.waitUntil(lambda: len(made.inputs.chips) == 1)
    made.prompt.prompt.setPlainText("a boat")
    made.acts.generate.trigger()
    stage.settle()
    varied, started = (call[1] for call in calls(stage, "generate")[-2:])
    results = made._viewmodel.results
    assert meta_of(results.batch(varied.id)).startswith("Varied a little · Postcards")
    assert meta_of(results.batch(started.id)).startswith("Strength 0.6 · Postcards")


def test_a_recipe_is_copied_as_other_tools_read_it(stage, made, qtbot):
    made.pictures.copy_recipe.trigger()
    text = QGuiApplication.clipboard().text()
    assert text.startswith(made.browser.chosen()[0].recipe.prompt) and "Seed: 11" in text


def test_a_batch_says_how_long_it_still_takes(stage, panel):
    vm = panel._viewmodel
    now = [0.0]
    vm.results.clock = lambda: now[0]
    job = ask(stage.session, "a boat", 2, 5)
    stage.session.play_start(job)
    for second, step in ((0, 1), (2, 5)):
        now[0] = second
        stage.session.play_phase(job, Phase.DENOISING, step, 20, index=0, count=2)
    stage.settle()
    heading = panel.browser.grid.findChild(BatchHeading)
    assert heading._meta.text().endswith("8 s left")


# Pictures to begin with.


def drop(widget, mime: QMimeData) -> None:
    """As the system does when something is let go over the widget."""
    at, copy = QPointF(20, 20), Qt.DropAction.CopyAction
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(widget, QDragEnterEvent(at.toPoint(), copy, mime, buttons, keys))
    QApplication.sendEvent(widget, QDropEvent(at, copy, mime, buttons, keys))


def files(*paths: str) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(one) for one in paths])
    return mime


def names(panel) -> list[str]:
    return [chip.picture.name for chip in panel.inputs.chips]


def test_without_pictures_the_inputs_are_one_quiet_line(panel):
    assert panel.inputs.height() <= 40 and panel.inputs.chips == []


def test_files_are_dropped_on_the_inputs_or_anywhere_on_the_middle(stage, panel, qtbot):
    stage.session.put_traits(POSTCARDS.id, Traits(roles=frozenset({Role.START, Role.REFER})))
    drop(panel.inputs, files("/a/sea.png"))
    qtbot.waitUntil(lambda: names(panel) == ["sea.png"])
    drop(panel.middle, files("/a/hill.png", "/a/boat.jpg"))
    qtbot.waitUntil(lambda: names(panel) == ["sea.png", "hill.png", "boat.jpg"])


def test_a_picture_over_the_prompt_is_none_of_its_words(stage, panel, qtbot):
    field = panel.prompt.prompt
    drop(field.viewport(), files("/a/sea.png"))
    assert field.toPlainText() == ""
    words = QMimeData()
    words.setText("a boat")
    drop(field.viewport(), words)
    assert field.toPlainText() == "a boat"


def test_a_picture_of_the_library_is_dragged_in_without_a_copy(stage, made, qtbot):
    asset = stage.session.all_assets[0]
    mime = QMimeData()
    mime.setData(ASSETS_MIME, asset.id.encode())
    drop(made.middle, mime)
    qtbot.waitUntil(lambda: len(made.inputs.chips) == 1)
    assert made.inputs.chips[0].picture.asset == asset.id


def test_a_key_begins_with_the_chosen_picture(stage, made, qtbot):
    press(qtbot, made.browser.grid, Key.Key_I)
    qtbot.waitUntil(lambda: len(made.inputs.chips) == 1)
    assert made.inputs.chips[0].picture.asset == made.browser.chosen()[0].id


def test_the_gallery_sends_a_picture_to_begin_with(stage, made, qtbot):
    gallery = stage.show("gallery")
    gallery.browser.grid.setFocus()
    gallery.browser.grid.choose(0)
    press(qtbot, gallery.browser.grid, Key.Key_I)
    assert stage.shell.panel == "create"
    qtbot.waitUntil(lambda: len(made.inputs.chips) == 1)


def test_a_picture_is_pasted_and_words_stay_words(stage, panel, qtbot):
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(0x804020)
    QGuiApplication.clipboard().setImage(image)
    panel.prompt.prompt.setFocus()
    press(qtbot, panel.prompt.prompt, Key.Key_V, CTRL)
    qtbot.waitUntil(lambda: names(panel) == ["Pasted picture"])
    copied = files("/a/sea.png")
    QGuiApplication.clipboard().setMimeData(copied)
    panel.acts.paste.trigger()
    qtbot.waitUntil(lambda: names(panel) == ["sea.png"])
    QGuiApplication.clipboard().setText("a boat")
    press(qtbot, panel.prompt.prompt, Key.Key_V, CTRL)
    assert panel.prompt.prompt.toPlainText() == "a boat" and len(panel.inputs.chips) == 1


def test_copied_files_are_pictures_to_the_prompt_too_and_none_of_its_words(panel, qtbot):
    copied = files("/a/sea.png")
    copied.setText("/a/sea.png")
    QGuiApplication.clipboard().setMimeData(copied)
    panel.prompt.prompt.setFocus()
    press(qtbot, panel.prompt.prompt, Key.Key_V, CTRL)
    qtbot.waitUntil(lambda: names(panel) == ["sea.png"])
    assert panel.prompt.prompt.toPlainText() == ""


def test_at_its_chip_a_picture_gets_its_role_and_goes(stage, panel, qtbot):
    stage.session.put_traits(POSTCARDS.id, Traits(roles=frozenset({Role.START, Role.REFER}), weighs=True))
    panel.add_inputs([Path("/a/sea.png")])
    qtbot.waitUntil(lambda: len(panel.inputs.chips) == 1)
    (chip,) = panel.inputs.chips
    assert chip.strength.isVisible() and not chip.weight.isVisible()
    chip.strength.field.setValue(0.2)
    assert "Stays very close" in " ".join(label.text() for label in chip.findChildren(Label))
    chip.role.setFocus()
    press(qtbot, chip.role, Key.Key_Down)
    assert chip.picture.role is Role.REFER and chip.weight.isVisible()
    stage.session.put_traits(POSTCARDS.id, Traits(roles=frozenset({Role.START, Role.REFER})))
    assert not chip.weight.isVisible()  # where it would count for nothing
    stage.session.put_traits(POSTCARDS.id, Traits())
    assert "does not look at pictures" in " ".join(label.text() for label in chip.findChildren(Label))
    qtbot.keyClicks(panel.prompt.prompt, "a boat")
    panel.acts.generate.trigger()
    assert calls(stage, "generate") == []
    qtbot.mouseClick(chip.away, Qt.MouseButton.LeftButton)
    assert panel.inputs.chips == []
    panel.acts.generate.trigger()
    assert len(calls(stage, "generate")) == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_wrong_with_a_picture_is_shown_whole(make_stage, qtbot, language):
    stage = make_stage(Look("light", language, 1440), session=FakeSession())
    panel = stage.show("create")
    stage.session.put_traits(POSTCARDS.id, Traits(roles=frozenset()))
    panel.add_inputs([Path("/a/sea.png"), Path("/a/hill.png")])
    qtbot.waitUntil(lambda: len(panel.inputs.chips) == 2)
    area = panel.inputs.chips[0].parentWidget().parentWidget().parentWidget()

    def whole() -> bool:
        said = [chip._remark for chip in panel.inputs.chips if chip._remark.isVisible()]
        return bool(said) and all(
            one.visibleRegion().boundingRect().height() >= one.heightForWidth(one.width()) for one in said
        )

    for index in (0, 1):
        panel._viewmodel.inputs.set_role(index, Role.START)
        qtbot.waitUntil(lambda: area.widget().size() == area.size() and whole())


def test_generate_says_why_a_picture_cannot_be_used_and_shows_it(stage, panel, qtbot):
    stage.session.put_traits(POSTCARDS.id, Traits(roles=frozenset({Role.START, Role.REFER})))
    panel.add_inputs([Path(f"/a/{number}.png") for number in range(3)])
    qtbot.waitUntil(lambda: len(panel.inputs.chips) == 3)
    stage.session.put_traits(POSTCARDS.id, Traits(roles=frozenset({Role.START})))
    panel._viewmodel.settings.set_prompt("a boat")
    panel.acts.generate.trigger()
    assert [line.problem.code for line in stage.shell.messages.lines] == ["references_unsupported"]
    assert panel.inputs.chips[1].role.hasFocus() and not calls(stage, "generate")


def test_a_model_that_starts_from_one_picture_gets_one(stage, panel, qtbot):
    stage.session.put_traits(POSTCARDS.id, Traits(roles=frozenset({Role.START})))
    panel.add_inputs([Path("/a/sea.png"), Path("/a/hill.png")])
    qtbot.waitUntil(lambda: names(panel) == ["sea.png"])
    (line,) = stage.window.bar.lines()
    assert line.words.text().startswith("The picture hill.png was not added: the model Postcards takes one")
    panel.add_inputs([Path("/a/boat.png")])
    qtbot.waitUntil(lambda: names(panel) == ["boat.png"])
    told = stage.window.bar.lines()[-1]
    assert told.words.text() == "The picture boat.png takes the place of sea.png."
    stage.shell.messages.undo()
    assert names(panel) == ["sea.png"] and not stage.shell.messages.can_undo


def test_many_pictures_scroll_and_what_is_wrong_with_all_is_said_once(stage, panel, qtbot):
    stage.session.put_traits(POSTCARDS.id, Traits(roles=frozenset({Role.START, Role.REFER})))
    panel.add_inputs([Path(f"/a/{number}.png") for number in range(10)])
    qtbot.waitUntil(lambda: len(panel.inputs.chips) == 10)
    stage.session.put_traits(POSTCARDS.id, Traits(roles=frozenset({Role.START})))
    stage.settle()
    first, last = panel.inputs.chips[0], panel.inputs.chips[-1]
    area = first.parentWidget().parentWidget()
    assert area.height() < panel.inputs.add.y() < panel.prompt.y()
    last.role.setFocus()
    press(qtbot, last.role, Key.Key_Tab)
    stage.settle()
    inside = last.parentWidget().height()
    assert last.geometry().bottom() < inside and inside > area.height()
    assert not last.role.visibleRegion().isEmpty()
    said = [label.text() for label in panel.inputs.findChildren(Label) if "does not look at" in label.text()]
    assert len(said) == 1
    for _ in range(9):
        panel.inputs.chips[-1].away.click()
    qtbot.waitUntil(lambda: first.height() == first.parentWidget().height() == area.height())


def test_a_picture_that_cannot_be_read_is_told(stage, panel, qtbot):
    stage.session.inputs.refused["text.png"] = PictureUnreadable(path="/a/text.png")
    panel.add_inputs([Path("/a/text.png")])
    qtbot.waitUntil(lambda: bool(stage.shell.messages.lines))
    assert panel.inputs.chips == []


def test_of_several_that_are_refused_one_message_says_how_many_and_why(stage, panel, qtbot):
    for name in ("a.txt", "b.txt", "c.txt"):
        stage.session.inputs.refused[name] = PictureUnreadable(path=f"/x/{name}")
    drop(panel.middle, files("/x/a.txt", "/x/sea.png", "/x/b.txt", "/x/c.txt"))
    qtbot.waitUntil(lambda: bool(stage.shell.messages.lines))
    (line,) = stage.window.bar.lines()
    assert "/x/a.txt" in line.words.text() and line.words.text().endswith("And 2 more problems.")
    assert names(panel) == ["sea.png"]
    details = next(one for one in line.findChildren(Button) if one.text() == "Details")
    qtbot.mouseClick(details, Qt.MouseButton.LeftButton)
    told = stage.window.details.text.toPlainText()
    assert [name for name in ("a.txt", "b.txt", "c.txt") if name in told] == ["a.txt", "b.txt", "c.txt"]


# LoRAs and what is folded away.


@pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen platform's, for a popup
def test_a_lora_is_looked_for_put_on_and_taken_off(stage, panel, qtbot):
    stage.session.put_models(*stage.session.all_models, INK, GRAIN, NEON)
    loras = panel.inspector.loras
    qtbot.mouseClick(loras.add, Qt.MouseButton.LeftButton)
    listed = [loras.list.items.item(row).text() for row in range(loras.list.items.count())]
    assert listed == [GRAIN.name, INK.name, f"{NEON.name}: made for Stable Diffusion XL"]
    qtbot.keyClicks(loras.list.search, "neon")
    press(qtbot, loras.list.search, Key.Key_Return)
    assert loras.rows == [], "one of another base cannot be taken"
    loras.list.search.clear()
    qtbot.keyClicks(loras.list.search, "ink")
    press(qtbot, loras.list.search, Key.Key_Return)
    (row,) = loras.rows
    assert row.name.text() == INK.name
    row.scale.field.setValue(0.65)
    word = next(one for one in row.findChildren(Button) if one.text() == "sumi ink")
    qtbot.mouseClick(word, Qt.MouseButton.LeftButton)
    panel.acts.generate.trigger()
    job = calls(stage, "generate")[0][1]
    assert (job.prompt, [(one.id, one.scale) for one in job.loras]) == ("sumi ink", [(INK.id, 0.65)])
    qtbot.mouseClick(row.away, Qt.MouseButton.LeftButton)
    assert loras.rows == []


def test_generate_leads_to_the_lora_that_cannot_be_used(stage, panel, qtbot):
    others = [msgspec.structs.replace(INK, id=f"local/ink-{number}") for number in range(12)]
    stage.session.put_models(*stage.session.all_models, *others, NEON)
    settings = panel._viewmodel.settings
    for one in (*others, NEON):
        settings.loras.add(lora_of(one))
    settings.set_prompt("a boat")
    stage.settle()
    row = panel.inspector.loras.rows[-1]
    qtbot.waitUntil(lambda: row.away.visibleRegion().isEmpty())
    panel.acts.generate.trigger()
    qtbot.waitUntil(lambda: not row.away.visibleRegion().isEmpty())
    assert row.away.hasFocus()
    assert not row._remark.visibleRegion().isEmpty() and "neon" in row._remark.text()


def test_guidance_goes_by_its_name_and_is_off_where_it_does_nothing(stage, panel):
    guidance = panel.inspector._guidance
    for kind, name, on in (
        (Guidance.DISTILLED, "Distilled guidance", True),
        (Guidance.TRUE, "True CFG", True),
        (Guidance.NONE, "Guidance", False),
    ):
        stage.session.put_traits(POSTCARDS.id, Traits(guidance=kind))
        assert (guidance.label.text(), guidance.field.accessibleName()) == (name, name)
        assert guidance.isEnabled() is on


def test_the_shape_is_kept_and_others_are_in_a_menu(stage, panel, qtbot):
    inspector = panel.inspector
    inspector._choose_shape("4:3")
    qtbot.mouseClick(inspector.aspect, Qt.MouseButton.LeftButton)
    width, height = panel._viewmodel.settings.size
    inspector.width_field.setText(str(width * 2))
    inspector.width_field.editingFinished.emit()
    assert panel._viewmodel.settings.size == (width * 2, height * 2)


def test_a_second_pass_is_switched_on_and_its_summary_stays(stage, panel, qtbot):
    inspector = panel.inspector
    inspector.go_to("advanced")
    assert not inspector.advanced.scale.isVisible() and not inspector.advanced.cache.isVisible()
    inspector.advanced.second.click()
    inspector.advanced.scale.field.setValue(1.5)
    inspector.advanced.steps.field.setValue(9)
    assert panel._viewmodel.settings.draft.second_pass == SecondPass(scale=1.5, num_inference_steps=9)
    assert inspector._advanced_section._fold.summary == "second pass"
    inspector._reset.click()
    assert inspector._advanced_section._fold.summary == "off"


def test_a_cache_says_what_it_leaves_out(stage, panel):
    stage.session.put_traits(POSTCARDS.id, Traits(caches=True))
    advanced = panel.inspector.advanced
    shown = (advanced.cache_cost, advanced.cache_figure, advanced.measure)
    assert all(widget.isHidden() for widget in shown)
    panel._viewmodel.settings.set_cache("taylor_seer")
    assert advanced.cache_cost.text() == "Computes every third step and estimates those between."
    assert advanced.cache_figure.text() == "What it gains and costs here is not measured yet."
    assert not any(widget.isHidden() for widget in shown)
    panel._viewmodel.settings.set_cache("")
    assert all(widget.isHidden() for widget in shown)


def test_a_cache_says_what_it_gains_and_costs_as_soon_as_that_is_known(stage, panel):
    stage.session.put_traits(POSTCARDS.id, Traits(caches=True))
    advanced, settings = panel.inspector.advanced, panel._viewmodel.settings
    settings.set_cache("first_block")
    costs = stage.session.cache_costs
    costs.put(POSTCARDS.id, CacheCost(cache="first_block", steps=20, faster=1.342, error=58.0))
    costs.put(POSTCARDS.id, CacheCost(cache="first_block", steps=8, faster=1.0, error=0.0))
    assert advanced.cache_figure.text() == (
        "1.34 times as fast, 30 dB alike: small details differ; measured with 20 steps"
    )
    settings.set_steps(9)
    assert advanced.cache_figure.text() == "1.00 times as fast, the same picture; measured with 8 steps"
    settings.set_cache("taylor_seer")
    assert "not measured" in advanced.cache_figure.text()


def test_a_cache_is_measured_with_two_pictures_of_what_is_written(stage, panel, qtbot):
    stage.session.put_traits(POSTCARDS.id, Traits(caches=True))
    advanced, settings = panel.inspector.advanced, panel._viewmodel.settings
    settings.set_cache("first_block")
    panel.inspector.go_to("advanced")
    qtbot.mouseClick(advanced.measure, Qt.MouseButton.LeftButton)
    assert isinstance(settings.problems["prompt"], PromptEmpty) and not calls(stage, "generate")
    settings.set_prompt("a boat")
    settings.set_seed(7)
    settings.set_second_pass(SecondPass())
    qtbot.mouseClick(advanced.measure, Qt.MouseButton.LeftButton)
    job = calls(stage, "generate")[0][1]
    made = [job.picture(index) for index in range(job.num_images)]
    assert [(one.cache, one.seed, one.second_pass) for one in made] == [
        ("", 7, None),
        ("first_block", 7, None),
    ]
    assert (advanced.measure.text(), advanced.measure.isEnabled()) == ("Measuring …", False)
    stage.session.play_start(job.id)
    stage.session.play_end(job.id)
    assert (advanced.measure.text(), advanced.measure.isEnabled()) == ("Measure", True)


def test_a_cache_that_came_back_unused_says_so_and_is_not_measured_again(stage, panel):
    stage.session.put_traits(POSTCARDS.id, Traits(caches=True, roles=frozenset({Role.START, Role.REFER})))
    advanced, settings = panel.inspector.advanced, panel._viewmodel.settings
    settings.set_prompt("a boat")
    settings.set_cache("first_block")
    start = InputPicture(role=Role.START, path="/a/sea.png", width=64, height=64)
    settings.change("inputs", inputs=(start,))
    assert panel._viewmodel.measure_cache()
    job = calls(stage, "generate")[0][1]
    stage.session.play_start(job.id)
    stage.session.play_end(job.id, notes=(Note(code="cache_unused", params={"cache": "first_block"}),))
    assert advanced.cache_figure.text() == "This model cannot use it when it starts from a picture."
    assert advanced.measure.isHidden()
    settings.set_cache("taylor_seer")
    assert "not measured" in advanced.cache_figure.text() and not advanced.measure.isHidden()
    settings.set_cache("first_block")
    settings.change("inputs", inputs=())
    assert "not measured" in advanced.cache_figure.text() and not advanced.measure.isHidden()


def test_the_foot_says_whether_it_fits_and_how_long_it_takes(stage, panel):
    foot, foresight = panel.inspector.foot, stage.session.foresight
    assert foot.isHidden()
    foresight.put(Foreseen(outlook=held()))
    assert foot.words.text() == "Fits: peak about 7.6 of 11.2\u00a0GB · first time: no measure yet"
    foresight.put(Foreseen(outlook=held(measured=True), seconds=46.2))
    assert foot.words.text() == "Fits: peak 7.6 of 11.2\u00a0GB · about 46\u00a0s"
    foresight.put(Foreseen(outlook=held(needed_bytes=14 << 30, remedy="offload_model"), seconds=50.0))
    assert foot.words.property("tone") == "warning"
    assert foot.more.text() == "It does not fit like this. Part by part it does."
    stage.session.put_outlook(POSTCARDS.id, held())
    assert "own size" in foot.more.text()
