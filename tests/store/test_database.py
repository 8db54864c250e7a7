"""The database file itself: its shape, its copies, and what happens when it is damaged, locked or too new."""

import contextlib
import errno
import os
import shutil
import time
from pathlib import Path

import apsw
import pytest

from studio.core.errors import DatabaseDamaged, DatabaseLocked, DatabaseTooNew, DiskFull, FileUnwritable
from studio.core.ids import new_id
from studio.core.jobs import JobState
from studio.core.records import AssetQuery
from studio.store import database
from studio.store.assets import Assets
from studio.store.library import Library
from studio.store.migrations import MIGRATIONS, migrate
from studio.store.transactions import hasty_transaction, storage_errors
from studio.store.writer import Writer
from tests.store.conftest import begin, picture_job, say, snapshot, stage
from tests.store.test_adoption import child, start


def copies(paths):
    return sorted(paths.backups.glob("studio-*.db"))


def age(path, days):
    moment = time.time() - days * 24 * 3600
    os.utime(path, (moment, moment))


@pytest.fixture
def filled(paths):
    """A closed home with a picture, a conversation and a job in it; returns what it held."""
    library = Library.open(paths)
    library.adopt(stage(paths))
    say(library, begin(library, title="Boats").id, "hello")
    library.mirror_dirty()
    library.jobs.add(picture_job("yesterday"), "gone")
    held = snapshot(library)
    library.close()
    return held


def test_steps_are_taken_once_each_and_whole(paths):
    library = Library.open(paths)
    connection = library.assets._connection
    taken = []

    def next_one(connection):
        taken.append("next")
        connection.execute("CREATE TABLE extra (x)")

    def broken(connection):
        connection.execute("CREATE TABLE half (x)")
        raise ZeroDivisionError

    for _ in range(2):
        migrate(connection, (*MIGRATIONS, next_one))
    assert taken == ["next"]
    with pytest.raises(ZeroDivisionError):
        migrate(connection, (*MIGRATIONS, next_one, broken))
    assert connection.pragma("user_version") == len(MIGRATIONS) + 1
    assert not connection.table_exists("main", "half")
    library.close()


def test_a_database_of_the_first_version_is_opened_with_all_it_holds(paths, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", MIGRATIONS[:1])
        old = database.open_database(paths).connection
    old.execute(
        "INSERT INTO conversation (id, title, created, updated, system, model, trashed, changed, mirrored)"
        " VALUES (?, 'Boats', 1, 2, 'Be brief.', '', 0, 1, 0)",
        (chat := new_id(),),
    )
    for number, created in enumerate((7, 5.5, 7, 0, 6)):
        old.execute(
            "INSERT INTO message (id, conversation, parent, role, text, created, state, model, job, tokens,"
            " seconds) VALUES (?, ?, NULL, 'user', ?, ?, 'complete', '', '', 0, 0)",
            (new_id(), chat, f"boat {number}", created),
        )
    old.close()
    library = Library.open(paths)
    [conversation] = library.chats.recent()
    assert (conversation.title, conversation.system) == ("Boats", "Be brief.")
    with contextlib.closing(database.open_reader(paths)) as connection:
        rows = connection.execute("SELECT key, text FROM message ORDER BY key DESC").fetchall()
    keys = [7000 << 20 | 1, 7000 << 20, 6000 << 20, 5500 << 20, 0]
    assert rows == list(zip(keys, ["boat 2", "boat 0", "boat 4", "boat 1", "boat 3"], strict=True))
    [hit] = library.chats.search("boat")
    assert hit.snippet == "boat 2"
    library.close()


def test_a_migration_keeps_a_copy_first(filled, paths, monkeypatch):
    monkeypatch.setattr(
        database, "MIGRATIONS", (*MIGRATIONS, lambda connection: connection.execute("DROP TABLE job"))
    )
    database.open_database(paths).connection.close()
    [copy] = paths.backups.glob(f"version-{len(MIGRATIONS)}-*.db")
    kept = apsw.Connection(str(copy))
    assert kept.execute("SELECT count(*) FROM job").fetchall() == [(1,)]
    kept.close()


def test_copies_are_made_daily_and_three_stay(filled, paths):
    Library.open(paths).close()
    assert len(copies(paths)) == 1
    for day in range(4):
        for index, copy in enumerate(copies(paths)):
            renamed = copy.with_name(f"studio-20260{index + 1}0{day + 1}-000000.db")
            copy.rename(renamed)
            age(renamed, 2)
        Library.open(paths).close()
    assert len(copies(paths)) == 3
    assert not list(paths.backups.glob("*.part*"))


DAMAGES = {
    "header": lambda data: b"not a database at all" + data[21:],
    "pages": lambda data: data[:8192] + b"\x5a" * 40_000 + data[48_192:],
    "truncated": lambda data: data[: len(data) // 2],
    "garbage": lambda data: os.urandom(len(data)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_is_put_aside_and_made_new(filled, paths, damage):
    for copy in copies(paths):
        copy.unlink()  # so that it is looked at in full
    paths.database.write_bytes(DAMAGES[damage](paths.database.read_bytes()))
    library = Library.open(paths)
    assert library.put_aside
    assert library.put_aside.name.startswith("studio.db.damaged-")
    assert library.put_aside.exists()
    assert snapshot(library) == filled
    library.close()
    library = Library.open(paths)
    assert library.put_aside is None
    library.close()


def test_the_queue_comes_back_from_the_newest_sound_copy(filled, paths):
    for copy in copies(paths):
        age(copy, 2)
    library = Library.open(paths)  # makes today's copy
    library.jobs.add(picture_job("after the copy"), "gone")
    library.adopt(stage(paths))
    library.close()
    (paths.backups / "studio-99991231-235959.db").write_bytes(copies(paths)[-1].read_bytes()[:5000])
    paths.database.write_bytes(b"garbage" * 1000)

    library = Library.open(paths)
    assert [record.job.prompt for record in library.jobs.history()] == ["yesterday"]
    assert library.assets.count(AssetQuery()) == 2
    library.close()


def test_what_ran_when_the_copy_was_made_does_not_run_for_ever(filled, paths):
    library = Library.open(paths)
    library.jobs.add(picture_job("runs"), "gone")
    library.assets._connection.wal_checkpoint()
    shutil.copyfile(paths.database, copies(paths)[0])  # the copy is made while it runs …
    library.jobs.interrupt([])
    library.close()
    paths.database.write_bytes(b"garbage" * 1000)
    library = Library.open(paths)  # … and its instance is long forgotten when the copy is needed
    assert {record.job.prompt for record in library.recover([]).jobs} == {"yesterday", "runs"}
    library.close()


def test_a_copy_that_cannot_be_made_keeps_nobody_from_working(filled, paths):
    shutil.rmtree(paths.backups)
    paths.backups.write_text("a file where the folder should be")
    library = Library.open(paths)
    assert snapshot(library) == filled
    assert library.backup_failed.params["path"] == str(paths.backups)
    library.close()
    paths.backups.unlink()
    library = Library.open(paths)
    assert library.backup_failed is None
    library.close()


def test_half_a_copy_does_not_stay(filled, paths, monkeypatch):
    shutil.rmtree(paths.backups)

    def full(part, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    library = Library.open(paths)
    assert library.backup_failed
    assert list(paths.backups.iterdir()) == []
    library.close()


def test_a_damaged_database_is_replaced_when_there_is_room_again(filled, paths, monkeypatch):
    def damaged(library):
        raise apsw.CorruptError("malformed")

    def full(source, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    writer = Writer(paths)
    with monkeypatch.context() as patch:
        patch.setattr(database.backups.shutil, "copyfile", full)
        for task in (damaged, snapshot):
            with pytest.raises(DiskFull):
                writer.submit(task).result()
    with pytest.raises(DatabaseDamaged) as told:
        writer.submit(snapshot).result()
    assert os.path.exists(told.value.params["path"])
    assert writer.submit(snapshot).result() == filled
    writer.close()


@pytest.mark.parametrize("error", [apsw.IOError("disk I/O error"), apsw.CantOpenError("unable to open")])
def test_a_full_disk_is_told_as_one_also_where_sqlite_does_not_say_so(filled, paths, monkeypatch, error):
    connection = database.open_reader(paths)
    usage = shutil.disk_usage(paths.home)
    with pytest.raises(FileUnwritable), storage_errors(connection):
        raise error
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=4096))
    with pytest.raises(DiskFull), storage_errors(connection):
        raise error
    connection.close()


def test_a_database_from_a_later_version_is_left_alone(filled, paths):
    connection = apsw.Connection(str(paths.database))
    connection.pragma("user_version", len(MIGRATIONS) + 1)
    connection.close()
    before = paths.database.read_bytes()
    with pytest.raises(DatabaseTooNew):
        Library.open(paths)
    assert paths.database.read_bytes() == before


def test_a_database_that_another_process_holds_is_named(filled, paths, monkeypatch):
    monkeypatch.setattr(database, "_WRITER_WAITS_MS", 20)
    library = Library.open(paths)
    reader = database.open_reader(paths)
    holder = start(child("hold", paths), stdin=-1)
    assert holder.stdout.readline() == "locked\n"
    with pytest.raises(DatabaseLocked):
        library.jobs.add(picture_job(), "one")
    assert len(Assets(reader).page(AssetQuery())) == 1  # readers wait for nobody
    holder.communicate()
    assert library.jobs.add(picture_job(), "one").state is JobState.PENDING
    reader.close()
    library.close()


def test_a_program_that_shuts_everyone_out_is_named(filled, paths, monkeypatch):
    monkeypatch.setattr(database, "_WRITER_WAITS_MS", 20)
    other = apsw.Connection(str(paths.database))
    other.pragma("locking_mode", "EXCLUSIVE")
    other.execute("UPDATE job SET position = 1")
    with pytest.raises(DatabaseLocked):
        Library.open(paths)
    with pytest.raises(DatabaseLocked):
        database.open_reader(paths)
    other.close()


def test_everything_written_is_on_the_disk_but_tokens(paths):
    library = Library.open(paths)
    connection = library.assets._connection
    assert [connection.pragma(name) for name in ("journal_mode", "synchronous", "foreign_keys")] == [
        "wal",
        2,
        1,
    ]
    with hasty_transaction(connection):
        assert connection.pragma("synchronous") == 1
    assert connection.pragma("synchronous") == 2
    library.close()


def test_a_home_that_cannot_be_written_to_is_named(paths):
    paths.database.mkdir(parents=True)
    with pytest.raises(FileUnwritable):
        Library.open(paths)
    paths.database.rmdir()
    paths.home.rmdir()
    paths.home.write_text("a file where the folder should be")
    with pytest.raises(FileUnwritable):
        Library.open(paths)


def test_a_reader_sees_what_is_written_and_writes_nothing(paths):
    library = Library.open(paths)
    reader = database.open_reader(paths)
    asset = library.adopt(stage(paths, prompt="山水"))
    assert Assets(reader).page(AssetQuery(text="山")) == [asset]
    with pytest.raises(FileUnwritable):
        Assets(reader).remove([asset.id])
    reader.close()
    library.close()
