"""Reading rows and writing them: transactions, and SQLite's errors in our words."""

import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from studio.core.errors import DatabaseLocked, DiskFull, FileUnwritable, StorageError

_INDEX_BYTES = 32768  # by which the log's index grows (sqlite.org/walformat.html), also for who only reads


def fetch(connection: apsw.Connection, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query. Raises DatabaseLocked, DiskFull, FileUnwritable."""
    with storage_errors(connection):
        return connection.execute(sql, values).fetchall()  # pyright: ignore[reportUnknownVariableType]


@contextmanager
def transaction(connection: apsw.Connection) -> Generator[None, None, None]:
    """All of the block or nothing of it, on the disk when it ends. Nested ones are part of the outer one.

    Raises DatabaseLocked, DiskFull, FileUnwritable.
    """
    with storage_errors(connection):
        if connection.in_transaction:
            yield
            return
        connection.execute(
            "BEGIN IMMEDIATE"
        )  # one that starts by reading could not wait for its turn to write
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # not any more when the disk is full: SQLite has rolled back then
                connection.execute("ROLLBACK")
            raise


@contextmanager
def hasty_transaction(connection: apsw.Connection) -> Generator[None, None, None]:
    """A transaction that survives the death of the process, but may be lost when the power fails.

    It cannot be part of another one.
    """
    connection.pragma("synchronous", "NORMAL")
    try:
        with transaction(connection):
            yield
    finally:
        connection.pragma("synchronous", "FULL")


@contextmanager
def storage_errors(connection: apsw.Connection) -> Generator[None, None, None]:
    """SQLite's errors as ours; damage passes through, for the owner of the connection to start over."""
    try:
        yield
    except (apsw.BusyError, apsw.LockedError) as error:
        raise DatabaseLocked(path=connection.filename) from error
    except apsw.FullError as error:
        raise DiskFull(path=connection.filename) from error
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError, apsw.IOError) as error:
        raise unusable(connection.filename, error) from error


def unusable(database: str, error: apsw.Error) -> StorageError:
    """Where files beside the database cannot be made or grow, SQLite does not say that the disk is full."""
    if isinstance(error, apsw.IOError | apsw.CantOpenError) and _is_full(Path(database).parent):
        return DiskFull(path=database)
    return FileUnwritable(path=database, cause=str(error))


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _INDEX_BYTES
    except OSError:
        return False
