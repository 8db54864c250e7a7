"""Open pictures from anywhere safely: known formats, bounded size, upright."""

import io
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from studio.core.errors import PictureUnreadable, StudioError

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff")

# The largest picture the studio makes has 8192² pixels; Pillow warns above 89 million.
PIXEL_LIMIT = 89_000_000
TEXT_LIMIT = 4_000_000  # characters of one text; a ComfyUI workflow can take a few hundred thousand


@contextmanager
def reading(path: Path | bytes) -> Generator[Image.Image, None, None]:
    """The picture of a file or of bytes, with its header read but no pixel decoded; any failure inside is
    PictureUnreadable, but for those that have their own sentence already, such as a full disk. A pipe or a
    device is never opened: it might wait, or go on, for ever."""
    if isinstance(path, Path) and not os.path.isfile(path):
        raise PictureUnreadable(path=shown_path(path))
    try:
        with Image.open(_source(path), formats=FORMATS) as image:
            if image.width * image.height > PIXEL_LIMIT:
                raise PictureUnreadable(path=shown_path(path))
            yield image
    except StudioError:
        raise
    except Exception as error:  # decoders raise anything at all on a strange file
        raise PictureUnreadable(path=shown_path(path)) from error


def announced_size(path: Path | bytes) -> tuple[int, int]:
    """Width and height as the header says, however large: `Image.open` refuses a picture far beyond its own
    bound without saying how large that is. Raises PictureUnreadable."""
    Image.init()
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


def _source(path: Path | bytes) -> Path | io.BytesIO:
    return path if isinstance(path, Path) else io.BytesIO(path)


def check_picture(path: Path) -> None:
    """Raise PictureUnreadable unless the file is whole: a PNG by its checksums, others by decoding them."""
    with reading(path) as image:
        if image.format == "PNG":
            image.verify()
        else:
            image.load()
