"""Clones where the hub's cache would have the models, found there as the studio finds them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from studio.catalog.scan import scan
from studio.core.model import ModelSpec
from tests.shelf.clones import Builder

COMMIT = "0123456789abcdef0123456789abcdef01234567"

Install = Callable[[str, Builder], ModelSpec]


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    return tmp_path / "hub"


@pytest.fixture
def install(hub: Path, tmp_path: Path) -> Install:
    """Puts a clone under the repository's name into the hub's cache; what a scan says of it."""

    def install(repository: str, build: Builder) -> ModelSpec:
        place = hub / f"models--{repository.replace('/', '--')}"
        (place / "refs").mkdir(parents=True)
        (place / "refs" / "main").write_text(COMMIT, "utf-8")
        (place / "snapshots").mkdir()
        build(place / "snapshots" / COMMIT)
        found = scan((), tmp_path / "no resources", hub=hub)
        assert not found.problems
        [spec] = [one for one in found.models if one.id.startswith(repository)]
        return spec

    return install


@pytest.fixture(autouse=True)
def _quiet(capfd: Any) -> Iterator[None]:
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    yield


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """For models this small, a second thread costs more than it does."""
    torch.set_num_threads(1)
