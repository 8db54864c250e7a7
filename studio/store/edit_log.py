"""The file that an edit document is kept in: records one after the other, of which only the last can be torn.

A record is its length and checksum, a header that says what it is, and the bytes that the header speaks of.
"""

import logging
import os
import struct
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from studio.core.errors import EditDamaged
from studio.media.durable import fsync_file, whole_file, write_error

_MAGIC = b"atelier edit 1\n\0"
_FRAME = struct.Struct("<QII")  # bytes after it, their CRC-32, bytes of the header
_CHUNK = 1 << 20
MOST_HEADER = 16 * 2**20  # bytes; of 200 layers on the largest canvas, all replaced at once, it has 3
_READS_BY_POSITION = hasattr(os, "pread")  # Windows has no such call

log = logging.getLogger(__name__)


class Found(NamedTuple):
    """A record in the file: its header, where it begins, where its bytes do, and where it ends."""

    header: bytes
    begin: int
    start: int
    end: int


class Piece(msgspec.Struct, frozen=True):
    """Bytes in the file, read when they are wanted, in any thread."""

    log: "EditLog"
    offset: int
    length: int

    def read(self) -> bytes:
        """Raises OSError."""
        return self.log.read(self.offset, self.length)


class _Reader:
    """Reads by position, with a handle of its own, so that it waits for no writer."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._seeking = threading.Lock()

    def read(self, offset: int, length: int) -> bytes:
        """At most so many bytes. Raises OSError, and ValueError once it is closed."""
        if _READS_BY_POSITION:
            return os.pread(self._file.fileno(), length, offset)
        with self._seeking:
            self._file.seek(offset)
            return self._file.read(length)

    def close(self) -> None:
        self._file.close()


class EditLog:
    """One file, which grows at its end. Appended to by one thread; read by any, without waiting for that."""

    def __init__(self, path: Path, new: bool = False) -> None:
        """Raises DiskFull, FileUnwritable, EditDamaged."""
        self.path = path
        try:
            flags = os.O_RDWR | getattr(os, "O_BINARY", 0) | (os.O_CREAT | os.O_EXCL if new else 0)
            self._file = os.fdopen(os.open(path, flags, 0o644), "r+b", buffering=0)
            self._reader = _Reader(path)
        except OSError as error:
            raise write_error(error, path) from error
        self._end = self._synced = len(_MAGIC)
        try:
            if new:
                self._write(0, [_MAGIC])
            elif self.read(0, len(_MAGIC)) != _MAGIC:
                raise EditDamaged(path=str(path.parent), cause="steps.log")
        except BaseException:
            self.close()
            raise

    def records(self) -> Iterator[Found]:
        """Those that are whole. Raises OSError.

        Each is taken once the next is asked for; more are appended, or the rest mended, after the last that
        was taken.
        """
        size = self.size
        while self._end + _FRAME.size <= size:
            length, checksum, header = _FRAME.unpack(self.read(self._end, _FRAME.size))
            start, end = self._end + _FRAME.size, self._end + _FRAME.size + length
            if not 0 < header <= min(length, MOST_HEADER) or end > size:
                break
            if self._checksum(start, length) != checksum:
                break
            yield Found(self.read(start, header), self._end, start + header, end)
            self._end = self._synced = end

    def mend(self) -> bool:
        """Cuts off what comes after the last whole record, where power failed or something was damaged; it
        is kept beside the log as `damaged_part`, where what was cut off before stays if this is no more than
        what any crash leaves. Whether it is more.

        Raises DiskFull, FileUnwritable.
        """
        size = self.size
        if self._end == size:
            return False
        is_torn = self._is_torn(size)
        log.log(
            logging.INFO if is_torn else logging.WARNING,
            "%s is damaged after %d bytes of %d",
            self.path,
            self._end,
            size,
        )
        if not (is_torn and damaged_part(self.path).exists()):
            with whole_file(damaged_part(self.path)) as file:
                for start in range(self._end, size, _CHUNK):
                    file.write(self.read(start, min(_CHUNK, size - start)))
        with suppress(OSError):  # what is left there is written over
            self._file.truncate(self._end)
        return not is_torn

    def _is_torn(self, size: int) -> bool:
        """Whether that looks like one record that was not written to its end, as after any crash."""
        if self._end + _FRAME.size > size:
            return True
        length, _, _ = _FRAME.unpack(self.read(self._end, _FRAME.size))
        return self._end + _FRAME.size + length > size

    def append(self, header: bytes, pieces: Sequence[bytes]) -> Sequence[Piece]:
        """A record; where its pieces are now. Not on the disk before `sync`.

        Raises DiskFull, FileUnwritable; then the file is as it was.
        """
        self._write(self._end, [_frame(header, pieces), header, *pieces])
        places, offset = list[Piece](), self._end + _FRAME.size + len(header)
        for piece in pieces:
            places.append(Piece(self, offset, len(piece)))
            offset += len(piece)
        self._end = offset
        return places

    def sync(self) -> None:
        """Waits until all is on the disk.

        Raises DiskFull, FileUnwritable; then all since the last time is taken back, for a system that could
        not write it forgets that it was to.
        """
        try:
            fsync_file(self._file.fileno())
        except OSError as error:
            self._end = self._synced
            with suppress(OSError):
                self._file.truncate(self._end)
            raise write_error(error, self.path) from error
        self._synced = self._end

    def read(self, offset: int, length: int) -> bytes:
        """Raises OSError where there are not so many."""
        found = bytearray()
        while len(found) < length:
            chunk = self._reader.read(offset + len(found), length - len(found))
            if not chunk:
                raise OSError(f"{self.path} ends too early")
            found += chunk
        return bytes(found)

    @property
    def is_at_end(self) -> bool:
        """Whether nothing comes after the last record that was taken."""
        return self._end == self.size

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return os.fstat(self._file.fileno()).st_size

    def close(self) -> None:
        self._reader.close()
        self._file.close()

    def _checksum(self, start: int, length: int) -> int:
        checksum = 0
        for offset in range(start, start + length, _CHUNK):
            checksum = zlib.crc32(self.read(offset, min(_CHUNK, start + length - offset)), checksum)
        return checksum

    def _write(self, offset: int, pieces: Sequence[bytes]) -> None:
        try:
            self._file.seek(offset)
            for piece in pieces:
                _write_whole(self._file.fileno(), piece)
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(offset)
            raise write_error(error, self.path) from error


def damaged_part(path: Path) -> Path:
    """Where what was cut off of a log is kept."""
    return path.with_name(path.name + ".damaged")


def rewrite(path: Path, spans: Sequence[tuple[int, int]], last: bytes) -> None:
    """The log anew, with only those bytes of it and one more record, which has but a header. Nobody may have
    it open. There is always the old one or the new one, whole.

    Raises DiskFull, FileUnwritable; then the log is as it was.
    """
    with whole_file(path) as new:
        new.write(_MAGIC)
        with path.open("rb") as old:
            for start, end in spans:
                old.seek(start)
                while start < end:
                    chunk = old.read(min(_CHUNK, end - start))
                    if not chunk:
                        raise OSError(f"{path} ends too early")
                    start += new.write(chunk)
        new.write(_frame(last, ()) + last)


def _frame(header: bytes, pieces: Sequence[bytes]) -> bytes:
    checksum = zlib.crc32(header)
    for piece in pieces:
        checksum = zlib.crc32(piece, checksum)
    return _FRAME.pack(len(header) + sum(map(len, pieces)), checksum, len(header))


def _write_whole(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
