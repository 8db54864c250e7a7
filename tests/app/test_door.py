"""What other processes of a home ask of its window, and that nothing else opens the door."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalSocket

from studio.app import door
from studio.app.door import ChangeList, Hold, Raise, Wish, listen
from studio.core.model import Wish as ModelWish

ROOT = Path(__file__).parents[2]


@pytest.fixture
def window(qapp) -> Iterator[QObject]:
    parent = QObject()
    yield parent
    parent.deleteLater()


@pytest.fixture
def knocking(qtbot) -> Iterator[Callable[[Path, Wish], bool]]:
    """In another process: whoever waits for the window holds up all threads of its own."""
    processes: list[subprocess.Popen[bytes]] = []

    def ask(home: Path, wish: Wish) -> bool:
        encoded = msgspec.json.encode(wish)
        script = (
            "import sys, pathlib, msgspec; from studio.app.door import *;"
            f"sys.exit(not knock(pathlib.Path({str(home)!r}), msgspec.json.decode({encoded!r}, type=Wish)))"
        )
        processes.append(subprocess.Popen([sys.executable, "-c", script], cwd=ROOT))
        qtbot.waitUntil(lambda: processes[-1].poll() is not None, timeout=60_000)
        return processes[-1].returncode == 0

    yield ask
    for process in processes:
        process.kill()
        process.wait()


def test_a_wish_is_met_before_it_is_answered(home: Path, window: QObject, knocking) -> None:
    met: list[Wish] = []
    listen(home, met.append, window)
    wishes: list[Wish] = [Raise(), ChangeList(name="model_folders", add=("/a b", "/模型"), forget=("/old",))]
    wishes.append(Hold(model_id="local/x", wish=ModelWish(precision="bfloat16")))
    assert all(knocking(home, wish) for wish in wishes)
    assert met == wishes


def test_where_no_window_is_nobody_answers(home: Path, window: QObject, knocking) -> None:
    assert not knocking(home, Raise())
    listen(home, lambda _: None, window)
    assert not knocking(home / "other", Raise())


def test_what_is_no_wish_is_not_met(home: Path, window: QObject, qtbot) -> None:
    met: list[Wish] = []
    listen(home, met.append, window)
    guest = QLocalSocket(window)
    strange = (b'{"type": "Hold", "model_id": "\xff", "wish": {}}', b'{"type": "Raise", "x": ' + b"[" * 9999)
    for said in (b"hello\n", b'{"type": "Erase"}\n', b"\xff\xfe\n", *(one + b"\n" for one in strange)):
        guest.connectToServer(door._name(home))
        guest.write(said)
        qtbot.waitUntil(lambda: guest.state() == QLocalSocket.LocalSocketState.UnconnectedState)
    assert not met
