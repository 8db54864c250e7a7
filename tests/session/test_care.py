"""What is told about a model and this machine, whatever lies on the disk."""

import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from PySide6.QtCore import QProcess

from studio.catalog.hub.wire import Check
from studio.core.model import ModelSpec
from studio.session import Session
from studio.session.care import CareFlow
from studio.session.hub_process import HubProcess

SPEC = ModelSpec(id="local/x", name="x", family="", base="", abilities=(), path="")
WAIT_SECONDS = 20


def card(session: Session, folder: Path) -> str:
    flow = session.findChild(CareFlow)
    assert flow is not None
    return flow.card(msgspec.structs.replace(SPEC, path=str(folder))).result(WAIT_SECONDS)


def test_a_card_is_shown_without_what_is_for_programs(session: Session, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(
        b"---\r\nlicense: mit\r\n---\r\n# A model\r\n\r\nIt \xff writes.\r\n"
    )
    assert card(session, tmp_path) == "# A model\n\nIt \ufffd writes."
    (tmp_path / "without").mkdir()
    assert card(session, tmp_path / "without") == ""


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are POSIX")
def test_a_card_that_is_a_pipe_is_not_waited_for(session: Session, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "README.md")
    assert card(session, tmp_path) == ""


def test_an_answer_that_nobody_wants_any_more_is_let_go(qtbot, session: Session, tmp_path: Path) -> None:
    flow = session.findChild(CareFlow)
    assert flow is not None
    future = flow.verify(msgspec.structs.replace(SPEC, path=str(tmp_path)))
    (process,) = flow.findChildren(HubProcess)
    assert future.cancel()
    with qtbot.waitSignal(process.ended, timeout=20_000):  # what a slot raises then fails the test
        pass
    assert future.cancelled()


def test_who_stops_a_process_does_not_wait_for_its_goodbye(session: Session, tmp_path: Path) -> None:
    process = HubProcess(Check(path=str(tmp_path)), session)
    process.start()  # it will not hear that its input is closed before it has imported all it needs
    process.stop()
    assert process._process.state() is QProcess.ProcessState.NotRunning
    assert process._process.exitStatus() is QProcess.ExitStatus.CrashExit


def test_room_on_the_disk_is_looked_at_again(
    qtbot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A probe that finds nothing, so that nothing else looks at the machine.
    monkeypatch.setattr("studio.session.shelf.probe_command", lambda: [sys.executable, "-c", ""])
    with qtbot.waitSignal(session.models.machine_changed, timeout=10_000):
        session.models.look()
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=12345))
    with qtbot.waitSignal(session.models.machine_changed, timeout=10_000):
        session.models.look()
    machine = session.models.machine()
    assert machine is not None and machine.disk_free_bytes == 12345
