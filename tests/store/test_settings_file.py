"""Settings survive a restart, a later version's file, and damage."""

import pytest

from studio.core.errors import DiskFull
from studio.core.settings import Settings
from studio.store.settings_file import load_settings, save_settings

CHOSEN = Settings(language="zh", theme="dark", library="/图片", memory_budget=2**40, window={"rail": "48"})


def test_what_was_saved_is_loaded(tmp_path):
    file = tmp_path / "home" / "settings.json"
    assert load_settings(file) == Settings()
    save_settings(file, CHOSEN)
    assert load_settings(file) == CHOSEN
    file.write_text(file.read_text().replace('"zh",', '"zh", "from_a_later_version": 1,'))
    assert load_settings(file) == CHOSEN


DEEP = pytest.param('{"deep": ' + "[" * 5000 + "]" * 5000 + "}", id="deep")


@pytest.mark.parametrize(
    "text", ["", "{", '{"language": "klingon"}', '{"memory_budget": "much"}', "\x00", DEEP]
)
def test_a_damaged_file_is_kept_aside(tmp_path, text):
    file = tmp_path / "settings.json"
    file.write_text(text)
    told = []
    assert load_settings(file, told.append) == Settings()
    [aside] = tmp_path.iterdir()
    assert told == [aside]
    assert aside.name.startswith("settings.json.damaged-")
    assert aside.read_text() == text


def test_a_failed_write_keeps_the_old_file(tmp_path):
    file = tmp_path / "settings.json"
    save_settings(file, CHOSEN)
    (tmp_path / "settings.json.part").symlink_to("/dev/full")
    with pytest.raises(DiskFull):
        save_settings(file, Settings())
    assert load_settings(file) == CHOSEN
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]


def test_folders_that_no_whole_path_leads_to_are_left_out_and_told(tmp_path):
    file = tmp_path / "settings.json"
    save_settings(file, Settings(model_folders=("", "models", "/a\0b", str(tmp_path)), theme="dark"))
    told = []
    assert load_settings(file, left_out=told.append) == Settings(model_folders=(str(tmp_path),), theme="dark")
    assert told == ["", "models", "/a\0b"]
