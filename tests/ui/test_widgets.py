"""The shared widgets: what they show, what keys and wheels do to them."""

import msgspec
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLayout, QMenu, QVBoxLayout, QWidget

from studio.core.servers import server_model
from studio.ui.actions import Action
from studio.ui.i18n import Language
from studio.ui.widgets.buttons import Button, IconButton, keys_text
from studio.ui.widgets.fields import Combo, NumberField, SearchField, SliderField
from studio.ui.widgets.focus import FocusRing
from studio.ui.widgets.header import Header, Titled
from studio.ui.widgets.labels import ElidedLabel, Label
from studio.ui.widgets.model_picker import ModelPicker
from studio.ui.widgets.overlay import Overlay
from studio.ui.widgets.section import ScrollColumn, Section
from studio.ui.widgets.segment import Segment
from tests.ui.fake_session import LARGE, POSTCARDS


@pytest.fixture
def shown(qtbot):
    """Put widgets into a window that has the focus."""
    windows: list[QWidget] = []

    def show(*widgets: QWidget) -> QWidget:
        window = QWidget()
        column = QVBoxLayout(window)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        for widget in widgets:
            column.addWidget(widget)
        window.resize(400, 300)
        qtbot.addWidget(window)
        with qtbot.waitExposed(window):
            window.show()
        window.activateWindow()
        windows.append(window)
        return window

    return show


def turn_wheel(widget: QWidget) -> None:
    centre = QPointF(widget.rect().center())
    event = QWheelEvent(
        centre,
        widget.mapToGlobal(centre),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_slider_and_field_agree_and_tell_only_what_the_person_did(shown, qtbot):
    steps = SliderField("Guidance", 0, 20, 0.5, 1, default=6.5)
    shown(steps)
    told = []
    steps.changed.connect(told.append)
    steps.set_value(4)
    assert (steps.field.text(), steps.slider.value(), told) == ("4.0", 8, [])
    steps.slider.setValue(11)
    assert (steps.value(), told) == (5.5, [5.5])
    steps.field.selectAll()
    QTest.keyClicks(steps.field, "7.5")
    QTest.keyClick(steps.field, Qt.Key.Key_Return)
    assert (steps.slider.value(), told[-1]) == (15, 7.5)
    QTest.mouseDClick(steps.slider, Qt.MouseButton.LeftButton)
    assert steps.value() == 6.5


def test_a_wheel_turns_only_what_has_the_focus(shown):
    steps, choice = SliderField("Steps", 1, 100, default=20), Combo("Scheduler")
    choice.fill([("Euler", "euler"), ("DPM++", "dpm")])
    choice.select("dpm")
    steps.set_value(20)
    shown(steps, choice)
    for widget in (steps.field, steps.slider, choice):
        widget.clearFocus()
        turn_wheel(widget)
    assert (steps.value(), choice.currentData()) == (20, "dpm")
    steps.field.setFocus()
    turn_wheel(steps.field)
    assert steps.value() == 21


def test_a_combo_tells_what_was_chosen_and_keeps_it_when_refilled(shown, qtbot):
    choice = Combo("Scheduler")
    choice.fill([("Euler", "euler"), ("DPM++", "dpm")])
    shown(choice)
    with qtbot.assertNotEmitted(choice.chosen):
        choice.select("dpm")
        choice.fill([("Heun", "heun"), ("DPM++", "dpm")])
    assert choice.currentData() == "dpm"
    with qtbot.waitSignal(choice.chosen) as chosen:
        QTest.keyClick(choice, Qt.Key.Key_Up)
    assert chosen.args == ["heun"]
    with qtbot.waitSignal(choice.chosen) as chosen:
        QTest.keyClick(choice, Qt.Key.Key_D)
    assert chosen.args == ["dpm"]


def test_lines_between_groups_of_a_combo_are_passed_over(shown, qtbot):
    choice = Combo("Blending")
    groups = [[("Normal", 1)], [("Darken", 2), ("Multiply", 3)], [("Hue", 4)]]
    for _ in range(2):
        choice.fill_groups(groups)
    shown(choice)
    told = []
    choice.chosen.connect(told.append)
    assert choice.currentData() == 1 and choice.count() == 6
    for _ in range(3):
        QTest.keyClick(choice, Qt.Key.Key_Down)
    assert told == [2, 3, 4]


def test_arrows_move_within_a_segment_and_tab_leaves_it(shown, qtbot):
    shape, after = Segment("Shape", [("1:1", 1), ("3:2", 2), ("2:3", 3)]), Button("Next")
    shown(shape, after)
    shape.setFocus()
    with qtbot.waitSignal(shape.chosen) as chosen:
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert chosen.args == [2]
    assert QApplication.focusWidget().text() == "3:2"
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is after
    with qtbot.assertNotEmitted(shape.chosen):
        shape.select(None)
    assert shape.value() == 1


def test_elided_words_are_in_the_tooltip_only_while_they_are_cut(shown, qtbot):
    label = ElidedLabel()
    label.setText("a boat with red sails on the sea at sunset, " * 3)
    window = shown(label)
    assert label.toolTip() == label.text()
    window.resize(2000, 300)
    qtbot.waitUntil(lambda: label.toolTip() == "")


def test_a_narrow_sentence_gets_the_height_of_its_lines(shown):
    sentence = Label("", wrap=True)
    sentence.setFixedWidth(120)
    sentence.setText("Pictures you make or bring in appear here, newest first.")
    window = shown()
    window.layout().addWidget(sentence, 0, Qt.AlignmentFlag.AlignHCenter)
    window.layout().activate()
    assert sentence.height() >= 3 * sentence.fontMetrics().height()


def test_a_number_below_the_least_becomes_the_least(shown):
    field = NumberField("Max tokens", 16, 4096)
    field.setValue(400)
    shown(field)
    field.selectAll()
    QTest.keyClicks(field, "8")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.value() == 16


def test_a_side_hides_what_it_lies_over(qapp):
    side = Titled(Header("Chat"), QWidget())
    assert side.testAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # or a subclass of QWidget paints none


def test_labels_never_read_their_text_as_markup(qtbot):
    label = Label()
    qtbot.addWidget(label)
    label.setText("<img src='http://example.com/x.png'>")
    assert label.textFormat() == Qt.TextFormat.PlainText


def test_a_bound_button_follows_its_action(shown, qtbot):
    ran = []
    action = Action("Inspector", lambda: ran.append(1), "Ctrl+.", "panel-right", checkable=True)
    button = IconButton("panel-right", "Inspector")
    button.bind(action)
    window = shown(button)
    action.setParent(window)
    assert button.toolTip() == f"Inspector ({keys_text('Ctrl+.')})"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert (ran, action.isChecked(), button.isChecked()) == ([1], True, True)
    action.setEnabled(False)
    assert not button.isEnabled()


def test_words_change_with_the_language(shown, qapp, qtbot):
    button, search = Button("Stop", icon="stop"), SearchField("Search pictures", "Ctrl+F")
    shown(button, search)
    language = Language(qapp, "zh")
    qtbot.waitUntil(lambda: button.text() == "停止")
    assert button.accessibleName() == "停止"
    assert search.placeholderText() == "搜索图片"
    language.choose("en")
    qtbot.waitUntil(lambda: button.text() == "Stop")
    language.deleteLater()


def test_escape_empties_a_search_before_it_closes_anything(shown):
    search = SearchField("Search pictures")
    shown(search)
    search.setText("boat")
    QTest.keyClick(search, Qt.Key.Key_Escape)
    assert search.text() == ""


def test_a_section_folds_and_keeps_its_summary(shown, qtbot):
    section = Section("Sampling")
    inside = Label("Steps")
    section.body.addWidget(inside)
    shown(section)
    section.set_summary("28 steps")
    with qtbot.waitSignal(section.folded) as folded:
        QTest.keyClick(section._fold, Qt.Key.Key_Space)
    assert folded.args == [False]
    assert not inside.isVisible()
    assert section._fold.accessibleDescription() == "28 steps"


def test_the_ring_follows_the_keyboard_and_not_the_mouse(shown, qapp, qtbot):
    one, other = Button("Stop"), Button("Undo")
    window = shown(one, other)
    ring = FocusRing(qapp)
    qtbot.addWidget(ring)
    one.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not ring.isVisible()
    ring.by_keyboard = True
    other.setFocus(Qt.FocusReason.TabFocusReason)
    assert ring.isVisible()
    assert ring.geometry() == other.geometry().adjusted(-4, -4, 4, 4)
    other.move(other.x() + 40, other.y())
    assert ring.geometry() == other.geometry().adjusted(-4, -4, 4, 4)
    window.setFocus()
    assert not ring.isVisible()
    other.setFocus()
    other.deleteLater()  # as of a row that it removed
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not ring.isVisible()
    one.setFocus()
    assert ring.geometry() == one.geometry().adjusted(-4, -4, 4, 4)
    window.setFocus()
    ring.setParent(None)


@pytest.mark.parametrize("scrolled", [False, True])
def test_the_ring_is_whole_around_a_control_at_the_edge_of_its_box(shown, qapp, qtbot, scrolled):
    button, box, above = IconButton("seed", "Draw a new seed"), QWidget(), Label("Seed")
    row = QVBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(button, 0, Qt.AlignmentFlag.AlignRight)
    if scrolled:
        column = ScrollColumn()
        inside = QWidget()
        whole = QVBoxLayout(inside)
        whole.setContentsMargins(16, 8, 16, 8)
        whole.addWidget(above)
        whole.addWidget(box)
        column.add(inside)
        shown(column)
    else:
        shown(above, box)
    ring = FocusRing(qapp)
    qtbot.addWidget(ring)
    ring.by_keyboard = True
    button.clearFocus()
    button.setFocus(Qt.FocusReason.TabFocusReason)

    def around() -> bool:
        home = ring.parentWidget()
        area = QRect(button.mapTo(home, QPoint(0, 0)), button.size()).adjusted(-4, -4, 4, 4)
        return ring.geometry() == area and home.rect().contains(area)

    assert around() and box is not ring.parentWidget()
    above.setFixedHeight(80)  # what lies between them moves, the control in its box does not
    qtbot.waitUntil(around)
    if scrolled:
        assert column.widget().isAncestorOf(ring), "it scrolls with its control"
    button.clearFocus()
    assert not ring.isVisible() and ring.parentWidget() is None


def test_an_overlay_keeps_tab_inside_and_gives_the_focus_back(shown, qtbot):
    outside = Button("Stop")
    window = shown(outside)
    overlay = Overlay(window)
    first, last = Button("Undo"), Button("Copy")
    overlay.body.addWidget(first)
    overlay.body.addWidget(last)
    outside.setFocus()
    overlay.open_at(window.rect().adjusted(60, 60, -60, -60), first)
    for expected in (last, first):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is expected
    QTest.keyClick(first, Qt.Key.Key_Escape)
    assert not overlay.isVisible()
    assert QApplication.focusWidget() is outside
    overlay.open_at(window.rect().adjusted(60, 60, -60, -60), first)
    outside.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QTest.keyClick(first, Qt.Key.Key_Escape)
    assert not overlay.isVisible()


def test_return_in_an_overlay_presses_the_button_that_has_the_focus(shown):
    pressed = []
    window = shown(Button("Stop"))
    overlay = Overlay(window)
    save = Button("Save")
    save.clicked.connect(lambda: pressed.append(1))
    overlay.body.addWidget(save)
    overlay.open_at(window.rect().adjusted(60, 60, -60, -60), save)
    QTest.keyClick(save, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert pressed == []
    QTest.keyClick(save, Qt.Key.Key_Return)
    assert pressed == [1]


def test_a_click_outside_closes_an_overlay_and_does_nothing_else(shown):
    pressed = []
    outside = Button("Stop")
    outside.clicked.connect(lambda: pressed.append(1))
    window = shown(outside)
    overlay = Overlay(window)
    overlay.open_at(window.rect().adjusted(150, 120, -150, -150))
    QTest.mouseClick(outside, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert (overlay.isVisible(), pressed) == (False, [])


@pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen platform's, for a menu
def test_models_of_one_name_are_told_apart_by_where_they_lie(shown):
    copy = msgspec.structs.replace(POSTCARDS, id="local/copy", path="/models/copies/postcards", starter=False)
    picker = ModelPicker()
    shown(picker)
    picker.show_models([POSTCARDS, copy, LARGE], copy, loaded=False)
    picker.click()
    menu = picker.findChild(QMenu)
    assert menu.activeAction() is menu.actions()[1]  # from which the arrows go on
    names = [action.text() for action in menu.actions()]
    assert names == ["Postcards\tStarter", "Postcards\tcopies/postcards", LARGE.name]
    menu.close()


def test_a_server_s_model_says_which_server_has_it(shown):
    spec = server_model("127.0.0.1:11434", "qwen3:8b")
    picker = ModelPicker()
    shown(picker)
    picker.show_models([POSTCARDS, spec], spec, loaded=False)
    assert picker._about() == "127.0.0.1:11434"
