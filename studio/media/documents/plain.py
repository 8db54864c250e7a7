"""Plain text of any encoding, by its bytes: UTF-8, UTF-16, UTF-32, GB18030, else Western European."""

import codecs
from pathlib import Path

from studio.core.errors import DocumentUnopened, DocumentUnsupported, DocumentWithoutText
from studio.core.plain_text import clean_text
from studio.media.documents.wire import TEXT_LIMIT, DocumentText

_MOST_BYTES = 4 * TEXT_LIMIT  # as long as a character gets
_SAMPLE = 65_536  # bytes or characters that a guess looks at
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark its own begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = frozenset(map(chr, (*range(9), 11, *range(14, 27), *range(28, 32), *range(0x7F, 0xA0))))
_MOST_CONTROLS = 0.02  # of the characters of a text
_WELL_FORMED = 20  # characters of UTF-8 for each that is broken
_COMMON_CHINESE = 0.9  # of the double bytes of a Chinese text, both are high: GB 2312


def read_plain(path: Path) -> DocumentText:
    """The text, or its first two million characters: the rest is not read.

    Raises DocumentUnopened, DocumentUnsupported where it is none, DocumentWithoutText.
    """
    name = clean_text(path.name)
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise DocumentUnopened(name=name) from error
    text = decoded(data, whole=len(data) <= _MOST_BYTES)
    if text is None:
        raise DocumentUnsupported(name=name)
    return bounded(text, name, cut=len(data) > _MOST_BYTES)


def bounded(text: str, name: str, cut: bool = False) -> DocumentText:
    """Without what no reader should meet, and no longer than a file may be. Raises DocumentWithoutText."""
    cleaned = clean_text(text[:TEXT_LIMIT])
    if not cleaned.strip():
        raise DocumentWithoutText(name=name)
    return DocumentText(text=cleaned, cut=cut or len(text) > TEXT_LIMIT)


def decoded(data: bytes, whole: bool) -> str | None:
    """None for what is no text. Where it is not `whole`, or was cut in half, half a character at its end is
    left out."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _readable(_decoded(data[len(mark) :], encoding))
    if encoding := _wide(data):
        return _readable(_decoded(data, encoding))
    if 0 in data:
        return None
    text = _utf8(data, whole)
    if text is None:
        text = _chinese(data)
    if text is None:
        text = _western(data)
    return _readable(text)


def _decoded(data: bytes, encoding: str) -> str:
    """Half a character at the end is left out; broken ones before it are marked."""
    return codecs.getincrementaldecoder(encoding)("replace").decode(data)


def _wide(data: bytes) -> str:
    """UTF-16 without a mark, in a script with letters below 256: every other byte is zero."""
    sample = data[:_SAMPLE]
    half = len(sample) // 2
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if half < 2:
        return ""
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.05 * half else ""


def _utf8(data: bytes, whole: bool) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end == len(data) and error.reason == "unexpected end of data" and (error.start or not whole):
            return data[: error.start].decode("utf-8")
    text = _decoded(data, "utf-8")
    broken = text.count("\ufffd")
    good = sum(char > "\x7f" for char in text) - broken
    return text if good >= _WELL_FORMED * broken else None


def _chinese(data: bytes) -> str | None:
    """GB18030, where most double bytes are those of common Chinese characters; letters with accents before
    others look like rare ones."""
    try:
        text = codecs.getincrementaldecoder("gb18030")("strict").decode(data)
    except UnicodeDecodeError:
        return None
    wide = [char for char in text[:_SAMPLE] if char > "\x7f"]
    common = sum(_is_common(char) for char in wide)
    return text if wide and common >= _COMMON_CHINESE * len(wide) else None


def _is_common(char: str) -> bool:
    try:
        return len(char.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


def _western(data: bytes) -> str:
    """Windows-1252, and Latin-1 in the five places that it leaves open."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _readable(text: str) -> str | None:
    """None where too much of it is no letter of any script."""
    sample = text[:_SAMPLE]
    controls = sum(char in _CONTROLS or char == "\ufffd" for char in sample)
    return text if controls <= _MOST_CONTROLS * len(sample) else None
