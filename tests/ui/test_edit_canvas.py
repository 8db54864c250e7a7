"""The canvas of Edit: what is painted, how one looks at it, what is laid over it."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QImage,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.core.edits import Region
from studio.ui.theme import DARK
from studio.ui.widgets.edit_canvas import EditCanvas
from studio.ui.widgets.edit_canvas_outline import find
from studio.ui.widgets.edit_canvas_picture import MASK, MASK_SHARE
from studio.viewmodels.edit_tools import Tool, ToolState
from tests.ui.easel import ALT, CONTROL, LEFT, MIDDLE, NONE, SHIFT, SIDE, Easel
from tests.ui.fake_edit import WatchedEdit, landscape


def _rgb(pixels: np.ndarray, x: int, y: int) -> tuple[int, int, int]:
    return tuple(pixels[y, x, :3].tolist())


# What is painted.


def test_each_pixel_at_its_place(easel):
    pixels = landscape(SIDE, SIDE)
    for x, y in ((0, 0), (399, 399), (150, 200), (300, 160), (255, 256)):
        assert easel.colour(x + 0.5, y + 0.5) == _rgb(pixels, x, y)
    canvas = tuple(int(DARK.canvas[at : at + 2], 16) for at in (1, 3, 5))
    assert easel.colour(-3, 200) == easel.colour(403, 200) == canvas


def test_from_near_pixels_are_squares_and_from_afar_they_are_mixed(easel):
    pixels = landscape(SIDE, SIDE)
    pixels[200, 200] = (255, 0, 0, 255)
    easel.document.become(pixels)
    easel.canvas.set_zoom(8.0)
    for place in ((200.2, 200.2), (200.9, 200.9)):
        assert easel.colour(*place) == (255, 0, 0)
    assert easel.colour(201.2, 200.5) == _rgb(pixels, 201, 200)
    stripes = np.full((1024, 1024, 4), 255, np.uint8)
    stripes[:, ::2, :3] = 0
    easel.document.become(stripes)
    easel.canvas.set_zoom(0.25)
    assert easel.colour(500, 500)[0] in (127, 128)


def test_what_is_transparent_shows_squares(easel):
    clear = np.zeros((SIDE, SIDE, 4), np.uint8)
    easel.document.become(clear)
    easel.canvas.set_zoom(1.0)
    squares = {"#242424", "#2C2C2C"}
    image = easel.seen()
    seen = {image.pixelColor(easel.at(x, y)).name().upper() for x in range(100, 140, 4) for y in (100, 110)}
    assert seen == squares


def test_a_change_is_painted_and_only_there_is_read(easel):
    read: list[Region] = []
    pixels = easel.document.pixels
    easel.document.pixels = lambda region: (read.append(region), pixels(region))[1]
    easel.canvas.show_document(easel.document)
    easel.canvas.set_zoom(1.0)
    easel.settle()
    read.clear()
    easel.tools.choose(Tool.PAINT)
    easel.tools.set(size=20, hardness=1.0, colour="#00FF00")
    easel.drag((100, 100), (120, 100))
    assert easel.colour(102, 100) == (0, 255, 0)
    assert read and all(region.width <= 60 and region.height <= 60 for region in read)


def test_tiles_that_were_patched_are_those_that_would_be_made_anew(easel):
    chance = np.random.default_rng(7)
    easel.document.become(chance.integers(0, 256, (700, 900, 4), np.uint8))
    for zoom in (1.0, 0.4, 0.2):
        easel.tools.choose(Tool.PAINT)
        easel.canvas.show_document(easel.document)
        easel.canvas.set_zoom(zoom)
        easel.settle()
        easel.tools.set(size=float(chance.integers(5, 200)), colour="#3366AA", opacity=0.7)
        easel.drag(*((float(x), float(y)) for x, y in chance.integers(0, 700, (4, 2))))
        QTest.mouseMove(easel.canvas.viewport(), QPoint(2, 2))  # the ring is out of the way
        easel.tools.choose(Tool.HAND)
        patched = easel.seen()
        easel.canvas.show_document(easel.document)
        easel.canvas.set_zoom(zoom)
        assert easel.seen() == patched


def test_what_is_chosen_has_a_veil_a_line_and_words(easel):
    before = easel.colour(100.5, 50.5)
    easel.document.choose(Region(50, 20, 100, 60))
    easel.settle()
    assert easel.canvas.status.text() == "Mask 3.8% of the picture · feather 12 px"
    mask = (MASK.red(), MASK.green(), MASK.blue())
    wanted = [round(a * (1 - MASK_SHARE) + b * MASK_SHARE) for a, b in zip(before, mask, strict=True)]
    assert easel.colour(100.5, 50.5) == pytest.approx(wanted, abs=2)
    image = easel.seen()
    edge = [image.pixelColor(easel.at(x, 20)).lightness() for x in range(60, 140)]
    assert min(edge) < 40 and max(edge) > 180
    easel.tools.set(feather=4)
    assert easel.canvas.status.text().endswith("feather 4 px")


def test_no_veil_is_made_while_nothing_is_chosen(easel):
    plain, veil = easel.colour(100.5, 50.5), easel.canvas.picture._veil
    assert not veil._tiles
    easel.document.choose(Region(50, 20, 100, 60))
    easel.settle()
    assert veil._tiles and easel.colour(100.5, 50.5) != plain
    easel.document.undo()
    easel.settle()
    assert easel.colour(100.5, 50.5) == plain


def test_the_line_lies_on_the_edges_of_pixels():
    document = WatchedEdit(landscape(1000, 800))
    region = Region(101, 203, 300, 77)
    document.choose(region)
    found = find(document.selection, 1000, 800, 1)
    assert [sorted(map(tuple, line.tolist())) for line in found.lines] == [
        [(101, 203), (101, 280), (401, 203), (401, 280)]
    ]
    assert found.share == pytest.approx(300 * 77 / 800_000)
    coarse = find(document.selection, 1000, 800, 8)
    assert coarse.share == pytest.approx(found.share, rel=0.01)
    assert find(WatchedEdit(landscape(9, 9)).selection, 9, 9, 1).lines == ()


def test_keys_hide_the_mask_and_show_the_original_while_they_are_held(easel):
    plain = easel.colour(100.5, 50.5)
    easel.tools.choose(Tool.PAINT)
    easel.tools.set(size=40, hardness=1.0, colour="#00FF00")
    easel.click(100, 50)
    easel.document.choose(Region(50, 20, 100, 60))
    veiled = easel.colour(100.5, 50.5)
    QTest.keyPress(easel.canvas, Qt.Key.Key_H)
    assert easel.colour(100.5, 50.5) == (0, 255, 0)
    QTest.keyRelease(easel.canvas, Qt.Key.Key_H)
    assert easel.colour(100.5, 50.5) == veiled != (0, 255, 0)
    QTest.keyPress(easel.canvas, Qt.Key.Key_O)
    assert easel.colour(100.5, 50.5) == plain
    QTest.keyRelease(easel.canvas, Qt.Key.Key_O)
    easel.key(Qt.Key.Key_H, SHIFT)
    assert easel.colour(100.5, 50.5) == (0, 255, 0)
    easel.key(Qt.Key.Key_H, SHIFT)
    assert easel.colour(100.5, 50.5) == veiled


def test_dashes_march_unless_motion_is_reduced(easel, qtbot):
    easel.document.choose(Region(50, 20, 100, 60))
    easel.tools.choose(Tool.HAND)
    still = easel.seen()
    easel.canvas.reduced_motion = False
    qtbot.waitUntil(lambda: easel.canvas.viewport().grab().toImage() != still)
    easel.canvas.reduced_motion = True


def test_a_document_of_another_size_is_shown_whole(easel):
    easel.canvas.fit()
    pixels = landscape(1200, 300)
    easel.document.become(pixels)
    assert easel.canvas.zoom == pytest.approx((800 - 80) / 1200)
    assert easel.colour(600, 290) == _rgb(pixels, 600, 290)
    assert "1200 × 300" in easel.canvas.accessibleDescription()


def test_a_canvas_may_go_while_its_tiles_are_made(qapp, capfd):
    canvas, document = EditCanvas(ToolState()), WatchedEdit(landscape(1000, 1000))
    going_on, pixels = threading.Event(), document.pixels
    document.pixels = lambda region: (going_on.set(), pixels(region))[1]
    canvas.resize(800, 600)
    canvas.show_document(document)
    canvas.show()
    canvas.grab()
    assert going_on.wait(10)
    canvas.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert capfd.readouterr().err == ""


# How one looks.


def _wheel(easel: Easel, at: QPoint, turns: int, modifiers=NONE, pixels: QPoint | None = None) -> None:
    where = QPointF(at)
    event = QWheelEvent(
        where,
        easel.canvas.viewport().mapToGlobal(where),
        pixels or QPoint(),
        QPoint(0, 120 * turns),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(easel.canvas.viewport(), event)


def test_the_wheel_keeps_the_place_under_the_pointer(easel):
    at = easel.at(300, 120)
    for modifiers in (NONE, CONTROL):
        _wheel(easel, at, 3, modifiers)
        place = easel.canvas.to_picture(QPointF(at))
        assert (place.x(), place.y()) == pytest.approx((300, 120), abs=1)
    assert easel.canvas.zoom == pytest.approx(1.25**6)
    for _ in range(20):
        _wheel(easel, at, 5)
    assert easel.canvas.zoom == 64.0
    for _ in range(40):
        _wheel(easel, at, -5)
    assert easel.canvas.zoom == 0.01


def test_two_fingers_move_the_picture(easel):
    before = easel.at(200, 200)
    _wheel(easel, before, 0, pixels=QPoint(30, -20))
    assert easel.at(200, 200) - before == QPoint(30, -20)


def test_space_or_the_middle_button_move_whatever_the_tool(easel):
    before = easel.at(200, 200)
    easel.drag((200, 200), (210, 190), button=MIDDLE)
    moved = easel.at(200, 200) - before
    assert (moved.x(), moved.y()) == pytest.approx((10, -10), abs=1)
    QTest.keyPress(easel.canvas, Qt.Key.Key_Space)
    easel.drag((200, 200), (180, 200))
    QTest.keyRelease(easel.canvas, Qt.Key.Key_Space)
    moved = easel.at(200, 200) - before
    assert (moved.x(), moved.y()) == pytest.approx((-10, -10), abs=2)
    assert easel.document.strokes == []
    easel.click(200, 200)
    assert len(easel.document.strokes) == 1


def test_keys_zoom_fit_move_and_turn(easel):
    easel.key(Qt.Key.Key_Plus, CONTROL)
    assert easel.canvas.zoom == 1.25
    easel.key(Qt.Key.Key_Minus, CONTROL)
    easel.key(Qt.Key.Key_Minus)
    assert easel.canvas.zoom == 0.8
    easel.key(Qt.Key.Key_0, CONTROL)
    assert easel.canvas.fitted
    easel.key(Qt.Key.Key_1)
    assert easel.canvas.zoom == 1.0
    before = easel.at(200, 200)
    easel.key(Qt.Key.Key_Right)
    assert easel.at(200, 200).x() < before.x()
    easel.key(Qt.Key.Key_Period)
    assert easel.canvas.angle == 15 and easel.canvas.pill.angle.isVisible()
    easel.key(Qt.Key.Key_Slash)
    assert easel.canvas.angle == 0 and not easel.canvas.pill.angle.isVisible()


def test_the_view_turns_with_a_key_and_a_drag_and_strokes_follow(easel):
    middle = easel.canvas.viewport().rect().center()
    QTest.keyPress(easel.canvas, Qt.Key.Key_R)
    QTest.mousePress(easel.canvas.viewport(), LEFT, NONE, middle + QPoint(100, 0))
    QTest.mouseMove(easel.canvas.viewport(), middle + QPoint(0, 100))
    QTest.mouseRelease(easel.canvas.viewport(), LEFT, NONE, middle + QPoint(0, 100))
    QTest.keyRelease(easel.canvas, Qt.Key.Key_R)
    assert easel.canvas.angle == pytest.approx(90, abs=2)
    easel.click(300, 100)
    x, y, _ = easel.document.strokes[0][2].points[0]
    assert (x, y) == pytest.approx((300, 100), abs=1)
    QTest.mouseClick(easel.canvas.pill.angle, LEFT)
    assert easel.canvas.angle == pytest.approx(0)


def test_the_pill_zooms_and_tells(easel):
    QTest.mouseClick(easel.canvas.pill.fit, LEFT)
    assert easel.canvas.fitted
    assert easel.canvas.pill.zoom.text() == f"{100 * easel.canvas.zoom:.0f}%"
    QTest.mouseClick(easel.canvas.pill.whole, LEFT)
    assert easel.canvas.pill.zoom.text() == "100%"


def test_the_zoom_tool_clicks_and_drags(easel):
    easel.tools.choose(Tool.ZOOM)
    easel.click(200, 200)
    assert easel.canvas.zoom == 1.25
    easel.click(200, 200, ALT)
    assert easel.canvas.zoom == 1.0
    easel.drag((200, 200), (240, 200), (300, 200))
    assert easel.canvas.zoom > 1.5


# What is laid over it.


def _red(width: int, height: int) -> np.ndarray:
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[...] = (200, 0, 0, 255)
    return pixels


def test_comparing_with_a_divider(easel):
    easel.canvas.compare("now", _red(SIDE, SIDE), "slider")
    plain = _rgb(landscape(SIDE, SIDE), 100, 50)
    assert (easel.colour(100.5, 50.5), easel.colour(300.5, 50.5)) == (plain, (200, 0, 0))
    easel.drag((200, 200), (60, 200))
    assert easel.colour(100.5, 50.5) == (200, 0, 0)
    for _ in range(9):
        easel.key(Qt.Key.Key_Right, SHIFT)
    assert easel.colour(300.5, 50.5) != (200, 0, 0)
    assert easel.document.strokes == []
    easel.key(Qt.Key.Key_Escape)
    assert not easel.canvas.is_comparing
    assert easel.colour(100.5, 50.5) == plain


def test_comparing_side_by_side_and_by_difference(easel):
    after = landscape(SIDE, SIDE)
    after[40:80, 80:120, 0] += 30
    easel.canvas.compare(
        "original", QImage(after.data, SIDE, SIDE, QImage.Format.Format_RGBA8888), "difference"
    )
    assert easel.colour(100.5, 60.5) == (30, 0, 0)
    assert easel.colour(200.5, 200.5) == (0, 0, 0)
    easel.canvas.compare("now", _red(SIDE, SIDE), "side_by_side")
    easel.canvas.fit()
    image = easel.seen()
    assert image.pixelColor(600, 292).name() == "#c80000"
    assert image.pixelColor(200, 292).name() != "#c80000"


def test_pictures_of_different_size_are_compared_at_one_scale(easel):
    plain = _rgb(landscape(SIDE, SIDE), 100, 50)
    large = np.repeat(np.repeat(landscape(SIDE, SIDE), 2, axis=0), 2, axis=1)
    easel.canvas.compare("now", large, "difference")  # enlarged
    assert easel.colour(100.5, 50.5) == easel.colour(300.5, 350.5) == (0, 0, 0)
    words = "The sizes differ: 400 × 400 and 800 × 800."
    assert easel.canvas.status.text() == f"{words} Compared where both have pixels."
    easel.canvas.compare("now", large, "slider")
    assert easel.canvas.status.text() == words
    assert easel.colour(300.5, 50.5) == _rgb(landscape(SIDE, SIDE), 300, 50)
    wide = np.zeros((SIDE, 600, 4), np.uint8)
    wide[...] = (200, 0, 0, 255)
    wide[:, 100:500] = landscape(SIDE, SIDE)
    easel.canvas.compare("now", wide, "difference", QRectF(-100, 0, 600, SIDE))  # extended
    assert easel.colour(0.5, 50.5) == easel.colour(399.5, 350.5) == (0, 0, 0)
    easel.canvas.compare("now", wide, "slider", QRectF(-100, 0, 600, SIDE))
    assert easel.colour(450, 50) == (200, 0, 0) and easel.colour(399.5, 50.5) != (200, 0, 0)
    easel.canvas.compare("now", _red(SIDE, 200), "difference")  # cropped, who knows where
    assert easel.colour(200.5, 200.5) != (0, 0, 0)
    assert easel.colour(200.5, 50.5) in ((0x24,) * 3, (0x2C,) * 3)  # nothing to compare
    easel.canvas.stop_comparing()
    assert easel.colour(100.5, 50.5) == plain and easel.canvas.status.text() == ""


def test_a_message_below_moves_nothing(qtbot, easel):
    frame = QWidget()
    qtbot.addWidget(frame)
    frame.resize(800, 600)
    frame.show()
    easel.canvas.setParent(frame)
    easel.canvas.setGeometry(0, 0, 800, 600)
    easel.canvas.show()
    easel.canvas.fit()
    places = [easel.canvas.to_view().map(QPointF(*at)) for at in ((0, 0), (300, 200))]
    for height in (590, 545, 600):
        easel.canvas.setGeometry(0, 0, 800, height)
        easel.tools.choose(Tool.LASSO if height == 545 else Tool.BRUSH)
        assert [easel.canvas.to_view().map(QPointF(*at)) for at in ((0, 0), (300, 200))] == places
    frame.resize(800, 500)
    easel.canvas.setGeometry(0, 0, 800, 500)
    assert easel.canvas.to_view().map(QPointF(300, 200)) != places[1]
    easel.canvas.setParent(None)


def test_a_proposal_lies_over_the_canvas_and_beyond_it(easel):
    plain = easel.colour(100.5, 50.5)
    easel.canvas.show_proposal(_red(SIDE * 2, SIDE * 2))  # enlarged
    assert easel.colour(100.5, 50.5) == (200, 0, 0)
    QTest.keyPress(easel.canvas, Qt.Key.Key_O)
    assert easel.colour(100.5, 50.5) == plain
    QTest.keyRelease(easel.canvas, Qt.Key.Key_O)
    easel.drag((100, 100), (120, 120))
    assert easel.document.strokes == []
    easel.canvas.show_proposal(_red(500, SIDE), QRectF(0, 0, 500, SIDE))  # extended
    assert easel.colour(450, 200) == (200, 0, 0)
    easel.canvas.show_proposal(None)
    easel.move(350, 350)
    assert easel.colour(100.5, 50.5) == plain


def test_the_canvas_is_seen_until_a_proposal_is_there(easel):
    plain = easel.colour(100.5, 50.5)
    easel.canvas.show_proposal(_red(SIDE, SIDE))
    spot = easel.canvas.to_view().map(QPointF(100.5, 50.5)).toPoint()
    first = easel.canvas.viewport().grab().toImage().pixelColor(spot)
    assert (first.red(), first.green(), first.blue()) == plain
    assert easel.colour(100.5, 50.5) == (200, 0, 0)


def test_what_a_job_has_so_far_lies_in_its_region(easel):
    image = QImage(32, 32, QImage.Format.Format_RGB32)
    image.fill("#0000FF")
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPEG")
    plain = easel.colour(50.5, 50.5)
    easel.canvas.show_progress(buffer.data().data(), Region(100, 100, 200, 200))
    easel.settle()
    assert easel.colour(200, 200) == pytest.approx((0, 0, 255), abs=3)
    assert easel.colour(50.5, 50.5) == plain
    easel.canvas.show_progress(b"", Region(100, 100, 200, 200))
    assert easel.colour(200, 200) != pytest.approx((0, 0, 255), abs=3)


def test_a_small_picture_stands_in_for_one_that_is_being_read(easel):
    plain = easel.colour(100.5, 50.5)
    small = QImage(40, 20, QImage.Format.Format_RGB32)
    small.fill("#0000FF")
    easel.canvas.show_preview(small, QSize(4000, 2000))
    assert easel.canvas.fitted and easel.canvas.zoom == pytest.approx((800 - 80) / 4000)
    assert easel.colour(10, 10) == easel.colour(3990, 1990) == (0, 0, 255)
    told = easel.heard(easel.canvas.did.polygon_drawn)
    easel.tools.choose(Tool.LASSO)
    easel.drag((100, 100), (3000, 100), (3000, 1900))
    easel.key(Qt.Key.Key_BracketRight)
    assert told == []
    easel.canvas.clear_preview()
    easel.canvas.set_zoom(1.0)
    assert easel.colour(100.5, 50.5) == plain


def test_a_document_takes_the_place_of_its_small_picture(easel):
    small = QImage(40, 40, QImage.Format.Format_RGB32)
    small.fill("#0000FF")
    document = WatchedEdit(_red(SIDE, SIDE))
    easel.canvas.show_preview(small, QSize(SIDE, SIDE))
    easel.canvas.set_zoom(0.5)
    easel.canvas.show_document(document)
    easel.canvas.viewport().grab()  # nothing has arrived yet
    assert easel.canvas.picture.still is not None and easel.canvas.zoom == 0.5
    assert easel.colour(200, 200) == (200, 0, 0)
    assert easel.canvas.picture.still is None
    easel.canvas.clear_preview()
    assert easel.canvas.surface is document


def test_it_has_a_name_and_a_ring_when_reached_by_keyboard(easel):
    assert easel.canvas.accessibleName() == "Canvas"
    easel.canvas.clearFocus()
    easel.canvas.setFocus(Qt.FocusReason.TabFocusReason)
    assert easel.seen().pixelColor(1, 1).name().upper() == DARK.focus
