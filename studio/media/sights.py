"""Pictures as models that see are shown them: upright, in plain RGB, and no larger than they make use of."""

import base64
import io
from pathlib import Path

from PIL import Image

from studio.media.inputs import first_frame, plain_pixels
from studio.media.pictures import check_announced, on_white

# Pixels of the longest side. Qwen's models make 3,000 tokens of such a picture, and would make 16,000 of one
# that a camera took.
MOST_SIDE = 1536
QUALITY = 90


def open_sight(path: str) -> Image.Image:
    """The first frame, white where something shows through. Raises PictureUnreadable, PictureCutShort,
    PictureTooLarge."""
    check_announced(Path(path))
    with first_frame(Path(path)) as image:
        picture = on_white(plain_pixels(image))
    picture.thumbnail((MOST_SIDE, MOST_SIDE))
    return picture


def data_url(path: str) -> str:
    """The same as a JPEG within an address, as servers take pictures. Raises as `open_sight`."""
    file = io.BytesIO()
    open_sight(path).save(file, "JPEG", quality=QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
