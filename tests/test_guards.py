"""Proves that the guards of conftest.py catch what they are there for, and let the rest pass."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

CULPRITS = """
import logging, multiprocessing, socket, subprocess, sys, threading
import pytest
from PySide6.QtCore import QThread, QTimer, qWarning
from PySide6.QtWidgets import QWidget

kept = []

def test_thread():
    stop = threading.Event()
    kept.append(stop)
    threading.Thread(target=stop.wait, name="forgotten", daemon=True).start()

def test_process():
    kept.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))

def test_qt_thread(qapp):
    thread = QThread()
    thread.start()
    kept.append(thread)

def test_timer(qapp):
    timer = QTimer(interval=1000)
    timer.start()
    kept.append(timer)

def test_widget(qapp):
    kept.append(QWidget())

def test_warning():
    logging.getLogger("studio.x").warning("unforeseen")

def test_qt_warning():
    qWarning("unforeseen")

def test_socket():
    socket.create_connection(("127.0.0.1", 9))

def test_child():
    subprocess.run([sys.executable, "-c", "import socket; socket.socket()"])

def test_grandchild():
    grandchild = [sys.executable, "-c", "import socket; socket.socket(socket.AF_INET6)"]
    subprocess.run([sys.executable, "-c", f"import subprocess; subprocess.run({grandchild})"])

@pytest.mark.hub
def test_child_far_away():
    far = "import socket; socket.create_connection(('192.0.2.1', 9))"
    subprocess.run([sys.executable, "-c", far])

@pytest.mark.hub
def test_passes_child_of_a_hub():
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = f"import socket; socket.create_connection({server.getsockname()}).close()"
        subprocess.run([sys.executable, "-c", near], check=True)

@pytest.mark.allow_log("foreseen")
def test_passes_warning():
    logging.getLogger("studio.x").warning("foreseen")

def test_passes_what_ends(qapp):
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    receiver, sender = multiprocessing.Pipe()
    socket.socket(socket.AF_UNIX).close()
    widget = QWidget()
    widget.owner = widget
    subprocess.run([sys.executable, "-c", ""], check=True)
"""


SURROUNDINGS = """
from tests import leaks
from tests.conftest import (
    _guards, _homes, _hub, _no_sockets_in_children, _no_unexpected_warning, _nothing_left_behind, home
)
leaks.GRACE_SECONDS = 0.05
"""
CAUGHT = {
    "test_thread": "left behind: thread forgotten",
    "test_process": "left behind: process",
    "test_qt_thread": "left behind: QThread",
    "test_timer": "left behind: QTimer",
    "test_widget": "left behind: widget QWidget",
    "test_warning": "logged: WARNING studio.x: unforeseen",
    "test_qt_warning": "Qt messages with level WARNING or above emitted",
    "test_socket": "NetworkRefused",
    "test_child": "a child opened a network socket",
    "test_grandchild": "a child opened a network socket",
    "test_child_far_away": "socket.connect (('192.0.2.1', 9),)",
}


def test_each_guard_names_its_culprit_and_lets_the_rest_pass(tmp_path: Path) -> None:
    checkout = Path(__file__).parents[1]
    (tmp_path / "conftest.py").write_text(SURROUNDINGS)
    (tmp_path / "test_culprits.py").write_text(CULPRITS)
    report = tmp_path / "report.xml"
    options = ["-c", str(checkout / "pyproject.toml"), "-p", "no:cacheprovider", f"--junit-xml={report}"]
    subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(tmp_path)],
        cwd=checkout,
        capture_output=True,
        check=False,
    )
    told = {
        case.get("name"): verdict.get("message", "")
        for case in ElementTree.parse(report).iter("testcase")
        for verdict in case
        if verdict.tag in ("error", "failure")
    }
    assert told.keys() == CAUGHT.keys()
    assert not [name for name, words in CAUGHT.items() if words not in told[name]]
