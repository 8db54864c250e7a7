"""The store thread: in order, never dead, clean at its end."""

import threading

import apsw
import pytest

from studio.core.errors import DatabaseDamaged, DatabaseTooNew
from studio.core.records import AssetQuery
from studio.store.library import Library
from studio.store.migrations import MIGRATIONS
from studio.store.writer import Writer
from tests.store.conftest import begin, say, snapshot, stage


def test_tasks_run_in_order_on_one_thread_of_its_own(paths):
    writer = Writer(paths)
    done = []
    futures = [writer.submit(lambda library, n=n: (done.append(n), threading.get_ident())) for n in range(20)]
    threads = {future.result()[1] for future in futures}
    assert done == list(range(20))
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    writer.close()


def test_an_error_is_in_its_future_and_the_next_task_runs(paths):
    writer = Writer(paths)
    failed = writer.submit(lambda library: 1 / 0)
    assert writer.submit(lambda library: library.assets.count(AssetQuery())).result() == 0
    assert isinstance(failed.exception(), ZeroDivisionError)
    writer.close()


def test_closing_finishes_what_was_submitted(paths):
    writer = Writer(paths)
    staged = [stage(paths) for _ in range(5)]
    futures = [writer.submit(lambda library, path=path: library.adopt(path)) for path in staged]
    writer.close()
    assert all(future.done() for future in futures)
    library = Library.open(paths)
    assert library.assets.count(AssetQuery()) == 5
    library.close()


def test_a_library_that_cannot_be_opened_fails_each_task(paths):
    Library.open(paths).close()
    connection = apsw.Connection(str(paths.database))
    connection.pragma("user_version", len(MIGRATIONS) + 1)
    connection.close()
    writer = Writer(paths)
    for _ in range(2):
        with pytest.raises(DatabaseTooNew):
            writer.submit(lambda library: None).result()
    writer.close()


def test_damage_found_at_work_is_mended_at_once(paths):
    library = Library.open(paths)
    for index in range(60):
        library.adopt(stage(paths, prompt=f"boat {index} " + "x" * 2000))
    say(library, begin(library).id, "hello")
    library.mirror_dirty()
    held = snapshot(library)
    library.close()
    data = bytearray(paths.database.read_bytes())
    for page in range(0, len(data), 4096):
        if data[page] == 0x0D and b"boat 7 " in data[page : page + 4096]:  # a leaf with rows in it
            data[page : page + 4096] = b"\x5a" * 4096
    paths.database.write_bytes(data)

    writer = Writer(paths)
    with pytest.raises(DatabaseDamaged):
        writer.submit(snapshot).result()
    assert writer.submit(snapshot).result() == held
    writer.close()
