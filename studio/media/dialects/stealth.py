"""Text hidden in the lowest bits of a picture, column by column: `stealth_pnginfo` and its kin.

NovelAI writes it into the alpha channel, extensions of A1111 and ComfyUI there or into the colours: fifteen
bytes that say which, the number of bits as 32 bits, then UTF-8, gzipped where the name ends in `comp`.
"""

import zlib

from PIL import Image

from studio.media.pictures import TEXT_LIMIT

PIXELS = 16_000_000  # of a picture that is searched: all of it may have to be decoded for this
_HEAD = 15 + 4  # bytes
_MARKS = {
    "A": {b"stealth_pnginfo": False, b"stealth_pngcomp": True},
    "RGB": {b"stealth_rgbinfo": False, b"stealth_rgbcomp": True},
}
_BITS = bytes(b"01"[value & 1] for value in range(256))
_GZIP = 16 + zlib.MAX_WBITS


def hidden_text(image: Image.Image) -> str:
    """The text; "" where none is hidden, or what is cannot be read.

    Only a PNG, which is decoded by now, and a WebP with alpha are searched: a JPEG keeps no lowest bits.
    """
    searched = {"PNG": ("RGB", "RGBA"), "WEBP": ("RGBA",)}.get(image.format or "", ())
    if image.mode not in searched or image.width * image.height > PIXELS:
        return ""
    for channels, marks in _MARKS.items():
        if channels == "A" and image.mode != "RGBA":
            continue
        head = _bytes(image, channels, _HEAD)
        compressed = marks.get(head[:15])
        if compressed is not None and (text := _text(image, channels, head, compressed)):
            return text
    return ""


def _text(image: Image.Image, channels: str, head: bytes, compressed: bool) -> str:
    length = int.from_bytes(head[15:_HEAD], "big") // 8
    if not 0 < length <= min(TEXT_LIMIT, image.width * image.height * len(channels) // 8):
        return ""
    data = _bytes(image, channels, _HEAD + length)[_HEAD:]
    try:
        if compressed:
            data = zlib.decompressobj(_GZIP).decompress(data, TEXT_LIMIT)
        return data.decode("utf-8")
    except (zlib.error, UnicodeDecodeError):
        return ""


def _bytes(image: Image.Image, channels: str, count: int) -> bytes:
    """The first `count` bytes of the lowest bits, from as many columns as they fill."""
    bits = count * 8
    columns = min(image.width, -(-bits // (image.height * len(channels))))
    part = image.crop((0, 0, columns, image.height))
    part = part.getchannel("A") if channels == "A" else part.convert("RGB")
    found = part.transpose(Image.Transpose.TRANSPOSE).tobytes().translate(_BITS)[:bits]
    whole = len(found) // 8
    return int(found[: whole * 8] or b"0", 2).to_bytes(whole, "big") if whole else b""
