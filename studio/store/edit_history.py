"""Edit documents as they are kept: a folder each, with the picture that was opened, every step since, and a
card that says what it is.

Steps are added as they are made, so that a document is as it was up to the last second, whatever ends the
process; only the tiles after a step are kept, since those before are of the steps before.
"""

import hashlib
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from studio.core.errors import EditDamaged, EditInUse, LibraryMissing, PictureUnreadable, StudioError
from studio.core.layers import Document, DocumentCard
from studio.media.durable import fsync_folder, whole_file, write_error
from studio.media.opening import open_picture
from studio.media.pictures import SUFFIXES
from studio.media.planes import Plane
from studio.store.edit_log import EditLog, Piece
from studio.store.edit_records import (
    Begin,
    Done,
    Places,
    Record,
    Stands,
    done_record,
    plane_row,
    read_record,
    replay,
)
from studio.store.edit_steps import Step, Version, Whole
from studio.store.edit_timeline import Timeline
from studio.store.instances import FileLock
from studio.store.json_file import save_json
from studio.store.layout import library_error, make_folder

CARD_SECONDS = 5.0  # how far a card may lag behind while a document is open
_LOG, _CARD, _LOCK = "steps.log", "document.json", "lock"


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
        self._unsynced: list[tuple[Version, Piece]] = []
        self._is_empty = True

    @classmethod
    def create(
        cls,
        folder: Path,
        state: Document,
        planes: Mapping[str, Plane],
        base: Path | bytes | None = None,
    ) -> "tuple[EditHistory, Timeline]":
        """Begins to keep a document in a new folder.

        `base`: what its lowest layer was opened from, by `open_picture`, which is copied beside it; None
        where that layer was made in another way.

        Raises DiskFull, FileUnwritable, LibraryMissing, LibraryReadOnly, PictureUnreadable.
        """
        history = cls._locked(folder, state.name)
        try:
            name, digest = _keep_base(base, folder) if base is not None else ("", "")
            history._log = EditLog(folder / _LOG, new=True)
            shown = state.layers[0].plane if base is not None else ""
            rest = {key: Whole.of(plane) for key, plane in planes.items() if key != shown and plane.tiles}
            pieces = list[bytes]()
            rows = {key: plane_row(whole, pieces) for key, whole in rest.items()}
            history._append(
                Begin(state=state, base=name, base_digest=digest, base_plane=shown, planes=rows), pieces
            )
            history._note(state)
            history.sync()
            history.write_card(state, 0)
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

        Raises EditInUse, EditDamaged, PictureUnreadable, DiskFull, FileUnwritable, LibraryMissing.
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
        self._is_empty = (
            False  # also where it cannot be written: a folder that is there can be written to later
        )
        record, made, pieces = done_record(step)
        self._unsynced += zip(made, self._append(record, pieces), strict=True)
        self._note(step.state)

    def stands(self, done: int, dropped: bool = False) -> None:
        """So many steps are done. `dropped`: those after them are gone. Raises as `add`."""
        self._append(Stands(done=done, dropped=dropped), ())

    def sync(self) -> None:
        """Waits until all that was added is on the disk.

        Raises DiskFull, FileUnwritable; then all since the last time is to be added again.
        """
        assert self._log is not None
        unsynced, self._unsynced = self._unsynced, []
        self._log.sync()
        for version, place in unsynced:
            version.packed = place

    def keep_card(self, state: Document, steps: int) -> None:
        """Writes the card, unless that was done a moment ago. Raises DiskFull, FileUnwritable."""
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
        library = folder.parents[1]
        if not library.is_dir():  # it must not be made anew where its disk is away
            raise LibraryMissing(path=str(library))
        try:
            make_folder(folder)
        except OSError as error:
            raise library_error(error, library) from error
        lock = FileLock(folder / _LOCK)
        if not lock.held:
            lock.close()
            raise EditInUse(name=name)
        return cls(folder, lock)

    def _append(self, record: Record, pieces: Sequence[bytes]) -> Sequence[Piece]:
        assert self._log is not None
        return self._log.append(msgspec.msgpack.encode(record), pieces)

    def _note(self, state: Document) -> None:
        self._inputs |= {layer.source.hash for layer in state.layers if layer.source and layer.source.hash}

    def _read(self) -> Timeline:
        assert self._log is not None
        line: Timeline | None = None
        for header, start in self._log.records():
            record, places = read_record(header), Places(self._log, start)
            match record:
                case Begin():
                    line = Timeline(record.state, self._first_planes(record, places))
                case Done() if line is not None:
                    replay(line, record, places)
                case Stands() if line is not None:
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

    def _first_planes(self, begin: Begin, places: "Places") -> dict[str, Plane]:
        planes = {name: places.whole(row).plane() for name, row in begin.planes.items()}
        if begin.base:
            path = self.folder / Path(begin.base).name
            if begin.base_digest and _digest(path) != begin.base_digest:
                raise EditDamaged(path=str(self.folder), cause=path.name)
            opened = Plane.of(open_picture(path).pixels)
            if (opened.width, opened.height) != (begin.state.width, begin.state.height):
                raise PictureUnreadable(path=str(path))
            planes[begin.base_plane] = opened
        return planes


def _keep_base(base: Path | bytes, folder: Path) -> tuple[str, str]:
    """The picture beside the document, a copy, for others may write into its file: its name there, and its
    digest."""
    suffix = base.suffix.lower() if isinstance(base, Path) else ""
    kept = folder / f"opened{suffix if suffix in SUFFIXES else ''}"
    with whole_file(kept) as file:
        if isinstance(base, bytes):
            file.write(base)
        else:
            try:
                with base.open("rb") as source:
                    shutil.copyfileobj(source, file, 1 << 20)
            except FileNotFoundError as error:
                raise PictureUnreadable(path=str(base)) from error
    return kept.name, _digest(kept)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def list_documents(edits: Path) -> list[DocumentCard]:
    """Those in which something was done, the last changed first; what cannot be read is left out.

    A document in which nothing was done goes, where the process died that had opened it.
    """
    found = list[DocumentCard]()
    for path in edits.glob(f"*/{_CARD}"):
        with suppress(OSError, StudioError, msgspec.MsgspecError):
            card = msgspec.json.decode(path.read_bytes(), type=DocumentCard)
            if card.id != path.parent.name:
                continue
            if steps := card.steps or _left_behind(path.parent):
                changed = (path.parent / _LOG).stat().st_mtime
                found.append(msgspec.structs.replace(card, changed=changed, steps=steps))
    return sorted(found, key=lambda card: -card.changed)


def _left_behind(folder: Path) -> int:
    """How many steps there are though the card knows of none; without any, the folder goes. Raises OSError,
    StudioError, MsgspecError."""
    lock, steps = FileLock(folder / _LOCK), 0
    try:
        if lock.held:
            log = EditLog(folder / _LOG)
            try:
                steps = sum(isinstance(read_record(header), Done) for header, _ in log.records())
            finally:
                log.close()
        gone = lock.held and steps == 0
    finally:
        lock.close()
    if gone:
        shutil.rmtree(folder)
    return steps


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
