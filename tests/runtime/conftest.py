"""Tiny models of many families, each built and loaded when a test first asks for it."""

import pytest

from studio.runtime.pictures.load import LoadedPipeline
from tests.runtime.painting import FAMILIES, Model, load


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    made: dict[str, LoadedPipeline] = {}

    def find(name: str) -> LoadedPipeline:
        if name not in made:
            made[name] = load(FAMILIES[name](tmp_path_factory.mktemp("models") / name))
        return made[name]

    return find
