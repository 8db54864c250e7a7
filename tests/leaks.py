"""Finds what a test left behind: threads, processes, Qt's threads, timers, windows. Refuses network sockets.

A look costs well under a millisecond while nothing is wrong; only a suspicion pays for waiting.
"""

import gc
import os
import socket
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob
from multiprocessing import resource_tracker
from typing import Any

import psutil

GRACE_SECONDS = 3.0
# tqdm's monitor lives as long as the process; Qt keeps the last tooltip for the next one.
LASTING_THREADS = ("TMonitor", "_DummyThread")
LASTING_WIDGETS = ("QTipLabel",)
LOOPBACK = "127.0.0.1"
_loopback = threading.Event()  # set while a test may reach it
_started: "weakref.WeakSet[Any]" = weakref.WeakSet()


class NetworkRefused(Exception):
    """A test opened a socket that could leave the machine."""


@dataclass(frozen=True)
class Snapshot:
    """What was alive before the test, by identity."""

    threads: frozenset[int]
    processes: frozenset[int]
    qt: frozenset[int]
    widgets: frozenset[int]


def take() -> Snapshot:
    """Note what is alive now."""
    return Snapshot(
        frozenset(map(id, _threads())),
        frozenset(_processes()),
        frozenset(map(id, _qt_active())),
        frozenset(map(id, _widgets())),
    )


def left_since(before: Snapshot) -> list[str]:
    """What the test left behind, in words, after it had time to end; processes are ended here."""
    left: list[str] = []
    if leaked := _still(lambda: [t for t in _threads() if id(t) not in before.threads]):
        left += [f"thread {thread.name}" for thread in leaked]
    if leaked := _still(lambda: [t for t in _qt_active() if id(t) not in before.qt]):
        left += [f"{type(item).__name__} {item.objectName()!r} still active" for item in leaked]
    if leaked := _still(lambda: [pid for pid in _processes() if pid not in before.processes]):
        left += [_ended(pid) for pid in leaked]
    if leaked := _still(lambda: [w for w in _widgets() if id(w) not in before.widgets]):
        left += [f"widget {type(widget).__name__} {widget.objectName()!r}" for widget in leaked]
    return left


def _still(look: Callable[[], list[Any]]) -> list[Any]:
    """What `look` finds even after deferred deletions, a collection and the grace time."""
    if not look():
        return []
    until = time.monotonic() + GRACE_SECONDS
    _collect()
    while look() and time.monotonic() < until:
        _turn_event_loop()
        time.sleep(0.01)
    return look()


def _collect() -> None:
    """Delete what is only waiting for it. Frozen afterwards, so that the next collection is short."""
    _turn_event_loop()
    gc.collect()
    gc.freeze()


def _turn_event_loop() -> None:
    core = sys.modules.get("PySide6.QtCore")
    app = core and core.QCoreApplication.instance()
    if core and app:
        app.sendPostedEvents(None, core.QEvent.Type.DeferredDelete.value)
        app.processEvents()


def _threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if type(t).__name__ not in LASTING_THREADS]


def _processes() -> list[int]:
    """Running children, without the one in which multiprocessing keeps its accounts."""
    listings = glob("/proc/self/task/*/children")
    if not listings:
        pids = [child.pid for child in psutil.Process().children()]
    else:
        pids = [int(pid) for path in listings for pid in _read(path).split()]
    lasting = resource_tracker._resource_tracker._pid
    return [pid for pid in pids if pid != lasting and _runs(pid)]


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:  # that thread ended meanwhile
        return ""


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _ended(pid: int) -> str:
    try:
        process = psutil.Process(pid)
        words = f"process {pid}: {' '.join(process.cmdline())[:200]}"
        process.kill()
    except psutil.NoSuchProcess:
        return f"process {pid}, which ended late"
    return words


def _qt_active() -> list[Any]:
    """The QThreads that run and the QTimers that tick, of those whose objects still exist."""
    if not _started:
        return []
    from shiboken6 import isValid

    alive = [item for item in _started if isValid(item)]
    return [item for item in alive if (item.isRunning() if hasattr(item, "isRunning") else item.isActive())]


def _widgets() -> list[Any]:
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return []
    found = widgets.QApplication.topLevelWidgets()
    return [widget for widget in found if widget.metaObject().className() not in LASTING_WIDGETS]


@contextmanager
def qt_watched() -> Iterator[None]:
    """Note each QThread and QTimer when it starts; Qt has no list of them."""
    from PySide6.QtCore import QThread, QTimer

    originals = {QThread: QThread.start, QTimer: QTimer.start}

    def noting(original: Callable[..., None]) -> Callable[..., None]:
        def start(self: Any, *arguments: Any) -> None:
            _started.add(self)
            original(self, *arguments)

        return start

    for kind, original in originals.items():
        kind.start = noting(original)  # type: ignore[method-assign]
    yield
    for kind, original in originals.items():
        kind.start = original  # type: ignore[method-assign]


@contextmanager
def network_refused() -> Iterator[None]:
    """Let sockets of the machine itself pass and refuse every other, but for `loopback_allowed`."""
    made = socket.socket.__init__
    reached = {name: getattr(socket.socket, name) for name in ("bind", "connect", "connect_ex")}

    def refuse() -> NetworkRefused:
        return NetworkRefused(f"a network socket was opened in {os.environ.get('PYTEST_CURRENT_TEST')}")

    def making(
        self: socket.socket, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None
    ) -> None:
        passed = _loopback.is_set() and family == socket.AF_INET and type in (-1, socket.SOCK_STREAM)
        if fileno is None and family in (-1, socket.AF_INET, socket.AF_INET6) and not passed:
            raise refuse()
        made(self, family, type, proto, fileno)

    def reaching(original: Callable[..., Any]) -> Callable[..., Any]:
        def reach(self: socket.socket, address: Any) -> Any:
            if self.family == socket.AF_INET and address[0] != LOOPBACK:
                raise refuse()
            return original(self, address)

        return reach

    socket.socket.__init__ = making  # type: ignore[method-assign]
    for name, original in reached.items():
        setattr(socket.socket, name, reaching(original))
    yield
    socket.socket.__init__ = made  # type: ignore[method-assign]
    for name, original in reached.items():
        setattr(socket.socket, name, original)


@contextmanager
def loopback_allowed() -> Iterator[None]:
    """Let a test reach a server of its own on 127.0.0.1."""
    _loopback.set()
    yield
    _loopback.clear()
