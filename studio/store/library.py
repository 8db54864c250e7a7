"""The library as a whole: the database and the files that it mirrors, changed together and in safe order."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import apsw
import msgspec

from studio.core.conversations import Message
from studio.core.errors import BackupFailed, LibraryInUse, LibraryMissing, NotFound
from studio.core.paths import Paths
from studio.core.records import Asset, JobRecord
from studio.media.thumbnails import forget_thumbnails
from studio.store.adoption import Adopter
from studio.store.annotations import Annotations
from studio.store.arrivals import Arrivals
from studio.store.assets import Assets
from studio.store.chats import Chats
from studio.store.database import Opened, open_database, start_over
from studio.store.given_pictures import has_pictures, remove_unneeded
from studio.store.input_copies import Freed, remove_copies, spare_copies, still_spare
from studio.store.instances import alive
from studio.store.jobs import Jobs
from studio.store.layout import is_id, library_error, pictures_in, prepare
from studio.store.mirrors import Mirrors
from studio.store.rebuild import (
    Progress,
    Rebuilt,
    adopt_lost,
    no_progress,
    rebuild_conversations,
    rebuild_pictures,
    sweep_instance,
    sweep_job,
)
from studio.store.transactions import fetch, transaction
from studio.store.verify import Verified, verify


class Recovered(msgspec.Struct, frozen=True):
    """What dead processes had left: pictures brought in, answers marked as interrupted, titles of
    conversations whose import was broken off, and all the jobs that were interrupted, now or earlier, and
    still wait for a decision."""

    assets: tuple[Asset, ...]
    jobs: tuple[JobRecord, ...]
    messages: tuple[Message, ...]
    broken_off: tuple[str, ...]


class Library:
    """One library and its database, for one thread.

    Attributes:
        arrivals: conversations that come in slices.
        assets, jobs, chats: the tables; what touches files as well goes through the library's own methods.
        put_aside: the damaged database that was replaced when the library was opened, if there was one.
        backup_failed: why the daily copy of the database could not be made then.
    """

    arrivals: Arrivals
    assets: Assets
    jobs: Jobs
    chats: Chats

    def __init__(self, paths: Paths, opened: Opened, instance: str) -> None:
        self.paths = paths
        self._instance = instance
        self.put_aside = opened.put_aside
        self.backup_failed: BackupFailed | None = opened.backup_failed
        self.annotations = Annotations(paths.annotations)
        self.mirrors = Mirrors(paths.chats)
        self._attach(opened.connection)

    @classmethod
    def open(cls, paths: Paths, instance: str = "") -> "Library":
        """Open database and library; a database that is new, or that mirrors another library, is rebuilt.

        `instance` is the caller's own id. Raises StorageError: LibraryMissing, LibraryReadOnly, LibraryInUse,
        DatabaseLocked, DatabaseTooNew, DiskFull, FileUnwritable.
        """
        library = cls(paths, open_database(paths), instance)
        try:
            library._settle()
        except BaseException:
            library.close()
            raise
        return library

    def close(self) -> None:
        self._connection.close()

    def transaction(self) -> AbstractContextManager[None]:
        """All that is written in the block is written together, or not at all."""
        return transaction(self._connection)

    def adopt(self, staged: Path) -> Asset:
        """Move a finished picture from staging into the library; see `Adopter.adopt`."""
        return self._adopter.adopt(staged)

    def star(self, ids: Sequence[str], on: bool) -> list[Asset]:
        self.annotations.star(ids, on)
        self.assets.set_starred(ids, on)
        return self.assets.many(ids)

    def trash(self, ids: Sequence[str]) -> list[Asset]:
        """Put pictures into the trash. Their files stay where they are, so that undoing is exact."""
        self.annotations.trash(ids, True)
        self.assets.set_trashed(ids, True)
        return self.assets.many(ids)

    def restore(self, ids: Sequence[str]) -> list[Asset]:
        self.annotations.trash(ids, False)
        self.assets.set_trashed(ids, False)
        return self.assets.many(ids)

    def erase(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Delete pictures that lie in the trash for good: file, row, and all that was said about them.

        Returns which they were.
        """
        erased = [asset for asset in self.assets.many(ids) if asset.trashed]
        for asset in erased:
            try:
                (self.paths.library / asset.path).unlink(missing_ok=True)
            except OSError as error:
                raise library_error(error, self.paths.library) from error
            forget_thumbnails(self.paths.thumbnails, asset.id)
        gone = tuple(asset.id for asset in erased)
        if gone:
            self.jobs.forget_pictures(erased)
            self.assets.remove(gone)
            self.annotations.erase(gone)
        return gone

    def spare_inputs(self) -> list[Path]:
        """Copies of input pictures that nothing needs any more; see `input_copies`."""
        return spare_copies(self.paths, self._connection)

    def free_inputs(self, spare: list[Path]) -> Freed:
        """Remove those of the copies that are spare even now; nobody can add a job meanwhile."""
        with self.transaction():
            return remove_copies(still_spare(spare, self.paths, self._connection))

    def erase_conversation(self, conversation_id: str) -> None:
        """Delete a conversation that lies in the trash for good, with pictures that were given in it alone.
        Raises NotFound where there is none such."""
        conversation = self.chats.get(conversation_id)
        if conversation is None or not conversation.trashed:
            raise NotFound(name=conversation_id)
        try:
            self.mirrors.remove(conversation_id)
        except OSError as error:
            raise library_error(error, self.paths.library) from error
        with self.transaction():
            had_pictures = has_pictures(self._connection, conversation_id)
            self.chats.remove(conversation_id)
            if had_pictures:
                remove_unneeded(self.paths, self._connection, self.chats, self.mirrors, conversation_id)

    def changed_elsewhere(self) -> bool:
        """Whether another connection has written since this was asked last (sqlite.org/pragma.html,
        "data_version"); readers of this process never write."""
        version, self._version = self._version, int(self._connection.pragma("data_version"))
        return version != self._version

    def mirror_dirty(self) -> int:
        """Write the file of each conversation that changed since it was last written; how many there were."""
        return self._mirror_into(self.mirrors)

    def settle_answers(self) -> list[Message]:
        """Answers whose process has died since the library was opened are interrupted; these."""
        return self._interrupt()

    @property
    def has_unlisted(self) -> bool:
        """Whether pictures lie in the library whose rows failed; the next start finds them if it looks."""
        return bool(self._adopter.unlisted)

    def requeue(self, ids: Sequence[str], instance: str) -> list[JobRecord]:
        """As `Jobs.requeue`, also of jobs whose process has died since the library was opened."""
        with self.transaction():
            self.jobs.interrupt(alive(self.paths))
            return self.jobs.requeue(ids, instance)

    def sweep(self, instance: str, job: str) -> list[Asset]:
        """After a job has ended: bring in what it finished but did not say or what failed to be adopted, and
        remove its staging folder."""
        return sweep_job(self._adopter, self.paths.staging / instance / job)

    def recover(self, dead: Sequence[str]) -> Recovered:
        """Bring in what the given instances left behind when they died; mark what nobody alive works at.

        Also what long forgotten instances left: an older copy of the database may be in use.
        """
        staged = [
            asset
            for instance in filter(is_id, dead)
            for asset in sweep_instance(self.paths, self._adopter, instance)
        ]
        lost = adopt_lost(self.paths, self.assets, self._adopter, self.annotations) if dead else []
        messages = self._interrupt(dead)
        broken_off = self.arrivals.break_off_left(alive(self.paths) - set(dead))
        return Recovered((*staged, *lost), tuple(self.jobs.interrupted()), tuple(messages), broken_off)

    def rebuild(self, progress: Progress = no_progress) -> Rebuilt:
        """Bring the database in line with the files, which are the truth."""
        self.mirror_dirty()
        pictures, strange = rebuild_pictures(
            self.paths, self.assets, self._adopter, self.annotations, progress
        )
        conversations, torn = rebuild_conversations(self.chats, self.mirrors, self.transaction)
        with self.transaction():
            self._connection.execute(
                "INSERT OR REPLACE INTO about (name, value) VALUES ('library', ?)", (str(self.paths.library),)
            )
        return Rebuilt(pictures, conversations, (*strange, *torn))

    def verify(self, progress: Progress = no_progress) -> Verified:
        return verify(self.paths, self.assets, progress)

    def start_over(self) -> Path:
        """Replace a database that turned out to be damaged; returns where it was put aside."""
        self._connection.close()
        aside, connection = start_over(self.paths)
        self._attach(connection)
        self.rebuild()
        self._interrupt()
        return aside

    def _attach(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._version = int(connection.pragma("data_version"))
        self.assets, self.jobs, self.chats = Assets(connection), Jobs(connection), Chats(connection)
        self.arrivals = Arrivals(connection, self.chats, self._instance)
        self._adopter = Adopter(connection, self.paths, self.assets, self.annotations)

    def _interrupt(self, dead: Sequence[str] = ()) -> list[Message]:
        with self.transaction():  # whoever adds a job is alive before: nobody can come in between
            self.jobs.interrupt(alive(self.paths) - set(dead))
            self.chats.settle_pictures()
            return self.chats.interrupt()

    def _settle(self) -> None:
        rows = fetch(self._connection, "SELECT value FROM about WHERE name = 'library'")
        mirrored = Path(rows[0][0]) if rows else None
        if mirrored == self.paths.library and self._is_gone():
            raise LibraryMissing(path=str(self.paths.library))
        if mirrored not in (None, self.paths.library) and alive(self.paths) - {self._instance}:
            raise LibraryInUse(path=str(mirrored), chosen=str(self.paths.library))
        prepare(self.paths)
        if mirrored == self.paths.library:
            return
        if mirrored and mirrored.is_dir():  # the chats of the library before this one belong to it
            self._mirror_into(Mirrors(Paths(self.paths.home, mirrored).chats))
        self.rebuild()

    def _is_gone(self) -> bool:
        """Whether there should be a library and is none; an empty folder is where its disk is not mounted."""
        [(holds_something,)] = fetch(
            self._connection, "SELECT EXISTS (SELECT 1 FROM asset) OR EXISTS (SELECT 1 FROM conversation)"
        )
        there = self.paths.annotations.exists() or any(pictures_in(self.paths.library))
        return bool(holds_something) and not there

    def _mirror_into(self, mirrors: Mirrors) -> int:
        dirty = self.chats.dirty()
        for conversation_id in dirty:
            with self.transaction():  # or another process might write an older state in this one's place
                self._mirror(conversation_id, mirrors)
        return len(dirty)

    def _mirror(self, conversation_id: str, mirrors: Mirrors) -> None:
        conversation, change = self.chats.get(conversation_id), self.chats.dirty().get(conversation_id)
        if conversation and change is not None:
            mirrors.write(conversation, self.chats.messages(conversation_id))
            self.chats.set_mirrored(conversation_id, change)
