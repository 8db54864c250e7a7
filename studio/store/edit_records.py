"""What is written of an edit document: the headers of its records, and the tiles that follow each of them."""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from studio.core.hand_steps import HandStep
from studio.core.layers import Document
from studio.media.planes import TILE, Tile
from studio.store.edit_checks import check_figures, check_room, check_size, check_state
from studio.store.edit_log import EditLog, Piece
from studio.store.edit_steps import Held, Step, Version, Whole
from studio.store.edit_timeline import Timeline

MOST_PACKED = 2 * 4 * TILE * TILE  # bytes of a tile, which has half of that unpacked


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
    figures: HandStep | None = None
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
    """Finds the bytes of one record, which lie there in the order of its rows.

    Raises ValueError where a row is of no tile, or of bytes that are not in the record.
    """

    def __init__(self, log: EditLog, start: int, end: int) -> None:
        self._log, self._at, self._end = log, start, end

    def version(self, row: TileRow, plane: Whole, before: Version | None) -> Version | None:
        """None where the tile is gone."""
        shape = plane.shape((row.row, row.column))
        if not 0 <= row.length <= min(MOST_PACKED, self._end - self._at):
            raise ValueError("a tile has bytes outside of its record")
        if not row.length:
            return None
        piece = Piece(self._log, self._at, row.length)
        self._at += row.length
        return Version(None, before, piece, shape=shape)

    def whole(self, row: PlaneRow) -> Whole:
        """All of a plane."""
        empty = Whole(row.width, row.height, row.channels, {})
        check_size(row.width, row.height)
        return empty.with_tiles({(one.row, one.column): self.version(one, empty, None) for one in row.tiles})


def replay(line: Timeline, done: Done, places: Places, room: int) -> None:
    """A step of the log.

    Raises ValueError where it does not fit, EditDamaged as `check_room`; then the line is as it was.
    """
    planes = {name: places.whole(row) for name, row in done.planes.items()}
    there = {**line.wholes, **planes}
    tiles = dict[str, Mapping[Tile, Version | None]]()
    for name, rows in done.tiles.items():
        if name not in there:
            raise ValueError("a step changes a plane that there is not")
        plane = there[name]
        tiles[name] = {
            (one.row, one.column): places.version(one, plane, plane.tiles.get((one.row, one.column)))
            for one in rows
        }
    after = {**there, **{name: there[name].with_tiles(changed) for name, changed in tiles.items()}}
    if done.state.id != line.first[0].id:
        raise ValueError("a step is of another document")
    check_state(done.state, after)
    if done.figures is not None:
        check_figures(done.figures)
    check_room(done.state, after, room)
    line.replay(done.label, done.state, tiles, planes, done.joined, done.figures)


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
    record = Done(
        label=step.label,
        state=step.state,
        joined=step.joined,
        figures=step.figures,
        planes=planes,
        tiles=tiles,
    )
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
