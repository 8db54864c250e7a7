"""What the Settings panel shows and changes."""

from pathlib import Path

import pytest

from studio import __version__
from studio.core.messages import Device
from studio.viewmodels.settings import GIB, SettingsViewModel
from tests.ui.fake_session import FakeSession


@pytest.fixture
def session(qapp):
    made = FakeSession.filled(Path("/home/ada/.atelier"))
    yield made
    made.deleteLater()


@pytest.fixture
def model(session):
    return SettingsViewModel(session, session)


def test_another_library_counts_from_the_next_start(session, model):
    assert model.next_library is None
    model.change(library="/mnt/pictures")
    assert (model.library, model.next_library) == (session.paths.library, Path("/mnt/pictures"))


def test_model_folders_are_added_once_and_forgotten(session, model):
    model.add_model_folder("/models")
    model.add_model_folder("/models")
    assert session.settings.model_folders == ("/models",)
    model.remove_model_folder("/models")
    assert session.settings.model_folders == ()


def test_memory_choices_fit_the_device_and_hold_what_is_set(session, model):
    session.set_lane("image", device_total=12 * GIB)
    assert model.memory_choices() == [0, GIB, 2 * GIB, 4 * GIB, 6 * GIB, 8 * GIB, 12 * GIB]
    model.change(memory_budget=5 * GIB)
    assert 5 * GIB in model.memory_choices()


def test_versions_and_devices_are_what_the_workers_told(session, model):
    assert model.versions() == f"Atelier {__version__}"
    card = Device(kind="cuda", name="RTX 4070", total_bytes=12 * GIB, free_bytes=GIB)
    session.set_lane("image", versions={"torch": "2.13.0"}, devices=(card,))
    session.set_lane("language", versions={"torch": "2.13.0"}, devices=(card,))
    assert model.versions() == f"Atelier {__version__} · torch 2.13.0"
    assert model.devices() == "RTX 4070"


def test_every_place_is_named(session, model):
    assert dict(model.places())["Database"] == Path("/home/ada/.atelier/studio.db")
