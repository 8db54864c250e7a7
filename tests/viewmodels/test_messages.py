"""The one message channel: who is shown, who leaves, and that an undo is never lost to an error."""

import pytest
from PySide6.QtCore import QTimer

from studio.core.errors import DiskFull
from studio.core.records import Problem
from studio.viewmodels import messages
from studio.viewmodels.messages import Kind, MessageCentre


@pytest.fixture
def centre(qapp):
    made = MessageCentre()
    yield made
    made.deleteLater()


def kinds(centre: MessageCentre) -> list[Kind]:
    return [line.kind for line in centre.lines]


def test_a_problem_that_is_over_is_withdrawn(centre):
    centre.problem(DiskFull(path="/full"))
    centre.withdraw("database_locked")
    assert centre.lines
    centre.withdraw("disk_full")
    assert centre.lines == []


def test_an_error_comes_first_and_leaves_the_undo_beside_it(centre):
    undone: list[bool] = []
    centre.undoable("{n} pictures moved to trash", lambda: undone.append(True), n=3)
    centre.problem(DiskFull(path="/full"))
    centre.notify("Saved as {name}", name="boat.png")
    assert kinds(centre) == [Kind.ERROR, Kind.UNDO]
    assert centre.lines[0].problem == Problem(code="disk_full", params={"path": "/full"})
    centre.undo()
    assert undone == [True]
    assert kinds(centre) == [Kind.ERROR, Kind.NOTICE]


def test_messages_leave_after_a_while_but_errors_and_offers_stay(centre, monkeypatch, qtbot):
    monkeypatch.setattr(messages, "SHOWN_MS", 1)
    centre.problem(DiskFull(path="/full"))
    centre.offer(
        "{n} jobs were not done when the studio closed.", "Run again", lambda: None, lambda: None, n=2
    )
    centre.undoable("Picture moved to trash", lambda: None)
    assert centre.can_undo
    qtbot.waitUntil(lambda: not centre.can_undo)
    assert kinds(centre) == [Kind.ERROR, Kind.OFFER]


def test_undos_are_pressed_one_after_the_other_while_the_last_is_shown(centre, monkeypatch, qtbot):
    undone: list[int] = []
    for number in range(3):
        centre.undoable("{n} pictures moved to trash", lambda number=number: undone.append(number), n=number)
    for _ in range(3):
        centre.undo()
    assert undone == [2, 1, 0] and not centre.can_undo
    centre.undoable("Picture moved to trash", lambda: undone.append(3))
    centre.undoable("Picture moved to trash", lambda: undone.append(4))
    centre.dismiss(centre.lines[0])
    assert not centre.can_undo, "closed is closed"
    monkeypatch.setattr(messages, "SHOWN_MS", 1)
    centre.undoable("Picture moved to trash", lambda: undone.append(5))
    centre.undoable("Picture moved to trash", lambda: undone.append(6))
    qtbot.waitUntil(lambda: not centre.can_undo)
    centre.undoable("Picture moved to trash", lambda: undone.append(7))
    centre.undo()
    centre.undo()
    assert undone == [2, 1, 0, 7]


def test_an_undo_goes_with_what_it_would_bring_back(centre):
    undone: list[str] = []
    for about in ("", "boat", "sea", "boat"):
        centre.undoable("Picture moved to trash", lambda about=about: undone.append(about), about=about)
    centre.withdraw_undos("boat")
    for _ in range(3):
        centre.undo()
    assert undone == ["sea", ""] and not centre.can_undo


def test_time_stands_still_under_the_pointer(centre, monkeypatch, qtbot):
    monkeypatch.setattr(messages, "SHOWN_MS", 1)
    centre.undoable("Picture moved to trash", lambda: None)
    centre.hold(True)
    with qtbot.assertNotEmitted(centre.changed, wait=30):
        pass
    with qtbot.waitSignal(centre.changed):
        centre.hold(False)
    assert centre.lines == []


def test_pressing_the_button_acts_once_and_an_error_stays_to_be_read(centre, qtbot):
    problem = Problem(code="worker_crashed", params={"cause": "segmentation fault"}, traceback="…")
    centre.problem(problem)
    with qtbot.waitSignal(centre.details_wanted) as wanted:
        centre.act(centre.lines[0])
    assert wanted.args == [problem]
    centre.dismiss(centre.lines[0])
    assert centre.lines == []


def test_errors_of_one_turn_are_one_message(centre, qtbot):
    first, second = (Problem(code="disk_full", params={"path": path}) for path in ("/a", "/b"))
    third = Problem(code="library_missing", params={"path": "/c"})
    for one in (first, second, first, third):
        centre.problem(one)
    (line,) = centre.lines
    assert (line.problem, line.others, line.action_label) == (first, [second, third], "Details")
    with qtbot.waitSignal(centre.all_wanted) as wanted:
        centre.act(line)
    assert wanted.args == [[first, second, third]]
    centre.withdraw("disk_full")
    assert (centre.lines[0].problem, centre.lines[0].others) == (third, [])
    with qtbot.waitSignal(centre.changed):
        QTimer.singleShot(1, lambda: centre.problem(second))
    assert (centre.lines[0].problem, centre.lines[0].others) == (second, []), "a later one is another message"


def test_an_error_without_traceback_offers_no_details(centre):
    centre.problem(Problem(code="prompt_empty"))
    assert centre.lines[0].action is None
