"""Stages for window tests: made on demand, struck when the test ends."""

import gc
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.app.garbage import collect_due
from studio.ui.theme import Theme
from tests.ui.easel import SIDE, Easel
from tests.ui.fake_edit import landscape
from tests.ui.fake_session import FakeSession
from tests.ui.stage import Look, Stage


@pytest.fixture(autouse=True)
def _garbage() -> Iterator[None]:
    """Collected in this thread alone, as in the window."""
    gc.disable()
    yield
    collect_due()
    gc.enable()


@pytest.fixture
def make_stage(qapp: QApplication) -> Iterator[Callable[..., Stage]]:
    """`make_stage(look, session)`."""
    stages: list[Stage] = []

    def make(look: Look | None = None, session: FakeSession | None = None) -> Stage:
        stages.append(Stage(look, session))
        return stages[-1]

    yield make
    for stage in stages:
        stage.close()
    qapp.setStyleSheet("")


@pytest.fixture
def stage(make_stage: Callable[..., Stage]) -> Stage:
    """A filled session's window, dark and English, 1280 wide."""
    return make_stage()


@pytest.fixture
def easel(qapp: QApplication, qtbot: QtBot) -> Iterator[Easel]:
    """A dark canvas with a picture of 400 pixels a side."""
    theme = Theme(qapp, "dark")
    yield Easel(qtbot, landscape(SIDE, SIDE))
    qapp.setStyleSheet("")
    theme.setParent(None)
    theme.deleteLater()
