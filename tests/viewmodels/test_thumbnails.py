"""Thumbnails come from other threads, the newest wish first, and a broken file is told once."""

import subprocess
import sys
import threading

import pytest

from studio.core.errors import PictureUnreadable
from studio.core.records import Asset
from studio.viewmodels import thumbnails as module
from studio.viewmodels.thumbnails import Thumbnails
from tests.ui.drawings import draw, encoded, half_denoised, postcard


def asset(number: int, side: int = 256) -> Asset:
    return Asset(id=str(number), path=f"{number}.png", width=side, height=side, created=float(number))


@pytest.fixture
def loader(qapp):
    made: list[Thumbnails] = []

    def make(source) -> Thumbnails:
        made.append(Thumbnails(source))
        return made[-1]

    yield make
    for thumbnails in made:
        thumbnails.close()


def test_a_picture_comes_later_and_is_kept(loader, qtbot):
    asked: list[tuple[str, int]] = []
    window = threading.get_ident()

    def source(wanted: Asset, pixels: int) -> bytes:
        assert threading.get_ident() != window
        asked.append((wanted.id, pixels))
        return draw(wanted, pixels)

    thumbnails = loader(source)
    with qtbot.waitSignal(thumbnails.ready) as ready:
        assert thumbnails.thumbnail(asset(1), 100) is None
        assert thumbnails.thumbnail(asset(1), 100) is None
    assert ready.args == ["1"]
    image = thumbnails.thumbnail(asset(1), 100)
    assert image is not None and image.width() == 128
    assert asked == [("1", 128)], "one file of the size that the cache keeps"


def test_another_size_stands_in_until_the_wanted_one_is_there(loader, qtbot):
    thumbnails = loader(draw)
    with qtbot.waitSignal(thumbnails.ready):
        thumbnails.thumbnail(asset(1), 96)
    with qtbot.waitSignal(thumbnails.ready):
        image = thumbnails.thumbnail(asset(1), 250)
        assert image is not None and image.width() == 96
    image = thumbnails.thumbnail(asset(1), 250)
    assert image is not None and image.width() == 256
    with qtbot.waitSignal(thumbnails.ready):
        assert thumbnails.whole(asset(1)) is None
    whole = thumbnails.whole(asset(1))
    assert whole is not None and whole.width() == 256


def test_what_was_wished_last_is_made_first_and_forgotten_wishes_are_not_made(loader, qtbot, monkeypatch):
    monkeypatch.setattr(module, "MOST_WISHES", 3)
    gate, begun = threading.Event(), threading.Semaphore(0)
    order: list[str] = []

    def source(wanted: Asset, pixels: int) -> bytes:
        order.append(wanted.id)
        begun.release()
        gate.wait()
        return encoded(postcard(1, 32, 32))

    thumbnails = loader(source)
    for number in range(2):
        thumbnails.thumbnail(asset(number), 32)
        begun.acquire()
    for number in range(2, 10):
        thumbnails.thumbnail(asset(number), 32)
    gate.set()
    qtbot.waitUntil(lambda: not thumbnails.busy)
    assert order[:2] == ["0", "1"], "they were at work already"
    assert sorted(order[2:]) == ["7", "8", "9"] and order[2] in ("8", "9")


@pytest.mark.parametrize("failure", [PictureUnreadable(path="x"), FileNotFoundError(2, "gone"), None])
def test_a_broken_file_is_asked_for_once(loader, qtbot, failure):
    asked: list[int] = []

    def source(wanted: Asset, pixels: int) -> bytes:
        asked.append(pixels)
        if failure:
            raise failure
        return b"no picture"

    thumbnails = loader(source)
    with qtbot.waitSignal(thumbnails.ready):
        thumbnails.thumbnail(asset(1), 64)
    assert thumbnails.broken(asset(1))
    assert thumbnails.thumbnail(asset(1), 64) is None and thumbnails.whole(asset(1)) is None
    assert asked == [128]


def test_a_broken_file_is_asked_for_again_after_a_while_and_when_its_picture_changed(loader, qtbot):
    asked: list[int] = []

    def source(wanted: Asset, pixels: int) -> bytes:
        asked.append(pixels)
        if len(asked) < 3:
            raise PictureUnreadable(path="x")
        return draw(wanted, pixels)

    now = [0.0]
    thumbnails = loader(source)
    thumbnails.clock = lambda: now[0]
    with qtbot.waitSignal(thumbnails.ready):
        thumbnails.thumbnail(asset(1), 64)
    now[0] = module.AGAIN_AFTER_S + 1
    with qtbot.waitSignal(thumbnails.ready):
        thumbnails.thumbnail(asset(1), 64)
    assert thumbnails.broken(asset(1)) and len(asked) == 2
    thumbnails.look_again(asset(1))
    with qtbot.waitSignal(thumbnails.ready):
        thumbnails.thumbnail(asset(1), 64)
    assert not thumbnails.broken(asset(1)) and thumbnails.thumbnail(asset(1), 64) is not None


def test_what_nobody_expected_takes_no_thread_away(loader, qtbot):
    def source(wanted: Asset, pixels: int) -> bytes:
        if wanted.id in "12":
            raise MemoryError
        return draw(wanted, pixels)

    thumbnails = loader(source)
    with qtbot.captureExceptions() as raised:
        for number in (1, 2, 3):
            thumbnails.thumbnail(asset(number), 64)
        qtbot.waitUntil(lambda: not thumbnails.busy)
    assert thumbnails.broken(asset(1)) and thumbnails.thumbnail(asset(3), 64) is not None
    assert [kind for kind, _, _ in raised] == [MemoryError, MemoryError]


def test_no_more_is_kept_than_there_is_room_for(loader, qtbot, monkeypatch):
    monkeypatch.setattr(module, "KEPT_BYTES", 5 * 64 * 64 * 4)
    thumbnails = loader(draw)
    for number in range(12):
        with qtbot.waitSignal(thumbnails.ready):
            thumbnails.thumbnail(asset(number), 64)
    kept = [number for number in range(12) if thumbnails.thumbnail(asset(number), 64) is not None]
    assert kept == [7, 8, 9, 10, 11]
    qtbot.waitUntil(lambda: not thumbnails.busy)


def test_the_last_preview_of_a_picture_is_the_last_to_be_told(loader, qtbot):
    thumbnails = loader(draw)
    told: list[int] = []
    thumbnails.preview_ready.connect(lambda key, image: told.append(image.width()))
    for side in (16, 32, 64):
        thumbnails.decode("job/0", encoded(postcard(1, side, side), "JPEG"))
    thumbnails.decode("job/1", half_denoised(1))
    qtbot.waitUntil(lambda: not thumbnails.busy)
    assert [width for width in told if width != 256][-1] == 64


def test_a_tile_is_the_middle_of_its_picture_with_round_corners(loader, qtbot):
    thumbnails = loader(draw)
    wide = Asset(id="w", path="w.png", width=300, height=100, created=0.0)
    with qtbot.waitSignal(thumbnails.ready):
        assert thumbnails.tile(wide, 60, 40, 4) is None
    tile = thumbnails.tile(wide, 60, 40, 4)
    assert tile is not None and (tile.width(), tile.height()) == (60, 40)
    assert tile.pixelColor(0, 0).alpha() == 0
    shrunk = postcard(0, 300, 100).resize((120, 40))
    for x, y in ((30, 20), (5, 35), (55, 8)):
        colour, there = tile.pixelColor(x, y), shrunk.getpixel((x + 30, y))
        assert max(abs(a - b) for a, b in zip(colour.getRgb()[:3], there, strict=True)) < 40


DECODES_BESIDE = """
import threading, time
from PySide6.QtWidgets import QApplication
from studio.ui.widgets.thumb import Thumb
from studio.viewmodels.thumbnails import _decoded, read_image
from tests.ui.drawings import half_denoised
app, jpeg, end = QApplication([]), half_denoised(1), time.monotonic() + 0.5
def work():
    while time.monotonic() < end:
        _decoded(jpeg)
        read_image(b"no picture")
thread = threading.Thread(target=work)
thread.start()
thumb = Thumb()
while time.monotonic() < end:
    thumb.show_jpeg(jpeg)
thread.join()
"""


@pytest.mark.long
def test_pictures_are_decoded_in_two_threads_and_neither_waits_for_ever():
    """In a process of its own, which would stand still."""
    subprocess.run([sys.executable, "-c", DECODES_BESIDE], check=True, timeout=60)
