"""The Tab key's way through Create, and to the files of Chat: through everything, in the order in which it is
seen, and back."""

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.ui.widgets.tab_order import stops
from tests.ui.scenes_create import create, finished
from tests.ui.stage import Look, Stage, all_scenes

FORWARD = Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier
BACK = Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier


def way(stage: Stage, start: QWidget, key: tuple[Qt.Key, Qt.KeyboardModifier]) -> list[QWidget]:
    """Where the focus is after each press, until it comes back to a place where it was."""
    start.setFocus()
    been, at = list[QWidget](), start
    while at not in been:
        been.append(at)
        QTest.keyClick(at, *key)
        stage.settle()
        at = QApplication.focusWidget()
    assert at is start, f"Tab is caught at {at}"
    return been


def reachable(stage: Stage) -> set[QWidget]:
    return {one for one in stops((stage.frame,)) if one.isVisible() and one.isEnabled()}


@pytest.mark.parametrize(
    "name",
    ["create-empty", "create-inputs", "create-advanced", "create-error", "create-large", "create-compare"],
)
def test_tab_goes_everywhere_and_back(make_stage, name: str):
    stage = make_stage()
    all_scenes()[name](stage)
    stage.settle()
    stage.frame.activateWindow()
    stage.window.regions.enter("inspector")
    start = QApplication.focusWidget()
    there, back = way(stage, start, FORWARD), way(stage, start, BACK)
    assert reachable(stage) <= set(there)
    overlay = stage.window.panel("create").browser.grid.overlay  # it is there for whoever comes to the grid
    seen = [one for one in there if not overlay.isAncestorOf(one)]
    assert back == [seen[0], *reversed(seen[1:])]


def test_what_comes_later_has_its_place_in_the_order(make_stage):
    """Pictures above the button that adds them, LoRAs above theirs, headings from above."""
    stage = make_stage()
    all_scenes()["create-inputs"](stage)
    stage.settle()
    stage.frame.activateWindow()
    panel = stage.window.panel("create")
    seen = way(stage, panel.prompt.prompt, FORWARD)

    def runs(*widgets: QWidget) -> list[int]:
        places = [seen.index(one) for one in widgets if one in seen]
        return [after - before for before, after in pairwise(places)]

    for above, add in (
        (panel.inputs.chips, panel.inputs.add),
        (panel.inspector.loras.rows, panel.inspector.loras.add),
    ):
        assert len(above) > 1 and set(runs(*stops(above), add)) == {1}


def test_headings_follow_each_other_from_above(make_stage):
    stage = make_stage(Look(height=1600))
    panel = create(stage)
    for number in range(3):
        finished(stage.session, f"boat {number}", 1, number)
        stage.settle()
    stage.frame.activateWindow()
    seen = way(stage, panel.prompt.prompt, FORWARD)
    headings = [heading for heading, _ in panel.browser.grid._headings._shown.values()]
    ordered = [one for one in seen if any(heading.isAncestorOf(one) for heading in headings)]
    tops = [one.mapTo(stage.frame, one.rect().center()).y() for one in ordered]
    assert len(headings) >= 3 and tops == sorted(tops)


def test_f6_goes_round_the_regions_both_ways(make_stage):
    stage = make_stage()
    panel = create(stage)
    stage.frame.activateWindow()
    panel.prompt.prompt.setFocus()
    regions = stage.window._region_widgets()

    def region() -> str:
        at = QApplication.focusWidget()
        return next(name for name, one in regions.items() if one and (one is at or one.isAncestorOf(at)))

    for held, order in (
        (Qt.KeyboardModifier.NoModifier, ["inspector", "strip", "rail", "middle"]),
        (Qt.KeyboardModifier.ShiftModifier, ["rail", "strip", "inspector", "middle"]),
    ):
        found = []
        for _ in order:
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_F6, held)
            found.append(region())
        assert found == order and panel.prompt.prompt.hasFocus()


def test_files_of_a_message_come_before_it(make_stage):
    stage = make_stage()
    all_scenes()["chat-files"](stage)
    stage.settle()
    stage.frame.activateWindow()
    composer = stage.window.panel("chat").composer
    at: QWidget = composer.edit
    at.setFocus()
    for stop in reversed(stops(chip for chip in composer.files.chips.values() if chip.cross.isVisible())):
        QTest.keyClick(at, *BACK)
        stage.settle()
        assert QApplication.focusWidget() is stop
        at = stop
