"""A hub for each test, and a cache to download into."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.catalog.hub.local_hub import LocalHub


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    hub = LocalHub()
    yield hub
    hub.close()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "hub"
