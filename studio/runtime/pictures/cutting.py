"""What of a picture is seen: its own alpha, and what a mask leaves of it."""

from PIL import Image, ImageChops


def cut(picture: Image.Image, mask: Image.Image) -> Image.Image:
    """RGBA, as much of it seen as of the picture and the mask; its colours as they are."""
    made = picture.convert("RGBA")
    made.putalpha(ImageChops.multiply(made.getchannel("A"), mask))
    return made
