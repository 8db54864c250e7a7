"""Disks and databases that fail under an open session: a sentence, and nothing lost."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator

import apsw
import pytest

from studio.core.conversations import MessageState, Said
from studio.core.errors import DatabaseLocked, LibraryInUse
from studio.core.jobs import JobState
from studio.core.paths import paths_for
from studio.core.records import AssetQuery
from studio.core.sampling import Sampling
from studio.session import Session, store_desk
from studio.store import database
from studio.store.settings_file import load_settings
from tests.session.conftest import FAKE, picture

LONG = 20_000  # milliseconds


def finished(session, qtbot, job):
    """The job's row once it has ended."""
    with qtbot.waitSignal(
        session.job_changed, timeout=LONG, check_params_cb=lambda r: r.job.id == job.id and r.state.ended
    ) as changed:
        session.generate(job)
    return changed.args[0]


@contextlib.contextmanager
def held(paths) -> Iterator[None]:
    """Another program holds the database to write."""
    with contextlib.closing(apsw.Connection(str(paths.database))) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture
def impatient(monkeypatch) -> None:
    monkeypatch.setattr(database, "_WRITER_WAITS_MS", 100)


def test_a_full_disk_fails_the_job_and_keeps_what_was_saved(session, qtbot):
    record = finished(session, qtbot, picture("save; full", number=2))
    assert record.state is JobState.FAILED
    assert record.problem.code == "disk_full"
    assert len(session.assets_page(AssetQuery())) == 2


def test_a_job_whose_end_cannot_be_written_has_ended_all_the_same(session, open_session, qtbot, paths):
    with apsw.Connection(str(paths.database)) as connection:
        connection.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE ON job WHEN new.ended IS NOT NULL"
            " BEGIN SELECT raise(FAIL, 'the disk is full'); END"
        )
    with qtbot.waitSignal(session.problem_raised, timeout=LONG) as problem:
        record = finished(session, qtbot, picture("raise the roof"))
    assert "the disk is full" in problem.args[0].params["detail"]
    assert (record.state, record.problem.code) == (JobState.FAILED, "unexpected")
    session.close()
    with apsw.Connection(str(paths.database)) as connection:
        connection.execute("DROP TRIGGER refuse")
    assert open_session().job(record.job.id).state is JobState.INTERRUPTED


def test_an_end_that_could_not_be_written_is_written_when_it_can_be(
    impatient, open_session, qtbot, paths, tmp_path
):
    session, gate = open_session(), tmp_path / "gate"
    job, problems, assets, told = picture(f"until {gate}; save"), [], [], []
    session.problem_raised.connect(problems.append)
    session.asset_added.connect(lambda asset, _: assets.append(asset))
    session.job_changed.connect(told.append)
    session.generate(job)
    qtbot.waitUntil(lambda: told != [], timeout=LONG)
    with held(paths):
        gate.touch()
        qtbot.waitUntil(lambda: told[-1].state is JobState.DONE, timeout=LONG)
        assert session.job(job.id).state is JobState.RUNNING
        assert assets == []
    assert {problem.code for problem in problems} == {"database_locked"}
    session.chats.begin()  # the next write that succeeds
    qtbot.waitUntil(lambda: assets != [], timeout=LONG)
    qtbot.waitUntil(lambda: session.job(job.id).state is JobState.DONE, timeout=LONG)
    assert session.job(job.id).assets == (assets[0].id,)


def test_a_picture_that_met_a_locked_database_is_there_at_the_next_start(
    impatient, open_session, qtbot, paths, tmp_path
):
    session, gate, problems = open_session(), tmp_path / "gate", []
    session.problem_raised.connect(problems.append)
    with qtbot.waitSignal(session.job_changed, timeout=LONG):
        session.generate(picture(f"until {gate}; save; until /nowhere"))
    with held(paths):
        gate.touch()
        qtbot.waitUntil(lambda: problems != [], timeout=LONG)
    session.close()
    assert len(open_session().assets_page(AssetQuery())) == 1


def test_words_that_met_a_locked_database_are_in_the_answer(impatient, open_session, qtbot, paths, tmp_path):
    session, gate, end = open_session(), tmp_path / "gate", tmp_path / "end"
    conversation, problems = session.chats.begin().id, []
    session.problem_raised.connect(problems.append)
    with qtbot.waitSignal(session.chats.tokens_added, timeout=LONG):
        session.chats.send(
            conversation,
            Said(text=f"say one; until {gate}; say two; until {end}; say three"),
            FAKE,
            Sampling(),
        )
    with held(paths):
        qtbot.wait(50)  # sooner, and the worker keeps the words until there are more
        gate.touch()
        qtbot.waitUntil(lambda: problems != [], timeout=LONG)
    with qtbot.waitSignal(session.chats.message_changed, timeout=LONG) as ended:
        end.touch()
    assert ended.args[0].state is MessageState.COMPLETE
    assert ended.args[0].text.split() == ["one", "two", "three"]
    assert session.chats.branch(conversation).messages[-1] == ended.args[0]


def test_a_job_ends_though_its_database_was_replaced(session, qtbot, tmp_path):
    def damaged(library):
        raise apsw.CorruptError("malformed")

    gate = tmp_path / "gate"
    job = picture(f"until {gate}; save")
    with qtbot.waitSignal(session.job_changed, timeout=LONG):
        session.generate(job)
    with qtbot.waitSignal(session.problem_raised, timeout=LONG):
        session._writes.write(damaged, lambda _: None)
    with qtbot.waitSignal(session.job_changed, timeout=LONG) as changed:
        gate.touch()
    assert (changed.args[0].job, changed.args[0].state) == (job, JobState.DONE)
    assert [asset.id for asset in session.assets_page(AssetQuery())] == list(changed.args[0].assets)
    assert session.job(job.id).state is JobState.DONE


def test_a_library_that_another_process_does_not_work_with_is_refused(session, qtbot, paths):
    assert finished(session, qtbot, picture("a boat")).state is JobState.DONE
    other = Session(paths_for(paths.home, str(paths.home / "elsewhere")))
    with qtbot.waitSignal(other.open_failed, timeout=LONG) as failed:
        other.open()
    other.close()
    assert isinstance(failed.args[0], LibraryInUse)
    assert len(session.assets_page(AssetQuery())) == 1


def test_a_database_that_cannot_be_read_when_it_is_open_is_named(paths, qapp, qtbot, monkeypatch):
    def locked(paths):
        raise DatabaseLocked(path=str(paths.database))

    monkeypatch.setattr(store_desk, "Reads", locked)
    shut_out = Session(paths)
    with qtbot.waitSignal(shut_out.open_failed, timeout=LONG) as failed:
        shut_out.open()
    assert isinstance(failed.args[0], DatabaseLocked)
    assert not shut_out.is_open
    shut_out.close()


def told_at_the_start(paths, qtbot) -> list[str]:
    session, problems = Session(paths), []
    session.problem_raised.connect(problems.append)
    with qtbot.waitSignal(session.ready, timeout=LONG):
        session.open()
    qtbot.waitUntil(lambda: problems != [], timeout=LONG)
    session.close()
    return [problem.code for problem in problems]


def test_a_copy_that_cannot_be_made_is_told(paths, qapp, qtbot):
    paths.home.mkdir(parents=True)
    paths.backups.write_text("a file where the folder should be")
    assert told_at_the_start(paths, qtbot) == ["backup_failed"]


def test_settings_that_cannot_be_read_are_told(paths, qapp, qtbot):
    paths.home.mkdir(parents=True)
    paths.settings.write_text("{")
    assert told_at_the_start(paths, qtbot) == ["settings_damaged"]


def test_a_library_that_goes_away_is_named_and_the_next_job_runs_when_it_is_back(session, qtbot):
    assert finished(session, qtbot, picture("a boat")).state is JobState.DONE
    away = session.paths.library.with_name("unplugged")
    session.paths.library.rename(away)
    record = finished(session, qtbot, picture("a lighthouse"))
    assert record.problem.code == "library_missing"
    assert record.problem.params == {"path": str(session.paths.library)}
    away.rename(session.paths.library)
    assert finished(session, qtbot, picture("a windmill")).state is JobState.DONE
    assert len(session.assets_page(AssetQuery())) == 2


def test_a_picture_that_cannot_be_adopted_now_is_adopted_at_the_next_start(
    session, open_session, qtbot, tmp_path
):
    gate, saved = tmp_path / "gate", tmp_path / "saved"
    job = picture(f"until {gate}; save; mark {saved}; until /nowhere")
    with qtbot.waitSignal(session.job_changed, timeout=LONG):
        session.generate(job)
    problems = []
    session.problem_raised.connect(problems.append)
    blocked = [session.paths.library / str(year) for year in range(2020, 2100)]
    for path in blocked:  # a file where the year's folder belongs: no rename can succeed
        path.write_text("in the way")
    gate.touch()
    qtbot.waitUntil(lambda: problems != [], timeout=LONG)
    assert session.assets_page(AssetQuery()) == []
    session.close()
    for path in blocked:
        path.unlink()
    again = open_session()
    assert [asset.recipe.job for asset in again.assets_page(AssetQuery())] == [job.id]


def test_a_database_that_another_program_holds_is_named(qapp, qtbot, session, paths):
    session.close()
    hold = f"""
import sqlite3, sys
connection = sqlite3.connect({str(paths.database)!r}, isolation_level=None)
connection.execute("PRAGMA locking_mode = EXCLUSIVE")
connection.execute("BEGIN EXCLUSIVE")
connection.execute("PRAGMA user_version")
print("held", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        shut_out = Session(paths)
        told = []
        shut_out.open_failed.connect(told.append)
        with qtbot.waitSignal(shut_out.open_failed, timeout=LONG):
            shut_out.open()
        holder.stdin.close()
    with qtbot.waitSignal(shut_out.ready, timeout=LONG):  # as soon as it is free
        pass
    assert [type(error) for error in told] == [DatabaseLocked]
    assert finished(shut_out, qtbot, picture("a boat")).state is JobState.DONE
    shut_out.close()


def test_a_damaged_database_is_made_anew_from_the_library(session, open_session, qtbot, paths):
    assert finished(session, qtbot, picture("a boat")).state is JobState.DONE
    session.close()
    paths.database.write_bytes(b"this is no database" * 1000)
    for backup in paths.backups.glob("*"):
        backup.unlink()
    again = Session(paths)
    problems = []
    again.problem_raised.connect(problems.append)
    with qtbot.waitSignal(again.ready, timeout=LONG):
        again.open()
    assert [asset.recipe.prompt for asset in again.assets_page(AssetQuery())] == ["a boat"]
    qtbot.waitUntil(lambda: [problem.code for problem in problems] == ["database_damaged"])
    again.close()


def test_another_library_can_be_chosen_where_this_one_cannot_be_opened(paths, qapp, qtbot):
    paths.home.mkdir(parents=True, exist_ok=True)
    paths.library.write_text("a file where the folder should be")
    shut_out = Session(paths)
    with qtbot.waitSignal(shut_out.open_failed, timeout=LONG):
        shut_out.open()
    shut_out.change_settings(library=str(paths.home / "elsewhere"))
    shut_out.close()
    assert load_settings(paths.settings).library == str(paths.home / "elsewhere")
