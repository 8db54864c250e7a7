"""Open pictures from anywhere safely: known formats, bounded size, upright."""

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
def reading(path: Path) -> Generator[Image.Image, None, None]:
    """The picture with its header read but no pixel decoded; any failure inside is PictureUnreadable, but for
    those that have their own sentence already, such as a full disk."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > PIXEL_LIMIT:
                raise PictureUnreadable(path=str(path))
            yield image
    except StudioError:
        raise
    except Exception as error:  # decoders raise anything at all on a strange file
        raise PictureUnreadable(path=str(path)) from error


def check_picture(path: Path) -> None:
    """Raise PictureUnreadable unless the file is whole: a PNG by its checksums, others by decoding them."""
    with reading(path) as image:
        if image.format == "PNG":
            image.verify()
        else:
            image.load()
