"""Disks and databases that fail under an open session: a sentence, and nothing lost."""

import subprocess
import sys

import apsw

from studio.core.errors import DatabaseLocked
from studio.core.jobs import JobState
from studio.core.records import AssetQuery
from studio.session import Session
from studio.store.settings_file import load_settings
from tests.session.conftest import picture

LONG = 20_000  # milliseconds


def finished(session, qtbot, job):
    """The job's row once it has ended."""
    with qtbot.waitSignal(
        session.job_changed, timeout=LONG, check_params_cb=lambda r: r.job.id == job.id and r.state.ended
    ) as changed:
        session.generate(job)
    return changed.args[0]


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
        with qtbot.waitSignal(shut_out.open_failed, timeout=LONG) as failed:
            shut_out.open()
        shut_out.close()
        holder.stdin.close()
    assert isinstance(failed.args[0], DatabaseLocked)


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
