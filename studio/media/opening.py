"""Open pictures to be edited: upright, in sRGB with eight bits and alpha, and what they were before."""

from pathlib import Path
from typing import cast

import cv2
import msgspec
import numpy as np
from PIL import Image

from studio.core.layers import Origin
from studio.media.inputs import ORIENTATION, first_frame, foreign_profile, is_animated, plain_pixels
from studio.media.pictures import check_announced, reading
from studio.media.planes import Pixels

ROWS = 64  # of a picture that are copied at once
_DEEP = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
_EXTENSIONS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".avif": "AVIF",
    ".gif": "GIF",
    ".bmp": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}


class OpenedPicture(msgspec.Struct, frozen=True):
    """(height, width, 4) pixels, straight alpha."""

    pixels: Pixels
    origin: Origin


def open_picture(source: Path | bytes) -> OpenedPicture:
    """The whole picture; of one that moves, its first frame.

    Raises PictureUnreadable, PictureCutShort, PictureTooLarge.
    """
    origin = origin_of(source)
    with first_frame(source) as image:
        return OpenedPicture(rgba(plain_pixels(image)), origin)


def origin_of(source: Path | bytes) -> Origin:
    """What a picture is before it is opened, by its header. Raises PictureUnreadable, PictureTooLarge."""
    check_announced(source)
    with reading(source) as header:
        return _origin(source, header)


def first_view(source: Path | bytes, side: int) -> Pixels:
    """The picture within a square of `side` pixels, soon: a JPEG is decoded at a fraction of its size.

    Raises as `open_picture`, but for PictureCutShort: of such a picture it shows what there is.
    """
    width, height = check_announced(source)
    with reading(source) as image:
        scale = min(1.0, side / max(width, height))
        image.draft("RGB", (max(1, round(width * scale)), max(1, round(height * scale))))
        image.seek(0)
        shown = rgba(plain_pixels(image))
    rest = side / max(shown.shape)
    if rest >= 1:
        return shown
    size = max(1, round(shown.shape[1] * rest)), max(1, round(shown.shape[0] * rest))
    # Down to the half, pixels between others show all of them, at a tenth of the cost of mean values.
    way = cv2.INTER_LINEAR if rest > 0.5 else cv2.INTER_AREA
    return cast(Pixels, cv2.resize(shown, size, interpolation=way))


def rgba(plain: Image.Image) -> Pixels:
    """(height, width, 4) of an RGB picture, which is opaque, or of an RGBA one.

    Some rows at a time, which stay near the processor: in one go it takes four times as long.
    """
    pixels = np.empty((plain.height, plain.width, 4), np.uint8)
    for top in range(0, plain.height, ROWS):
        rows = pixels[top : top + ROWS]
        part = np.asarray(plain.crop((0, top, plain.width, top + rows.shape[0])))
        if plain.mode == "RGBA":
            rows[...] = part
        else:
            cv2.cvtColor(part, cv2.COLOR_RGB2RGBA, rows)
    return pixels


def _origin(source: Path | bytes, header: Image.Image) -> Origin:
    """Before a pixel is decoded; then Pillow no longer knows how deep they were."""
    kind = "JPEG" if header.format == "MPO" else header.format or ""  # MPO: with further pictures behind it
    return Origin(
        format=kind,
        misnamed=isinstance(source, Path) and _EXTENSIONS.get(source.suffix.lower(), kind) != kind,
        profile=foreign_profile(header.info.get("icc_profile")),
        cmyk=header.mode == "CMYK",
        deep=header.mode in _DEEP or ";16" in str(vars(header).get("tile")),
        animated=is_animated(header) and header.format != "MPO",
        turned=_is_turned(header),
    )


def _is_turned(header: Image.Image) -> bool:
    """Of a PNG only where EXIF stands before the pixels: Pillow decodes them all to look behind."""
    known = "exif" in header.info or header.format == "TIFF"
    return known and header.getexif().get(ORIENTATION, 1) in range(2, 9)
