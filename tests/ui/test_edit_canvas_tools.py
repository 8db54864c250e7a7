"""The tools of the canvas of Edit with real events: strokes, lines, places, frames."""

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QInputDevice,
    QKeyEvent,
    QPointingDevice,
    QPointingDeviceUniqueId,
    QTabletEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.edits import Region
from studio.core.errors import BadRequest
from studio.session.edit_tools import crop
from studio.viewmodels.edit_tools import TOOL_KEYS, Tool
from tests.ui.easel import ALT, CONTROL, LEFT, NONE, RIGHT, SHIFT, SIDE

# What tools make of the pointer.


def test_a_stroke_goes_through_every_place(easel):
    done = easel.heard(easel.canvas.did.stroke_done)
    easel.tools.set(size=20, hardness=1.0)
    places = [(100.0 + 5 * step, 100.0 + step) for step in range(20)]
    easel.drag(*places)
    brush, erases, stroke = easel.document.strokes[0]
    assert (brush.size, brush.colour, erases) == (20, "", False)
    assert np.array(stroke.points)[:, :2] == pytest.approx(np.array(places), abs=1)
    assert {pressure for _, _, pressure in stroke.points} == {1.0}
    assert stroke.ended and len(done) == 1
    assert easel.document.selection.read(Region(150, 110, 1, 1))[0, 0] == 255


def test_eraser_alt_and_shift(easel):
    easel.tools.set(size=20, hardness=1.0)
    easel.click(100, 100)
    easel.press(200, 100, LEFT, SHIFT)  # straight on
    easel.release(200, 100)
    assert easel.document.selection.read(Region(150, 100, 1, 1))[0, 0] == 255
    easel.drag((150, 100), (151, 100), modifiers=ALT)
    assert easel.document.selection.read(Region(150, 100, 1, 1))[0, 0] == 0
    easel.tools.choose(Tool.ERASER)
    easel.click(100, 100)
    assert [erases for _, erases, _ in easel.document.strokes] == [False, False, True, True]
    assert easel.document.selection.read(Region(100, 100, 1, 1))[0, 0] == 0


def test_escape_leaves_off_a_stroke(easel):
    easel.press(100, 100)
    easel.move(120, 120)
    easel.key(Qt.Key.Key_Escape)
    assert easel.document.strokes[0][2].cancelled
    easel.release(120, 120)
    assert not easel.document.strokes[0][2].ended


def test_a_document_that_refuses_a_stroke_is_heard(easel):
    refused = easel.heard(easel.canvas.did.refused)

    def refuse(brush, *, erase=False):
        raise BadRequest(reason="no layer")

    easel.document.begin_stroke = refuse
    easel.drag((100, 100), (110, 110))
    assert isinstance(refused[0][0], BadRequest)


def test_a_pen_gives_its_pressure_and_its_other_end_erases(easel):
    def pen(kind, x, pressure, pointer=QPointingDevice.PointerType.Pen):
        device = QPointingDevice(
            "pen",
            1,
            QInputDevice.DeviceType.Stylus,
            pointer,
            QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
            1,
            1,
            "",
            QPointingDeviceUniqueId(),
        )
        at = QPointF(easel.at(x, 100))
        button = LEFT if kind is not QEvent.Type.TabletMove else Qt.MouseButton.NoButton
        held = LEFT if kind is not QEvent.Type.TabletRelease else Qt.MouseButton.NoButton
        where = easel.canvas.viewport().mapToGlobal(at)
        event = QTabletEvent(kind, device, at, where, pressure, 0, 0, 0, 0, 0, NONE, button, held)
        QApplication.sendEvent(easel.canvas.viewport(), event)
        return event.isAccepted()

    eraser = QPointingDevice.PointerType.Eraser
    assert pen(QEvent.Type.TabletPress, 100, 0.25)
    pen(QEvent.Type.TabletMove, 120, 0.5)
    pen(QEvent.Type.TabletRelease, 120, 0.0)
    pen(QEvent.Type.TabletPress, 100, 0.25, eraser)
    pen(QEvent.Type.TabletRelease, 100, 0.25, eraser)
    assert [pressure for _, _, pressure in easel.document.strokes[0][2].points] == [0.25, 0.5]
    assert [erases for _, erases, _ in easel.document.strokes] == [False, True]
    easel.tools.choose(Tool.LASSO)
    assert not pen(QEvent.Type.TabletPress, 100, 0.5)  # and Qt makes a mouse of it


def test_brackets_and_dragging_change_the_brush(easel):
    easel.tools.set(size=100.0, hardness=0.5)
    easel.key(Qt.Key.Key_BracketRight)
    assert easel.tools.now.size == 115
    easel.key(Qt.Key.Key_BracketLeft)
    assert easel.tools.now.size == 100
    easel.key(Qt.Key.Key_BraceRight, SHIFT)
    assert easel.tools.now.hardness == 0.6
    easel.drag((200, 200), (230, 200), (260, 200), button=RIGHT, modifiers=ALT)
    assert easel.tools.now.size == pytest.approx(160, abs=2)
    easel.tools.set(size=1.0)
    easel.key(Qt.Key.Key_BracketRight)
    assert easel.tools.now.size == 2


def test_the_ring_is_as_large_as_the_brush(easel):
    easel.tools.set(size=100.0)
    easel.canvas.set_zoom(2.0)
    easel.move(200, 200)
    image, middle = easel.seen(), easel.at(200, 200)
    assert any(image.pixelColor(middle + QPoint(100 + by, 0)).lightness() > 160 for by in (-1, 0, 1))
    assert image.pixelColor(middle + QPoint(90, 0)).lightness() < 140
    assert easel.canvas.viewport().cursor().shape() == Qt.CursorShape.BlankCursor
    easel.tools.set(size=1.0)
    easel.move(201, 200)
    assert easel.canvas.viewport().cursor().shape() == Qt.CursorShape.CrossCursor


@pytest.mark.parametrize(
    ("modifiers", "mode"), [(NONE, "replace"), (SHIFT, "add"), (ALT, "subtract"), (SHIFT | ALT, "intersect")]
)
def test_a_rectangle_and_how_it_joins(easel, modifiers, mode):
    easel.tools.choose(Tool.RECTANGLE)
    drawn = easel.heard(easel.canvas.did.rectangle_drawn)
    easel.drag((150, 120), (60, 60), (50, 40), modifiers=modifiers)
    assert drawn == [(Region(50, 40, 100, 80), mode)]


def test_a_click_with_a_rectangle_drops_what_is_chosen(easel):
    easel.tools.choose(Tool.RECTANGLE)
    dropped = easel.heard(easel.canvas.did.selection_dropped)
    easel.click(100, 100)
    easel.click(100, 100, SHIFT)
    assert len(dropped) == 1


def test_a_rectangle_by_keys_alone(easel):
    easel.tools.choose(Tool.RECTANGLE)
    drawn = easel.heard(easel.canvas.did.rectangle_drawn)
    easel.key(Qt.Key.Key_Return)  # half of what is seen, in the middle
    easel.key(Qt.Key.Key_Left)
    easel.key(Qt.Key.Key_Down, SHIFT)
    easel.key(Qt.Key.Key_Right, CONTROL | SHIFT)
    easel.key(Qt.Key.Key_Up, ALT)
    easel.key(Qt.Key.Key_Return, SHIFT)
    assert drawn == [(Region(99, 115, 216, 201), "add")]
    easel.key(Qt.Key.Key_Return)
    easel.key(Qt.Key.Key_Escape)
    easel.key(Qt.Key.Key_Right)  # moves the view again
    easel.key(Qt.Key.Key_Return)
    easel.drag((150, 120), (50, 40))
    assert drawn[1:] == [(Region(50, 40, 100, 80), "replace")]


def test_what_arrows_do_to_a_rectangle_is_no_shortcut_meanwhile(easel):
    def claimed(key, modifiers) -> bool:
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifiers)
        event.ignore()
        QCoreApplication.sendEvent(easel.canvas, event)
        return event.isAccepted()

    easel.tools.choose(Tool.RECTANGLE)
    assert not claimed(Qt.Key.Key_Left, ALT)
    easel.key(Qt.Key.Key_Return)
    assert claimed(Qt.Key.Key_Left, ALT)
    easel.tools.choose(Tool.CROP)
    assert claimed(Qt.Key.Key_Right, ALT)
    easel.tools.choose(Tool.EXTEND)
    assert not claimed(Qt.Key.Key_Right, ALT)


def test_a_lasso(easel):
    easel.tools.choose(Tool.LASSO)
    easel.tools.set(mode="add")
    drawn = easel.heard(easel.canvas.did.polygon_drawn)
    easel.drag((50, 50), (150, 50), (150, 150), (50, 150))
    points, mode = drawn[0]
    assert mode == "add"
    assert np.array(points) == pytest.approx(np.array([(50, 50), (150, 50), (150, 150), (50, 150)]), abs=1)


def test_a_polygon_corner_by_corner(easel):
    easel.tools.choose(Tool.POLYGON)
    drawn = easel.heard(easel.canvas.did.polygon_drawn)
    for corner in ((50, 50), (150, 50), (300, 300)):
        easel.click(*corner)
    easel.key(Qt.Key.Key_Backspace)
    easel.click(150, 150)
    easel.key(Qt.Key.Key_Return)
    assert np.array(drawn[0][0]) == pytest.approx(np.array([(50, 50), (150, 50), (150, 150)]), abs=1)
    for corner in ((50, 50), (150, 50), (150, 150), (52, 51)):  # the first one closes it
        easel.click(*corner)
    assert len(drawn[1][0]) == 3
    easel.click(50, 50)
    easel.click(150, 50)
    easel.click(150, 150)
    QTest.mouseDClick(easel.canvas.viewport(), LEFT, NONE, easel.at(150, 150))
    assert len(drawn[2][0]) == 3
    easel.click(50, 50)
    easel.key(Qt.Key.Key_Escape)
    easel.key(Qt.Key.Key_Return)
    assert len(drawn) == 3


def test_places_that_are_clicked(easel):
    did = easel.canvas.did
    wand, found, text, picked = map(
        easel.heard, (did.wand_clicked, did.object_clicked, did.text_placed, did.colour_picked)
    )
    easel.tools.choose(Tool.WAND)
    easel.click(30, 40, SHIFT)
    easel.click(-30, 40)  # beside the picture
    easel.tools.choose(Tool.OBJECT)
    easel.click(30, 40)
    easel.click(30, 50, ALT)
    easel.tools.choose(Tool.TEXT)
    easel.click(70, 80)
    easel.tools.choose(Tool.EYEDROPPER)
    easel.click(300, 232)
    assert wand == [(30, 40, "add")]
    assert found == [(30, 40, "replace"), (30, 50, "subtract")]
    assert text == [(70, 80)]
    assert picked == [("#F5F2EC",)]


def test_letters_choose_tools_and_none_means_two_things(easel):
    assert len(set(TOOL_KEYS.values())) == len(TOOL_KEYS) == len(Tool)
    assert not set(TOOL_KEYS.values()) & {"H", "O", "R"}
    for tool, letter in TOOL_KEYS.items():
        easel.key(getattr(Qt.Key, f"Key_{letter}"))
        assert easel.tools.tool is tool


# Frames.


def test_a_crop_is_drawn_pulled_moved_and_taken(easel):
    easel.tools.choose(Tool.CROP)
    frame = easel.canvas.frame(Tool.CROP)
    assert frame.region == Region(0, 0, SIDE, SIDE)
    changed = easel.heard(easel.canvas.did.frame_changed)
    accepted = easel.heard(easel.canvas.did.frame_accepted)
    easel.drag((400, 400), (300, 280), (300, 250))
    assert frame.region == Region(0, 0, 300, 250)
    easel.drag((0, 125), (50, 125))
    assert frame.region == Region(50, 0, 250, 250)
    easel.drag((150, 100), (250, 900))  # no farther than the edge
    assert frame.region == Region(150, 150, 250, 250)
    easel.key(Qt.Key.Key_Left, SHIFT)
    easel.key(Qt.Key.Key_Up, CONTROL)
    assert frame.region == Region(140, 150, 250, 249)
    assert changed[-1] == (Tool.CROP, frame.region)
    easel.key(Qt.Key.Key_Return)
    assert accepted == [(Tool.CROP, Region(140, 150, 250, 249))]
    easel.key(Qt.Key.Key_Escape)
    assert frame.region == Region(0, 0, SIDE, SIDE)


def test_an_extension_only_grows(easel):
    easel.tools.choose(Tool.EXTEND)
    easel.canvas.set_zoom(0.5)
    frame = easel.canvas.frame(Tool.EXTEND)
    easel.drag((400, 200), (520, 200))
    easel.drag((0, 200), (60, 200))
    assert frame.region == Region(0, 0, 520, 400)
    easel.key(Qt.Key.Key_Up, SHIFT)
    assert frame.region == Region(0, -10, 520, 410)


def test_a_context_is_a_dashed_frame_within_the_picture(easel):
    easel.tools.choose(Tool.CONTEXT)
    frame = easel.canvas.frame(Tool.CONTEXT)
    frame.set_region(Region(100, 100, 200, 200))
    image = easel.seen()
    seen = [image.pixelColor(easel.at(x, 100)).lightness() for x in range(110, 190)]
    assert min(seen) < 30 and max(seen) > 180
    easel.drag((100, 200), (150, 200))
    assert frame.region == Region(150, 100, 150, 200)
    easel.drag((300, 300), (480, 390))
    assert frame.region == Region(150, 100, 250, 290)


def test_another_tool_leaves_off_what_one_was_at(easel):
    easel.tools.choose(Tool.POLYGON)
    drawn = easel.heard(easel.canvas.did.polygon_drawn)
    for corner in ((50, 50), (150, 50), (150, 150)):
        easel.click(*corner)
    easel.key(Qt.Key.Key_B)
    easel.press(100, 100)
    easel.key(Qt.Key.Key_P)
    assert easel.document.strokes[0][2].cancelled
    easel.key(Qt.Key.Key_Return)
    assert drawn == []


def test_a_stroke_begins_once_what_was_asked_for_before_is_done(easel):
    later: list = []
    easel.canvas.in_turn = later.append
    easel.drag((50, 50), (90, 50))
    assert easel.document.strokes == []
    later.pop()()
    [(_, _, stroke)] = easel.document.strokes
    assert stroke.ended and len(stroke.points) >= 2


def test_tools_rest_while_every_place_becomes_another(easel):
    drawn = easel.heard(easel.canvas.did.rectangle_drawn)
    easel.canvas.rest(True)
    assert easel.canvas.viewport().cursor().shape() == Qt.CursorShape.BusyCursor
    easel.drag((50, 50), (90, 50))
    easel.tools.choose(Tool.RECTANGLE)
    easel.drag((50, 50), (90, 90))
    assert easel.document.strokes == [] and drawn == []
    easel.canvas.rest(False)
    easel.press(50, 50)
    easel.canvas.rest(True)
    easel.release(90, 90)
    assert drawn == [], "what was begun before would end elsewhere"
    easel.canvas.rest(False)
    easel.drag((50, 50), (90, 90))
    assert len(drawn) == 1


def test_a_stroke_that_waits_goes_nowhere_where_the_canvas_has_another_size_by_then(easel):
    later: list = []
    easel.canvas.in_turn = later.append
    easel.drag((50, 50), (90, 50))
    crop(easel.document, Region(0, 0, 60, 60))
    later.pop()()
    assert easel.document.steps == ["Crop"]
