"""Recipes in Create through real drops, keys and clicks."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from studio.core.inputs import Role
from studio.core.nearest import NearestModel
from studio.core.reading import Dropped, Reading
from studio.core.recipe import Recipe
from studio.core.sheets import Axis, Setting, Sheet
from studio.ui.dialogs.recipe import RecipeSheet
from studio.ui.panels.create import CreatePanel
from studio.ui.widgets.buttons import Button
from tests.ui.fake_session import LARGE, POSTCARDS
from tests.ui.scenes_recipe import FILE, RECIPE, found
from tests.ui.shelf import LIGHTNING_FILE, SDXL, stocked
from tests.ui.stage import Stage

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def panel(stage: Stage) -> CreatePanel:
    stocked(stage.session)
    stage.session.all_models.append(LIGHTNING_FILE)
    stage.session.recipes.told[FILE] = found(stage)
    panel = stage.show("create")
    stage.frame.activateWindow()
    assert isinstance(panel, CreatePanel)
    return panel


def drop(target: QWidget, *paths: str) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    rest = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(target, QDragEnterEvent(QPoint(300, 300), *rest))
    QApplication.sendEvent(target, QDropEvent(QPointF(300, 300), *rest))


def opened(stage: Stage, panel: CreatePanel) -> RecipeSheet:
    drop(panel.middle, FILE)
    stage.settle()
    assert panel.recipes.sheet is not None and panel.recipes.sheet.isVisible()
    return panel.recipes.sheet


def row(sheet: RecipeSheet, name: str):
    return next(one for one in sheet.rows if one.field.name == name)


def asked(stage: Stage, name: str) -> list[tuple]:
    return [call for call in stage.session.calls if call[0] == name]


def test_a_dropped_picture_shows_its_fields_and_ctrl_return_uses_the_ticked_ones(stage, panel, qtbot):
    sheet = opened(stage, panel)
    assert len(sheet.rows) == 13 and not row(sheet, "lora:1").box.isEnabled()
    row(sheet, "prompt").box.click()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return, CTRL)
    assert not sheet.isVisible() and asked(stage, "generate") == []
    settings = panel._viewmodel.settings
    assert (settings.draft.prompt, settings.draft.negative_prompt) == ("", RECIPE.negative_prompt)
    assert (settings.model, settings.draft.seed, settings.steps) == (LARGE, RECIPE.seed, 28)
    assert panel.prompt.prompt.hasFocus()
    qtbot.keyClick(panel.prompt.prompt, Qt.Key.Key_Return, CTRL)
    assert settings.problems.keys() == {"prompt"}  # below the sheet it generates again


def test_all_and_none(stage, panel):
    sheet = opened(stage, panel)
    sheet.none.click()
    assert not any(one.box.isChecked() for one in sheet.rows) and not sheet.use.isEnabled()
    sheet.every.click()
    assert [one.field.name for one in sheet.rows if not one.box.isChecked()] == ["lora:1"]
    sheet.use.click()
    assert panel._viewmodel.settings.draft.prompt == RECIPE.prompt


def test_escape_leaves_everything_as_it_is(stage, panel, qtbot):
    sheet = opened(stage, panel)
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible() and panel._viewmodel.settings.model is POSTCARDS


def test_a_missing_model_leads_to_the_nearest_in_models(stage, panel):
    model = NearestModel(name="juggernautXL_v9", shelf=SDXL)
    stage.session.recipes.told[FILE] = found(stage, model=model)
    sheet = opened(stage, panel)
    [get] = row(sheet, "model").findChildren(Button)
    assert SDXL.name in get.accessibleName()
    get.click()
    assert stage.shell.panel == "models" and not sheet.isVisible()
    assert stage.window.panel("models").search.text() == SDXL.repository


def test_the_picture_itself_goes_into_the_inputs(stage, panel):
    taken: list[tuple] = []
    panel.recipes.add_inputs = lambda paths, role: taken.append((*map(str, paths), role))
    for name in ("start", "refer"):
        button = getattr(opened(stage, panel), name)
        assert button.isVisible()
        button.click()
    assert taken == [(FILE, Role.START), (FILE, Role.REFER)]


def test_a_dropped_picture_without_a_recipe_is_an_input_at_once(stage, panel):
    taken: list[tuple] = []
    panel.recipes.add_inputs = lambda paths, role: taken.append((*map(str, paths), role))
    stage.session.recipes.told[FILE] = Dropped(path=FILE)
    drop(panel.middle, FILE)
    stage.settle()
    assert panel.recipes.sheet is None and taken == [(FILE, None)]
    panel.recipes.read(FILE)  # asked for its recipe, the person is told that there is none
    stage.settle()
    sheet = panel.recipes.sheet
    assert sheet and sheet.isVisible() and sheet.rows == [] and not sheet.use.isVisible()
    assert sheet.written_by.text() == "This picture has no recipe that can be read."


def test_several_dropped_pictures_are_inputs(stage, panel):
    taken: list[tuple] = []
    panel.recipes.add_inputs = lambda paths, role: taken.append((*map(str, paths), role))
    panel.recipes.take([Path(FILE), Path("/other.png")])
    assert taken == [(FILE, "/other.png", None)] and asked(stage, "read_recipe") == []


def test_what_is_copied(stage, panel, qtbot):
    clipboard = QGuiApplication.clipboard()
    clipboard.setText(FILE)
    panel.recipes.read_clipboard()
    assert str(asked(stage, "read_recipe")[0][1]) == FILE
    stage.session.recipes.told["the text of A1111"] = msgspec.structs.replace(found(stage), path="")
    clipboard.setText("the text of A1111")
    panel.recipes.read_clipboard()
    stage.settle()
    assert (
        panel.recipes.sheet and panel.recipes.sheet.isVisible() and not panel.recipes.sheet.thumb.isVisible()
    )
    panel.recipes.close()
    clipboard.setText("hello")
    panel.recipes.read_clipboard()
    qtbot.waitUntil(lambda: any("no recipe" in line.text for line in stage.shell.messages.lines))


PASTED = "a red boat\nNegative prompt: fog\nSteps: 28, Sampler: Euler a, Seed: 5"


def paste(panel, qtbot, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    panel.prompt.prompt.setFocus()
    qtbot.keyClick(panel.prompt.prompt, Qt.Key.Key_V, CTRL)


def test_a_pasted_recipe_stays_words_and_is_offered_to_be_read(stage, panel, qtbot):
    recipe = Recipe(prompt="a red boat", negative_prompt="fog", seed=5)
    told = Dropped(reading=Reading(recipe=recipe, dialect="AUTOMATIC1111"))
    stage.session.recipes.told[PASTED] = told
    paste(panel, qtbot, PASTED)
    qtbot.waitUntil(lambda: bool(stage.shell.messages.lines))
    (line,) = stage.shell.messages.lines
    assert panel.prompt.prompt.toPlainText() == PASTED and panel.recipes.sheet is None
    assert (line.text, line.params) == ("What was pasted is a recipe of {tool}.", {"tool": "AUTOMATIC1111"})
    stage.shell.messages.act(line)
    sheet = panel.recipes.sheet
    assert sheet and sheet.isVisible() and row(sheet, "prompt").field.before == PASTED
    sheet.use.click()
    draft = panel._viewmodel.settings.draft
    assert (draft.prompt, draft.negative_prompt, draft.seed) == ("a red boat", "fog", 5)


@pytest.mark.parametrize(
    "text", ["a red boat", "Steps: down to the water", "the {red|blue} boat\nseed: pumpkin", "{}"]
)
def test_other_pasted_words_are_not_looked_at(stage, panel, qtbot, text):
    paste(panel, qtbot, text)
    assert panel.prompt.prompt.toPlainText() == text and asked(stage, "read_recipe_text") == []


def test_what_only_looks_like_a_recipe_is_not_offered(stage, panel, qtbot):
    paste(panel, qtbot, PASTED)
    qtbot.waitUntil(lambda: bool(asked(stage, "read_recipe_text")))
    stage.settle()
    assert stage.shell.messages.lines == []


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_a_file_is_chosen(stage, panel, qtbot):
    panel.recipes.actions[0].trigger()
    dialog = panel.middle.findChild(QFileDialog)
    dialog.fileSelected.emit(FILE)
    dialog.reject()
    assert len(asked(stage, "read_recipe")) == 1
    qtbot.waitUntil(lambda: panel.recipes.sheet is not None and panel.recipes.sheet.isVisible())


def test_language_and_theme_may_change_while_the_sheet_is_open(stage, panel):
    sheet = opened(stage, panel)
    row(sheet, "seed").box.click()
    stage.session.change_settings(language="zh", theme="light")
    stage.settle()
    assert sheet.isVisible() and len(sheet.rows) == 13
    assert row(sheet, "prompt").box.text() == "提示词" and sheet.use.text() == "使用所选"
    assert "无法识别" in sheet._unread.text()
    assert not row(sheet, "seed").box.isChecked() and row(sheet, "prompt").box.isChecked()
    sheet.use.click()
    assert not panel._viewmodel.settings.draft.seed_locked


def test_esc_of_the_panel_closes_the_sheet_first(stage, panel):
    sheet = opened(stage, panel)
    assert panel.escape() and not sheet.isVisible()


def test_an_exported_sheet_says_that_it_is_one_and_offers_how_its_first_picture_was_made(stage, panel):
    sheet = Sheet(
        id="sheet",
        columns=Axis(setting=Setting.SEED, values=("1", "2", "3")),
        rows=Axis(setting=Setting.STEPS, values=("10", "20")),
    )
    reading = Reading(recipe=msgspec.structs.replace(RECIPE, sheet=sheet), dialect="Atelier")
    stage.session.recipes.told[FILE] = found(stage, reading=reading)
    dialog = opened(stage, panel)
    assert dialog.title.text() == "Contact sheet"
    assert dialog.written_by.text() == "3 × 2 pictures; here is how the first was made"
    assert dialog.use.isEnabled() and row(dialog, "prompt").field.after == RECIPE.prompt
    one = msgspec.structs.replace(reading.recipe, cell=4)
    stage.session.recipes.told[FILE] = found(stage, reading=Reading(recipe=one, dialect="Atelier"))
    dialog = opened(stage, panel)
    assert dialog.title.text() == "Recipe", "a picture of a sheet is a picture"
