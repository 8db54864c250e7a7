"""Reading a file of conversations, whoever wrote it, without believing any of it."""

import codecs
import errno
import lzma
import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from studio.core.conversations import Conversation, Message
from studio.core.errors import ImportTooLarge, ImportUnknown, ImportUnopened
from studio.store.chat_files.chatgpt import is_chatgpt, read_chatgpt
from studio.store.chat_files.foreign import Left
from studio.store.chat_files.open_webui import is_open_webui, read_open_webui
from studio.store.chat_files.ours import is_ours, read_ours
from studio.store.chat_files.pictures import Brought
from studio.store.chat_files.torn import Part, elements, past_space, value_at
from studio.store.chat_files.tree import fields

MOST_BYTES = 100_000_000
_LISTED = '"conversations"'  # what our own file calls its list, near its beginning
_HEAD_LETTERS = 200
_MOST_LEFT = 10_000  # in a list of so many other things nobody looks for conversations
_STEP_BYTES = 2**22
# Of an archive that is torn, locked, packed in an unknown way, or has names that are no text.
_ARCHIVE_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    RuntimeError,
    NotImplementedError,
    EOFError,
    ValueError,
)

Talk = tuple[Conversation, list[Message]]


class ReadTalks(msgspec.Struct, frozen=True):
    """What a file holds.

    Attributes:
        left_out: conversations that could not be read, or not to their end.
        left_messages: of the others, such as no message here can be.
        left_pictures: that are damaged.
    """

    talks: tuple[Talk, ...]
    left_out: int
    left_messages: int = 0
    left_pictures: int = 0


def read_talks(file: Path, pictures: Path) -> ReadTalks:
    """All that can be read; what it brings of pictures is in that folder then. Raises ImportUnopened,
    ImportTooLarge, ImportUnknown, DiskFull, FileUnwritable."""
    talks: list[Talk] = []
    left_out, left = 0, Left()
    for content in _contents(file):
        for part, whole in _parts(_decoded(content)):
            talk = _talk(part, pictures, left)
            if talk is not None:
                talks.append(talk)
            left_out += talk is None or not whole
            if left_out >= _MOST_LEFT:
                break
    if not talks:
        raise ImportUnknown(name=file.name)
    return ReadTalks(tuple(talks), left_out, left.messages, left.pictures)


def _contents(file: Path) -> list[bytes]:
    """The JSON in it; of an archive, of each `conversations….json` in it."""
    try:
        if file.is_fifo():  # it would be waited for without end
            raise OSError(errno.ESPIPE, os.strerror(errno.ESPIPE))
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                return _in_archive(archive, file.name)
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise ImportUnopened(path=str(file), cause=error.strerror or type(error).__name__) from error
    except _ARCHIVE_FAULTS as error:
        raise ImportUnknown(name=file.name) from error
    if len(content) > MOST_BYTES:
        raise ImportTooLarge(name=file.name, most_bytes=MOST_BYTES)
    return [content]


def _in_archive(archive: zipfile.ZipFile, name: str) -> list[bytes]:
    """Unpacked in memory, up to the bound: what an archive says of its sizes is not believed."""
    contents: list[bytes] = []
    room = MOST_BYTES
    for member in archive.infolist():
        path = PurePosixPath(member.filename)
        if path.suffix == ".json" and path.stem.startswith("conversations"):
            with archive.open(member) as opened:
                contents.append(opened.read(room + 1))
            room -= len(contents[-1])
            if room < 0:
                raise ImportTooLarge(name=name, most_bytes=MOST_BYTES)
    return contents


def _decoded(content: bytes) -> str:
    """In steps, for nothing else of this process can run while one of them is taken."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    steps = range(0, len(content), _STEP_BYTES)
    parts = [decoder.decode(content[start : start + _STEP_BYTES]) for start in steps]
    return "".join((*parts, decoder.decode(b"", True)))


def _parts(text: str) -> Iterator[Part]:
    """What may be conversations, one by one."""
    start = past_space(text, 0)
    if text.startswith("[", start):
        yield from elements(text, start)
        return
    listed = text.find(_LISTED, start, start + _HEAD_LETTERS)
    opening = text.find("[", listed) if listed >= 0 else -1
    if opening >= 0:
        yield from elements(text, opening)
        return
    value, _, whole = value_at(text, start)
    yield value, whole


def _talk(part: object, pictures: Path, left: Left) -> Talk | None:
    file = fields(part)
    if is_ours(file):
        return read_ours(file, Brought(fields(file.get("pictures")), pictures, left))
    if is_chatgpt(file):
        return read_chatgpt(file, left)
    if is_open_webui(file):
        return read_open_webui(file, left)
    return None
