"""What is said about pictures after they were made: one line each in a file that only grows.

The pictures themselves are never rewritten, so stars and trash live here, beside them in the library.
"""

import errno
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from studio.media.durable import fsync_file, fsync_folder
from studio.store.layout import library_error


class _Entry(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", omit_defaults=True):
    at: float


class Star(_Entry, frozen=True, kw_only=True, tag="star"):
    assets: tuple[str, ...]
    on: bool


class Trash(_Entry, frozen=True, kw_only=True, tag="trash"):
    assets: tuple[str, ...]
    on: bool


class Erase(_Entry, frozen=True, kw_only=True, tag="erase"):
    """The pictures are gone for good; what was said about them is void."""

    assets: tuple[str, ...]


class Import(_Entry, frozen=True, kw_only=True, tag="import"):
    """The file at `path` in the library is known by this id, which is not written inside it."""

    asset: str
    path: str
    source: str
    created: float


Entry = Star | Trash | Erase | Import


class Said(msgspec.Struct, frozen=True):
    """All that the lines come to: which pictures are starred, which in the trash, and imports by path."""

    starred: set[str]
    trashed: set[str]
    imports: dict[str, Import]


class Annotations:
    """The annotations file of one library."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def star(self, assets: Sequence[str], on: bool) -> None:
        self._append(Star(at=time.time(), assets=tuple(assets), on=on))

    def trash(self, assets: Sequence[str], on: bool) -> None:
        self._append(Trash(at=time.time(), assets=tuple(assets), on=on))

    def erase(self, assets: Sequence[str]) -> None:
        self._append(Erase(at=time.time(), assets=tuple(assets)))

    def imported(self, asset: str, path: str, source: str, created: float) -> Import:
        entry = Import(at=time.time(), asset=asset, path=path, source=source, created=created)
        self._append(entry)
        return entry

    def read(self) -> Said:
        said = Said(set(), set(), {})
        for entry in self._entries():
            match entry:
                case Star(assets=assets, on=on):
                    _switch(said.starred, assets, on)
                case Trash(assets=assets, on=on):
                    _switch(said.trashed, assets, on)
                case Erase(assets=assets):
                    _forget(said, set(assets))
                case Import(path=path):
                    said.imports[path] = entry
        return said

    def _entries(self) -> Iterator[Entry]:
        if not self._file.exists():
            return
        decoder = msgspec.json.Decoder(Entry)
        with self._file.open("rb") as lines:
            for line in lines:
                try:
                    yield decoder.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    continue  # cut short when the power failed, or of a kind that a later version writes

    def _append(self, entry: Entry) -> None:
        """Add one line and wait until it is on the disk. Raises DiskFull, LibraryMissing, LibraryReadOnly."""
        try:
            new = not self._file.exists()
            _append_line(self._file, msgspec.json.encode(entry))
            if new:
                fsync_folder(self._file.parent)
        except OSError as error:
            raise library_error(error, self._file.parents[1]) from error


def _append_line(file: Path, line: bytes) -> None:
    # Not through a buffer: one write a line, so that the lines of several processes do not mix.
    handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
    try:
        torn = os.lseek(handle, 0, os.SEEK_END) > 0 and _last_byte(handle) != b"\n"
        data = b"\n" * torn + line + b"\n"
        if os.write(handle, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync_file(handle)
    finally:
        os.close(handle)


def _last_byte(handle: int) -> bytes:
    os.lseek(handle, -1, os.SEEK_END)
    return os.read(handle, 1)


def _switch(chosen: set[str], assets: Sequence[str], on: bool) -> None:
    (chosen.update if on else chosen.difference_update)(assets)


def _forget(said: Said, assets: set[str]) -> None:
    said.starred.difference_update(assets)
    said.trashed.difference_update(assets)
    for path in [path for path, entry in said.imports.items() if entry.asset in assets]:
        del said.imports[path]
