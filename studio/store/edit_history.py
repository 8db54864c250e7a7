"""Edit documents as they are kept: a folder each, with the picture that was opened, every step since, and a
card that says what it is.

Steps are added as they are made, so that a document is as it was up to the last second, whatever ends the
process; only the tiles after a step are kept, since those before are of the steps before.
"""

import os
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from studio.core.errors import EditDamaged, EditInUse, PictureUnreadable, StudioError
from studio.core.layers import Document, DocumentCard
from studio.media.durable import fsync_folder, whole_file, write_error
from studio.media.opening import open_picture
from studio.media.pictures import SUFFIXES
from studio.media.planes import Plane, Tile
from studio.store.edit_log import EditLog, Piece
from studio.store.edit_steps import Held, Step, Version, Whole
from studio.store.edit_timeline import Timeline
from studio.store.instances import FileLock
from studio.store.json_file import save_json
from studio.store.layout import make_folder

CARD_SECONDS = 5.0  # how far a card may lag behind while a document is open
_LOG, _CARD, _LOCK = "steps.log", "document.json", "lock"


class _TileRow(msgspec.Struct, frozen=True, array_like=True):
    """A tile and how many bytes it takes; 0: it is gone."""

    row: int
    column: int
    length: int


class _PlaneRow(msgspec.Struct, frozen=True, array_like=True):
    width: int
    height: int
    channels: Literal[1, 4]
    tiles: tuple[_TileRow, ...] = ()


class _Begin(msgspec.Struct, frozen=True, tag="begin", omit_defaults=True):
    """The document as it was opened; the bytes of planes that are not in the file `base`."""

    state: Document
    base: str = ""
    base_plane: str = ""
    planes: dict[str, _PlaneRow] = {}


class _Done(msgspec.Struct, frozen=True, tag="step", omit_defaults=True):
    """A step; the bytes of the planes, then those of the tiles. What was undone before is gone."""

    label: str
    state: Document
    joined: bool = False
    planes: dict[str, _PlaneRow] = {}
    tiles: dict[str, tuple[_TileRow, ...]] = {}


class _Stands(msgspec.Struct, frozen=True, tag="stands", omit_defaults=True):
    """So many steps are done; those after them are gone, or can be done again."""

    done: int
    dropped: bool = False


_Record = _Begin | _Done | _Stands
_decoder = msgspec.msgpack.Decoder(_Record)


class EditHistory:
    """One document on the disk, which it alone writes to. One thread at a time, but for `Version.load`."""

    def __init__(self, folder: Path, lock: FileLock) -> None:
        """Use `create` or `open`."""
        self.folder = folder
        self._lock = lock
        self._log: EditLog | None = None
        self._card: DocumentCard | None = None
        self._card_written = 0.0
        self._inputs: set[str] = set()
        self._is_empty = True

    @classmethod
    def create(
        cls,
        folder: Path,
        state: Document,
        planes: Mapping[str, Plane],
        base: Path | bytes,
        link: bool = False,
    ) -> "tuple[EditHistory, Timeline]":
        """Begins to keep a document in a new folder.

        `base`: what its first layer was opened from, by `open_picture`, which is kept beside it. `link`: that
        file is never written to again, so another name for it will do.

        Raises DiskFull, FileUnwritable, PictureUnreadable.
        """
        history = cls._locked(folder, state.name)
        try:
            name = _keep_base(base, folder, link)
            history._log = EditLog(folder / _LOG, new=True)
            shown = state.layers[0].plane
            rest = {key: Whole.of(plane) for key, plane in planes.items() if key != shown and plane.tiles}
            pieces = list[bytes]()
            rows = {key: _plane_row(whole, pieces) for key, whole in rest.items()}
            history._append(_Begin(state=state, base=name, base_plane=shown, planes=rows), pieces)
            history._note(state)
            history.sync(state, 0)
            fsync_folder(folder)
        except BaseException as error:
            history.close()
            if isinstance(error, OSError):
                raise write_error(error, folder) from error
            raise
        return history, Timeline(state, planes)

    @classmethod
    def open(cls, folder: Path) -> "tuple[EditHistory, Timeline]":
        """The document as it was left.

        Raises EditInUse, EditDamaged, PictureUnreadable, DiskFull, FileUnwritable.
        """
        if not (folder / _LOG).is_file():
            raise EditDamaged(path=str(folder), cause=_LOG)
        history = cls._locked(folder, _name(folder))
        history._is_empty = False
        try:
            history._log = EditLog(folder / _LOG)
            return history, history._read()
        except (msgspec.MsgspecError, ValueError, OSError, KeyError, IndexError) as error:
            history.close()
            raise EditDamaged(path=str(folder), cause=str(error)) from error
        except StudioError:
            history.close()
            raise

    def add(self, step: Step) -> None:
        """A step was made. Not on the disk before `sync`.

        Raises DiskFull, FileUnwritable; its tiles stay in memory then, packed, and it may be added again.
        """
        made, pieces = list[Version](), list[bytes]()
        planes = {name: _plane_row(whole, pieces, made) for name, (_, whole) in step.planes.items()}
        tiles = {
            name: tuple(_rows(((at, change[1]) for at, change in changes.items()), pieces, made))
            for name, changes in step.tiles.items()
        }
        for version, data in zip(made, pieces, strict=True):
            version.packed = Held(data)
        record = _Done(label=step.label, state=step.state, joined=step.joined, planes=planes, tiles=tiles)
        for version, place in zip(made, self._append(record, pieces), strict=True):
            version.packed = place
        self._is_empty = False
        self._note(step.state)

    def stands(self, done: int, dropped: bool = False) -> None:
        """So many steps are done. `dropped`: those after them are gone. Raises as `add`."""
        self._append(_Stands(done=done, dropped=dropped), ())

    def sync(self, state: Document, steps: int) -> None:
        """Waits until all that was added is on the disk. Raises DiskFull, FileUnwritable."""
        assert self._log is not None
        self._log.sync()
        first = steps > 0 and (self._card is None or self._card.steps == 0)
        if first or time.monotonic() - self._card_written > CARD_SECONDS:
            self.write_card(state, steps)

    def write_card(self, state: Document, steps: int) -> None:
        """Raises DiskFull, FileUnwritable."""
        card = DocumentCard(
            id=state.id,
            name=state.name,
            width=state.width,
            height=state.height,
            steps=steps,
            asset=state.asset,
            inputs=tuple(sorted(self._inputs)),
        )
        if card != self._card:
            save_json(self.folder / _CARD, card)
        self._card, self._card_written = card, time.monotonic()

    def close(self) -> None:
        """Lets others open it. A document in which nothing was done goes."""
        if self._log is not None:
            self._log.close()
        self._lock.close()
        if self._is_empty:
            with suppress(OSError):
                shutil.rmtree(self.folder)

    @classmethod
    def _locked(cls, folder: Path, name: str) -> "EditHistory":
        try:
            make_folder(folder)
        except OSError as error:
            raise write_error(error, folder) from error
        lock = FileLock(folder / _LOCK)
        if not lock.held:
            lock.close()
            raise EditInUse(name=name)
        return cls(folder, lock)

    def _append(self, record: _Record, pieces: Sequence[bytes]) -> Sequence[Piece]:
        assert self._log is not None
        return self._log.append(msgspec.msgpack.encode(record), pieces)

    def _note(self, state: Document) -> None:
        self._inputs |= {layer.source.hash for layer in state.layers if layer.source and layer.source.hash}

    def _read(self) -> Timeline:
        assert self._log is not None
        line: Timeline | None = None
        for header, start in self._log.records():
            record, places = _decoder.decode(header), _Places(self._log, start)
            match record:
                case _Begin():
                    line = Timeline(record.state, self._first_planes(record, places))
                case _Done() if line is not None:
                    _replay(line, record, places)
                case _Stands() if line is not None:
                    line.replay_to(record.done)
                    if record.dropped:
                        line.drop_undone()
                case _:
                    raise ValueError("it does not begin with a beginning")
        if line is None:
            raise ValueError("it is empty")
        line.settle()
        for state in (line.first[0], *(step.state for step in line.steps)):
            self._note(state)
        return line

    def _first_planes(self, begin: _Begin, places: "_Places") -> dict[str, Plane]:
        planes = {name: places.whole(row).plane() for name, row in begin.planes.items()}
        if begin.base:
            path = self.folder / Path(begin.base).name
            opened = Plane.of(open_picture(path).pixels)
            if (opened.width, opened.height) != (begin.state.width, begin.state.height):
                raise PictureUnreadable(path=str(path))
            planes[begin.base_plane] = opened
        return planes


class _Places:
    """Finds the bytes of one record, which lie there in the order of its rows."""

    def __init__(self, log: EditLog, start: int) -> None:
        self._log, self._at = log, start

    def next(self, length: int) -> Piece:
        piece = Piece(self._log, self._at, length)
        self._at += length
        return piece

    def whole(self, row: _PlaneRow) -> Whole:
        tiles = {(one.row, one.column): Version(None, None, self.next(one.length)) for one in row.tiles}
        return Whole(row.width, row.height, row.channels, tiles)


def _replay(line: Timeline, done: _Done, places: _Places) -> None:
    planes = {name: places.whole(row) for name, row in done.planes.items()}
    tiles = dict[str, Mapping[Tile, Version | None]]()
    for name, rows in done.tiles.items():
        changed = dict[Tile, Version | None]()
        for one in rows:
            at = one.row, one.column
            before = planes[name].tiles.get(at) if name in planes else line.version(name, at)
            changed[at] = Version(None, before, places.next(one.length)) if one.length else None
        tiles[name] = changed
    line.replay(done.label, done.state, tiles, planes, done.joined)


def _plane_row(whole: Whole, pieces: list[bytes], made: list[Version] | None = None) -> _PlaneRow:
    rows = tuple(_rows(whole.tiles.items(), pieces, made if made is not None else []))
    return _PlaneRow(whole.width, whole.height, whole.channels, rows)


def _rows(
    tiles: Iterable[tuple[Tile, Version | None]], pieces: list[bytes], made: list[Version]
) -> Iterable[_TileRow]:
    for (row, column), version in tiles:
        if version is None:
            yield _TileRow(row, column, 0)
            continue
        made.append(version)
        pieces.append(version.packed.data if isinstance(version.packed, Held) else version.pack())
        yield _TileRow(row, column, len(pieces[-1]))


def _keep_base(base: Path | bytes, folder: Path, link: bool) -> str:
    """The picture beside the document; its name there."""
    suffix = base.suffix.lower() if isinstance(base, Path) else ""
    kept = folder / f"opened{suffix if suffix in SUFFIXES else ''}"
    if isinstance(base, Path) and link:
        with suppress(OSError):  # another disk, or one that has no links
            os.link(base, kept)
            return kept.name
    with whole_file(kept) as file:
        if isinstance(base, bytes):
            file.write(base)
        else:
            try:
                with base.open("rb") as source:
                    shutil.copyfileobj(source, file, 1 << 20)
            except FileNotFoundError as error:
                raise PictureUnreadable(path=str(base)) from error
    return kept.name


def list_documents(edits: Path) -> list[DocumentCard]:
    """Those in which something was done, the last changed first. Leaves out what cannot be read."""
    found = list[DocumentCard]()
    for path in edits.glob(f"*/{_CARD}"):
        with suppress(OSError, msgspec.MsgspecError):
            card = msgspec.json.decode(path.read_bytes(), type=DocumentCard)
            if card.steps and card.id == path.parent.name:
                changed = (path.parent / _LOG).stat().st_mtime
                found.append(msgspec.structs.replace(card, changed=changed))
    return sorted(found, key=lambda card: -card.changed)


def remove_document(folder: Path) -> None:
    """Raises EditInUse, FileUnwritable."""
    if not folder.is_dir():
        return
    lock = FileLock(folder / _LOCK)
    held = lock.held
    lock.close()
    if not held:
        raise EditInUse(name=_name(folder))
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise write_error(error, folder) from error


def _name(folder: Path) -> str:
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode((folder / _CARD).read_bytes(), type=DocumentCard).name
    return folder.name
