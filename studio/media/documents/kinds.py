"""What a file is, by how it begins: names lie, and many files have none that says it."""

import re
from typing import Literal

from PIL import Image

from studio.media.documents.plain import decoded
from studio.media.documents.wire import DocumentKind
from studio.media.pictures import FORMATS

HEAD_BYTES = 4096
# Possessive over the comments: else each one more would double the time over a file that goes on otherwise.
_HTML = re.compile(r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*+<(!doctype html|html|head|body)\b", re.I | re.S)
_HTML_ENDINGS = (".html", ".htm", ".xhtml")
_UNREAD = (
    b"\xd0\xcf\x11\xe0",  # Word, Excel and PowerPoint before 2007
    b"{\\rtf",  # text, but none that anybody reads
)

Kind = DocumentKind | Literal["picture", "text", "unread"]


def kind_of(head: bytes, name: str) -> Kind:
    """By the first bytes; the name says only whether markup is a page to read or a text to look at."""
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "docx"
    if _is_picture(head):
        return "picture"
    if head.startswith(_UNREAD):
        return "unread"
    text = decoded(head, whole=False)
    if text is None:
        return "unread"
    named = name.lower().endswith(_HTML_ENDINGS)
    return "html" if _HTML.match(text) or (named and "<" in text) else "text"


def _is_picture(head: bytes) -> bool:
    Image.init()
    for name in FORMATS:
        accept = Image.OPEN[name][1]
        if accept is not None and accept(head[:16]) is True:
            return True
    return False
