"""Open pictures from anywhere safely: known formats, bounded size, upright."""

import io
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from studio.core.errors import PictureTooLarge, PictureUnreadable, StudioError

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff")

# The largest picture the studio makes has 8192² pixels; Pillow warns above 89 million.
PIXEL_LIMIT = 89_000_000
TEXT_LIMIT = 4_000_000  # characters of one text; a ComfyUI workflow can take a few hundred thousand


@contextmanager
def reading(path: Path | bytes) -> Generator[Image.Image, None, None]:
    """The picture of a file or of bytes, with its header read but no pixel decoded; any failure inside is
    PictureUnreadable, but for those that have their own sentence already, such as a full disk."""
    _check_file(path)
    try:
        with Image.open(_source(path), formats=FORMATS) as image:
            if image.width * image.height > PIXEL_LIMIT:
                raise PictureUnreadable(path=shown_path(path))
            yield image
    except StudioError:
        raise
    except Exception as error:  # decoders raise anything at all on a strange file
        raise PictureUnreadable(path=shown_path(path)) from error


def check_announced(path: Path | bytes) -> tuple[int, int]:
    """Width and height by the header alone, so that what is too large is never decoded.

    Raises PictureUnreadable, PictureTooLarge.
    """
    width, height = announced_size(path)
    if width * height > PIXEL_LIMIT:
        raise PictureTooLarge(
            path=shown_path(path),
            width=width,
            height=height,
            megapixels=round(width * height / 1_000_000),
            most=PIXEL_LIMIT // 1_000_000,
        )
    return width, height


def announced_size(path: Path | bytes) -> tuple[int, int]:
    """Width and height as the header says, however large: `Image.open` refuses a picture far beyond its own
    bound without saying how large that is. Raises PictureUnreadable."""
    Image.init()
    _check_file(path)
    try:
        with path.open("rb") if isinstance(path, Path) else io.BytesIO(path) as file:
            start = file.read(16)
            for name in FORMATS:
                factory, accept = Image.OPEN[name]
                if accept is None or accept(start) is True:
                    file.seek(0)
                    return factory(file, "").size
    except Exception as error:  # decoders raise anything at all on a strange file
        raise PictureUnreadable(path=shown_path(path)) from error
    raise PictureUnreadable(path=shown_path(path))


def shown_path(path: Path | bytes) -> str:
    return str(path) if isinstance(path, Path) else "–"


def _check_file(path: Path | bytes) -> None:
    """A pipe would be waited for without end, and a device never ends."""
    if isinstance(path, Path) and not os.path.isfile(path):  # `is_file` raises for a name too long
        raise PictureUnreadable(path=shown_path(path))


def _source(path: Path | bytes) -> Path | io.BytesIO:
    return path if isinstance(path, Path) else io.BytesIO(path)


def on_white(image: Image.Image) -> Image.Image:
    """RGB, with white where something shows through."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")


def check_picture(path: Path) -> None:
    """Raise PictureUnreadable unless the file is whole: a PNG by its checksums, others by decoding them."""
    with reading(path) as image:
        if image.format == "PNG":
            image.verify()
        else:
            image.load()
