"""Pictures that are given with a message: copies in the library, named by their hash."""

import hashlib
import os
from pathlib import Path

from studio.media.durable import whole_file, write_error
from studio.media.inputs import ORIENTATION, first_frame, foreign_profile, take
from studio.media.pictures import check_announced


def keep_given(data: bytes, folder: Path) -> Path:
    """The copy of an encoded picture, kept once for each content: a plain JPEG as it is, whatever else as an
    upright PNG in sRGB.

    Raises PictureUnreadable, PictureCutShort, PictureTooLarge, DiskFull, FileUnwritable.
    """
    check_announced(data)
    with first_frame(data) as image:
        upright = image.getexif().get(ORIENTATION, 1) == 1
        plain = image.format == "JPEG" and image.mode in ("RGB", "L")
        if not (upright and plain) or foreign_profile(image.info.get("icc_profile")):
            return Path(take(data, folder, least=1).path)
    path = folder / f"{hashlib.sha256(data).hexdigest()}.jpg"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = path.is_file() and path.stat().st_size == len(data)
        if there:
            os.utime(path)  # as young as one that is made: old ones go that nobody needs
    except FileNotFoundError:
        there = False
    except OSError as error:
        raise write_error(error, path) from error
    if not there:
        with whole_file(path) as file:
            file.write(data)
    return path
