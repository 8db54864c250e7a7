"""Model folders while the studio runs: what the person points at is read from then on, if it is a model."""

from pathlib import Path

import pytest

from studio.core.errors import ModelUnsupported
from studio.session import Session
from tests.catalog import headers
from tests.cli.test_models import LORA


def test_a_model_file_brings_its_folder_at_once(qtbot, session: Session, tmp_path: Path) -> None:
    file = headers.write(tmp_path / "mine" / "ink.safetensors", LORA)
    assert session.adopt(file).result(10) == str(file.parent)
    qtbot.waitUntil(lambda: str(file) in {spec.path for spec in session.models()}, timeout=10_000)
    assert session.settings.model_folders == (str(file.parent),)
    assert session.adopt(file.parent).result(10) == str(file.parent)
    session.change_list("model_folders", add=(str(tmp_path),), forget=(str(file.parent),))
    assert session.settings.model_folders == (str(tmp_path),)


def test_another_file_brings_nothing(qtbot, session: Session, tmp_path: Path) -> None:
    letter = tmp_path / "mother.txt"
    letter.write_text("Dear mother")
    with pytest.raises(ModelUnsupported):
        session.adopt(letter).result(10)
    assert session.settings.model_folders == ()
