"""All texts that stand in a picture, wherever its format keeps them."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any, cast

from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from studio.media.pictures import TEXT_LIMIT

USER_COMMENT = "UserComment"
XMP_COMMENT = "XMP UserComment"

_EXIF_IFD, _USER_COMMENT = 0x8769, 0x9286
_TAGS = {0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model", 0x0131: "Software"}
_XP_TAGS = {0x9C9B: "XPTitle", 0x9C9C: "XPComment"}
_XMP_KEYS = ("xmp", "XML:com.adobe.xmp")
_XMP_TEXT = re.compile(r"<exif:UserComment>\s*<rdf:Alt>\s*<rdf:li[^>]{0,80}>([^<]*)</rdf:li>")
_COMFY_KEY = re.compile(r"(prompt|workflow):(?=\s*\{)", re.IGNORECASE)


class Texts(dict[str, str]):
    """Texts by the names that they have in the picture.

    Attributes:
        size: of the picture, in pixels; (0, 0) where there is none.
    """

    def __init__(self, texts: Mapping[str, str], size: tuple[int, int] = (0, 0)) -> None:
        super().__init__(texts)
        self.size = size


def texts_in(image: Image.Image) -> dict[str, str]:
    """Without decoding a pixel: PNG texts, EXIF, XMP, and the comments of GIF and JPEG."""
    info = cast("dict[Any, Any]", image.info)
    found = {str(key): str(value) for key, value in info.items() if isinstance(value, str)}
    if isinstance(comment := info.get("comment"), bytes):
        found["comment"] = _plain(comment)
    found |= _exif_texts(image)
    for key in _XMP_KEYS:
        packet = info.get(key, "")
        text = packet.decode("utf-8", "replace") if isinstance(packet, bytes) else str(packet)
        if len(text) <= TEXT_LIMIT and (match := _XMP_TEXT.search(text)):
            found[XMP_COMMENT] = unescape(match[1])
    return found


def texts_behind_pixels(image: PngImageFile) -> dict[str, str]:
    """Those that stand behind the pixels of a PNG, for which it is decoded."""
    return {key: str(text) for key, text in image.text.items()}


def of_bounded_length(texts: Mapping[str, str]) -> tuple[Texts, bool]:
    """Those of a length that a recipe may have, and whether there were others."""
    kept = {key: text for key, text in texts.items() if len(text) <= TEXT_LIMIT}
    return Texts(kept), len(kept) < len(texts)


def _exif_texts(image: Image.Image) -> dict[str, str]:
    if isinstance(image, PngImageFile) and not {"exif", "Raw profile type exif"} & image.info.keys():
        return {}  # Pillow would decode the picture to look for EXIF behind its pixels
    exif = image.getexif()
    found = dict[str, str]()
    for tag, name in _TAGS.items():
        if isinstance(value := exif.get(tag), str):
            found[name] = value
            # ComfyUI's WebP: `prompt:{…}` and `workflow:{…}` in whatever tag is free.
            if match := _COMFY_KEY.match(value):
                found.setdefault(match[1].lower(), value[match.end() :].rstrip("\0"))
    for tag, name in _XP_TAGS.items():
        if isinstance(value := exif.get(tag), bytes):
            found[name] = value.decode("utf-16-le", "replace").rstrip("\0")
    comment = cast(object, exif.get_ifd(_EXIF_IFD).get(_USER_COMMENT))
    if comment:
        found[USER_COMMENT] = _user_comment(comment)
    return found


def _user_comment(comment: object) -> str:
    """Eight bytes name the encoding (Exif 2.3, 4.6.5); many tools leave them out, or write another one."""
    if isinstance(comment, str):
        comment = comment.encode("utf-8", "surrogateescape")
    if not isinstance(comment, bytes):
        return ""
    head, body = comment[:8], comment[8:]
    if head == b"UNICODE\0":
        return _utf16(body)
    if head in (b"ASCII\0\0\0", b"\0" * 8, b"JIS\0\0\0\0\0"):
        return _plain(body)
    return _plain(comment)


def _utf16(data: bytes) -> str:
    """The standard leaves the order of the bytes open: the one that gives more plain characters."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    big, little = data[::2].count(0), data[1::2].count(0)
    if not big and not little:  # UTF-8 after all, as some tools write under this heading
        return _plain(data)
    return data.decode("utf-16-be" if big >= little else "utf-16-le", "replace").rstrip("\0")


def _plain(data: bytes) -> str:
    return data.decode("utf-8", "replace").strip("\0")
