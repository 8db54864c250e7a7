"""What a narrow window does to its columns."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from studio.ui.theme import MOVE_MS
from studio.ui.widgets.columns import Arrangement, Columns, arrange, default_widths


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (1100, Arrangement(0, 288, True, False)),
        (1280, Arrangement(208, 288, False, False)),
        (1440, Arrangement(240, 304, False, False)),
        (2560, Arrangement(240, 336, False, False)),
    ],
)
def test_each_width_of_the_design(window, expected):
    side, inspector = default_widths(window)
    assert arrange(window - 64, side, inspector, side_open=True, inspector_open=True) == expected


def test_the_inspector_gives_way_last_and_then_lies_over_the_middle():
    kept = {"side_open": True, "inspector_open": True}
    assert arrange(1036, 208, 396, **kept) == Arrangement(0, 396, True, False)
    assert arrange(1036, 208, 397, **kept) == Arrangement(0, 397, True, True)


def test_a_side_that_gave_way_comes_over_the_middle_when_called():
    called = arrange(1036, 208, 288, side_open=True, inspector_open=True, side_called=True)
    assert called == Arrangement(208, 288, True, False)


@pytest.fixture
def columns(qtbot):
    made = Columns()
    made.reduced_motion = True
    parts = [QWidget(), QWidget(), QWidget()]
    made.adopt(*parts)
    made.resize(1216, 700)
    made.parts = parts
    qtbot.addWidget(made)
    made.show()
    made.show_widgets(*parts)
    return made


class Hiding(QWidget):
    """What else is laid out while it is hidden, as when the focus goes elsewhere and a message has come."""

    def hideEvent(self, event: QHideEvent) -> None:
        columns = self.parentWidget()
        columns.resize(columns.width(), columns.height() - 40)


def test_a_panel_that_was_left_is_not_shown_again_by_what_its_hiding_lays_out(columns):
    left, others = [QWidget(), QWidget(), Hiding()], columns.parts
    columns.adopt(*left)
    columns.show_widgets(*left)
    columns.show_widgets(*others)
    assert not any(part.isVisible() for part in left) and all(part.isVisible() for part in others)


def test_the_three_share_the_room(columns):
    side, middle, inspector = columns.parts
    assert side.geometry().right() + 1 == middle.geometry().left()
    assert middle.geometry().right() + 1 == inspector.geometry().left()
    assert inspector.geometry().right() + 1 == columns.width()


def test_closing_the_inspector_gives_its_room_to_the_middle(columns):
    _, middle, inspector = columns.parts
    columns.set_inspector_open(False)
    assert not inspector.isVisible()
    assert middle.geometry().right() + 1 == columns.width()


def test_a_called_side_lies_over_the_middle_and_is_closed_first(columns, qtbot):
    side, middle, _ = columns.parts
    with qtbot.waitSignal(columns.side_hidden_changed) as hidden:
        columns.resize(1036, 700)
    assert hidden.args == [True]
    columns.call_side(True)
    assert side.isVisible()
    assert middle.geometry().left() == 0
    assert columns.close_drawer()
    assert not side.isVisible()
    assert not columns.close_drawer()


def test_dragging_stops_at_the_bounds_and_a_double_click_brings_the_default_back(columns, qtbot):
    grip = columns._inspector_grip
    inspector = columns.parts[2]
    QTest.mousePress(grip, Qt.MouseButton.LeftButton, pos=QPoint(3, 300))
    columns._drag_inspector(-100)
    assert inspector.width() == 388
    columns._drag_inspector(-500)
    assert inspector.width() == 480
    with qtbot.waitSignal(columns.inspector_resized) as resized:
        QTest.mouseDClick(grip, Qt.MouseButton.LeftButton, pos=QPoint(3, 300))
    assert resized.args == [0]
    assert inspector.width() == 288


def test_a_window_that_is_resized_while_the_inspector_slides_in_keeps_it_at_its_edge(columns, qtbot):
    inspector = columns.parts[2]
    columns.set_inspector_open(False)
    columns.reduced_motion = False
    columns.set_inspector_open(True)
    columns.resize(1400, 700)
    qtbot.wait(MOVE_MS + 50)
    assert inspector.geometry().right() + 1 == columns.width()
