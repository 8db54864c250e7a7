"""The window as a process: what it imports when, one window a home, and a clean end."""

import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from studio.app import opening, surprises
from studio.app.overrides import Lasting, outliving_errors
from studio.core.errors import DiskFull, UnexpectedError
from studio.core.paths import paths_for
from studio.session.report import crash_report
from studio.store.instances import WindowLock, alive

START = [sys.executable, "-m", "studio", "--home"]
REPO = Path(__file__).parents[2]
SECONDS = 120
# Opens the window of argv[1], notes what was imported at the first paint and when all was there, lets a
# widget fail as C code does, and quits.
WATCHED = """
import json, sys
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget
from studio.app import opening

seen = {}

class Failing(QWidget):
    def changeEvent(self, event):
        [][0]

class Watched(opening.Studio):
    def __init__(self, *args):
        super().__init__(*args)
        self.frame.painted.connect(lambda: seen.update(painted=sorted(sys.modules)))
        self.opened.connect(lambda: self.session.ready.connect(self.note))

    def note(self):
        seen.update(opened=sorted(sys.modules), panel=self.shell.panel, visible=self.frame.isVisible())
        try:
            QApplication.sendEvent(Failing(), QEvent(QEvent.Type.LanguageChange))
        except IndexError as error:
            seen.update(outlived=str(error))
        QApplication.instance().quit()

opening.Studio = Watched
code = opening.main(sys.argv[1])
print(json.dumps(seen))
sys.exit(code)
"""


def rooms(modules: list[str]) -> set[str]:
    return {name.split(".")[0] for name in modules}


def test_the_frame_is_painted_before_anything_heavy_is_imported_and_outlives_a_widget_that_fails(home: Path):
    ended = subprocess.run(
        [sys.executable, "-c", WATCHED, str(home)], cwd=REPO, capture_output=True, text=True, timeout=SECONDS
    )
    assert ended.returncode == 0, ended.stderr
    seen = json.loads(ended.stdout)
    heavy = {"torch", "numpy", "qtawesome", "transformers", "diffusers"}
    assert not rooms(seen["painted"]) & {*heavy, "apsw", "PIL", "psutil"}
    assert "studio.session" not in seen["painted"]
    assert not rooms(seen["opened"]) & heavy
    assert (seen["panel"], seen["visible"]) == ("welcome", True)
    assert seen["outlived"].endswith("list index out of range")
    kept = json.loads((home / "settings.json").read_text())["window"]
    assert set(kept) >= {"geometry"}


def test_a_second_start_raises_the_first_and_a_request_to_end_ends_it_cleanly(home: Path, qtbot):
    paths = paths_for(home)
    first = subprocess.Popen([*START, str(home)], cwd=REPO, stderr=subprocess.PIPE)
    try:
        qtbot.waitUntil(lambda: bool(alive(paths)), timeout=1000 * SECONDS)
        for _ in range(20):  # until the first listens; a start that nobody answers says so and exits with 1
            second = subprocess.run([*START, str(home)], cwd=REPO, capture_output=True, timeout=SECONDS)
            assert first.poll() is None, first.stderr
            if second.returncode == 0:
                break
        assert second.returncode == 0, second.stderr
        first.send_signal(signal.SIGTERM)
        assert first.wait(SECONDS) == 0
        said = first.stderr.read()
        assert b"does not support raise()" in said  # the offscreen platform's answer to raising a window
        assert b"Traceback" not in said
    finally:
        first.kill()
        first.wait()
        first.stderr.close()
    assert alive(paths) == set()
    lock = WindowLock(paths)
    assert lock.held
    lock.close()


@pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform's, for a box that is not resized
@pytest.mark.parametrize("place", ["", "instances"])
def test_a_home_that_cannot_be_used_is_said_in_a_sentence(qapp, home: Path, capsys, place: str):
    blocked = home / place
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_text("a file where the folder should be")

    def close_box() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        box.accept()

    QTimer.singleShot(0, close_box)
    assert opening.main(str(home)) == 1
    said = capsys.readouterr().err
    assert str(home) in said
    assert "Traceback" not in said
    blocked.unlink()


def test_a_window_that_cannot_be_brought_in_says_why_and_ends(home: Path):
    home.mkdir(parents=True, exist_ok=True)
    (home / "logs").write_text("a file where the folder should be")
    said = "QMessageBox.critical = lambda *args: print(args[-1])"
    script = (
        f"from PySide6.QtWidgets import QMessageBox; {said}; "
        f"from studio.app import opening; raise SystemExit(opening.main({str(home)!r}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=REPO, capture_output=True, text=True, timeout=SECONDS
    )
    assert ended.returncode == 1
    assert str(home / "logs") in ended.stdout


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What `surprises.watch` told, with everything it touched put back."""
    told: list[tuple[Exception, str]] = []
    handlers = list(logging.getLogger().handlers)
    level = logging.getLogger().level
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    surprises.watch(tmp_path, lambda error, trace: told.append((error, trace)))
    yield told
    surprises.faulthandler.disable()
    for handler in set(logging.getLogger().handlers) - set(handlers):
        logging.getLogger().removeHandler(handler)
        handler.close()
    logging.getLogger().setLevel(level)


@pytest.mark.allow_log("ZeroDivisionError", "DiskFull")
def test_a_surprise_is_written_down_and_told(watched, tmp_path: Path, capsys):
    for error in (ZeroDivisionError("division by zero"), DiskFull(path="/full")):
        sys.excepthook(type(error), error, None)
    unexpected, known = watched
    assert isinstance(unexpected[0], UnexpectedError)
    assert unexpected[0].params == {"detail": "ZeroDivisionError: division by zero"}
    assert isinstance(known[0], DiskFull)
    reports = {report.read_text() for report in tmp_path.glob("crash-*.txt")}  # one a second
    assert reports and reports <= {unexpected[1], known[1]}
    assert "ZeroDivisionError" in (tmp_path / "window.log").read_text()
    assert "ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.allow_log("list index out of range")
def test_a_surprise_is_told_without_what_keeps_the_window_alive(watched):
    def fail() -> Exception:
        try:
            try:
                [][0]
            except IndexError as error:
                raise ValueError from error
        except ValueError as error:
            return error

    error = outliving_errors(fail)
    assert isinstance(error.__cause__.__context__, Lasting)
    sys.excepthook(type(error), error, error.__traceback__)
    ((_, told),) = watched
    assert "list index out of range" in told and "Lasting" not in told


@pytest.mark.allow_log("ZeroDivisionError")
def test_of_many_surprises_the_newest_are_kept(watched, tmp_path: Path):
    for number in range(20):
        (tmp_path / f"crash-20260101-0000{number:02}.txt").write_text(str(number))
    sys.excepthook(ZeroDivisionError, ZeroDivisionError("division by zero"), None)
    kept = sorted(report.read_text() for report in tmp_path.glob("crash-2026010*.txt"))
    assert kept == [str(number) for number in range(11, 20)]


@pytest.mark.allow_log("ZeroDivisionError")
def test_a_surprise_is_told_where_it_cannot_be_written_down(watched, tmp_path: Path):
    for kept in tmp_path.glob("*"):
        kept.unlink()
    tmp_path.rmdir()
    sys.excepthook(ZeroDivisionError, ZeroDivisionError("division by zero"), None)
    assert len(watched) == 1


def test_the_report_holds_the_stack_that_the_last_crash_left(tmp_path: Path, watched):
    (tmp_path / "window-crash.log").write_text("Fatal Python error: Segmentation fault")
    surprises.watch(tmp_path, lambda error, trace: None)
    assert (tmp_path / "window-crash.log").read_text() == ""
    assert "Segmentation fault" in crash_report([], [], tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX systems")
def test_a_signal_quits_the_event_loop(qapp):
    undo = surprises.quit_on_signals(qapp)
    QTimer.singleShot(0, lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert qapp.exec() == 0
    undo()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
