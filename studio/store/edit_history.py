"""Edit documents as they are kept: a folder each, with the picture that was opened, every step since, and a
card that says what it is.

Steps are added as they are made, so that a document is as it was up to the last second, whatever ends the
process; only the tiles after a step are kept, since those before are of the steps before.
"""

import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from studio.core.errors import (
    EditCutShort,
    EditDamaged,
    EditInUse,
    EditStepsLost,
    LibraryMissing,
    PictureUnreadable,
    StorageError,
)
from studio.core.layers import Document, DocumentCard
from studio.media.durable import fsync_folder, whole_file, write_error
from studio.media.pictures import SUFFIXES
from studio.media.planes import Plane
from studio.store.edit_cards import CARD, LOCK, LOG, card_of, name_of
from studio.store.edit_log import EditLog, Piece, damaged_part, rewrite
from studio.store.edit_reading import BAD, digest_of, read_document
from studio.store.edit_records import Begin, Record, Stands, done_record, plane_row
from studio.store.edit_steps import Step, Version, Whole
from studio.store.edit_timeline import Timeline
from studio.store.instances import FileLock
from studio.store.json_file import save_json
from studio.store.layout import library_error, make_folder

CARD_SECONDS = 5.0  # how far a card may lag behind while a document is open
_DAMAGED_SECONDS = 30 * 86_400.0  # that a part which was cut off is kept, as its error says

log = logging.getLogger(__name__)


class EditHistory:
    """One document on the disk, which it alone writes to. One thread at a time, but for `Version.load`.

    Attributes:
        damages: what of it could not be read when it was opened.
    """

    def __init__(self, folder: Path, lock: FileLock) -> None:
        """Use `create` or `open`."""
        self.folder = folder
        self._lock = lock
        self._log: EditLog | None = None
        self._card: DocumentCard | None = None
        self._card_written = 0.0
        self._unsynced: list[tuple[Version, Piece]] = []
        self._is_empty = True
        self.damages: list[StorageError] = []

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
            history._log = EditLog(folder / LOG, new=True)
            shown = state.layers[0].plane if base is not None else ""
            rest = {key: Whole.of(plane) for key, plane in planes.items() if key != shown and plane.tiles}
            pieces = list[bytes]()
            rows = {key: plane_row(whole, pieces) for key, whole in rest.items()}
            history._append(
                Begin(state=state, base=name, base_digest=digest, base_plane=shown, planes=rows), pieces
            )
            history.sync()
            history.write_card(state, 0)
            fsync_folder(folder)
            history._is_empty = not state.only_here
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
        if not (folder / LOG).is_file():
            raise EditDamaged(path=str(folder), cause=LOG)
        history = cls._locked(folder, name_of(folder))
        history._is_empty = False
        try:
            _forget_damaged(folder / LOG)
            line = history._read(folder / LOG)
        except BaseException as error:
            history.close()
            if isinstance(error, (*BAD, OSError)):
                raise EditDamaged(path=str(folder), cause=str(error)) from error
            raise
        with suppress(StorageError):  # it is listed as it was when its card was written last
            history.write_card(line.now[0], len(line.heads))
        return history, line

    def add(self, step: Step) -> None:
        """A step was made. Not on the disk before `sync`.

        Raises DiskFull, FileUnwritable; its tiles stay in memory then, packed, and it may be added again.
        """
        self._is_empty = (
            False  # also where it cannot be written: a folder that is there can be written to later
        )
        record, made, pieces = done_record(step)
        self._unsynced += zip(made, self._append(record, pieces), strict=True)

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
        card = card_of(state, steps)
        if card != self._card:
            save_json(self.folder / CARD, card)
        self._card, self._card_written = card, time.monotonic()

    def close(self) -> None:
        """Lets others open it. A document in which nothing was done goes, unless it alone has its picture."""
        try:
            if self._log is not None:
                self._log.close()
        finally:
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
        lock = FileLock(folder / LOCK)
        if not lock.held:
            lock.close()
            raise EditInUse(name=name)
        return cls(folder, lock)

    def _append(self, record: Record, pieces: Sequence[bytes]) -> Sequence[Piece]:
        assert self._log is not None
        return self._log.append(msgspec.msgpack.encode(record), pieces)

    def _read(self, path: Path) -> Timeline:
        """Opens the log, and writes it anew before where most of it is of steps that were dropped."""
        self._log = EditLog(path)
        reading = read_document(self._log, self.folder)
        if reading.is_damaged:
            self._tell_cut_short(reading.line)
        if reading.spare(self._log.size):
            self._log.close()
            last = Stands(done=reading.line.done)
            with suppress(StorageError):  # then it stays as large as it is
                rewrite(path, [reading.begin, *reading.spans], msgspec.msgpack.encode(last))
            self._log = EditLog(path)
            reading = read_document(self._log, self.folder)
        return self._settled(reading.line)

    def _settled(self, line: Timeline) -> Timeline:
        """Where it was left, or as near before as its tiles can be unpacked."""
        left = line.done
        while True:
            try:
                line.settle()
                break
            except ValueError:
                if line.done == 0:
                    raise
                line.replay_to(line.done - 1)
        if line.done != left:
            log.warning("%s could be opened only as it was %d steps before", self.folder, left - line.done)
            self.stands(line.done)
            self.damages.append(EditStepsLost(name=line.now[0].name, steps=left - line.done))
        return line

    def _tell_cut_short(self, line: Timeline) -> None:
        rest = damaged_part(self.folder / LOG)
        self.damages.append(EditCutShort(name=line.first[0].name, steps=len(line.heads), path=str(rest)))


def _forget_damaged(path: Path) -> None:
    """What was cut off of the log, once it is old."""
    with suppress(OSError):
        damaged = damaged_part(path)
        if time.time() - damaged.stat().st_mtime > _DAMAGED_SECONDS:
            damaged.unlink()


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
    return kept.name, digest_of(kept)
