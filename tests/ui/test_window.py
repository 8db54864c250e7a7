"""The window: what keys do, what it remembers, what strip, messages and sheets show."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from studio.core.conversations import Said
from studio.core.jobs import JobState
from studio.core.messages import Stage as Phase
from studio.core.records import Problem
from studio.core.settings import Settings
from studio.ui.actions import Action
from studio.ui.frame import ENTRIES, Frame, first_size
from studio.ui.theme import DARK, LIGHT, colours
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.lane_line import LaneWidget
from tests.ui.fake_session import SCRIBE, FakeSession
from tests.ui.scenes_shell import GIB, ask_for, busy
from tests.ui.stage import Look, Stage

LEAST = (1100, 720)
CRASH = Problem(code="worker_crashed", params={"cause": "segmentation fault"}, traceback="Traceback …")


def press(stage: Stage, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
    """A key to whatever has the focus."""
    held = Qt.KeyboardModifier.NoModifier
    for modifier in modifiers:
        held |= modifier
    QTest.keyClick(QApplication.focusWidget() or stage.frame, key, held)
    stage.settle()


CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def words(widget: QWidget) -> str:
    """All words of the labels inside that are shown."""
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def region_of(stage: Stage) -> str | None:
    focused = QApplication.focusWidget()
    for name, widget in stage.window._region_widgets().items():
        if focused and widget and (widget is focused or widget.isAncestorOf(focused)):
            return name
    return None


def test_keys_show_the_panels_and_the_last_one_is_remembered(stage):
    stage.show("create")
    for number, entry in enumerate(ENTRIES, 1):
        press(stage, Qt.Key(Qt.Key.Key_0 + number), CTRL)
        assert stage.shell.panel == entry.name
        assert stage.window.panel(entry.name).middle.isVisible()
        assert stage.frame.rail.selected().name == entry.name
    stage.window.close()
    assert stage.session.settings.window["panel"] == "settings"


def test_panels_are_built_when_they_are_first_shown(stage):
    stage.show("settings")
    assert set(stage.window.builder.built) <= {"create", "settings"}
    stage.show("gallery")
    assert "chat" not in stage.window.builder.built


def test_every_panel_is_made_in_steps_and_the_same_when_it_is_asked_for_between_two(stage):
    stage.show("settings")
    for name in ("edit", "chat", "gallery", "models"):
        steps = stage.window.builder.steps(name)
        for _ in range(4):
            next(steps)
        assert name not in stage.window.builder.built
        panel = stage.window.panel(name)
        assert list(steps) == [] and stage.window.panel(name) is panel


def test_a_panel_that_is_half_made_speaks_the_language_that_is_chosen_meanwhile(stage):
    stage.show("settings")
    steps = {name: stage.window.builder.steps(name) for name in ("edit", "models")}
    for making in steps.values():
        for _ in range(6):
            next(making)
    stage.session.change_settings(language="zh")
    QApplication.processEvents()
    for name, title in (("edit", "编辑"), ("models", "模型")):
        panel = stage.window.panel(name)
        assert panel.inspector is not None
        assert panel.inspector.header.title.text() == title


def test_sizes_and_collapse_come_back_at_the_next_start(make_stage):
    first = make_stage(Look(width=1440, height=900))
    first.show("create")
    first.frame.columns._drag_inspector(-40)
    first.frame.columns.inspector_resized.emit(344)
    first.show("gallery")
    press(first, Qt.Key.Key_Period, CTRL)
    assert not first.frame.columns.arrangement.inspector
    first.frame.resize(1100, 760)  # the test's screen is 800 px square
    first.window.close()
    kept = first.session.settings.window
    second = make_stage(Look(width=1440, height=900), FakeSession.filled())
    second.session.change_settings(window=kept)
    assert second.show("gallery").inspector.isVisible() is False
    second.show("create")
    assert second.frame.columns.arrangement.inspector == 344
    again = Frame(kept)
    assert (again.width(), again.height()) == (1100, 760)
    again.deleteLater()


@pytest.mark.parametrize(
    ("room", "size"),
    [((1280, 800), (1280, 760)), ((1920, 1040), (1440, 900)), ((1440, 877), (1440, 837)), ((9, 9), LEAST)],
)
def test_the_first_window_fits_on_its_screen(room, size):
    assert first_size(QSize(*room)).toTuple() == size


def test_the_keyboard_goes_round_the_regions_and_finds_its_place_again(stage):
    stage.show("gallery")
    seen = [region_of(stage)]
    for _ in range(4):
        press(stage, Qt.Key.Key_F6)
        seen.append(region_of(stage))
    assert sorted(seen) == ["inspector", "middle", "rail", "side", "strip"]
    press(stage, Qt.Key.Key_F6, SHIFT)
    assert region_of(stage) == seen[-2]
    stage.window.regions.enter("inspector")
    gone = QApplication.focusWidget()
    press(stage, Qt.Key.Key_F6)
    gone.deleteLater()  # as goes what another picture does not have
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    press(stage, Qt.Key.Key_F6, SHIFT)
    assert region_of(stage) == "inspector"


def test_arrows_move_along_the_rail(stage):
    stage.show("create")
    stage.window.regions.enter("rail")
    press(stage, Qt.Key.Key_Down)
    assert stage.shell.panel == "edit"
    assert region_of(stage) == "rail"


def test_palette_and_shortcuts_build_no_panel_and_list_those_that_come_while_they_are_open(stage):
    stage.show("create")
    stage.window.lists.open_palette()
    assert list(stage.window.builder.built) == ["create"]
    palette, model = stage.window.lists.palette, stage.window.lists.model
    QTest.keyClicks(palette.field, "search")
    assert model.rowCount() == 0
    stage.window.panel("gallery")
    assert palette.field.text() == "search"
    assert palette.view.currentIndex().data() == "Search pictures"
    press(stage, Qt.Key.Key_Escape)
    stage.window.lists.open_shortcuts()
    assert "Search chats" not in words(stage.window.lists.shortcuts)
    stage.window.panel("chat")
    assert "Search chats" in words(stage.window.lists.shortcuts)


def test_the_row_that_is_chosen_in_the_palette_stays_chosen_when_others_come(stage):
    stage.show("create")
    stage.window.lists.open_palette()
    for _ in range(3):
        press(stage, Qt.Key.Key_Down)
    view = stage.window.lists.palette.view
    chosen = view.currentIndex().data()
    stage.window.panel("gallery")
    assert (view.currentIndex().row(), view.currentIndex().data()) == (3, chosen)


def test_every_action_has_a_name_a_place_in_the_palette_and_no_key_twice(stage):
    stage.show("create")
    stage.build_all()
    groups = stage.window.lists.commands()
    assert set(groups) == {"", "chat", "create", "edit", "gallery", "models", "settings"}
    everywhere = [command.keys for command in groups[""]]
    for name, commands in groups.items():
        keys = [command.keys for command in commands]
        if name:  # where a panel takes its own steps back, the window's key is its own
            keys += [one for one in everywhere if not (name == "edit" and one == "Ctrl+Z")]
        assert sorted(keys) == sorted(set(keys)), name
        assert all(command.words and command.keys for command in commands), name


def test_the_palette_runs_a_command_of_another_panel(stage):
    stage.show("create")
    stage.build_all()
    press(stage, Qt.Key.Key_K, CTRL)
    palette = stage.window.lists.palette
    assert palette.isVisible()
    frame = palette.frame().translated(palette.pos())
    assert (frame.top(), frame.width(), frame.center().x()) == (96, 560, stage.frame.rect().center().x())
    QTest.keyClicks(QApplication.focusWidget(), "crash report")
    press(stage, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert stage.shell.panel == "settings"
    assert "crash report" in words(stage.window.bar).lower() or stage.window.details.isVisible()


def test_escape_closes_what_is_open_and_gives_the_focus_back(stage):
    stage.show("create")
    before = QApplication.focusWidget()
    for open_ in (stage.window.lists.open_palette, stage.window.lists.open_shortcuts):
        open_()
        stage.settle()
        assert QApplication.focusWidget() is not before
        press(stage, Qt.Key.Key_Escape)
        assert QApplication.focusWidget() is before
    assert not stage.window.lists.shortcuts.isVisible()


def test_a_called_side_is_closed_by_escape(make_stage):
    stage = make_stage(Look(width=1100, height=720))
    panel = stage.show("gallery")
    assert not panel.side.isVisible()
    press(stage, Qt.Key.Key_B, CTRL)
    assert panel.side.isVisible()
    press(stage, Qt.Key.Key_Escape)
    assert not panel.side.isVisible()


def test_the_strip_tells_what_runs_and_stops_it(stage):
    stage.show("settings")
    assert "Nothing running" in words(stage.window.strip)
    job = busy(stage.session)
    stage.settle()
    shown = words(stage.window.strip)
    for part in ("a red lighthouse", "Denoising · step 17 of 28", "96 of 256 tokens", "9.0 / 12 GB", "+ 2"):
        assert part in shown
    assert "s left" not in shown
    stage.session.calls.clear()
    stage.window.strip.findChild(LaneWidget).stop.click()
    assert stage.session.calls == [("stop", job)]
    stage.window.queue.stop_all()
    assert stage.session.calls[-1] == ("stop_all",)


def test_one_is_asked_before_what_could_not_be_saved_is_lost(stage):
    stage.show("settings")
    stage.session.edits.not_saved = ["a boat", "a house"]
    window = stage.window
    assert not window.frame.close() and window.frame.isVisible()
    assert "a boat, a house" in words(window.leaving)
    window.leaving.keep.click()
    assert window.frame.isVisible() and not window.leaving.isVisible()
    stage.session.edits.not_saved = []
    assert window.frame.close()
    window.frame.show()
    stage.session.edits.not_saved = ["a boat"]
    assert not window.frame.close()
    window._leave()
    assert not window.frame.isVisible()


def test_the_waiting_list_is_ordered_by_keys(stage):
    stage.show("settings")
    busy(stage.session)
    press(stage, Qt.Key.Key_J, CTRL)
    waiting = stage.window.waiting
    assert waiting.isVisible()
    titles = [record.job.prompt for record in stage.window.queue.waiting.records]
    press(stage, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    moved = [record.job.prompt for record in stage.window.queue.waiting.records]
    assert moved == [titles[1], titles[0], titles[2]]
    for _ in range(3):
        press(stage, Qt.Key.Key_Delete)
    assert not waiting.isVisible()
    assert not stage.window.queue.waiting.records


@pytest.mark.parametrize("how", [Qt.Key.Key_E, Qt.Key.Key_Return, "button"])
def test_a_waiting_picture_job_is_taken_out_of_the_queue_to_be_edited_in_create(stage, how):
    stage.show("gallery")
    busy(stage.session)
    first, second, _ = stage.window.queue.waiting.records
    press(stage, Qt.Key.Key_J, CTRL)
    waiting = stage.window.waiting
    assert (waiting.edit.accessibleName(), waiting.edit.toolTip()) == ("Edit", "Edit (E)")
    press(stage, Qt.Key.Key_Down)
    if how == "button":
        QTest.mouseClick(waiting.edit, Qt.MouseButton.LeftButton)
    else:
        press(stage, how)
    create = stage.window.panel("create")
    assert (stage.shell.panel, waiting.isVisible()) == ("create", False)
    assert stage.session.job(second.job.id).state is JobState.STOPPED
    assert stage.session.job(first.job.id).state is JobState.PENDING
    assert create.prompt.prompt.toPlainText() == second.job.prompt and create.prompt.prompt.hasFocus()
    assert create.inspector.seed_field.text() == str(second.job.seed)
    create.acts.generate.trigger()
    again = stage.session.jobs()[0].job
    fields = ("prompt", "seed", "num_images", "num_inference_steps")
    assert [getattr(again, one) for one in fields] == [getattr(second.job, one) for one in fields]


def test_a_waiting_answer_cannot_be_edited(stage):
    stage.show("create")
    ask_for(stage.session, "a boat")
    stage.session.chats.send(stage.session.chats.recent()[0].id, Said(text="And a title?"), SCRIBE)
    press(stage, Qt.Key.Key_J, CTRL)
    waiting = stage.window.waiting
    assert waiting.edit.isEnabled()
    press(stage, Qt.Key.Key_Down)
    assert not waiting.edit.isEnabled()
    stage.session.calls.clear()
    press(stage, Qt.Key.Key_E)
    assert stage.session.calls == [] and waiting.isVisible()
    press(stage, Qt.Key.Key_Delete)
    assert waiting.edit.isEnabled()


def test_an_error_and_an_undo_stand_in_two_lines_and_ctrl_z_takes_it_back(stage):
    stage.show("settings")
    undone = []
    stage.shell.messages.undoable("{n} pictures moved to trash", lambda: undone.append(True), n=3)
    stage.shell.messages.problem(CRASH)
    stage.settle()
    error, undo = stage.window.bar.lines()
    assert "The engine crashed (segmentation fault)." in words(error)
    assert words(undo) == "3 pictures moved to trash"
    press(stage, Qt.Key.Key_Z, CTRL)
    assert undone == [True]
    assert stage.window.bar.lines() == [error]
    error.cross.click()
    assert not stage.window.bar.isVisible()


def test_details_of_an_error_can_be_copied(stage):
    stage.show("settings")
    stage.shell.messages.problem(CRASH)
    stage.shell.messages.act(stage.shell.messages.lines[0])
    details = stage.window.details
    assert details.isVisible()
    assert details.text.toPlainText() == "Traceback …"
    details.copy.click()
    assert QApplication.clipboard().text() == "Traceback …"


def test_a_failure_of_another_panel_is_told(stage):
    stage.show("gallery")
    job = ask_for(stage.session, "a boat")
    stage.session.play_start(job)
    stage.session.play_end(job, JobState.FAILED, problem=CRASH)
    assert "The engine crashed" in words(stage.window.bar)


def test_language_and_theme_change_the_whole_window_at_once(stage):
    panel = stage.show("settings")
    busy(stage.session)
    stage.settle()
    assert colours() is DARK
    panel.language.chosen.emit("zh")
    panel.theme.chosen.emit("light")
    stage.settle()
    assert colours() is LIGHT
    assert stage.frame.rail.selected().text() == "设置"
    assert panel.header.title.text() == "设置"
    assert "第 17 步，共 28 步" in words(stage.window.strip)
    assert stage.window.strip.badge.text() == "离线"
    assert "常规" in words(panel.middle)
    assert all(action.text()[0] > "\u4e00" for action in stage.window.actions())
    assert stage.session.settings == Settings(
        language="zh", theme="light", reduced_motion=True, window=stage.session.settings.window
    )


def test_settings_are_shown_and_changed(stage):
    panel = stage.show("settings")
    QTest.mouseClick(panel.offline, Qt.MouseButton.LeftButton, pos=QPoint(8, 12))
    assert not stage.session.settings.offline
    assert stage.window.strip.badge.text() == "Online"
    panel.memory.chosen.emit(8 * GIB)
    panel.idle.chosen.emit(0)
    assert (stage.session.settings.memory_budget, stage.session.settings.idle_release_minutes) == (8 * GIB, 0)
    assert (panel.memory.currentText(), panel.idle.currentText()) == ("8.0 GB", "Never")
    stage.session.change_settings(library="/mnt/pictures")
    assert "/mnt/pictures, from the next start on" in words(panel.middle)


def test_news_of_the_engine_leave_the_rows_of_model_folders_and_their_focus_alone(stage, qtbot):
    stage.session.change_settings(model_folders=("/models", "/more"))
    panel = stage.show("settings")
    forget = [one for one in panel.findChildren(IconButton) if one.accessibleName() == "Forget this folder"]
    assert len(forget) == 2
    stage.frame.activateWindow()
    forget[1].setFocus()
    stage.session.set_lane("image", held_bytes=GIB)
    stage.session.change_settings(offline=True)
    stage.settle()
    assert QApplication.focusWidget() is forget[1]
    QTest.keyClick(forget[1], Qt.Key.Key_Space)
    stage.settle()
    assert stage.session.settings.model_folders == ("/models",)
    assert "/more" not in words(panel) and "/models" in words(panel)


def test_actions_of_a_hidden_panel_do_not_listen(stage):
    create = stage.show("create")
    gallery = stage.show("gallery")
    listening = set(stage.frame.actions())
    assert set(gallery.actions()) <= listening
    assert not listening & {action for action in create.actions() if isinstance(action, Action)}


@pytest.mark.parametrize("stage_of", [Phase.LOADING, Phase.DENOISING])
def test_time_left_is_told_once_it_was_measured(stage, stage_of):
    stage.show("settings")
    clock = iter(range(0, 100, 10))
    stage.window.queue._clock = lambda: float(next(clock))
    job = ask_for(stage.session, "a boat", pictures=1)
    stage.session.play_start(job)
    stage.session.play_phase(job, stage_of, 0, 40)
    stage.settle()
    assert "s left" not in words(stage.window.strip)
    stage.session.play_phase(job, stage_of, 10, 40)
    stage.settle()
    assert "30 s left" in words(stage.window.strip)


def test_what_hangs_over_the_window_closes_with_its_place(stage):
    stage.show("create")
    stage.window.lists.open_palette()
    stage.settle()
    press(stage, Qt.Key.Key_4, CTRL)
    assert stage.shell.panel == "gallery"
    assert not stage.window.lists.palette.isVisible()
    stage.window.lists.open_palette()
    stage.window.lists.open_shortcuts()
    stage.settle()
    stage.frame.resize(1200, 780)
    stage.settle()
    assert not stage.window.lists.palette.isVisible()
    sheet = stage.window.lists.shortcuts
    assert sheet.isVisible()
    assert sheet.geometry().center() == stage.frame.rect().center()


def test_bare_keys_do_not_reach_what_lies_below_a_sheet(stage):
    stage.show("gallery")
    grid = stage.window.panel("gallery").browser.grid
    grid.setFocus()
    press(stage, Qt.Key.Key_Home)
    stage.session.calls.clear()
    stage.window.lists.open_shortcuts()
    press(stage, Qt.Key.Key_Delete)
    assert [call for call in stage.session.calls if call[0] == "trash"] == []
    press(stage, Qt.Key.Key_Escape)
    press(stage, Qt.Key.Key_Delete)
    assert [call[0] for call in stage.session.calls if call[0] == "trash"] == ["trash"]


def test_motion_is_measured_out_and_can_be_stilled(stage, qapp):
    qapp.setCursorFlashTime(1000)
    stage.show("settings")
    assert qapp.styleHints().cursorFlashTime() == 0
    stage.session.change_settings(reduced_motion=False)
    assert qapp.styleHints().cursorFlashTime() > 0
    stage.shell.messages.notify("Prompt copied")
    growing = stage.window.bar
    assert growing.maximumHeight() < growing.sizeHint().height()
    stage.settle()
    assert growing._growth.duration() == 200
    growing._growth.setCurrentTime(200)
    assert growing.height() <= growing.sizeHint().height() <= growing.maximumHeight()
