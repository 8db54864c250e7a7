"""Things that are made a step a turn."""

from PySide6.QtCore import QObject

from studio.ui.steps import Steps


def counting(told):
    for number in range(3):
        told.append(number)
        yield


def test_nothing_is_made_before_it_is_needed_and_then_a_step_a_turn(qtbot):
    told, parent = [], QObject()
    steps = Steps(counting(told), parent)
    steps.after(lambda: told.append("then"))
    assert told == []
    qtbot.waitUntil(lambda: "then" in told)
    assert told == [0, 1, 2, "then"]
    steps.after(lambda: told.append("at once"))
    assert told[-1] == "at once"


def test_whoever_cannot_wait_has_all_of_it_made_at_once(qapp):
    told, parent = [], QObject()
    steps = Steps(counting(told), parent)
    steps.after(lambda: told.append("then"))
    steps.finish()
    steps.finish()
    qapp.processEvents()
    assert told == [0, 1, 2, "then"]
