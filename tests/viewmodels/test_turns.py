"""Many changes in one turn of the event loop are told twice."""

from studio.viewmodels.turns import Turns


def test_the_first_is_told_at_once_and_the_rest_together(qtbot):
    turns, told = Turns(), []
    turns.due.connect(lambda: told.append(True))
    turns.tell()
    assert len(told) == 1
    qtbot.wait(5)
    assert len(told) == 1, "nothing has changed since"
    for _ in range(50):
        turns.tell()
    assert len(told) == 2
    qtbot.waitUntil(lambda: len(told) == 3)
    turns.tell()
    assert len(told) == 4
    turns.deleteLater()
