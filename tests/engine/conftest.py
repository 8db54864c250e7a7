"""Real engines with real worker processes."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.engine.boot import worker_command
from studio.engine.engine import Engine
from tests.engine.watched import Watched


@pytest.fixture
def make_engine(qapp: Any, tmp_path: Path) -> Iterator[Callable[..., Watched]]:
    """Makes engines, and closes them after the test."""
    made: list[Watched] = []
    staging = tmp_path / "library" / ".staging"
    staging.mkdir(parents=True)

    def make(**options: Any) -> Watched:
        defaults = {
            "worker_command": worker_command,
            "log_dir": tmp_path / "logs",
            "memory_budget": 1000,
            "idle_release_seconds": 0,
        }
        made.append(Watched(Engine(**{**defaults, **options}), staging))
        return made[-1]

    yield make
    for watched in made:
        watched.engine.close()


@pytest.fixture
def engine(make_engine: Callable[..., Watched]) -> Watched:
    return make_engine()
