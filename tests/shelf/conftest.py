"""Clones where the hub's cache would have the models, found there as the studio finds them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from studio.catalog.scan import scan
from studio.core.model import ModelSpec
from tests.shelf.clones import Builder, put_in_hub

Install = Callable[[str, Builder], ModelSpec]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Puts a clone under the repository's name into the hub's cache; what a scan says of it."""

    def install(repository: str, build: Builder) -> ModelSpec:
        hub = tmp_path / "hub"
        put_in_hub(hub, repository, build)
        found = scan((), tmp_path / "no resources", hub=hub)
        assert not found.problems
        [spec] = [one for one in found.models if one.id.startswith(repository)]
        return spec

    return install
