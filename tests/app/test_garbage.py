"""Garbage is collected where the window is."""

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from studio.app import garbage


@pytest.fixture(autouse=True)
def _disabled() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Ring:
    """Refers to itself; `ended` gets the thread in which it ends."""

    def __init__(self, ended: list[threading.Thread]) -> None:
        self._own, self._ended = self, ended

    def __del__(self) -> None:
        self._ended.append(threading.current_thread())


def test_garbage_of_any_thread_goes_in_the_thread_of_the_window(qtbot: QtBot, monkeypatch):
    monkeypatch.setattr(garbage, "EVERY_MS", 0)
    ended = list[threading.Thread]()

    def make() -> None:
        for _ in range(2 * gc.get_threshold()[0]):
            Ring(ended)

    parent = QObject()
    garbage.Garbage(parent)
    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    assert not ended
    qtbot.waitUntil(lambda: len(ended) == 2 * gc.get_threshold()[0])
    assert set(ended) == {threading.current_thread()}


def test_nothing_is_looked_for_while_there_is_little():
    kept = Ring([])
    known = weakref.ref(kept)
    del kept
    garbage.collect_due()
    assert known() is not None


def test_older_generations_have_their_turn():
    kept = Ring([])
    known = weakref.ref(kept)
    gc.collect(1)  # it is of the oldest now
    del kept
    turns = (gc.get_threshold()[1] + 2) * (gc.get_threshold()[2] + 2)
    for _ in range(turns):
        made = [[] for _ in range(2 * gc.get_threshold()[0])]
        garbage.collect_due()
        del made
        if known() is None:
            return
    pytest.fail("it was never looked for")
