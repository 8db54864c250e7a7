"""Pictures from anywhere become inputs: upright, in 8 bits and sRGB, or refused with a sentence."""

import hashlib
import io
import os
import struct
import zlib
from pathlib import Path

import msgspec
import pytest
from PIL import Image, ImageCms, ImageDraw

from studio.core.errors import (
    FileUnwritable,
    MaskUnfit,
    NothingChosen,
    PictureCutShort,
    PictureTooLarge,
    PictureTooSmall,
    PictureUnreadable,
    StudioError,
)
from studio.core.inputs import InputPicture, Role
from studio.media.inputs import as_it_is, keep_picture, kept_input, take, take_mask

WIDE = InputPicture(role=Role.CHANGE, path="", name="Boats", width=80, height=40)
HIGH = msgspec.structs.replace(WIDE, width=40, height=80)
RED, BLUE = (250, 10, 10), (10, 10, 250)


@pytest.fixture
def halves() -> Image.Image:
    """Red on the left, blue on the right, 80 by 40."""
    image = Image.new("RGB", (80, 40), RED)
    ImageDraw.Draw(image).rectangle((40, 0, 79, 39), fill=BLUE)
    return image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "library" / ".studio" / "inputs"


def near(pixel, colour, by=12):
    return all(abs(a - b) <= by for a, b in zip(pixel[:3], colour, strict=True))


def taken(source, folder) -> Image.Image:
    return Image.open(take(source, folder).path)


def test_a_copy_is_kept_once_and_named_by_its_hash(halves, tmp_path, folder):
    halves.save(tmp_path / "one.png")
    halves.save(tmp_path / "two.bmp")
    one, two = take(tmp_path / "one.png", folder), take(tmp_path / "two.bmp", folder)
    assert one == two and (one.width, one.height, one.animated) == (80, 40, False)
    path = Path(one.path)
    assert path.parent == folder and path.name == f"{one.hash}.png"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == one.hash
    assert os.listdir(folder) == [path.name]
    (tmp_path / "one.png").unlink()
    assert Image.open(path).size == (80, 40)


def test_a_copy_that_was_cut_short_is_written_again(halves, tmp_path, folder):
    halves.save(tmp_path / "one.png")
    path = Path(take(tmp_path / "one.png", folder).path)
    path.write_bytes(path.read_bytes()[:50])
    take(tmp_path / "one.png", folder)
    Image.open(path).load()


def test_bytes_are_taken_as_a_file_is(halves, folder):
    data = io.BytesIO()
    halves.save(data, "PNG")
    assert taken(data.getvalue(), folder).size == (80, 40)


def test_a_photograph_stands_upright_and_tells_nothing_of_its_camera(halves, tmp_path, folder):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "A camera"  # turned: red belongs on top
    halves.save(tmp_path / "photo.jpg", exif=exif, quality=95)
    picture = taken(tmp_path / "photo.jpg", folder)
    assert picture.size == (40, 80)
    assert near(picture.getpixel((20, 10)), RED, 40) and near(picture.getpixel((20, 70)), BLUE, 40)
    assert not picture.getexif() and picture.info == {}


@pytest.mark.parametrize("kind", ["png", "tiff"])
def test_16_bit_grey_is_scaled_not_cut_off(tmp_path, folder, kind):
    levels = [0, 255, 256, 32768, 65535]
    data = b"".join(struct.pack("<H", level) * 16 for level in levels) * 16
    Image.frombytes("I;16", (80, 16), data).save(tmp_path / f"grey.{kind}")
    picture = taken(tmp_path / f"grey.{kind}", folder)
    assert picture.mode == "RGB"
    seen = [picture.getpixel((place * 16, 0))[0] for place in range(5)]
    assert seen == [0, 1, 1, 128, 255]


def test_16_bit_colour_is_scaled(tmp_path, folder):
    """Pillow cannot write such a PNG, so it is written here."""
    row = b"\0" + struct.pack(">HHH", 65535, 32768, 128) * 16

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 16, 16, 16, 2, 0, 0, 0)
    whole = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row * 16)) + chunk(b"IEND", b"")
    (tmp_path / "deep.png").write_bytes(b"\x89PNG\r\n\x1a\n" + whole)
    assert near(taken(tmp_path / "deep.png", folder).getpixel((3, 3)), (255, 128, 0), 1)


@pytest.mark.parametrize(("most", "middle"), [(1.0, 0.5), (200.0, 100.0), (90000.0, 45000.0)])
def test_fractions_keep_their_range(tmp_path, folder, most, middle):
    image = Image.new("F", (32, 16), most)
    image.paste(middle, (0, 0, 16, 16))
    image.save(tmp_path / "float.tiff")
    picture = taken(tmp_path / "float.tiff", folder)
    bright, dark = picture.getpixel((20, 2))[0], picture.getpixel((2, 2))[0]
    assert bright > 150 and dark == pytest.approx(bright / 2, abs=2)


def test_cmyk_becomes_its_colours(halves, tmp_path, folder):
    halves.convert("CMYK").save(tmp_path / "press.jpg", quality=95)
    picture = taken(tmp_path / "press.jpg", folder)
    assert picture.mode == "RGB" and near(picture.getpixel((5, 5)), RED, 40)


def test_an_embedded_profile_is_followed(tmp_path, folder):
    lab = ImageCms.createProfile("LAB")
    srgb = ImageCms.createProfile("sRGB")
    colour = (90, 200, 120)
    plain = Image.new("RGB", (16, 16), colour)
    in_lab = ImageCms.profileToProfile(plain, srgb, lab, outputMode="LAB")
    in_lab.save(tmp_path / "lab.tiff")
    assert near(taken(tmp_path / "lab.tiff", folder).getpixel((1, 1)), colour, 4)
    profile = ImageCms.ImageCmsProfile(srgb).tobytes()
    plain.save(tmp_path / "named.png", icc_profile=profile)
    picture = taken(tmp_path / "named.png", folder)
    assert near(picture.getpixel((1, 1)), colour, 1) and "icc_profile" not in picture.info


def test_colours_of_another_space_are_brought_into_srgb(tmp_path, folder):
    """In a profile with red and green exchanged, what is stored as red is green."""
    profile = swapped_profile()
    Image.new("RGB", (16, 16), (250, 10, 10)).save(tmp_path / "odd.png", icc_profile=profile)
    red, green, _ = taken(tmp_path / "odd.png", folder).getpixel((1, 1))
    assert green > 200 > red


def test_a_damaged_profile_says_nothing(halves, tmp_path, folder):
    halves.save(tmp_path / "bad.png", icc_profile=b"no profile")
    assert near(taken(tmp_path / "bad.png", folder).getpixel((5, 5)), RED, 1)


def swapped_profile() -> bytes:
    """sRGB's own profile with the tags of red and green exchanged."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", data[128:132])[0]
    places = {bytes(data[132 + 12 * one : 136 + 12 * one]): 132 + 12 * one for one in range(count)}
    red, green = places[b"rXYZ"], places[b"gXYZ"]
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data)


@pytest.mark.parametrize("mode", ["P", "RGBA", "LA"])
def test_what_shows_through_stays(halves, tmp_path, folder, mode):
    clear = halves.convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 20, 40))
    if mode == "P":
        small = halves.quantize(8)
        small.save(tmp_path / "clear.png", transparency=small.getpixel((0, 0)))
    else:
        clear.convert(mode).save(tmp_path / "clear.png")
    picture = taken(tmp_path / "clear.png", folder)
    assert picture.mode == "RGBA"
    assert picture.getpixel((2, 2))[3] == 0 and picture.getpixel((70, 2))[3] == 255


def test_a_palette_keeps_its_colours(halves, tmp_path, folder):
    halves.quantize(4).save(tmp_path / "few.gif")
    picture = taken(tmp_path / "few.gif", folder)
    assert picture.mode == "RGB" and near(picture.getpixel((5, 5)), RED)


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
def test_of_what_moves_the_first_frame_counts_and_that_is_told(halves, tmp_path, folder, kind):
    second = Image.new("RGB", (80, 40), (10, 250, 10))
    halves.save(tmp_path / f"moving.{kind}", save_all=True, append_images=[second], duration=50)
    one = take(tmp_path / f"moving.{kind}", folder)
    assert one.animated and near(Image.open(one.path).convert("RGB").getpixel((5, 5)), RED, 40)


def refuse(source, folder, error: type[StudioError]) -> StudioError:
    with pytest.raises(error) as caught:
        take(source, folder)
    assert not folder.exists()
    return caught.value


@pytest.mark.parametrize("size", [(1, 1), (15, 400)])
def test_what_is_too_small_is_refused(tmp_path, folder, size):
    Image.new("RGB", size).save(tmp_path / "dot.png")
    refused = refuse(tmp_path / "dot.png", folder, PictureTooSmall)
    assert (refused.params["width"], refused.params["height"]) == size


def test_what_is_too_large_is_refused_by_its_header_alone(tmp_path, folder, monkeypatch):
    Image.new("1", (30_000, 30_000)).save(tmp_path / "huge.png")
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("it was decoded"))
    refused = refuse(tmp_path / "huge.png", folder, PictureTooLarge)
    assert (refused.params["width"], refused.params["megapixels"], refused.params["most"]) == (
        30_000,
        900,
        89,
    )


@pytest.mark.parametrize("kind", ["jpg", "png", "webp"])
def test_what_breaks_off_is_refused(tmp_path, folder, kind):
    Image.effect_noise((200, 200), 80).convert("RGB").save(tmp_path / f"whole.{kind}")
    data = (tmp_path / f"whole.{kind}").read_bytes()
    (tmp_path / f"cut.{kind}").write_bytes(data[: len(data) // 2])
    error = PictureUnreadable if kind == "webp" else PictureCutShort
    refuse(tmp_path / f"cut.{kind}", folder, error)


def test_what_is_no_picture_is_refused(tmp_path, folder):
    (tmp_path / "text.png").write_text("a boat with red sails\n" * 20)
    (tmp_path / "nothing.png").touch()
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    for name in ("text", "nothing", "folder", "pipe", "gone"):
        refuse(tmp_path / f"{name}.png", folder, PictureUnreadable)


def test_a_folder_that_cannot_be_made_is_told(halves, tmp_path):
    halves.save(tmp_path / "one.png")
    (tmp_path / "file").touch()
    with pytest.raises(FileUnwritable):
        take(tmp_path / "one.png", tmp_path / "file" / "inputs")


def test_a_plain_picture_of_the_library_needs_no_copy(halves, tmp_path):
    halves.save(tmp_path / "plain.png")
    one = as_it_is(tmp_path / "plain.png")
    assert one is not None and one.path == str(tmp_path / "plain.png")
    assert one.hash == hashlib.sha256((tmp_path / "plain.png").read_bytes()).hexdigest()
    halves.convert("L").save(tmp_path / "grey.png")
    halves.save(tmp_path / "photo.jpg")
    assert as_it_is(tmp_path / "grey.png") is None and as_it_is(tmp_path / "photo.jpg") is None


@pytest.mark.parametrize("digest", ["", "../../secret", "/etc/passwd", "a" * 63 + "/", "A" * 64, "0" * 64])
def test_a_hash_of_a_foreign_recipe_leads_nowhere(folder, digest):
    folder.mkdir(parents=True)
    assert kept_input(folder, digest) is None


def test_a_copy_that_goes_while_it_is_found_is_none(folder, halves, tmp_path, monkeypatch):
    """Another process removes what is old and spare."""
    halves.save(tmp_path / "one.png")
    one = take(tmp_path / "one.png", folder)
    utime, gone = os.utime, []

    def late(path: Path, *more: object) -> None:
        if not gone:
            gone.append(path)
            Path(path).unlink()
        utime(path, *more)

    monkeypatch.setattr(os, "utime", late)
    assert kept_input(folder, one.hash) is None
    assert take(tmp_path / "one.png", folder) == one
    gone.clear()
    assert take(tmp_path / "one.png", folder) == one and Path(one.path).is_file() and gone


def saved(image: Image.Image, path: Path, **how) -> Path:
    image.save(path, **how)
    return path


def test_a_mask_is_kept_grey_and_to_the_last_value(folder: Path, tmp_path: Path):
    soft = Image.linear_gradient("L").resize((80, 40))
    taken = take_mask(saved(soft, tmp_path / "mask.png"), folder, WIDE)
    with Image.open(taken.path) as kept:
        assert kept.mode == "L" and kept.tobytes() == soft.tobytes()
    assert kept_input(folder, taken.hash) == taken


@pytest.mark.parametrize("kind", ["palette", "alpha", "16 bits", "turned", "jpeg"])
def test_a_mask_of_any_kind_is_read_as_white_and_black(folder: Path, tmp_path: Path, kind: str):
    mask = Image.new("L", (80, 40))
    mask.paste(255, (40, 0, 80, 40))
    path, how = tmp_path / "mask.png", {}
    match kind:
        case "palette":
            mask = mask.convert("P")
        case "alpha":
            clear = Image.new("RGBA", (80, 40), (255, 255, 255, 0))
            clear.paste((255, 255, 255, 255), (40, 0, 80, 40))
            mask = clear
        case "16 bits":
            mask = mask.point(lambda value: value * 257, "I").convert("I;16")
        case "turned":
            exif = Image.Exif()
            exif[0x0112] = 3
            mask, how = mask.rotate(180), {"exif": exif}
        case _:
            path, how = tmp_path / "mask.jpg", {"quality": 100}
    with Image.open(take_mask(saved(mask, path, **how), folder, WIDE).path) as kept:
        assert kept.mode == "L"
        assert [round(kept.getpixel((x, 20)) / 255) for x in (2, 30, 50, 78)] == [0, 0, 1, 1]


def test_a_mask_that_changes_nothing_or_fits_nothing_is_refused(folder: Path, tmp_path: Path):
    with pytest.raises(NothingChosen):
        take_mask(saved(Image.new("L", (80, 40)), tmp_path / "black.png"), folder, WIDE)
    one_pixel = Image.new("L", (80, 40))
    one_pixel.putpixel((79, 39), 1)
    assert take_mask(saved(one_pixel, tmp_path / "pixel.png"), folder, WIDE).width == 80
    with pytest.raises(MaskUnfit):
        take_mask(tmp_path / "pixel.png", folder, HIGH)
    whole = saved(Image.effect_noise((80, 40), 90), tmp_path / "noise.png").read_bytes()
    (tmp_path / "short.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PictureCutShort):
        take_mask(tmp_path / "short.png", folder, WIDE)
    assert [path.name for path in folder.iterdir()] == [
        f"{take_mask(tmp_path / 'pixel.png', folder, WIDE).hash}.png"
    ]


def test_what_was_made_here_is_kept_as_it_is(folder: Path, halves: Image.Image):
    clear = halves.convert("RGBA")
    clear.putpixel((3, 3), (9, 8, 7, 0))
    for picture, mode in ((halves, "RGB"), (halves.convert("RGBA"), "RGB"), (clear, "RGBA")):
        with Image.open(keep_picture(picture, folder).path) as kept:
            assert kept.mode == mode and kept.tobytes() == picture.convert(mode).tobytes()
