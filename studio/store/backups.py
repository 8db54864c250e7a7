"""Rolling copies of the database, for what the library's files do not hold: the queue and its history."""

import shutil
import time
from contextlib import suppress
from pathlib import Path

import apsw

from studio.core.errors import FileUnwritable
from studio.core.ids import new_id
from studio.media.durable import write_error
from studio.store.search import register_tokenizers
from studio.store.transactions import storage_errors

_KEPT = 3
_EVERY_SECONDS = 24 * 3600
_DAILY = "studio-*.db"


def keep_daily(connection: apsw.Connection, folder: Path) -> None:
    """Check the database and copy it, unless that was done within a day; the newest three copies stay.

    Raises DiskFull, FileUnwritable, and apsw.CorruptError when the database is damaged: a damaged copy never
    replaces a sound one.
    """
    try:
        copies = sorted(folder.glob(_DAILY))
        if copies and time.time() - copies[-1].stat().st_mtime < _EVERY_SECONDS:
            return
        if not is_sound(connection):
            raise apsw.CorruptError(f"{connection.filename} is damaged")
        _copy(connection, folder / f"studio-{_now()}.db")
        for old in (*sorted(folder.glob(_DAILY))[:-_KEPT], *folder.glob("*.part")):
            old.unlink(missing_ok=True)
    except OSError as error:
        raise write_error(error, folder) from error


def keep_before_migration(connection: apsw.Connection, folder: Path, version: int) -> None:
    """A copy that stays, named after the version it was made with. Raises DiskFull, FileUnwritable."""
    _copy(connection, folder / f"version-{version}-{_now()}.db")


def copy_newest_sound(folder: Path, target: Path) -> bool:
    """Write the newest sound copy to `target`; False where there is none. Raises DiskFull, FileUnwritable."""
    try:
        for copy in sorted(folder.glob(_DAILY), reverse=True):
            shutil.copyfile(copy, target)
            if _is_sound_file(target):
                return True
        target.unlink(missing_ok=True)
    except OSError as error:
        with suppress(OSError):
            target.unlink(missing_ok=True)
        raise write_error(error, target.parent) from error
    return False


def _is_sound_file(file: Path) -> bool:
    connection = apsw.Connection(str(file))
    try:
        return is_sound(connection)
    finally:
        connection.close()


def is_sound(connection: apsw.Connection) -> bool:
    """Whether every page of the database can be read and makes sense; about a second for 100,000 pictures."""
    try:
        register_tokenizers(connection)
        return connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
    except (apsw.CorruptError, apsw.NotADBError):
        return False


def _copy(connection: apsw.Connection, target: Path) -> None:
    part = target.with_name(f"{target.name}.{new_id()}.part")  # another process may be making one too
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy_into(part, connection)
        with suppress(FileNotFoundError):  # then that one was done first, and cleared ours away
            part.replace(target)
    except OSError as error:
        raise write_error(error, target.parent) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _copy_into(part: Path, connection: apsw.Connection) -> None:
    try:
        copy = apsw.Connection(str(part))
    except apsw.CantOpenError as error:
        raise FileUnwritable(path=str(part.parent), cause=str(error)) from error
    try:
        with storage_errors(copy), copy.backup("main", connection, "main") as backup:
            backup.step(-1)
    finally:
        copy.close()


def _now() -> str:
    return time.strftime("%Y%m%d-%H%M%S")
