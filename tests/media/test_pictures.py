"""Pictures from anywhere open upright, bounded, or not at all."""

import os
import random

import pytest
from PIL import Image, ImageDraw

from studio.core.errors import PictureUnreadable
from studio.media import pictures, thumbnails
from studio.media.pictures import check_picture, reading
from studio.media.thumbnails import forget_thumbnails, make_thumbnail, thumbnail

RED, BLUE = (250, 10, 10), (10, 10, 250)


@pytest.fixture
def halves():
    """Red on the left, blue on the right, 80 by 40."""
    image = Image.new("RGB", (80, 40), RED)
    ImageDraw.Draw(image).rectangle((40, 0, 79, 39), fill=BLUE)
    return image


def is_near(pixel, colour):
    return all(abs(a - b) < 40 for a, b in zip(pixel[:3], colour, strict=True))


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "gif", "bmp", "tiff"])
def test_every_allowed_format_opens(halves, tmp_path, suffix):
    path = tmp_path / f"picture.{suffix}"
    halves.save(path)
    with reading(path) as image:
        assert image.size == (80, 40)
        assert is_near(image.convert("RGB").getpixel((5, 5)), RED)
    check_picture(path)


def test_a_photograph_stands_upright(halves, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: red belongs on top
    halves.save(tmp_path / "photo.jpg", exif=exif, quality=95)
    small = tmp_path / "small"
    small.write_bytes(thumbnail(tmp_path / "photo.jpg", tmp_path / "cache", "0123", 16))
    shrunk = Image.open(small)
    assert (shrunk.format, shrunk.size) == ("JPEG", (8, 16))
    assert is_near(shrunk.getpixel((4, 2)), RED)


@pytest.mark.parametrize("mode", ["P", "RGBA", "LA"])
def test_transparency_stays(halves, tmp_path, mode):
    clear = halves.convert("RGBA")
    clear.putpixel((79, 39), (0, 0, 0, 0))
    clear.putalpha(clear.getchannel("A").point(lambda alpha: alpha))
    clear.convert(mode).save(tmp_path / "clear.png", **({"transparency": 0} if mode == "P" else {}))
    small = tmp_path / "small"
    small.write_bytes(thumbnail(tmp_path / "clear.png", tmp_path / "cache", "0123", 16))
    assert (Image.open(small).format, Image.open(small).mode) == ("WEBP", "RGBA")


def test_what_is_no_picture_is_refused(halves, tmp_path, monkeypatch):
    path = tmp_path / "picture.png"
    (tmp_path / "drawing.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    halves.save(tmp_path / "icon.ico")  # a format that is not on the list
    for name in ("drawing.eps", "icon.ico", "absent.png", "."):
        with pytest.raises(PictureUnreadable):
            check_picture(tmp_path / name)
    halves.save(path)
    monkeypatch.setattr(pictures, "PIXEL_LIMIT", 80 * 40 - 1)
    with pytest.raises(PictureUnreadable):
        check_picture(path)


@pytest.mark.filterwarnings("ignore:.*:UserWarning:PIL")
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "gif", "tiff"])
def test_damage_raises_nothing_else(halves, tmp_path, suffix):
    path = tmp_path / f"picture.{suffix}"
    halves.save(path)
    whole, rng = path.read_bytes(), random.Random(5)
    refused = 0
    for _ in range(60):
        data = bytearray(whole[: rng.randrange(1, len(whole) + 1)])
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        for use in (lambda: make_thumbnail(path, 16), lambda: check_picture(path)):
            try:
                use()
            except PictureUnreadable:
                refused += 1
    assert refused > 40


def test_a_flipped_bit_of_a_png_is_noticed(halves, tmp_path):
    path = tmp_path / "picture.png"
    halves.save(path)
    data = bytearray(path.read_bytes())
    data[data.index(b"IDAT") + 9] ^= 1
    path.write_bytes(data)
    with pytest.raises(PictureUnreadable):
        check_picture(path)


def test_the_oldest_thumbnails_make_room(halves, tmp_path, monkeypatch):
    path, cache = tmp_path / "photo.png", tmp_path / "cache"
    halves.save(path)
    ids = [f"{number}-00" for number in range(4)]
    sizes = [len(thumbnail(path, cache, asset_id, 32)) for asset_id in ids]
    kept = list(cache.glob("*/*"))
    assert len(kept) == 4
    for age, asset_id in enumerate(ids):
        os.utime(next(cache.glob(f"*/{asset_id}-*")), (1000 - age, 1000 - age))
    monkeypatch.setattr(thumbnails, "KEPT_BYTES", 256 * 3 * max(sizes))
    thumbnail(path, cache, "new-00", 32)
    assert {file.name for file in cache.glob("*/*")} == {"0-00-32", "1-00-32", "new-00-32"}


@pytest.mark.parametrize("asset_id", ["{folder}/me.png", "../../me", "..", ""])
def test_nothing_is_kept_or_removed_beside_a_picture_that_its_path_names(
    halves, tmp_path, monkeypatch, asset_id
):
    monkeypatch.setattr(thumbnails, "KEPT_BYTES", 0)  # room for nothing
    (folder := tmp_path / "own").mkdir()
    halves.save(folder / "me.png")
    (folder / "other.txt").write_text("of the person")
    before = set(tmp_path.rglob("*"))
    assert thumbnail(folder / "me.png", folder / "cache", asset_id.format(folder=folder), 32)
    assert set(tmp_path.rglob("*")) == before


def test_thumbnails_are_kept_until_forgotten(halves, tmp_path):
    path, cache = tmp_path / "picture.png", tmp_path / "cache"
    halves.save(path)
    first = thumbnail(path, cache, "0123", 32)
    thumbnail(path, cache, "0123", 16)
    path.unlink()
    assert thumbnail(path, cache, "0123", 32) == first
    forget_thumbnails(cache, "0123")
    with pytest.raises(PictureUnreadable):
        thumbnail(path, cache, "0123", 32)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("spoil", [lambda data: b"", lambda data: bytes(len(data)), lambda data: data[:-9]])
def test_a_thumbnail_that_a_power_cut_spoiled_is_made_anew(halves, tmp_path, mode, spoil):
    path, cache = tmp_path / "picture.png", tmp_path / "cache"
    picture = halves.convert(mode)
    if mode == "RGBA":
        picture.putalpha(100)
    picture.save(path)
    first = thumbnail(path, cache, "0123", 32)
    (kept,) = cache.glob("*/*")
    kept.write_bytes(spoil(first))
    assert thumbnail(path, cache, "0123", 32) == first == kept.read_bytes()


def test_a_cache_that_cannot_be_written_to_costs_only_time(halves, tmp_path):
    path = tmp_path / "picture.png"
    halves.save(path)
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(PictureUnreadable):
        thumbnail(tmp_path / "absent.png", tmp_path / "cache2", "0123", 32)
    assert thumbnail(path, tmp_path / "cache", "0123", 32)
