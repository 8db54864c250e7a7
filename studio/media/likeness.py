"""How far two pictures are apart, pixel by pixel."""

from pathlib import Path

from PIL import ImageChops, ImageStat

from studio.core.errors import PictureUnreadable
from studio.media.pictures import reading

# Pixels compared in one go: Pillow counts them while it holds Python's lock, so every thread waits for it.
_AT_ONCE = 1 << 20
_CHANNELS = 3


def squared_error(one: Path, other: Path) -> float:
    """The mean square of what their values differ by, 0…255², over red, green and blue; 0 where they are the
    same. Not for the window's thread. Raises PictureUnreadable, also where the sizes differ."""
    with reading(one) as first, reading(other) as second:
        width, height = first.size
        if second.size != first.size:
            raise PictureUnreadable(path=str(other))
        rows, total = max(1, _AT_ONCE // width), 0.0
        for top in range(0, height, rows):
            box = (0, top, width, min(height, top + rows))
            apart = ImageChops.difference(first.crop(box).convert("RGB"), second.crop(box).convert("RGB"))
            total += sum(ImageStat.Stat(apart).sum2)
    return total / (width * height * _CHANNELS)
