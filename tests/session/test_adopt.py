"""Model folders while the studio runs: what the person points at is read from then on, if it is a model."""

from pathlib import Path

import pytest

from studio.core.errors import ModelUnsupported, NotFound
from studio.core.model import Ability
from studio.session import Session
from tests.catalog import headers
from tests.cli.test_models import LORA


def test_a_model_file_brings_its_folder_at_once(qtbot, session: Session, tmp_path: Path) -> None:
    file = headers.write(tmp_path / "mine" / "ink.safetensors", LORA)
    assert session.models.adopt(file).result(10) == str(file.parent)
    qtbot.waitUntil(lambda: str(file) in {spec.path for spec in session.models.installed()}, timeout=10_000)
    assert session.settings.model_folders == (str(file.parent),)
    assert session.models.adopt(file.parent).result(10) == str(file.parent)
    session.change_list("model_folders", add=(str(tmp_path),), forget=(str(file.parent),))
    assert session.settings.model_folders == (str(tmp_path),)


def test_another_file_brings_nothing(qtbot, session: Session, tmp_path: Path) -> None:
    letter = tmp_path / "mother.txt"
    letter.write_text("Dear mother")
    with pytest.raises(ModelUnsupported):
        session.models.adopt(letter).result(10)
    assert session.settings.model_folders == ()


@pytest.mark.parametrize("path", ["", ".", "/nowhere/at/all", "/nowhere/ink.safetensors"])
def test_what_is_not_there_brings_no_folder(qtbot, session: Session, path: str) -> None:
    """An address without a place becomes an empty path, which would be wherever the studio was started."""
    with pytest.raises(NotFound):
        session.models.adopt(Path(path)).result(10)
    assert session.settings.model_folders == ()


def test_a_name_too_long_for_any_file_is_of_no_model(qtbot, session: Session) -> None:
    with pytest.raises(NotFound):
        session.models.find("x" * 300, Ability.GENERATE)
