"""The shelf and this machine, as a session tells of them."""

import sys

import pytest

from studio.core.errors import DevicesUnknown
from studio.core.records import Problem
from studio.session import Session


def test_engine_that_cannot_tell_its_devices_is_told_of(
    qtbot, monkeypatch: pytest.MonkeyPatch, session: Session
):
    probe = [sys.executable, "-c", "import sys; sys.exit('No module named torch')"]
    monkeypatch.setattr("studio.session.shelf.probe_command", lambda: probe)
    with qtbot.waitSignal(session.problem_raised, timeout=20_000) as raised:
        session.models.look()
    problem = raised.args[0]
    assert isinstance(problem, Problem) and problem.code == DevicesUnknown.code
    assert problem.params == {"cause": "No module named torch"}


def test_session_that_closes_before_the_devices_are_told_says_nothing(qtbot, session: Session):
    raised: list[object] = []
    session.problem_raised.connect(raised.append)
    session.models.look()
    session.close()
    assert raised == []
