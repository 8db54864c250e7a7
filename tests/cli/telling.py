"""Runs a command in this process, with the models that are really there."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication

from studio.cli.main import main
from tests.cli.conftest import Said


@pytest.fixture
def tell(qapp: QCoreApplication, capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    def run(*words: str) -> Said:
        capfd.readouterr()
        code = main(list(words))
        return Said(code, *capfd.readouterr())

    return run
