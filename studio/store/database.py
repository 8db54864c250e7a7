"""The database file: opening it to write or to read, and what happens when it is damaged."""

import time
from pathlib import Path
from typing import NamedTuple

import apsw

from studio.core.errors import BackupFailed, DatabaseTooNew, StorageError
from studio.core.paths import Paths
from studio.media.durable import write_error
from studio.store import backups
from studio.store.migrations import MIGRATIONS, migrate
from studio.store.search import register_tokenizers
from studio.store.transactions import storage_errors, unusable

_WRITER_WAITS_MS = 5000  # for another process of ours to end its transaction
_READER_WAITS_MS = 250  # a reader waits for nobody in WAL, but while the file is recovered after a crash

_PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "fullfsync": "ON",  # macOS only, where an fsync alone leaves the bytes in the drive's cache
    "checkpoint_fullfsync": "ON",
    "foreign_keys": "ON",
}

DAMAGE = (apsw.CorruptError, apsw.NotADBError)


class Opened(NamedTuple):
    """A writing connection.

    Attributes:
        put_aside: the damaged file that it replaces, if there was one.
        backup_failed: why the daily copy could not be made.
    """

    connection: apsw.Connection
    put_aside: Path | None = None
    backup_failed: BackupFailed | None = None


def open_database(paths: Paths) -> Opened:
    """The home's database, made, migrated or replaced as needed; backed up and checked once a day.

    Raises DatabaseLocked, DatabaseTooNew, DiskFull, FileUnwritable.
    """
    try:
        connection = _open_writer(paths)
        return Opened(connection, backup_failed=_back_up(connection, paths.backups))
    except DAMAGE:
        aside, connection = start_over(paths)
        return Opened(connection, aside)


def start_over(paths: Paths) -> tuple[Path, apsw.Connection]:
    """Put the damaged database aside (returned first) and open its newest sound backup, or an empty one.

    Either way it has to be brought in line with the library: the caller rebuilds. Raises DiskFull and
    FileUnwritable; it can be called again then.
    """
    restored = paths.database.with_name(f"{paths.database.name}.restored")
    found = backups.copy_newest_sound(paths.backups, restored)  # first: nothing has been moved if it fails
    aside = _put_aside(paths.database)
    if found:
        _move(restored, paths.database)
    connection = _open_writer(paths)
    connection.execute("DELETE FROM about WHERE name = 'library'")
    return aside, connection


def open_reader(paths: Paths) -> apsw.Connection:
    """A connection that only reads; the database exists. Raises DatabaseLocked, DiskFull, FileUnwritable."""
    connection = _connect(paths.database, apsw.SQLITE_OPEN_READONLY)
    try:
        with storage_errors(connection):
            connection.set_busy_timeout(_READER_WAITS_MS)
            register_tokenizers(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _back_up(connection: apsw.Connection, folder: Path) -> BackupFailed | None:
    """Keep the daily copy; one that cannot be made keeps nobody from working."""
    try:
        with storage_errors(connection):
            backups.keep_daily(connection, folder)
    except StorageError as error:
        return BackupFailed(path=str(folder), cause=str(error.params.get("cause", error)))
    except BaseException:
        connection.close()
        raise
    return None


def _open_writer(paths: Paths) -> apsw.Connection:
    try:
        paths.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(error, paths.home) from error
    connection = _connect(paths.database, apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
    try:
        with storage_errors(connection):
            _prepare(connection, paths)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: apsw.Connection, paths: Paths) -> None:
    connection.set_busy_timeout(_WRITER_WAITS_MS)
    connection.transaction_mode = (
        "IMMEDIATE"  # a transaction that starts by reading could not wait for its turn
    )
    register_tokenizers(connection)
    version: int = connection.pragma("user_version")
    if version > len(MIGRATIONS):
        raise DatabaseTooNew(path=str(paths.database))
    for name, value in _PRAGMAS.items():
        connection.pragma(name, value)
    if 0 < version < len(MIGRATIONS):
        backups.keep_before_migration(connection, paths.backups, version)
    migrate(connection, MIGRATIONS)


def _connect(database: Path, flags: int) -> apsw.Connection:
    try:
        return apsw.Connection(str(database), flags=flags)
    except apsw.CantOpenError as error:
        raise unusable(str(database), error) from error


def _put_aside(database: Path) -> Path:
    aside = database.with_name(f"{database.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    for suffix in ("-shm", "-wal", ""):
        part = database.with_name(database.name + suffix)
        if part.exists():
            _move(part, aside.with_name(aside.name + suffix))
    return aside


def _move(file: Path, target: Path) -> None:
    try:
        file.replace(target)
    except OSError as error:  # Windows moves no file that another process has open
        raise write_error(error, file) from error
