"""Stages for window tests: made on demand, struck when the test ends."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication

from tests.ui.fake_session import FakeSession
from tests.ui.stage import Look, Stage


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
