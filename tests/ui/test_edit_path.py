"""The ordinary path of editing over a real session and a scripted model, by keys and moves that are counted:
choose, fill, judge, extend, enlarge, export."""

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from studio.core.edits import Operation
from studio.core.jobs import JobState
from studio.ui.panels.edit import EditPanel
from tests.session.conftest import FAKE, open_session, paths, session  # noqa: F401 - fixtures
from tests.ui.test_half_hour import LONG, Person, closing, shown  # noqa: F401 - a fixture

CTRL, ALT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.NoModifier,
)
LEFT, Key = Qt.MouseButton.LeftButton, Qt.Key
MOST_ACTIONS = 12


class Painter(Person):
    """Hands that draw on the canvas, too."""

    def drag(self, panel: EditPanel, *places: tuple[int, int]) -> None:
        self.actions.append(f"drag to {places[-1]}")
        port, to_view = panel.work.canvas.viewport(), panel.work.canvas.to_view()
        spots = [to_view.map(QPointF(*place)).toPoint() for place in places]
        QTest.mousePress(port, LEFT, NONE, spots[0])
        for spot in spots[1:]:
            QTest.mouseMove(port, spot)
        QTest.mouseRelease(port, LEFT, NONE, spots[-1])


@pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen platform's, for dialogs and menus
def test_from_a_picture_to_an_exported_one(qapp, session, closing, qtbot, tmp_path: Path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(session.models, "installed", lambda ability=None: [FAKE])
    Image.new("RGB", (96, 64), "teal").save(tmp_path / "sea.png")
    window = closing.enter_context(shown(qapp, session))
    window.shell.go("edit", tmp_path / "sea.png")
    panel = window.panel("edit")
    assert isinstance(panel, EditPanel)
    vm, hands = panel.viewmodel, Painter()

    def wait(until) -> None:
        qtbot.waitUntil(lambda: bool(until()), timeout=LONG)

    def made(count: int) -> bool:
        records = session.jobs(lane="image")
        assert all(one.state is not JobState.FAILED for one in records), records[0].problem
        return len(records) == count and records[0].state is JobState.DONE and vm.takes.shown is not None

    wait(lambda: vm.document)
    vm.settings.set_num_images(2)
    document = vm.document
    hands.drag(panel, (20, 20), (40, 30), (60, 20))
    assert not vm.chosen.is_empty
    hands.press(Key.Key_L, CTRL)
    hands.type("a small boat")
    hands.press(Key.Key_Return, CTRL)
    wait(lambda: made(1) and vm.takes.done == 2)
    hands.press(Key.Key_Right, ALT)  # the other one is better
    assert vm.takes.shown.index == 1
    panel.work.canvas.setFocus()
    hands.press(Key.Key_X)
    wait(lambda: len(document.state.layers) == 2)
    right = panel.work.canvas.frame(vm.tools.tool).region.right
    hands.drag(panel, (right, 32), (right + 20, 32), (right + 32, 32))
    assert vm.settings.margins.right >= 24
    hands.press(Key.Key_Return)
    wait(lambda: made(2))
    hands.press(Key.Key_7, ALT)
    assert vm.settings.operation is Operation.UPSCALE
    hands.press(Key.Key_Return, CTRL)
    wait(lambda: made(3))
    assert document.state.width > 96, "the extension was taken in"
    target = tmp_path / "out.png"
    monkeypatch.setattr(QFileDialog, "open", lambda dialog: dialog.fileSelected.emit(str(target)))
    hands.press(Key.Key_S, CTRL)
    hands.actions.append("a name for the file")
    wait(target.exists)
    with Image.open(target) as picture:
        assert picture.width == document.state.width
    assert session.jobs(lane="image")[0].job.edit.scale == 2
    assert list(vm.history.labels) == ["Brush", "Fill", "Extend", "Upscale"]
    assert len(hands.actions) <= MOST_ACTIONS, hands.actions
    steps = len(vm.history.labels)
    for _ in range(steps):
        vm.history.undo()
    assert (document.state.width, len(document.state.layers), vm.history.position) == (96, 1, 0)
