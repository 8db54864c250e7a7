"""What every test stands on: a home of its own, no network, and nothing left behind when it ends."""

import os
import tempfile

# Before anything imports Qt or torch; worker processes inherit it.
os.environ.update(
    QT_QPA_PLATFORM="offscreen",
    OMP_WAIT_POLICY="PASSIVE",
    TOKENIZERS_PARALLELISM="false",
    HF_HUB_OFFLINE="1",
    PYRIGHT_PYTHON_IGNORE_WARNINGS="1",  # else it asks the network whether there is a newer one
    # In each child Python imports a guard by itself, which tells of sockets in that file.
    PYTHONPATH=os.pathsep.join(
        filter(None, [os.path.join(os.path.dirname(__file__), "guard"), os.environ.get("PYTHONPATH", "")])
    ),
    TESTS_SOCKETS=os.path.join(tempfile.mkdtemp(prefix="atelier-tests-"), "sockets.txt"),
    HF_HOME=os.path.join(tempfile.gettempdir(), "atelier-tests-have-no-hub-cache"),
)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each of hundreds of children compiles the studio anew

import itertools
import logging
import re
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pytest

from studio.app.overrides import outliving_errors, without_lasting
from tests import leaks

SOCKETS = Path(os.environ["TESTS_SOCKETS"])
_numbers = itertools.count()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> object:
    """A widget that fails is to end its test and no other, as in the window."""
    loop = session.config.pluginmanager.get_plugin("main").pytest_runtestloop
    return outliving_errors(partial(loop, session))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(call: pytest.CallInfo[object]) -> None:
    if call.excinfo:
        without_lasting(call.excinfo.value)


@pytest.fixture(scope="session", autouse=True)
def _guards() -> Iterator[None]:
    """Refuse network sockets and note every QThread and QTimer that is started, for the whole run."""
    with leaks.network_refused(), leaks.qt_watched():
        yield
    shutil.rmtree(SOCKETS.parent)


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def home(_homes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This test's STUDIO_HOME; the folder is made by whoever first writes to it."""
    path = _homes / str(next(_numbers))
    monkeypatch.setenv("STUDIO_HOME", str(path))
    return path


@pytest.fixture(autouse=True)
def _nothing_left_behind(home: Path) -> Iterator[None]:
    """Fail the test that leaves a thread, a process, a timer or a top-level widget. Torn down last."""
    before = leaks.take()
    yield
    left = leaks.left_since(before)
    if left:
        pytest.fail("left behind: " + "; ".join(left), pytrace=False)


@pytest.fixture(autouse=True)
def _no_sockets_in_children(_nothing_left_behind: None) -> Iterator[None]:
    """Fail the test one of whose processes opened a network socket; it was ended for that."""
    yield
    if SOCKETS.exists():
        told = SOCKETS.read_text("utf-8")
        SOCKETS.unlink()
        pytest.fail(f"a child opened a network socket: {told}", pytrace=False)


@pytest.fixture(autouse=True)
def _hub(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, _nothing_left_behind: None
) -> Iterator[None]:
    """Let a test with the marker `hub`, and its children, reach 127.0.0.1, and nothing else."""
    marked = request.node.get_closest_marker("hub")
    monkeypatch.setenv("TESTS_LOOPBACK", "1" if marked else "0")
    with leaks.loopback_allowed() if marked else nullcontext():
        yield


@pytest.fixture(autouse=True)
def _no_unexpected_warning(request: pytest.FixtureRequest, _nothing_left_behind: None) -> Iterator[None]:
    """Fail the test that logs a warning or worse which no `allow_log` marker names."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = records.append
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    allowed = [pattern for mark in request.node.iter_markers("allow_log") for pattern in mark.args]
    lines = [f"{record.levelname} {record.name}: {record.getMessage()}" for record in records]
    unexpected = [line for line in lines if not any(re.search(pattern, line) for pattern in allowed)]
    if unexpected:
        pytest.fail("logged: " + "\n".join(unexpected), pytrace=False)
