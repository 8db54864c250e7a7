"""Small copies of pictures, made once and kept in the home's cache while there is room."""

import io
import os
import re
import threading
from contextlib import suppress
from pathlib import Path

from PIL import Image, ImageOps

from studio.media.pictures import reading

_QUALITY = 88
_FOLDERS = 256
_PLAIN = re.compile(r"[\w-]+")
KEPT_BYTES = 2 * 2**30  # of the whole cache: some 100,000 pictures in the size of the Gallery


def thumbnail(source: Path, cache: Path, asset_id: str, size: int) -> bytes:
    """The picture upright in a square of `size` pixels, as JPEG, or WebP where it has transparency; kept
    where its id is plain. Any other, a path say, would be one to write to, and to make room in.

    Raises PictureUnreadable.
    """
    if not _PLAIN.fullmatch(asset_id):
        return make_thumbnail(source, size)
    cached = _folder(cache, asset_id) / f"{asset_id}-{size}"
    with suppress(OSError):
        kept = cached.read_bytes()
        if _whole(kept):
            return kept
    data = make_thumbnail(source, size)
    with suppress(OSError):  # a cache that cannot be written to costs time, and nothing else
        _keep(cached, data)
    return data


def make_thumbnail(source: Path, size: int) -> bytes:
    """The same without the cache."""
    with reading(source) as image:
        if image.mode not in ("L", "RGB", "RGBA"):
            image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        image.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=3.0)
        upright = ImageOps.exif_transpose(image)
        data = io.BytesIO()
        if upright.has_transparency_data:
            upright.convert("RGBA").save(data, "WEBP", quality=_QUALITY, method=2)
        else:
            upright.convert("RGB").save(data, "JPEG", quality=_QUALITY)
    return data.getvalue()


def forget_thumbnails(cache: Path, asset_id: str) -> None:
    """Remove every size of a picture that is gone."""
    for cached in _folder(cache, asset_id).glob(f"{asset_id}-*"):
        cached.unlink(missing_ok=True)


def _folder(cache: Path, asset_id: str) -> Path:
    return cache / asset_id[-2:]  # the random end of the id: _FOLDERS of them, evenly filled


def _whole(data: bytes) -> bool:
    """Whether the file begins and ends as it was written. A power cut can leave it empty, cut or full of
    zeros, since nothing in the cache is worth the time of an fsync."""
    if data[:2] == b"\xff\xd8":  # JPEG: start and end of image (ITU-T T.81, B.1.1.3)
        return data[-2:] == b"\xff\xd9"
    # WebP: the size of all that follows the first eight bytes (RFC 9649, 2.4)
    return data[:4] == b"RIFF" and int.from_bytes(data[4:8], "little") + 8 == len(data)


def _keep(cached: Path, data: bytes) -> None:
    cached.parent.mkdir(parents=True, exist_ok=True)
    part = cached.with_name(f"{cached.name}.{threading.get_ident()}.part")
    part.write_bytes(data)
    part.replace(cached)
    _trim(cached.parent, KEPT_BYTES // _FOLDERS)


def _trim(folder: Path, most_bytes: int) -> None:
    """Remove the files that were made first until the rest is no larger than `most_bytes`."""
    with os.scandir(folder) as entries:
        found = [(entry.stat(), entry.path) for entry in entries]
    size = sum(status.st_size for status, _ in found)
    for status, path in sorted(found, key=lambda file: file[0].st_mtime):
        if size <= most_bytes:
            return
        os.unlink(path)
        size -= status.st_size
