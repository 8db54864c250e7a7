"""Pictures of every kind open upright and in sRGB, and say what they were."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from studio.core.errors import PictureCutShort, PictureTooLarge, PictureUnreadable
from studio.core.layers import Origin
from studio.media.opening import first_view, open_picture


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def colours(width: int = 40, height: int = 30, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, channels), np.uint8)


def test_a_plain_picture_opens_as_it_is():
    opened = open_picture(encoded(Image.fromarray(colours()), "PNG"))
    assert np.array_equal(opened.pixels[..., :3], colours()) and (opened.pixels[..., 3] == 255).all()
    assert opened.origin == Origin(format="PNG")
    clear = colours(channels=4)
    assert np.array_equal(open_picture(encoded(Image.fromarray(clear), "PNG")).pixels, clear)


def test_a_turned_picture_opens_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    opened = open_picture(encoded(Image.fromarray(colours()), "PNG", exif=exif))
    assert np.array_equal(opened.pixels[..., :3], np.rot90(colours(), -1))


def test_a_profile_is_converted_and_said():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    plain = encoded(Image.fromarray(colours()), "PNG", icc_profile=lab.tobytes())
    opened = open_picture(plain)
    assert np.array_equal(opened.pixels[..., :3], colours()) and opened.origin.profile == ""
    wide = wide_profile()
    opened = open_picture(encoded(Image.fromarray(colours()), "PNG", icc_profile=wide))
    assert opened.origin.profile and not np.array_equal(opened.pixels[..., :3], colours())


def wide_profile() -> bytes:
    """sRGB with another name and red and green exchanged."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = data.index(b"rXYZ"), data.index(b"gXYZ")
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data).replace(b"s\0R\0G\0B", b"w\0i\0d\0e")


def test_sixteen_bits_become_eight_and_it_is_said():
    deep = np.random.default_rng(0).integers(0, 65536, (30, 40, 3), np.uint16)
    for kind in (".png", ".tiff"):
        opened = open_picture(cv2.imencode(kind, deep[..., ::-1])[1].tobytes())
        assert opened.origin.deep
        assert np.abs(opened.pixels[..., :3].astype(int) - deep // 256).max() <= 1
    grey = open_picture(cv2.imencode(".png", deep[..., 0])[1].tobytes())
    assert grey.origin.deep and np.abs(grey.pixels[..., 0].astype(int) - deep[..., 0] // 256).max() <= 1


def test_print_colours_palettes_and_what_moves():
    cmyk = open_picture(encoded(Image.fromarray(colours()).convert("CMYK"), "JPEG"))
    assert cmyk.origin == Origin(format="JPEG", cmyk=True)
    palette = Image.fromarray(colours()).quantize(8)
    shown = open_picture(encoded(palette, "PNG", transparency=0)).pixels
    assert (shown[np.asarray(palette) == 0][:, 3] == 0).all() and (shown[..., 3] == 255).any()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    moving = open_picture(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert moving.origin.animated and moving.pixels[0, 0].tolist() == [255, 0, 0, 255]


def test_one_pixel_opens_and_a_wrong_ending_is_said(tmp_path: Path):
    path = tmp_path / "photo.JPG"
    path.write_bytes(encoded(Image.new("RGB", (1, 1), "red"), "PNG"))
    opened = open_picture(path)
    assert opened.origin == Origin(format="PNG", misnamed=True) and opened.pixels.shape == (1, 1, 4)


def test_bad_files_have_a_sentence(tmp_path: Path):
    data = encoded(Image.fromarray(colours(400, 300)), "PNG")
    with pytest.raises(PictureCutShort):
        open_picture(data[: len(data) // 2])
    with pytest.raises(PictureUnreadable):
        open_picture(b"no picture")
    with pytest.raises(PictureUnreadable):
        open_picture(tmp_path / "missing.png")
    bomb = encoded(Image.new("1", (30_000, 30_000)), "PNG")
    with pytest.raises(PictureTooLarge):
        open_picture(bomb)
    with pytest.raises(PictureTooLarge):
        first_view(bomb, 500)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_first_view_is_the_picture_in_small(kind):
    image = Image.linear_gradient("L").resize((1200, 900)).convert("RGB")
    shown = first_view(encoded(image, kind), 300)
    assert shown.shape == (225, 300, 4)
    wanted = np.asarray(image.resize((300, 225), Image.Resampling.BOX)).astype(int)
    assert np.abs(shown[..., :3] - wanted).mean() < 4
