"""The pictures that a job was given: whatever file they are in, and whatever has become of it."""

import hashlib
from pathlib import Path

import pytest
from PIL import Image

from studio.core.errors import InputChanged, InputMissing, MaskUnfit, PictureUnreadable
from studio.core.inputs import InputPicture, Role
from studio.runtime.pictures.given import read_input, read_mask, read_whole


def test_a_picture_that_is_gone_or_another_is_told(tmp_path: Path) -> None:
    scene = tmp_path / "scene.png"
    Image.new("RGB", (96, 64), "teal").save(scene)
    digest = hashlib.sha256(scene.read_bytes()).hexdigest()
    given = InputPicture(role=Role.START, path=str(scene), hash=digest)
    assert read_input(given).size == (96, 64)
    scene.write_bytes(scene.read_bytes() + b"more")
    with pytest.raises(InputChanged):
        read_input(given)
    scene.unlink()
    with pytest.raises(InputMissing):
        read_input(given)
    scene.write_text("no picture")
    with pytest.raises(PictureUnreadable):
        read_input(InputPicture(role=Role.START, path=str(scene)))


def test_clear_places_are_white(tmp_path: Path) -> None:
    path = tmp_path / "clear.png"
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(path)
    assert read_input(InputPicture(role=Role.START, path=str(path))).getpixel((1, 1)) == (255, 255, 255)


def _kept(path: Path) -> InputPicture:
    return InputPicture(role=Role.CHANGE, path=str(path), name=path.name)


def test_what_shows_through_stays_where_a_picture_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "palette.png"
    palette = Image.new("P", (20, 20), 0)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.paste(1, (0, 0, 10, 20))
    palette.save(path, transparency=0)
    read = read_whole(_kept(path))
    assert read.mode == "RGBA"
    assert (read.getpixel((0, 0)), read.getpixel((15, 0))) == ((0, 0, 255, 255), (255, 0, 0, 0))


def test_any_picture_is_changed_in_the_colours_of_a_screen(tmp_path: Path) -> None:
    Image.new("CMYK", (1, 1), (0, 255, 255, 0)).save(tmp_path / "ink.jpg", quality=100, subsampling=0)
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "moves.gif", save_all=True, append_images=frames[1:])
    for name in ("ink.jpg", "moves.gif"):
        read = read_whole(_kept(tmp_path / name))
        assert read.mode == "RGB"
        red, *others = read.getpixel((0, 0))
        assert red > 250 and max(others) < 5


def test_a_picture_that_breaks_off_is_told(tmp_path: Path) -> None:
    path = tmp_path / "whole.png"
    Image.effect_noise((64, 64), 50).save(path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(PictureUnreadable):
        read_whole(_kept(path))


def test_a_mask_is_for_pictures_of_its_size(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    Image.new("L", (20, 10), 128).save(path)
    given = InputPicture(role=Role.MASK, path=str(path))
    assert read_mask(given, (20, 10)).getpixel((3, 3)) == 128
    with pytest.raises(MaskUnfit):
        read_mask(given, (10, 20))
