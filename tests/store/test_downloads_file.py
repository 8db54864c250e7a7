"""The list of downloads as a file: what cannot be read keeps nobody from opening the studio."""

from pathlib import Path

from studio.core.downloads import Download, Wanted
from studio.store.downloads_file import load_downloads, save_downloads

ONE = Download(
    id="1", wanted=Wanted(repository="someone/model", files=("*.gguf",)), name="Model", created=1.5
)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "home" / "downloads.json"
    assert load_downloads(file) == ()
    save_downloads(file, [ONE])
    assert load_downloads(file) == (ONE,)


def test_a_list_that_cannot_be_read_is_empty(tmp_path: Path) -> None:
    file = tmp_path / "downloads.json"
    for content in (b"", b"\xff", b'[{"id": 3}]'):
        file.write_bytes(content)
        assert load_downloads(file) == ()
    assert load_downloads(tmp_path) == ()
