"""Small pictures with the texts that tools write into them, each in the way of its format."""

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.core.reading import Reading
from studio.media.recipes import read_fully

_EXIF_IFD, _USER_COMMENT = 0x8769, 0x9286


def drawn(size: tuple[int, int] = (24, 16), mode: str = "RGB") -> Image.Image:
    return Image.effect_mandelbrot(size, (-2, -1.5, 1, 1.5), 50).convert(mode)


def png(folder: Path, size: tuple[int, int] = (24, 16), **texts: str) -> Path:
    info = PngInfo()
    for key, text in texts.items():
        info.add_itxt(key.replace("__", "-"), text)
    path = folder / "picture.png"
    drawn(size).save(path, pnginfo=info)
    return path


def with_comment(path: Path, comment: bytes, **tags: Any) -> Path:
    """EXIF with this user comment, in the format of the file's name; `tags` by number: `t010f="…"`."""
    exif = Image.Exif()
    for tag, value in tags.items():
        exif[int(tag[1:], 16)] = value
    if comment:
        exif.get_ifd(_EXIF_IFD)[_USER_COMMENT] = comment
    drawn().save(path, exif=exif.tobytes())
    return path


def stealthy(path: Path, text: str, mark: bytes, size: tuple[int, int] = (64, 64)) -> Path:
    """The text in the lowest bits of alpha or of the colours, column by column."""
    data = text.encode()
    if mark.endswith(b"comp"):
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        data = packer.compress(data) + packer.flush()
    whole = mark + (8 * len(data)).to_bytes(4, "big") + data
    bits = [byte >> place & 1 for byte in whole for place in range(7, -1, -1)]
    picture = drawn(size, "RGBA")
    pixels = picture.load()
    each = 1 if mark.startswith(b"stealth_png") else 3
    for number in range(-(-len(bits) // each)):
        x, y = divmod(number, size[1])
        r, g, b, _ = pixels[x, y]
        mine = [*bits[number * each : number * each + each], 0, 0][:each]
        if each == 1:
            pixels[x, y] = (r, g, b, 254 | mine[0])
        else:
            r, g, b = (value & 254 | bit for value, bit in zip((r, g, b), mine, strict=True))
            pixels[x, y] = (r, g, b, 255)
    (picture if each == 1 else picture.convert("RGB")).save(path)
    return path


def told(path: Path) -> Reading:
    """What is read of the picture, which has to have a recipe."""
    reading = read_fully(path)
    assert reading is not None
    return reading


def shown(reading: Reading, *fields: str) -> Mapping[str, Any]:
    return {field: getattr(reading.recipe, field) for field in fields}
