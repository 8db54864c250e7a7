"""Pictures for tests of `studio edit`, and the command with a scripted model."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.session.models import InstalledModels
from tests.cli.conftest import SIZE, Said, Studio
from tests.session.conftest import FAKE


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    grey = Image.new("L", SIZE)
    grey.paste(255, (10, 8, 30, 24))
    grey.save(tmp_path / "mask.png")
    return tmp_path / "mask.png"


@pytest.fixture
def edit(studio: Studio, monkeypatch, photo: Path):
    """Edits the photo with a scripted model."""

    def run(*words: object, model=FAKE) -> Said:
        monkeypatch.setattr(InstalledModels, "find", lambda *_: model)
        return studio("edit", str(photo), *map(str, words), "--model", "local/fake", "--json")

    return run


def pixels(path: Path | str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"))
