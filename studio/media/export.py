"""A picture of the library as a file for elsewhere: PNG as it is, JPEG and WebP with the recipe in EXIF."""

import shutil
from pathlib import Path

from PIL import Image

from studio.core.errors import FileUnwritable
from studio.media.durable import whole_file, write_error
from studio.media.pictures import reading
from studio.media.recipes import a1111_text, recipe_in

EXPORT_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
_QUALITY = 92
_EXIF_IFD, _USER_COMMENT = 0x8769, 0x9286


def export_picture(source: Path, target: Path) -> None:
    """Writes `source` as `target` in the format of its name, whole or not at all.

    Raises PictureUnreadable, DiskFull, FileUnwritable.
    """
    suffix = target.suffix.lower()
    if suffix not in EXPORT_SUFFIXES:
        raise FileUnwritable(path=str(target), cause=f"pictures are written as {', '.join(EXPORT_SUFFIXES)}")
    try:
        if suffix == ".png" and source.suffix.lower() == ".png":
            with whole_file(target) as out, source.open("rb") as picture:
                shutil.copyfileobj(picture, out)
        else:
            _convert(source, target)
    except OSError as error:
        raise write_error(error, target) from error


def _convert(source: Path, target: Path) -> None:
    kind = {".png": "PNG", ".webp": "WEBP"}.get(target.suffix.lower(), "JPEG")
    with reading(source) as image, whole_file(target) as out:
        opaque = image.convert("RGB") if kind == "JPEG" else image
        recipe = recipe_in(image)
        exif = _exif(a1111_text(recipe)) if recipe else Image.Exif()
        opaque.save(out, kind, quality=_QUALITY, exif=exif)


def _exif(text: str) -> Image.Exif:
    """The text where A1111 puts it: EXIF's user comment, in UTF-16 after eight bytes that say so."""
    exif = Image.Exif()
    exif.get_ifd(_EXIF_IFD)[_USER_COMMENT] = b"UNICODE\0" + text.encode("utf-16-be")
    return exif
