"""Reads an edit document from its log, and finds what of the log is still needed."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from studio.catalog.main_memory import main_memory
from studio.core.errors import EditDamaged, PictureUnreadable
from studio.core.layers import SELECTION, planes_of
from studio.media.opening import open_picture
from studio.media.planes import Plane
from studio.store.edit_checks import check_base, check_room, check_size, check_state
from studio.store.edit_log import EditLog
from studio.store.edit_records import Begin, Done, Places, Record, Stands, read_record, replay
from studio.store.edit_steps import Whole
from studio.store.edit_timeline import Timeline

SPARE_BYTES = 64 * 2**20  # of steps that nobody can come back to; so much a log may always hold

Span = tuple[int, int]  # where a record begins and ends
BAD = (
    msgspec.MsgspecError,
    ValueError,
    RecursionError,
)  # what a record raises that nobody should have written


@dataclass
class Reading:
    """A document as its log has it, which is not `settle`d yet.

    Attributes:
        begin: the record that it begins with.
        spans: the records that are needed for it: the beginning, and one for each of its steps.
        is_damaged: the log had more, which could not be read.
    """

    line: Timeline
    begin: Span
    spans: list[Span] = field(default_factory=list[Span])
    is_damaged: bool = False

    def spare(self, size: int) -> bool:
        """Whether most of a log of that size is of steps that were dropped, and it is worth to write it anew.

        Nothing else is ever spare: every step that is left can be undone to the first, and done again.
        """
        needed = sum(end - start for start, end in (self.begin, *self.spans))
        return size - needed > max(SPARE_BYTES, needed)


def read_document(log: EditLog, folder: Path) -> Reading:
    """Up to the first record that is damaged or that does not fit; from there on the log is mended.

    Raises ValueError where there is no beginning, PictureUnreadable, EditDamaged, DiskFull, FileUnwritable,
    OSError.
    """
    records = _records(log)
    begin, places, span = next(records, (None, None, (0, 0)))
    if not isinstance(begin, Begin) or places is None:
        raise ValueError("it does not begin with a beginning")
    room = main_memory().total
    reading = Reading(_first(begin, places, folder, room), span)
    try:
        for record, places, span in records:
            _take(reading, record, places, span, room)
    except BAD:
        pass  # this one and what comes after it
    reading.is_damaged = log.mend()
    return reading


def steps_in(log: EditLog) -> tuple[Begin, list[Done], int] | None:
    """Only what the headers say: the beginning, the steps that are left, and how many of them are done; None
    without a beginning.

    Raises OSError.
    """
    begin: Begin | None = None
    steps, done = list[Done](), 0
    try:
        for record, _, _ in _records(log):
            match record:
                case Begin():
                    begin = record
                case Done():
                    steps[done:] = [record]
                    done += 1
                case Stands():
                    done = min(max(record.done, 0), len(steps))
                    if record.dropped:
                        del steps[done:]
    except BAD:
        pass  # what comes after it is not read either
    return None if begin is None else (begin, steps, done)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _records(log: EditLog) -> Iterator[tuple[Record, Places, Span]]:
    for found in log.records():
        places = Places(log, found.start, found.end)
        yield read_record(found.header), places, (found.begin, found.end)


def _take(reading: Reading, record: Record, places: Places, span: Span, room: int) -> None:
    line = reading.line
    match record:
        case Begin():
            raise ValueError("it begins twice")
        case Done():
            replay(line, record, places, room)
            reading.spans[line.done - 1 :] = [span]
        case Stands():
            line.replay_to(record.done)
            if record.dropped:
                line.drop_undone()
                del reading.spans[line.done :]


def _first(begin: Begin, places: Places, folder: Path, room: int) -> Timeline:
    state, used = begin.state, planes_of(begin.state)
    if state.id != folder.name:  # others make paths of it
        raise ValueError("it is of another document")
    check_size(state.width, state.height)
    rows = {name: places.whole(row) for name, row in begin.planes.items()}
    wholes = {name: whole for name, whole in rows.items() if name in used}
    if begin.base:
        wholes[begin.base_plane] = Whole(state.width, state.height, 4, {})
    wholes.setdefault(SELECTION, Whole(state.width, state.height, 1, {}))
    for layer in state.layers:  # one in which nothing was has no rows
        channels = 1 if layer.kind == "mask" else 4
        wholes.setdefault(layer.plane, Whole(state.width, state.height, channels, {}))
    check_state(state, wholes)
    check_room(state, wholes, room)
    planes = {name: whole.plane() for name, whole in wholes.items()}
    if begin.base:
        planes[begin.base_plane] = _base_plane(begin, folder)
    return Timeline(state, planes)


def _base_plane(begin: Begin, folder: Path) -> Plane:
    check_base(begin.base)
    path = folder / begin.base
    if path.is_symlink() or not path.is_file():
        raise EditDamaged(path=str(folder), cause=path.name)
    if begin.base_digest and digest_of(path) != begin.base_digest:
        raise EditDamaged(path=str(folder), cause=path.name)
    opened = Plane.of(open_picture(path).pixels)
    if (opened.width, opened.height) != (begin.state.width, begin.state.height):
        raise PictureUnreadable(path=str(path))
    return opened
