"""What is written of an edit document: the headers of its records, and the tiles that follow each of them."""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from studio.core.layers import Document
from studio.media.planes import Tile
from studio.store.edit_log import EditLog, Piece
from studio.store.edit_steps import Held, Step, Version, Whole
from studio.store.edit_timeline import Timeline


class TileRow(msgspec.Struct, frozen=True, array_like=True):
    """A tile and how many bytes it takes; 0: it is gone."""

    row: int
    column: int
    length: int


class PlaneRow(msgspec.Struct, frozen=True, array_like=True):
    width: int
    height: int
    channels: Literal[1, 4]
    tiles: tuple[TileRow, ...] = ()


class Begin(msgspec.Struct, frozen=True, tag="begin", omit_defaults=True):
    """The document as it was opened; the bytes of planes that are not in the file `base`, whose SHA-256 is
    `base_digest`."""

    state: Document
    base: str = ""
    base_digest: str = ""
    base_plane: str = ""
    planes: dict[str, PlaneRow] = {}


class Done(msgspec.Struct, frozen=True, tag="step", omit_defaults=True):
    """A step; the bytes of the planes, then those of the tiles. What was undone before is gone."""

    label: str
    state: Document
    joined: bool = False
    planes: dict[str, PlaneRow] = {}
    tiles: dict[str, tuple[TileRow, ...]] = {}


class Stands(msgspec.Struct, frozen=True, tag="stands", omit_defaults=True):
    """So many steps are done; those after them are gone, or can be done again."""

    done: int
    dropped: bool = False


Record = Begin | Done | Stands
_decoder = msgspec.msgpack.Decoder(Record)


def read_record(header: bytes) -> Record:
    """Raises MsgspecError."""
    return _decoder.decode(header)


class Places:
    """Finds the bytes of one record, which lie there in the order of its rows."""

    def __init__(self, log: EditLog, start: int) -> None:
        self._log, self._at = log, start

    def next(self, length: int) -> Piece:
        piece = Piece(self._log, self._at, length)
        self._at += length
        return piece

    def whole(self, row: PlaneRow) -> Whole:
        tiles = {(one.row, one.column): Version(None, None, self.next(one.length)) for one in row.tiles}
        return Whole(row.width, row.height, row.channels, tiles)


def replay(line: Timeline, done: Done, places: Places) -> None:
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


def done_record(step: Step) -> tuple[Done, list[Version], list[bytes]]:
    """A step as it is written, with the versions that it brought and their bytes, which these now hold."""
    made, pieces = list[Version](), list[bytes]()
    planes = {name: plane_row(whole, pieces, made) for name, (_, whole) in step.planes.items() if whole}
    tiles = {
        name: tuple(_rows(((at, change[1]) for at, change in changes.items()), pieces, made))
        for name, changes in step.tiles.items()
    }
    for version, data in zip(made, pieces, strict=True):
        version.packed = Held(data)
    record = Done(label=step.label, state=step.state, joined=step.joined, planes=planes, tiles=tiles)
    return record, made, pieces


def plane_row(whole: Whole, pieces: list[bytes], made: list[Version] | None = None) -> PlaneRow:
    rows = tuple(_rows(whole.tiles.items(), pieces, made if made is not None else []))
    return PlaneRow(whole.width, whole.height, whole.channels, rows)


def _rows(
    tiles: Iterable[tuple[Tile, Version | None]], pieces: list[bytes], made: list[Version]
) -> Iterable[TileRow]:
    for (row, column), version in tiles:
        if version is None:
            yield TileRow(row, column, 0)
            continue
        made.append(version)
        pieces.append(version.packed.data if isinstance(version.packed, Held) else version.pack())
        yield TileRow(row, column, len(pieces[-1]))
