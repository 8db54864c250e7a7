"""Pictures enlarged and reduced by Lanczos, strip by strip, so that a stop is heard."""

from PIL import Image

from studio.core.messages import Stage
from studio.runtime.desk import Desk

STRIP_PIXELS = 4_000_000  # of the result; a tenth of a second


def resized(picture: Image.Image, size: tuple[int, int], desk: Desk) -> Image.Image:
    """At that size, the colours weighed by how much of them is seen. The strips come out as the whole would:
    Pillow looks beyond a box as far as its filter reaches."""
    source = picture.convert("RGBa") if picture.mode == "RGBA" else picture
    width, height = size
    rows, across = max(1, STRIP_PIXELS // width), source.height / height
    made = Image.new(source.mode, size)
    for top in range(0, height, rows):
        desk.phase(Stage.WORKING, top // rows, -(-height // rows))
        bottom = min(top + rows, height)
        box = (0, top * across, source.width, min(bottom * across, source.height))
        made.paste(source.resize((width, bottom - top), Image.Resampling.LANCZOS, box), (0, top))
    return made.convert(picture.mode)
