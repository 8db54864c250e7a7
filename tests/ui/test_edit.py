"""Edit through real keys and clicks: choose, fill, judge, apply, and every step taken back."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDrag, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMenu, QWidget

from studio.core.adjustments import Blur, Levels, ends
from studio.core.edit_news import Remark
from studio.core.edits import Margins, Operation, Region
from studio.core.errors import DiskFull, FileUnwritable, LayerHidden, PictureUnreadable
from studio.core.jobs import JobState
from studio.core.layered_files import Lost
from studio.core.layers import Blending, DocumentCard, TextStyle
from studio.core.records import Problem
from studio.media.adjust import curve_table
from studio.session.edit_opening import FirstView
from studio.ui.edit_words import TOOLS
from studio.ui.i18n import sentence_of
from studio.ui.panels.edit import EditPanel
from studio.ui.panels.edit_drag import DragHandle
from studio.ui.panels.edit_recent import DocumentButton
from studio.ui.panels.gallery import GalleryPanel
from studio.ui.theme import colours
from studio.ui.widgets.buttons import Button, IconButton
from studio.viewmodels.edit_tools import Tool
from studio.viewmodels.waiting import TakenOut
from tests.ui.drawings import draw
from tests.ui.fake_session import NOON, FakeSession
from tests.ui.scenes_edit import family, settle
from tests.ui.stage import Stage

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
NONE = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


@pytest.fixture
def stage(qapp) -> Iterator[Stage]:
    stage = Stage(session=FakeSession())
    stage.session.draw = draw
    yield stage
    stage.close()


@pytest.fixture
def panel(stage) -> EditPanel:
    panel = stage.show("edit")
    stage.frame.activateWindow()
    return panel


@pytest.fixture
def opened(stage, panel) -> EditPanel:
    """A picture of 256 × 256 on the canvas."""
    panel.receive(stage.session.add_picture("a boat", seed=7))
    settle(stage, panel)
    return panel


@pytest.fixture
def taken(stage, opened) -> EditPanel:
    """Two of four takes are made."""
    drag(opened, (60, 60), (140, 120))
    opened.viewmodel.settings.set_prompt("a moon")
    opened.acts.run.trigger()
    job_id = stage.session.all_jobs[-1].job.id
    stage.session.play_start(job_id)
    for index in (0, 1):
        stage.session.play_picture(job_id, index)
    settle(stage, opened)
    return opened


def calls(stage, name) -> list[tuple]:
    return [call for call in stage.session.calls if call[0] == name]


def at(panel, x: float, y: float) -> QPoint:
    """Of a place of the picture, in the viewport of the canvas."""
    return panel.work.canvas.to_view().map(QPointF(x, y)).toPoint()


def drag(panel, start: tuple[int, int], end: tuple[int, int], keys=NONE) -> None:
    port = panel.work.canvas.viewport()
    QTest.mousePress(port, LEFT, keys, at(panel, *start))
    for share in (0.3, 0.7, 1.0):
        x, y = (a + (b - a) * share for a, b in zip(start, end, strict=True))
        QTest.mouseMove(port, at(panel, x, y))
    QTest.mouseRelease(port, LEFT, keys, at(panel, *end))


def press(panel, key, keys=NONE) -> None:
    QTest.keyClick(QApplication.focusWidget() or panel.work.canvas, key, keys)


def drop(panel, mime: QMimeData, keys=NONE) -> None:
    """In the middle of it, on whatever is there."""
    spot, copy = panel.middle.rect().center(), Qt.DropAction.CopyAction
    there = panel.middle.childAt(spot)
    QApplication.sendEvent(there, QDragEnterEvent(spot, copy, mime, LEFT, keys))
    QApplication.sendEvent(there, QDropEvent(QPointF(spot), copy, mime, LEFT, keys))


def files_at(*paths: Path | str) -> QMimeData:
    held = QMimeData()
    held.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return held


def small_picture(path: Path, width: int = 9, height: int = 7) -> Path:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    assert image.save(str(path))
    return path


def chosen(panel) -> Region:
    return panel.viewmodel.chosen


def wait_for_work(qtbot, panel) -> None:
    qtbot.waitUntil(lambda: not panel.viewmodel.commands.busy)


# Pictures come in.


def test_without_a_document_it_says_how_to_begin(stage, panel):
    assert panel.pages.currentWidget() is panel.first
    assert not panel.acts.run.isEnabled() and not panel.acts.export.isEnabled()
    assert panel.first.open.isVisible()


def test_the_gallery_sends_a_picture_by_e(stage, qtbot):
    asset = stage.session.add_picture("a lighthouse")
    gallery = stage.show("gallery")
    assert isinstance(gallery, GalleryPanel)
    stage.frame.activateWindow()
    gallery.browser.grid.setFocus()
    gallery.browser.grid.choose(0)
    QTest.keyClick(gallery.browser.grid, Key.Key_E)
    stage.settle()
    assert stage.shell.panel == "edit"
    assert calls(stage, "open_document")[0][1].id == asset.id
    panel = stage.window.panel("edit")
    assert panel.work.canvas.surface is panel.viewmodel.document


def test_a_file_is_dropped_on_the_middle(stage, panel):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile("/a/sea.png")])
    drop(panel, mime)
    assert calls(stage, "open_document")[0][1] == Path("/a/sea.png")
    assert "sea" in panel.header.context.text()


def test_what_other_programs_drop_is_opened_or_refused_in_a_sentence(stage, panel, tmp_path, qtbot):
    several, folder, link, palette = (QMimeData() for _ in range(4))
    several.setUrls([QUrl.fromLocalFile(f"/a/{name}.png") for name in ("one", "two", "three")])
    folder.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    link.setUrls([QUrl("https://example.org/a.png")])
    image = QImage(9, 7, QImage.Format.Format_Indexed8)
    image.setColorTable([0xFF336699, 0x00000000])
    image.fill(0)
    palette.setImageData(image)
    drop(panel, folder)
    assert "folder" in stage.shell.messages.lines[0].text
    drop(panel, link)
    assert "nothing from elsewhere" in stage.shell.messages.lines[0].text and not calls(
        stage, "open_document"
    )
    drop(panel, several)
    assert calls(stage, "open_document")[0][1] == Path("/a/one.png")
    drop(panel, palette)
    encoded = calls(stage, "open_document")[1][1]()
    assert QImage.fromData(encoded).pixel(3, 3) == 0xFF336699
    panel.viewmodel.commands.paste(image, "Palette")
    wait_for_work(qtbot, panel)
    document = panel.viewmodel.document
    assert document.plane(document.state.active_layer.plane).bounds().width == 9


def test_of_several_files_the_others_are_in_the_menu_or_become_layers(
    stage, panel, tmp_path, qtbot, monkeypatch
):
    monkeypatch.setattr(QMenu, "popup", lambda *_: None)
    drop(panel, files_at("/a/one.png", tmp_path, small_picture(tmp_path / "two.png"), "/a/three & 3.png"))
    (message,) = stage.shell.messages.lines
    assert message.params == {"count": 3}
    panel.files.open_button.click()
    names = [action.text() for action in panel.files._menu.actions()]
    assert "two.png" in names and "three && 3.png" in names
    panel.files._menu.deleteLater()
    next(action for action in panel.files._listed if action.text() == "three && 3.png").trigger()
    assert calls(stage, "open_document")[1][1] == Path("/a/three & 3.png")
    stage.shell.messages.act(message)
    wait_for_work(qtbot, panel)
    assert [layer.name for layer in panel.viewmodel.document.state.layers][1:] == ["two"]


def test_the_prompt_comes_into_view_where_its_key_is_pressed(stage, opened, qtbot):
    bar = opened.inspector._column.verticalScrollBar()
    bar.setValue(bar.maximum())
    assert opened.inspector.prompt.prompt.visibleRegion().isEmpty()
    opened.acts.write.trigger()
    qtbot.waitUntil(lambda: not opened.inspector.prompt.prompt.visibleRegion().isEmpty())


def test_with_shift_files_are_dropped_as_layers(stage, panel, tmp_path, qtbot):
    mime = files_at(small_picture(tmp_path / "a.png"), small_picture(tmp_path / "b.png", width=900))
    drop(panel, mime, SHIFT)
    assert len(calls(stage, "open_document")) == 1  # nothing was open yet
    drop(panel, mime, SHIFT)
    wait_for_work(qtbot, panel)
    assert [layer.name for layer in panel.viewmodel.document.state.layers][1:] == ["a", "b"]
    assert "made smaller" in stage.shell.messages.lines[-1].text


def test_what_another_program_copied_is_decoded_aside_and_refused_in_a_sentence(
    stage, opened, tmp_path, qtbot
):
    whole = small_picture(tmp_path / "a.png").read_bytes()
    for encoded in (whole, whole[: len(whole) // 2]):
        held = QMimeData()
        held.setData("image/png", encoded)
        QGuiApplication.clipboard().setMimeData(held)
        opened.acts.paste.trigger()
        wait_for_work(qtbot, opened)
    assert opened.viewmodel.layers.rowCount() == 2
    assert stage.shell.messages.lines[0].problem.params == {"path": "Pasted picture"}
    QGuiApplication.clipboard().setMimeData(files_at(tmp_path / "a.png"))
    opened.acts.paste.trigger()
    wait_for_work(qtbot, opened)
    assert opened.viewmodel.layers.rowCount() == 3


def test_an_exported_name_gets_the_ending_of_its_format(stage, opened, monkeypatch, tmp_path):
    monkeypatch.setattr(QFileDialog, "open", lambda self: None)

    def export(name: str, kind: str = "") -> QFileDialog:
        opened.acts.export.trigger()
        dialog = opened.middle.findChildren(QFileDialog)[-1]
        if kind:
            dialog.selectNameFilter(kind)
        dialog.fileSelected.emit(str(tmp_path / name))
        return dialog

    export("boat v1.2", "WebP (*.webp)")
    assert calls(stage, "export")[-1][1] == tmp_path / "boat v1.2.webp"
    dialog = export("boat.tif")
    assert calls(stage, "export")[-1][1] == tmp_path / "boat.tif"  # another kind of picture is refused
    assert Path(dialog.directory().path()) == tmp_path
    assert dialog.selectedNameFilter() == "WebP (*.webp)"
    (tmp_path / "there.1.webp").touch()
    export("there.1")
    assert len(calls(stage, "export")) == 2
    stage.shell.messages.act(stage.shell.messages.lines[-1])
    assert calls(stage, "export")[-1][1] == tmp_path / "there.1.webp"


def test_what_a_written_file_could_not_carry_is_not_hidden_by_its_success(stage, opened, tmp_path):
    target = tmp_path / "boat.psd"
    lost = Remark(document=opened.viewmodel.document.id, lost=frozenset({Lost.WORDS}), target=str(target))
    for remarks, said in (([lost], "boat.psd, but words and shapes are pixels"), ([], "boat.psd")):
        for remark in remarks:
            stage.session.edits.remarked.emit(remark)
        opened.viewmodel.exported.emit(target)
        (line,) = stage.shell.messages.lines
        assert line.text.format(**line.params).removesuffix(".") == f"Saved as {said}"


def test_what_is_written_is_not_said_to_be_opened(stage, opened):
    said = opened.header.context.text()
    stage.session.edits.busy_changed.emit(True)
    assert opened.header.context.text() == f"{said} · Working …"
    stage.session.edits.busy_changed.emit(False)


def test_an_export_that_succeeds_takes_back_that_one_did_not(stage, opened):
    stage.session.edits.broken = FileUnwritable(path="/a/b.png", cause="Read-only")
    opened.viewmodel.export(Path("/a/b.png"))
    stage.settle()
    assert stage.shell.messages.lines[0].problem.code == FileUnwritable.code
    stage.session.edits.broken = None
    opened.viewmodel.export(Path("/b/b.png"))
    stage.settle()
    assert all(line.problem is None for line in stage.shell.messages.lines)


def test_the_picture_is_dragged_out_as_a_file_and_as_an_image(stage, opened, monkeypatch, qtbot):
    carried: list[QMimeData] = []
    monkeypatch.setattr(QDrag, "exec", lambda self, actions: carried.append(self.mimeData()))
    handle = opened.inspector.layers.findChild(DragHandle)
    qtbot.mousePress(handle, LEFT, NONE, QPoint(10, 10))
    qtbot.mouseMove(handle, QPoint(60, 60))
    qtbot.waitUntil(lambda: bool(carried))
    (mime,) = carried
    path = Path(mime.urls()[0].toLocalFile())
    assert path.name == "a boat.png" and path.read_bytes() == bytes(mime.data("image/png").data())
    assert mime.imageData().size().toTuple() == (256, 256)
    event = QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, LEFT, NONE)
    assert opened.middle.wants(event)  # from elsewhere, as this event says


def test_a_copied_picture_is_opened_and_then_pasted_as_a_layer(stage, panel, qtbot):
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    QGuiApplication.clipboard().setImage(image)
    panel.acts.paste.trigger()
    assert panel.viewmodel.document is not None
    panel.acts.paste.trigger()
    wait_for_work(qtbot, panel)
    assert panel.viewmodel.layers.rowCount() == 2


def test_what_cannot_be_opened_is_told(stage, panel):
    stage.session.edits.broken = PictureUnreadable(path="/a/b.png")
    panel.receive(Path("/a/b.png"))
    assert stage.shell.messages.lines[0].problem.code == PictureUnreadable.code


def test_a_document_of_earlier_is_a_card(stage, qtbot):
    card = DocumentCard(id="d1", name="house", changed=NOON, width=640, height=480, steps=3, asset="")
    stage.session.edits.cards.append(card)
    panel = stage.show("edit")
    qtbot.waitUntil(lambda: bool(panel.viewmodel.recent))
    (button,) = panel.first.findChildren(DocumentButton)
    qtbot.mouseClick(button, LEFT)
    assert ("reopen", "d1") in stage.session.calls
    button._remove.trigger()
    assert ("remove_document", "d1") in stage.session.calls
    qtbot.waitUntil(lambda: not panel.viewmodel.recent)
    assert panel.first.findChildren(DocumentButton) == []


def test_all_documents_are_reached_and_found_by_name(stage, qtbot):
    for number in range(40):
        stage.session.edits.cards.append(
            DocumentCard(id=str(number), name=f"house {number}", width=64, height=48, changed=NOON, steps=3)
        )
    panel = stage.show("edit")
    qtbot.waitUntil(lambda: bool(panel.viewmodel.recent))
    recent = panel.first.recent
    for shown in (6, 30, 40):
        assert len(recent.findChildren(DocumentButton)) == shown
        assert recent.more.isHidden() == (shown == 40)
        qtbot.mouseClick(recent.more, LEFT)
    recent.field.setText(" House 39")
    (button,) = recent.findChildren(DocumentButton)
    qtbot.mouseClick(button, LEFT)
    assert ("reopen", "39") in stage.session.calls
    recent.field.setText("boat")
    assert recent.findChildren(DocumentButton) == []


def test_what_is_not_saved_is_marked(stage, qtbot):
    stage.session.edits.cards.append(
        DocumentCard(id="1", name="house", width=64, height=48, changed=NOON, steps=3, unsaved=True)
    )
    panel = stage.show("edit")
    qtbot.waitUntil(lambda: bool(panel.viewmodel.recent))
    (button,) = panel.first.findChildren(DocumentButton)
    assert button.accessibleName() == "house, Not saved yet, kept in memory"
    stage.session.edits.cards = []
    stage.session.edits.let_go.emit("1")
    qtbot.waitUntil(lambda: not panel.viewmodel.recent)


def test_a_picture_is_seen_while_it_is_opened(stage, panel, qtbot):
    edits, pixels = stage.session.edits, np.full((30, 40, 4), 200, np.uint8)
    edits.busy_changed.emit(True)
    edits.previewed.emit(FirstView("house", 4000, 3000, pixels))
    assert panel.pages.currentWidget() is panel.first
    qtbot.waitUntil(lambda: panel.pages.currentWidget() is not panel.first)  # made a step a turn
    assert panel.pages.currentWidget() is panel.work and panel.viewmodel.document is None
    assert panel.work.canvas.picture.still is not None
    edits.refused.emit(PictureUnreadable(path="/a/b.png"))
    edits.busy_changed.emit(False)
    assert panel.pages.currentWidget() is panel.first and panel.work.canvas.picture.still is None
    edits.busy_changed.emit(True)
    edits.previewed.emit(FirstView("house", 4000, 3000, pixels))
    panel.receive(Path("/a/house.png"))
    edits.busy_changed.emit(False)
    assert panel.pages.currentWidget() is panel.work and panel.work.canvas.picture.still is None


def test_a_picture_that_is_open_before_the_canvas_is_made_needs_no_first_view(stage, panel, qtbot):
    edits, pixels = stage.session.edits, np.full((30, 40, 4), 200, np.uint8)
    edits.busy_changed.emit(True)
    edits.previewed.emit(FirstView("house", 4000, 3000, pixels))
    panel.receive(Path("/a/house.png"))
    edits.busy_changed.emit(False)
    qtbot.waitUntil(lambda: panel.pages.currentWidget() is not panel.first)
    assert panel.work.canvas.picture.still is None and panel.work.canvas.surface is panel.viewmodel.document


# Choosing.


def test_the_brush_chooses_and_the_eraser_takes_away(stage, opened):
    press(opened, Key.Key_B)
    drag(opened, (60, 60), (140, 120))
    region = chosen(opened)
    assert not region.is_empty and region.left < 60 < 140 < region.right
    much = opened.viewmodel.document.selection.read(region).sum()
    press(opened, Key.Key_E)
    assert opened.viewmodel.tools.tool is Tool.ERASER
    drag(opened, (60, 60), (140, 120))
    assert opened.viewmodel.document.selection.read(region).sum() < much / 10
    press(opened, Key.Key_Z, CTRL)
    assert opened.viewmodel.document.selection.read(region).sum() == much


def test_rectangle_lasso_and_wand_choose_in_every_mode(stage, opened, qtbot):
    press(opened, Key.Key_M)
    drag(opened, (20, 20), (80, 60))
    wait_for_work(qtbot, opened)
    first = chosen(opened)
    assert abs(first.left - 20) <= 1 and abs(first.width - 60) <= 2
    opened.work.options.mode._choose(1)  # add
    drag(opened, (100, 100), (140, 140))
    wait_for_work(qtbot, opened)
    assert chosen(opened).right >= 139 and chosen(opened).left <= 21
    press(opened, Key.Key_W)
    opened.work.options.mode._choose(0)
    QTest.mouseClick(opened.work.canvas.viewport(), LEFT, NONE, at(opened, 5, 5))
    wait_for_work(qtbot, opened)
    assert not chosen(opened).is_empty


def test_without_a_selector_the_object_tool_says_that_it_is_the_wand(stage, opened, qtbot):
    press(opened, Key.Key_S)
    assert opened.viewmodel.tools.tool is Tool.OBJECT
    assert "By colour" in opened.work.options._sentence.text()
    QTest.mouseClick(opened.work.canvas.viewport(), LEFT, NONE, at(opened, 5, 5))
    wait_for_work(qtbot, opened)
    assert not chosen(opened).is_empty and calls(stage, "select_object") == []


def test_no_tool_has_more_in_its_bar_than_the_smallest_window_shows(stage, opened):
    bar = opened.work.options
    bar.setFixedWidth(699)  # at 1100 × 720 with the inspector open
    for tool in Tool:
        opened.viewmodel.tools.choose(tool)
        stage.settle()
        shown = [one for one in bar.findChildren(QWidget) if one.isVisible() and one.parentWidget() is bar]
        assert [one for one in shown if one.width() < one.minimumSizeHint().width()] == []
        assert max(one.geometry().right() for one in shown) < bar.width()


def test_the_menu_chooses_all_nothing_and_the_rest(stage, opened, qtbot):
    press(opened, Key.Key_A, CTRL)
    wait_for_work(qtbot, opened)
    assert chosen(opened) == Region(0, 0, 256, 256)
    press(opened, Key.Key_D, CTRL)
    assert chosen(opened).is_empty
    press(opened, Key.Key_M)
    drag(opened, (20, 20), (80, 60))
    press(opened, Key.Key_I, CTRL | SHIFT)
    wait_for_work(qtbot, opened)
    assert chosen(opened) == Region(0, 0, 256, 256)


# The change.


def test_one_chooses_writes_and_presses_ctrl_return(stage, opened, qtbot):
    drag(opened, (60, 60), (140, 120))
    opened.acts.write.trigger()
    qtbot.keyClicks(opened.inspector.prompt.prompt, "a Moon, big")
    press(opened, Key.Key_Return, CTRL)
    (job,) = (call[1] for call in calls(stage, "run"))
    assert (job.prompt, job.edit.operation) == ("a Moon, big", Operation.FILL)
    assert not opened.inspector.prompt.run.isVisible() and opened.inspector.prompt.stop.isVisible()
    assert opened.inspector._takes._fold.summary == "0 of 4"
    qtbot.mouseClick(opened.inspector.prompt.stop, LEFT)
    assert stage.session.all_jobs[-1].state is JobState.STOPPED
    assert opened.inspector.prompt.run.isVisible()


def test_nothing_chosen_is_told_below_the_button(stage, opened):
    opened.viewmodel.settings.set_prompt("a moon")
    opened.inspector.prompt.prompt.setFocus()
    press(opened, Key.Key_Return, CTRL)
    assert opened.inspector.prompt._remark.text().startswith("Choose a place first")
    assert opened.inspector.prompt.prompt.hasFocus() and calls(stage, "run") == []
    drag(opened, (60, 60), (140, 120))
    assert not opened.inspector.prompt._remark.isVisible()


def test_the_operations_are_two_rows_that_agree(stage, opened, qtbot):
    prompt = opened.inspector.prompt
    prompt.operations[1]._choose(1)
    assert opened.viewmodel.settings.operation is Operation.UPSCALE
    assert prompt.run.text() == "Upscale" and not prompt.fills.isVisible()
    assert opened.inspector.change.scale.isVisible()
    prompt.operations[0]._choose(0)
    assert prompt.fills.isVisible() and prompt.run.text() == "Fill selection"
    prompt.fills._choose(1)
    assert prompt.run.text() == "Remove selection" and prompt.operations[0].value() is Operation.FILL


def test_extending_is_dragged_or_typed(stage, opened, qtbot):
    press(opened, Key.Key_X)
    settings = opened.viewmodel.settings
    assert settings.operation is Operation.EXTEND
    opened.work.canvas.zoom_by(-4)
    drag(opened, (256, 128), (320, 128))
    assert settings.margins.right > 40 and settings.margins.left == 0
    field = opened.inspector.change.margins["left"]
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "96")
    press(opened, Key.Key_Return)
    assert settings.margins.left == 96
    assert opened.work.canvas.frame(Tool.EXTEND).region.left == -96
    opened.acts.run.trigger()
    assert calls(stage, "run")[0][1].edit.margins.left == 96


def test_a_margin_beyond_the_limit_stays_typed_and_is_told(stage, opened, qtbot):
    opened.viewmodel.settings.choose_operation(Operation.EXTEND)
    stage.settle()
    left, right = (opened.inspector.change.margins[side] for side in ("left", "right"))
    left.setFocus()
    left.selectAll()
    qtbot.keyClicks(left, "99999")
    press(opened, Key.Key_Return)
    assert "4096" in opened.inspector.change._margins_remark.text() and left.value() == 99999
    assert not opened.acts.run.isEnabled() and not opened.inspector.prompt.run.isEnabled()
    right.setFocus()
    assert left.value() == 99999
    left.setFocus()
    left.selectAll()
    qtbot.keyClicks(left, "64")
    press(opened, Key.Key_Return)
    assert opened.acts.run.isEnabled() and not opened.inspector.change._margins_remark.isVisible()
    assert opened.viewmodel.settings.margins == Margins(left=64)


def test_a_job_that_was_taken_out_of_the_queue_is_set_here(stage, opened):
    opened.viewmodel.settings.choose_operation(Operation.EXTEND)
    opened.viewmodel.settings.set_margins(Margins(0, 64, 0, 0))
    opened.acts.run.trigger()
    job = calls(stage, "run")[0][1]
    opened.viewmodel.settings.choose_operation(Operation.FILL)
    opened.receive(TakenOut(msgspec.structs.replace(job, prompt="a tower")))
    settings = opened.viewmodel.settings
    assert (settings.operation, settings.draft.prompt) == (Operation.EXTEND, "a tower")


def test_a_failure_is_told_at_the_takes(stage, opened):
    drag(opened, (60, 60), (140, 120))
    opened.viewmodel.settings.set_prompt("a moon")
    opened.acts.run.trigger()
    job_id = stage.session.all_jobs[-1].job.id
    problem = Problem(code="memory_exhausted", params={"phase": "decoding"})
    stage.session.play_end(job_id, JobState.FAILED, problem)
    assert opened.inspector.takes.boxes[0].ending.text().startswith("Memory ran out")
    assert stage.shell.messages.lines == []


def test_no_operation_is_wider_than_the_inspector(stage, opened):
    opened.viewmodel.settings.set_prompt("a moon")
    column = opened.inspector._column
    for operation in (one for one in Operation if one is not Operation.BY_HAND):
        opened.viewmodel.settings.choose_operation(operation)
        settle(stage, opened)
        assert column.widget().minimumSizeHint().width() <= column.viewport().width(), operation


# Takes.


def test_the_first_take_lies_on_the_canvas_until_it_is_applied(stage, taken):
    assert taken.work.canvas.picture.proposes
    assert taken.acts.apply.isEnabled()
    taken.inspector.takes.list.setFocus()
    press(taken, Key.Key_Right)
    assert taken.viewmodel.takes.shown.index == 1
    press(taken, Key.Key_Return)
    (applied,) = calls(stage, "apply")
    assert applied[1].recipe.index == 1 and not taken.work.canvas.picture.proposes
    assert taken.viewmodel.layers.rowCount() == 2
    taken.work.canvas.setFocus()
    press(taken, Key.Key_Z, CTRL)
    assert taken.viewmodel.layers.rowCount() == 1
    press(taken, Key.Key_Z, CTRL | SHIFT)
    assert taken.viewmodel.layers.rowCount() == 2


def test_delete_discards_a_take_and_the_message_brings_it_back(stage, taken):
    taken.inspector.takes.list.setFocus()
    press(taken, Key.Key_Delete)
    assert taken.viewmodel.takes.done == 1
    stage.shell.messages.undo()
    assert taken.viewmodel.takes.done == 2


def test_arrows_go_from_group_to_group_and_the_keyboard_with_them(stage, taken):
    stage.session.play_end(stage.session.all_jobs[-1].job.id, JobState.STOPPED)
    taken.viewmodel.takes.choose(None)
    taken.viewmodel._ask()
    job_id = stage.session.all_jobs[-1].job.id
    stage.session.play_start(job_id)
    stage.session.play_picture(job_id, 0)
    newer, older = taken.inspector.takes.boxes
    newer.list.setFocus()
    press(taken, Key.Key_Right)
    assert older.list.hasFocus() and older.list.selectedIndexes() and not newer.list.selectedIndexes()
    press(taken, Key.Key_Left)
    assert newer.list.hasFocus() and taken.viewmodel.takes.shown.job == job_id
    stage.settle()
    assert older.ending.text() == "Stopped" and older.again.isVisible()


def test_all_of_a_group_are_discarded_and_brought_back(stage, taken, qtbot):
    stage.session.play_end(stage.session.all_jobs[-1].job.id)
    (box,) = taken.inspector.takes.boxes
    qtbot.mouseClick(box.discard, LEFT)
    assert taken.viewmodel.takes.takes == [] and taken.inspector.takes.boxes == []
    stage.shell.messages.undo()
    assert taken.viewmodel.takes.done == 2


def test_a_take_that_makes_way_for_a_stroke_is_told_and_comes_back(stage, taken):
    press(taken, Key.Key_B)
    assert taken.work.canvas.picture.proposes, "a tool in the hand changes nothing"
    drag(taken, (60, 60), (140, 120))
    assert not taken.work.canvas.picture.proposes
    (line,) = stage.shell.messages.lines
    assert line.text == "Take {number} is hidden"
    stage.shell.messages.act(line)
    assert taken.viewmodel.takes.shown.index == 0 and taken.work.canvas.picture.proposes


def test_a_click_on_the_shown_take_shows_the_document(stage, taken, qtbot):
    view = taken.inspector.takes.list
    spot = view.visualRect(view.rows.index(0)).center()
    qtbot.mouseClick(view.viewport(), LEFT, NONE, spot)
    assert taken.viewmodel.takes.shown is None and not taken.work.canvas.picture.proposes
    qtbot.mouseClick(view.viewport(), LEFT, NONE, spot)
    assert taken.viewmodel.takes.shown.index == 0


def test_a_list_of_takes_that_is_gone_hears_of_no_picture(stage, taken, qapp):
    taken.viewmodel.close_document()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    stage.shell.thumbnails.ready.emit("another")


def test_y_compares_and_esc_ends_it_then_the_take_then_the_job(stage, taken):
    taken.work.canvas.setFocus()
    press(taken, Key.Key_Y)
    assert taken.work.canvas.is_comparing
    press(taken, Key.Key_Escape)
    assert not taken.work.canvas.is_comparing and taken.viewmodel.takes.shown is not None
    press(taken, Key.Key_Escape)
    assert taken.viewmodel.takes.shown is None and taken.viewmodel.running
    press(taken, Key.Key_Escape)
    assert not taken.viewmodel.running


def test_esc_leaves_the_words_for_the_canvas_before_the_take_is_hidden(stage, taken):
    taken.inspector.prompt.prompt.setFocus()
    press(taken, Key.Key_Escape)
    assert taken.work.canvas.hasFocus() and taken.viewmodel.takes.shown is not None
    press(taken, Key.Key_Escape)
    assert taken.viewmodel.takes.shown is None and taken.viewmodel.running


def test_applying_says_what_is_to_be_done_first(stage, taken):
    taken.viewmodel.takes.choose(None)
    taken.work.canvas.setFocus()
    press(taken, Key.Key_Return, CTRL | SHIFT)
    assert "Alt+Right" in stage.shell.messages.lines[0].text and calls(stage, "apply") == []


def test_buttons_of_the_header_are_icons_where_words_have_no_room(stage, opened):
    for width, worded in ((700, False), (1200, True)):
        opened.header.resize(width, opened.header.height())
        widest = opened.files.open_button.sizeHint().width()
        assert (widest > 50) is worded
        assert opened.header.title.minimumWidth() <= opened.header.title.sizeHint().width()


# Layers, lineage, steps.


def test_layers_are_shown_hidden_renamed_and_faded(stage, opened, qtbot):
    view = opened.inspector.layers.list
    opened.acts.layers.add.trigger()
    row = view.visualRect(opened.viewmodel.layers.index(0))
    qtbot.mouseClick(view.viewport(), LEFT, NONE, QPoint(12, row.center().y()))
    assert not opened.viewmodel.layers.layer(0).visible
    view.setFocus()
    view.edit(opened.viewmodel.layers.index(0))
    field = view.findChild(QLineEdit)
    field.setText("Snow")
    qtbot.keyClick(field, Key.Key_Return)
    stage.settle()
    assert opened.viewmodel.layers.layer(0).name == "Snow"
    opened.inspector.layers.opacity.changed.emit(40.0)
    opened.inspector.layers.opacity.set_value(40)
    qtbot.waitUntil(lambda: opened.viewmodel.layers.layer(0).opacity == 0.4)
    opened.acts.layers.lower.trigger()
    assert opened.viewmodel.layers.layer(1).name == "Snow"


def test_the_history_goes_to_a_step_by_a_click(stage, opened, qtbot):
    opened.acts.layers.add.trigger()
    opened.acts.layers.add.trigger()
    opened.inspector._history.set_open(True)
    stage.settle()
    steps = opened.inspector.history
    rows = steps.model()
    assert rows.rowCount() == 3 and steps.currentIndex().row() == 0
    spot = steps.visualRect(rows.index(2, 0)).center()
    qtbot.mouseClick(steps.viewport(), LEFT, NONE, spot)
    assert opened.viewmodel.layers.rowCount() == 1 and steps.currentIndex().row() == 2
    opened.acts.redo.trigger()
    assert steps.currentIndex().row() == 1


def test_one_returns_to_a_picture_of_the_lineage(stage, panel, qtbot):
    root = stage.session.add_picture("house", seed=11)
    pictures = family(stage.session, root)
    panel.receive(pictures[3])
    settle(stage, panel)
    tree = panel.inspector.lineage
    qtbot.waitUntil(lambda: tree.list.model().rowCount() == len(pictures))
    tree.list.setCurrentIndex(tree.list.model().index(1, 0))
    panel.acts.back.trigger()
    assert calls(stage, "apply")[-1][1].id == pictures[1].id
    panel.acts.undo.trigger()
    assert panel.viewmodel.document.state.asset == pictures[3].id


def test_two_of_the_lineage_stay_compared_in_another_way(stage, panel, qtbot, monkeypatch):
    pictures = family(stage.session, stage.session.add_picture("house", seed=11))
    panel.receive(pictures[3])
    settle(stage, panel)
    seen: list[tuple[object, str]] = []
    compare = panel.work.canvas.compare

    def watched(before, after, mode, over=None):
        seen.append((before, mode))
        compare(before, after, mode, over)

    monkeypatch.setattr(panel.work.canvas, "compare", watched)
    panel.compare.compare_assets([pictures[0], pictures[1]])
    qtbot.waitUntil(lambda: panel.work.canvas.is_comparing)
    panel.compare._choose("difference")
    assert [mode for _, mode in seen] == ["slider", "difference"] and seen[1][0] is seen[0][0]
    press(panel, Key.Key_Escape)
    panel.compare._choose("slider")
    assert seen[2][0] in ("original", "now")


def test_a_picture_to_compare_with_that_is_gone_is_told(stage, opened, qtbot):
    gone = stage.session.add_picture("house", seed=11)
    opened.viewmodel.thumbnails.make = lambda *_: b""
    told: list[object] = []
    opened.viewmodel.refused.connect(told.append)
    for _ in range(2):  # also where that is known
        opened.compare.compare_assets([gone])
        qtbot.waitUntil(lambda: bool(told))
        assert [type(one) for one in told] == [PictureUnreadable]
        told.clear()


# Sheets.


def test_an_adjustment_shows_at_once_and_is_one_step(stage, opened, qtbot):
    opened.acts.blur.trigger()
    sheet = opened.work.sheets.adjusting
    assert sheet.isVisible()
    qtbot.waitUntil(lambda: opened.work.canvas.picture.proposes)
    sheet.sliders["radius"].field.setValue(9)
    assert sheet.adjustment() == Blur(radius=9)
    before = opened.viewmodel.history.position
    press(opened, Key.Key_Return)
    wait_for_work(qtbot, opened)
    assert not sheet.isVisible() and not opened.work.canvas.picture.proposes
    assert opened.viewmodel.history.position == before + 1


def test_tab_walks_through_the_numbers_of_a_sheet_and_selects_them(stage, opened):
    opened.acts.levels.trigger()
    stage.settle()
    sheet = opened.work.sheets.adjusting
    fields = [one.field for one in sheet.sliders.values()]
    assert fields[0].hasFocus() and fields[0].lineEdit().hasSelectedText()
    seen = []
    for _ in range(40):
        press(opened, Key.Key_Tab)
        seen.append(QApplication.focusWidget())
        if seen[-1] is fields[0]:
            break
    assert [one for one in seen if one in fields] == [*fields[1:], fields[0]] and sheet.apply in seen
    assert fields[0].lineEdit().hasSelectedText()
    cancel = next(one for one in seen if isinstance(one, Button) and one.text() == "Cancel")
    cancel.setFocus()
    press(opened, Key.Key_Return)
    assert not sheet.isVisible() and opened.viewmodel.history.position == 0


def test_levels_and_curves_show_counts_and_stretch_by_them(stage, opened, qtbot):
    for action in (opened.acts.levels, opened.acts.curves):
        action.trigger()
        sheet = opened.work.sheets.adjusting
        qtbot.waitUntil(sheet.auto.isEnabled)
        black, white = ends(sheet._counts["all"])
        assert sum(sheet._counts["red"]) == pytest.approx(256 * 256)
        qtbot.mouseClick(sheet.auto, LEFT)
        made = sheet.adjustment()
        if isinstance(made, Levels):
            assert (made.black, made.white) == (black, white) != (0, 255)
        else:
            assert made.all == ((black, 0), (white, 255))
        press(opened, Key.Key_Escape)


def test_the_eye_of_a_sheet_shows_what_was_for_as_long_as_it_is_held(stage, opened, qtbot):
    opened.acts.blur.trigger()
    stage.settle()
    qtbot.waitUntil(lambda: opened.work.canvas.picture.proposes)
    eye = next(one for one in opened.work.sheets.adjusting.findChildren(IconButton) if one.glyph == "eye")
    qtbot.mousePress(eye, LEFT)
    assert not opened.work.canvas.picture.proposes
    qtbot.mouseRelease(eye, LEFT)
    assert opened.work.canvas.picture.proposes


def test_esc_leaves_the_picture_as_it_was(stage, opened, qtbot):
    opened.acts.levels.trigger()
    opened.work.sheets.adjusting.sliders["gamma"].field.setValue(2)
    press(opened, Key.Key_Escape)
    assert not opened.work.sheets.adjusting.isVisible() and opened.viewmodel.history.position == 0
    assert not opened.work.canvas.picture.proposes


def test_a_point_of_the_curve_is_drawn(stage, opened, qtbot):
    opened.acts.curves.trigger()
    curve = opened.work.sheets.adjusting.curve
    middle = curve.rect().center()
    QTest.mousePress(curve, LEFT, NONE, middle)
    QTest.mouseMove(curve, middle - QPoint(0, 40))
    QTest.mouseRelease(curve, LEFT, NONE, middle - QPoint(0, 40))
    points = curve.points["all"]
    assert len(points) == 3 and points[1][1] > points[1][0]
    press(opened, Key.Key_Escape)


def test_the_curve_that_is_drawn_is_the_one_that_is_done(stage, opened):
    opened.acts.curves.trigger()
    curve = opened.work.sheets.adjusting.curve
    stage.settle()
    points = ((0, 0), (128, 180), (255, 255))
    curve.points = {**curve.points, "all": points}
    image, empty = curve.grab().toImage(), QColor(colours().input).lightness()
    table = curve_table(points)
    for value in (40, 90, 190):
        spot = curve._spot((value, int(table[value]))).toPoint()
        column = [abs(image.pixelColor(spot.x(), y).lightness() - empty) for y in range(20, 200)]
        assert abs(20 + column.index(max(column)) - spot.y()) <= 2
    press(opened, Key.Key_Escape)


def test_the_picture_is_resized_in_its_shape(stage, opened, qtbot):
    opened.acts.resize.trigger()
    sheet = opened.work.sheets.resizing
    stage.settle()
    qtbot.keyClicks(sheet.width_field, "128")  # in the place of what stood there
    assert sheet.asked == (128, 128)
    press(opened, Key.Key_Return)
    wait_for_work(qtbot, opened)
    assert opened.viewmodel.document.state.width == 128
    assert "128 × 128" in opened.header.context.text()


def test_a_size_beyond_the_limit_stays_typed_and_is_told(stage, opened, qtbot):
    opened.acts.resize.trigger()
    sheet = opened.work.sheets.resizing
    stage.settle()
    qtbot.keyClicks(sheet.width_field, "99999")
    assert "30000" in sheet.remark.text() and not sheet.button.isEnabled()
    press(opened, Key.Key_Return)
    assert sheet.isVisible() and sheet.width_field.text() == "99999"
    press(opened, Key.Key_Tab)
    assert sheet.height_field.hasFocus() and sheet.height_field.hasSelectedText()
    sheet.width_field.clear()
    assert not sheet.remark.isVisible() and not sheet.button.isEnabled()
    qtbot.keyClicks(sheet.width_field, "64")
    assert sheet.height_field.text() == "64" and sheet.button.isEnabled()
    press(opened, Key.Key_Escape)
    assert not sheet.isVisible() and opened.viewmodel.history.position == 0


def test_an_angle_beyond_the_limit_stays_typed_and_is_told(stage, opened, qtbot):
    opened.acts.straighten.trigger()
    sheet = opened.work.sheets.straightening
    stage.settle()
    qtbot.keyClicks(sheet.degrees.field, "60")
    assert "45" in sheet.remark.text() and not sheet.button.isEnabled()
    press(opened, Key.Key_Return)
    assert sheet.isVisible() and sheet.degrees.value() == 60
    sheet.degrees.field.selectAll()
    qtbot.keyClicks(sheet.degrees.field, "2.5")
    press(opened, Key.Key_Return)
    wait_for_work(qtbot, opened)
    assert not sheet.isVisible() and opened.viewmodel.history.labels == ["Straighten"]


def test_words_begin_where_one_clicks(stage, opened, qtbot):
    press(opened, Key.Key_T)
    QTest.mouseClick(opened.work.canvas.viewport(), LEFT, NONE, at(opened, 100, 50))
    sheet = opened.work.sheets.writing
    assert sheet.isVisible()
    qtbot.keyClicks(sheet.words, "Hello")
    written: list[TextStyle] = []
    sheet.written.connect(lambda style, _: written.append(style))
    sheet.accept()
    wait_for_work(qtbot, opened)
    assert (written[0].text, abs(written[0].x - 100) <= 1) == ("Hello", True)
    assert opened.viewmodel.layers.layer(0).kind == "text"


def test_words_are_written_anew_in_one_step(stage, opened, qtbot):
    commands, layers = opened.viewmodel.commands, opened.viewmodel.layers
    commands.put_text(TextStyle(text="Hello", x=20, y=40, size=60, colour="#FF0000", bold=True))
    qtbot.waitUntil(lambda: layers.rowCount() == 2)
    stage.settle()
    view, position = opened.inspector.layers.list, opened.viewmodel.history.position
    spot = view.visualRect(layers.index(0)).center()
    qtbot.mouseClick(view.viewport(), LEFT, NONE, spot)
    qtbot.mouseDClick(view.viewport(), LEFT, NONE, spot)
    sheet = opened.work.sheets.writing
    assert sheet.isVisible() and sheet.words.toPlainText() == "Hello"
    assert sheet.size_field.value() == 60 and sheet.bold.isChecked() and sheet.colour._colour == "#FF0000"
    press(opened, Key.Key_Return, CTRL)
    assert opened.viewmodel.history.position == position  # nothing was changed
    press(opened, Key.Key_T)
    plane = opened.viewmodel.document.plane(layers.layer(0).plane).bounds()
    inside = at(opened, plane.left + plane.width // 2, plane.top + plane.height // 2)
    QTest.mouseClick(opened.work.canvas.viewport(), LEFT, NONE, inside)
    assert sheet.isVisible()
    qtbot.keyClicks(sheet.words, "Bye")
    press(opened, Key.Key_Return, CTRL)
    wait_for_work(qtbot, opened)
    assert layers.rowCount() == 2 and layers.layer(0).text.text == "Bye"
    assert (layers.layer(0).text.x, layers.layer(0).text.colour) == (20, "#FF0000")
    assert opened.viewmodel.history.position == position + 1
    opened.acts.undo.trigger()
    assert layers.layer(0).text.text == "Hello"


def test_ctrl_return_puts_the_words_there_and_fills_nothing(stage, opened, qtbot):
    drag(opened, (60, 60), (140, 120))
    opened.viewmodel.settings.set_prompt("a moon")
    opened.acts.text.trigger()
    sheet = opened.work.sheets.writing
    stage.settle()
    qtbot.keyClicks(sheet.words, "one")
    press(opened, Key.Key_Return)
    qtbot.keyClicks(sheet.words, "two")
    press(opened, Key.Key_Return, CTRL)
    wait_for_work(qtbot, opened)
    assert not sheet.isVisible() and calls(stage, "run") == []
    assert opened.viewmodel.layers.layer(0).text.text == "one\ntwo"


def test_an_open_sheet_takes_the_keys_of_what_lies_below(stage, opened, qtbot):
    drag(opened, (60, 60), (140, 120))
    for action in (opened.acts.levels, opened.acts.resize):
        action.trigger()
        stage.settle()
        press(opened, Key.Key_Z, CTRL)
        assert opened.viewmodel.history.position == 1
        press(opened, Key.Key_Escape)


def test_a_crop_is_framed_and_taken_by_enter(stage, opened, qtbot):
    press(opened, Key.Key_C)
    opened.work.canvas.frame(Tool.CROP).set_region(Region(10, 20, 100, 80))
    opened.work.canvas.setFocus()
    press(opened, Key.Key_Return)
    wait_for_work(qtbot, opened)
    state = opened.viewmodel.document.state
    assert (state.width, state.height) == (100, 80)


# Out again.


def test_the_canvas_is_kept_and_exported(stage, opened, monkeypatch, qtbot):
    opened.acts.keep.trigger()
    assert stage.shell.messages.lines[0].text == "Saved to the gallery"
    asked: list[QFileDialog] = []
    monkeypatch.setattr(QFileDialog, "open", lambda self: asked.append(self))
    opened.acts.export.trigger()
    assert any("psd" in one for one in asked[0].nameFilters())
    asked[0].fileSelected.emit("/tmp/a.ora")
    assert calls(stage, "export")[0][1] == Path("/tmp/a.ora")
    asked[0].finished.emit(0)


def test_what_is_chosen_is_copied(stage, opened, qtbot):
    press(opened, Key.Key_M)
    drag(opened, (20, 20), (80, 60))
    wait_for_work(qtbot, opened)
    region = chosen(opened)
    with qtbot.waitSignal(opened.viewmodel.copied):
        opened.acts.copy.trigger()
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (region.width, region.height)


# The window.


def test_ctrl_z_takes_back_a_step_here_and_a_message_elsewhere(stage, opened):
    drag(opened, (60, 60), (140, 120))
    position = opened.viewmodel.history.position
    undone: list[int] = []
    stage.shell.messages.undoable("moved", lambda: undone.append(1))
    opened.work.canvas.setFocus()
    press(opened, Key.Key_Z, CTRL)
    assert opened.viewmodel.history.position == position - 1 and undone == []
    stage.show("gallery")
    stage.frame.activateWindow()
    QTest.keyClick(stage.frame, Key.Key_Z, CTRL)
    assert undone == [1]


def test_no_two_actions_share_a_key(stage, opened):
    actions = [*opened.actions(), *stage.window.actions()]
    keys = [key.toString() for action in actions for key in action.shortcuts() if not key.isEmpty()]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


def test_no_stroke_goes_to_places_of_the_canvas_as_it_was(opened, qtbot):
    document = opened.viewmodel.document
    opened.viewmodel.tools.choose(Tool.BRUSH)
    opened.viewmodel.commands.rotate(1)
    drag(opened, (20, 20), (80, 80))
    wait_for_work(qtbot, opened)
    assert document.steps == ["Rotate right"]
    drag(opened, (20, 20), (80, 80))
    assert document.steps == ["Rotate right", "Brush"]


def test_each_tool_names_its_steps(stage, opened, qtbot):
    document, tools = opened.viewmodel.document, opened.viewmodel.tools
    for tool, way in ((Tool.LASSO, 40), (Tool.RECTANGLE, 60), (Tool.BRUSH, 80), (Tool.ERASER, 80)):
        tools.choose(tool)
        port = opened.work.canvas.viewport()
        QTest.mousePress(port, LEFT, NONE, at(opened, 20, 20))
        for x, y in ((way, 20), (way, way)):
            QTest.mouseMove(port, at(opened, x, y))
        QTest.mouseRelease(port, LEFT, NONE, at(opened, way, way))
        wait_for_work(qtbot, opened)
        assert document.steps[-1] == TOOLS[tool][0]
    tools.choose(Tool.POLYGON)
    opened.work.canvas.did.polygon_drawn.emit([(10.0, 10.0), (90.0, 10.0), (50.0, 90.0)], "replace")
    wait_for_work(qtbot, opened)
    assert document.steps[-1] == "Polygon"


def test_a_layer_blends_as_is_chosen_with_the_keyboard(stage, opened, qtbot):
    layers, combo = opened.viewmodel.layers, opened.inspector.layers.blending
    opened.acts.layers.add.trigger()
    assert combo.accessibleName() == "Blending" and combo.focusPolicy() & Qt.FocusPolicy.TabFocus
    combo.setFocus()
    qtbot.keyClick(combo, Key.Key_Down)  # over the line between groups
    assert (combo.currentText(), layers.layer(0).blending) == ("Darken", Blending.DARKEN)
    qtbot.keyClick(combo, Key.Key_Down)
    assert layers.layer(0).blending is Blending.MULTIPLY
    assert opened.viewmodel.document.steps[-1] == "Blending of a layer"
    opened.acts.undo.trigger()
    stage.settle()
    assert combo.currentData() == Blending.DARKEN and layers.layer(0).blending is Blending.DARKEN
    stage.session.change_settings(language="zh")
    stage.settle()
    assert (combo.currentText(), combo.accessibleName()) == ("变暗", "混合模式")
    words = [combo.itemText(row) for row in range(combo.count()) if combo.itemData(row)]
    assert len(words) == len(Blending) and "正片叠底" in words
    opened.viewmodel.commands.activate_layer(layers.layer(1).id)
    assert combo.currentData() == Blending.NORMAL


def test_a_mask_blends_with_nothing(stage, opened, qtbot):
    opened.viewmodel.commands.select_all()
    wait_for_work(qtbot, opened)
    opened.acts.layers.mask.trigger()
    wait_for_work(qtbot, opened)
    stage.settle()
    row = next(row for row in range(2) if opened.viewmodel.layers.layer(row).kind == "mask")
    opened.viewmodel.commands.activate_layer(opened.viewmodel.layers.layer(row).id)
    assert not opened.inspector.layers.blending.isEnabled()
    opened.viewmodel.commands.activate_layer(opened.viewmodel.layers.layer(1 - row).id)
    assert opened.inspector.layers.blending.isEnabled()


def test_a_layer_has_one_name_however_it_is_told(stage, opened):
    opened.acts.layers.add.trigger()
    stage.session.change_settings(language="zh")
    stage.settle()
    layers, view = opened.viewmodel.layers, opened.inspector.layers.list
    assert layers.index(0).data() == "图层 1"
    view.edit(layers.index(0))
    field = view.findChild(QLineEdit)
    assert field.text() == "图层 1"
    QTest.keyClick(field, Key.Key_Return)
    stage.settle()
    assert layers.layer(0).name == "Layer 1"  # which was not written anew
    assert "图层 1" in sentence_of(LayerHidden(name="Layer 1"))


def test_what_is_made_to_work_on_a_document_goes_with_the_window_at_every_step(stage, panel):
    """Else it would be left over, and answer the next language with actions that are gone."""
    before = set(QApplication.topLevelWidgets())
    for _ in panel._make_work():
        assert [one for one in QApplication.topLevelWidgets() if not one.parent() and one not in before] == []


def test_words_follow_the_language(stage, taken):
    stage.session.change_settings(language="zh")
    stage.settle()
    assert taken.inspector.prompt.stop.text() == "停止"
    assert taken.work.options._name.text() == "画笔"


def test_what_went_wrong_is_told_until_something_goes_well(stage, opened, qtbot):
    messages = stage.shell.messages
    opened.viewmodel.commands.grow_selection(5)
    assert [one.problem.code for one in messages.lines] == ["nothing_chosen"]
    opened.viewmodel.commands.select_all()
    wait_for_work(qtbot, opened)
    assert messages.lines == []
    opened.viewmodel.refused.emit(DiskFull(path="x"))
    opened.viewmodel.commands.add_layer()
    assert len(messages.lines) == 1
    opened.receive(stage.session.add_picture("a lighthouse"))
    assert messages.lines == []
