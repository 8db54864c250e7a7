"""The file of an edit document's steps: its records whole, read without waiting for a writer."""

import threading
from pathlib import Path

import pytest

from studio.store import edit_log
from studio.store.edit_log import EditLog


@pytest.fixture(params=[True, False])
def log(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A new one, read as each system can."""
    monkeypatch.setattr(edit_log, "_READS_BY_POSITION", request.param)
    opened = EditLog(tmp_path / "steps.log", new=True)
    yield opened
    opened.close()


@pytest.mark.parametrize("slow", ["_write_whole", "fsync_file"])
def test_a_read_waits_neither_for_a_write_nor_for_the_disk(
    log: EditLog, slow: str, monkeypatch: pytest.MonkeyPatch
):
    (piece,) = log.append(b"header", [b"pixels"])
    begun, let = threading.Event(), threading.Event()

    def stuck(*_: object) -> None:
        begun.set()
        assert let.wait(10)

    monkeypatch.setattr(edit_log, slow, stuck)
    writer = threading.Thread(target=log.sync if slow == "fsync_file" else lambda: log.append(b"next", []))
    writer.start()
    try:
        assert begun.wait(10)
        assert piece.read() == b"pixels"
        assert not let.is_set()
    finally:
        let.set()
        writer.join()


def test_what_is_read_is_where_it_was_written(log: EditLog):
    pieces = [piece for number in range(5) for piece in log.append(b"h", [bytes([number]) * 9, b"x"])]
    assert [piece.read() for piece in pieces[::2]] == [bytes([number]) * 9 for number in range(5)]
    assert [header for header, _ in log.records()] == []  # it stands at its end
    with pytest.raises(OSError, match="too early"):
        log.read(0, 10_000)
