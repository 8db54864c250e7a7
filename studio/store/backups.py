"""Rolling copies of the database, for what the library's files do not hold: the queue and its history."""

import shutil
import time
from contextlib import suppress
from pathlib import Path

import apsw

from studio.core.ids import new_id
from studio.store.search import register_tokenizers

_KEPT = 3
_EVERY_SECONDS = 24 * 3600
_DAILY = "studio-*.db"


def keep_daily(connection: apsw.Connection, folder: Path) -> None:
    """Check the database and copy it, unless that was done within a day; the newest three copies stay.

    Raises apsw.CorruptError when the database is damaged: a damaged copy never replaces a sound one.
    """
    copies = sorted(folder.glob(_DAILY))
    if copies and time.time() - copies[-1].stat().st_mtime < _EVERY_SECONDS:
        return
    if not is_sound(connection):
        raise apsw.CorruptError(f"{connection.filename} is damaged")
    _copy(connection, folder / f"studio-{_now()}.db")
    for old in (*sorted(folder.glob(_DAILY))[:-_KEPT], *folder.glob("*.part")):
        old.unlink(missing_ok=True)


def keep_before_migration(connection: apsw.Connection, folder: Path, version: int) -> None:
    """A copy that stays, named after the version it was made with."""
    _copy(connection, folder / f"version-{version}-{_now()}.db")


def restore(folder: Path, database: Path) -> None:
    """Put the newest sound copy in the place of a database that is gone, if there is one."""
    for copy in sorted(folder.glob(_DAILY), reverse=True):
        shutil.copyfile(copy, database)
        connection = apsw.Connection(str(database))
        try:
            if is_sound(connection):
                return
        finally:
            connection.close()
        database.unlink()


def is_sound(connection: apsw.Connection) -> bool:
    """Whether every page of the database can be read and makes sense; about a second for 100,000 pictures."""
    try:
        register_tokenizers(connection)
        return connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
    except (apsw.CorruptError, apsw.NotADBError):
        return False


def _copy(connection: apsw.Connection, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{new_id()}.part")  # another process may be making one too
    copy = apsw.Connection(str(part))
    try:
        with copy.backup("main", connection, "main") as backup:
            backup.step(-1)
    finally:
        copy.close()
    with suppress(FileNotFoundError):  # then that one was done first, and cleared ours away
        part.replace(target)


def _now() -> str:
    return time.strftime("%Y%m%d-%H%M%S")
