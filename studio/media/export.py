"""A picture of the library as a file for elsewhere: PNG as it is, JPEG and WebP with the recipe in EXIF."""

import shutil
from pathlib import Path
from typing import Any

from PIL import Image

from studio.core.errors import FormatUnknown, PictureUnreadable
from studio.core.layered_files import Lost
from studio.core.recipe import Recipe
from studio.media.durable import whole_file
from studio.media.pictures import on_white, reading
from studio.media.recipes import a1111_text, recipe_in, recipe_texts

EXPORT_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
JPEG_SUFFIXES = (".jpg", ".jpeg")
_QUALITY = 92
_EXIF_IFD, _USER_COMMENT = 0x8769, 0x9286


def export_picture(source: Path, target: Path) -> frozenset[Lost]:
    """Writes `source` as `target` in the format of its name, whole or not at all; what that cannot carry.

    Raises FormatUnknown, PictureUnreadable, DiskFull, FileUnwritable.
    """
    check_format(target)
    if target.suffix.lower() == ".png" and source.suffix.lower() == ".png":
        _copy(source, target)
        return frozenset()
    return _convert(source, target)


def check_format(target: Path) -> None:
    """Raises FormatUnknown unless the name is one of a picture that can be written."""
    if target.suffix.lower() not in EXPORT_SUFFIXES:
        raise FormatUnknown(path=str(target), formats=", ".join(EXPORT_SUFFIXES))


def _copy(source: Path, target: Path) -> None:
    try:
        picture = source.open("rb")
    except OSError as error:
        raise PictureUnreadable(path=str(source)) from error
    with picture, whole_file(target) as out:
        shutil.copyfileobj(picture, out)


def _convert(source: Path, target: Path) -> frozenset[Lost]:
    with reading(source) as image:
        image.load()  # before the target is opened, so that a broken source is not taken for a bad place
        recipe = recipe_in(image)
        write_image(image, target, recipe)
        clear = image.has_transparency_data and target.suffix.lower() in JPEG_SUFFIXES
        clear = clear and image.convert("RGBA").getchannel("A").getextrema() != (255, 255)
        return frozenset({Lost.TRANSPARENCY}) if clear else frozenset()


def write_image(image: Image.Image, target: Path, recipe: Recipe | None) -> None:
    """A picture in the format of the target's name, which `check_format` knows; JPEG, which lets nothing show
    through, on white. Raises DiskFull, FileUnwritable."""
    kind = {".png": "PNG", ".webp": "WEBP"}.get(target.suffix.lower(), "JPEG")
    written = on_white(image) if kind == "JPEG" else image
    notes: dict[str, Any] = {"exif": Image.Exif()}  # not those of the picture that it was opened from
    if recipe and kind == "PNG":
        notes["pnginfo"] = recipe_texts(recipe)
    elif recipe:
        notes["exif"] = _exif(a1111_text(recipe))
    with whole_file(target) as out:
        written.save(out, kind, quality=_QUALITY, **notes)


def _exif(text: str) -> Image.Exif:
    """The text where A1111 puts it: EXIF's user comment, in UTF-16 after eight bytes that say so."""
    exif = Image.Exif()
    exif.get_ifd(_EXIF_IFD)[_USER_COMMENT] = b"UNICODE\0" + text.encode("utf-16-be")
    return exif
