"""Pictures from anywhere as inputs of jobs: copies, upright and in sRGB with 8 bits, named by their hash."""

import hashlib
import io
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, cast

import msgspec
from PIL import Image, ImageCms, ImageOps

from studio.core.errors import (
    MaskUnfit,
    NothingChosen,
    PictureCutShort,
    PictureTooSmall,
    PictureUnreadable,
)
from studio.core.inputs import InputPicture, is_digest
from studio.media.durable import whole_file, write_error
from studio.media.pictures import check_announced, reading, shown_path

LEAST_SIDE = 16  # pixels, as of a picture that is made
ORIENTATION = 0x0112
_NEAR = 0.005  # in XYZ
_CLEAR = ("RGBA", "LA", "PA", "La", "RGBa")
_EXPLAINED = ("RGB", "CMYK", "L", "LAB")  # modes whose numbers an embedded profile can explain


class TakenInput(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that can go into a job; `path` is absolute, the rest as in InputPicture."""

    path: str
    hash: str
    width: int
    height: int
    animated: bool = False


def take(source: Path | bytes, folder: Path, least: int = LEAST_SIDE) -> TakenInput:
    """A copy of the picture in `folder`, kept once for each content; `least`: pixels a side.

    Raises PictureUnreadable, PictureCutShort, PictureTooSmall, PictureTooLarge, DiskFull, FileUnwritable.
    """
    _check_before(source, least)
    with first_frame(source) as image:
        animated = is_animated(image)
        plain = plain_picture(image)
    return _keep(plain, folder, animated)


def take_mask(source: Path | bytes, folder: Path, picture: InputPicture) -> TakenInput:
    """A grey copy of a mask for that picture, kept once for each content; what is clear is black.

    Raises MaskUnfit, NothingChosen, and as `take`.
    """
    check_announced(source)
    size = picture.width, picture.height
    with first_frame(source) as image:
        animated = is_animated(image)
        grey = _grey(image)
    if grey.size != size:
        raise MaskUnfit(width=grey.width, height=grey.height, wide=size[0], high=size[1])
    if grey.getbbox() is None:
        raise NothingChosen(name=picture.name)
    return _keep(grey, folder, animated)


def keep_picture(picture: Image.Image, folder: Path) -> TakenInput:
    """A copy of what was made here: RGB or RGBA, RGB where nothing shows through it; L, for a mask.

    Raises DiskFull, FileUnwritable.
    """
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    return _keep(picture, folder, animated=False)


def as_it_is(
    path: Path, modes: Sequence[str] = ("RGB", "RGBA"), least: int = LEAST_SIDE
) -> TakenInput | None:
    """The file itself, where it is one that a copy would only repeat; None where it has to be taken.

    Raises as `take`.
    """
    _check_before(path, least)
    with reading(path) as image:
        upright = image.getexif().get(ORIENTATION, 1) == 1
        plain = image.format == "PNG" and image.mode in modes and "icc_profile" not in image.info
        if not (upright and plain) or is_animated(image) or "transparency" in image.info:
            return None
        width, height = image.size
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    return TakenInput(path=str(path.absolute()), hash=digest, width=width, height=height)


def kept_input(folder: Path, digest: str) -> TakenInput | None:
    """The copy with that hash, of a picture or a mask, where it is kept and still is what it was; whatever
    else the text is, it leads nowhere."""
    if not is_digest(digest):
        return None
    path = folder / f"{digest}.png"
    try:
        found = as_it_is(path, ("RGB", "RGBA", "L"), least=1) if path.is_file() else None
    except PictureUnreadable:
        return None
    if found is None or found.hash != digest or not _take_up(path):
        return None
    return found


def _take_up(path: Path) -> bool:
    """A copy that is wanted anew is as young as one that is made: what is old and spare goes. False where it
    has just gone."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    except OSError:
        pass  # of a library that can only be read nothing goes
    return True


def plain_picture(image: Image.Image) -> Image.Image:
    """Upright, in sRGB, RGB with 8 bits or RGBA where something shows through; without notes of any kind."""
    plain = plain_pixels(image)
    if plain is image:
        plain = image.copy()
    plain.info = {}
    return plain


def plain_pixels(image: Image.Image) -> Image.Image:
    """The same with whatever notes, and the image itself where it is so already: a copy of a large one takes
    as long as half of decoding it."""
    profile = image.info.get("icc_profile")
    upright = _upright(image)
    if upright.mode not in _CLEAR and "transparency" not in upright.info:
        return _in_srgb(_in_8_bits(upright), profile)
    with_alpha = upright.convert("RGBA")
    alpha = with_alpha.getchannel("A")
    plain = _in_srgb(with_alpha.convert("RGB"), profile)
    if alpha.histogram()[255] < alpha.width * alpha.height:
        plain.putalpha(alpha)
    return plain


@contextmanager
def first_frame(source: Path | bytes) -> Generator[Image.Image]:
    """The first frame, decoded. Raises PictureUnreadable, PictureCutShort."""
    with reading(source) as image:
        image.seek(0)
        try:
            image.load()
        except OSError as error:
            if "truncated" in str(error) or "broken" in str(error):
                raise PictureCutShort(path=shown_path(source)) from error
            raise
        yield image


def is_animated(image: Image.Image) -> bool:
    return bool(getattr(image, "is_animated", False))


def _grey(image: Image.Image) -> Image.Image:
    """Upright, with 8 bits. A mask is no colour: no profile counts."""
    upright = _upright(image)
    if upright.mode in _CLEAR or "transparency" in upright.info:
        clear = upright.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, "black"), clear).convert("L")
    return _in_8_bits(upright).convert("L")


def _check_before(source: Path | bytes, least: int) -> None:
    """By the header alone: what cannot be an input is never decoded."""
    width, height = check_announced(source)
    if min(width, height) < least:
        raise PictureTooSmall(path=shown_path(source), width=width, height=height, least=least)


def _upright(image: Image.Image) -> Image.Image:
    """Itself, unless it is to be turned."""
    image.load()
    turned = image.getexif().get(ORIENTATION, 1) != 1
    return ImageOps.exif_transpose(image) if turned else image


def _in_8_bits(image: Image.Image) -> Image.Image:
    """Of 16 and 32 bits the whole range, where Pillow's own conversion would cut off what lies above 255."""
    if image.mode.startswith("I;16"):
        image = image.convert("I")
        most = 65535.0
    elif image.mode in ("I", "F"):
        high = cast(tuple[float, float], image.getextrema())[1]
        # Whole numbers are of 8 bits, 16 or all they have; fractions usually go from 0 to 1.
        bounds = (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0)
        most = next((bound for bound in bounds if high <= bound), high)
    else:
        return image
    return image.point(lambda value: value * (255 / most) + 0.5).convert("L")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """What the embedded profile says of the colours holds; one that is damaged says nothing."""
    if profile and image.mode in _EXPLAINED and foreign_profile(profile):
        try:
            return _converted(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)))
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    if image.mode == "LAB":
        return _converted(image, _profile("LAB"))
    return image if image.mode == "RGB" else image.convert("RGB")


def foreign_profile(profile: bytes | None) -> str:
    """What the profile calls itself where it is another than sRGB; "" for none, or one that is damaged."""
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else None
    except (ImageCms.PyCMSError, OSError, ValueError):
        return ""
    if opened is None or _is_srgb(opened):
        return ""
    return ImageCms.getProfileDescription(opened).strip() or "?"


def _is_srgb(opened: ImageCms.ImageCmsProfile) -> bool:
    """By its name and the colours of red, green and blue, which makers of such profiles round differently."""
    found = cast(Any, opened.profile)
    own = cast(Any, _profile("sRGB").profile)
    colours = [(found.red_colorant, own.red_colorant), (found.green_colorant, own.green_colorant)]
    near = all(
        mine is not None and max(abs(a - b) for a, b in zip(mine[0], theirs[0], strict=True)) < _NEAR
        for mine, theirs in colours
    )
    return near and "srgb" in str(found.profile_description).lower()


def _converted(image: Image.Image, own: ImageCms.ImageCmsProfile) -> Image.Image:
    """`profileToProfile` gives None only where it is to change the picture in place."""
    return ImageCms.profileToProfile(image, own, _profile("sRGB"), outputMode="RGB") or image


def _profile(name: Literal["LAB", "sRGB"]) -> ImageCms.ImageCmsProfile:
    made = cast(Any, ImageCms.createProfile(name))  # of a type of littleCMS that Pillow leaves open
    return ImageCms.ImageCmsProfile(made)


def _keep(picture: Image.Image, folder: Path, animated: bool) -> TakenInput:
    written = io.BytesIO()
    picture.save(written, "PNG", compress_level=1)
    data = written.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    path = folder.absolute() / f"{digest}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = path.is_file() and path.stat().st_size == len(data)
    except OSError as error:
        raise write_error(error, path) from error
    if not (there and _take_up(path)):
        with whole_file(path) as file:
            file.write(data)
    return TakenInput(
        path=str(path), hash=digest, width=picture.width, height=picture.height, animated=animated
    )
