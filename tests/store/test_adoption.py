"""A finished picture reaches the library whole, whatever happens on the way."""

import contextlib
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from studio.core.errors import DatabaseLocked, DiskFull, LibraryMissing, PictureUnreadable
from studio.core.ids import new_id
from studio.core.jobs import JobState
from studio.core.records import AssetQuery
from studio.store import adoption
from studio.store.instances import Instance
from studio.store.layout import dated_path, slug
from studio.store.library import Library
from tests.store.conftest import stage


def child(what, paths, *arguments):
    command = [
        sys.executable,
        "-m",
        "tests.store.children",
        what,
        str(paths.home),
        str(paths.library),
        *arguments,
    ]
    return [*map(str, command)]


def start(command, **options):
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2], **options
    )


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_picture_gets_a_dated_name_that_says_what_it_is(library, paths):
    staged = stage(paths, prompt="夕阳下的海, a BOAT / with: red*sails?", created=1_763_900_000.0)
    asset = library.adopt(staged)
    assert re.fullmatch(r"2025/11-2\d/\d{6}-夕阳下的海-a-boat-with-red-sails-[0-9a-f]{8}\.png", asset.path)
    assert (paths.library / asset.path).is_file()
    assert not staged.exists()
    assert (asset.width, asset.height, asset.recipe.seed) == (24, 16, 2**64 - 1)
    assert library.adopt(staged) == asset == library.assets.get(asset.id)  # asked twice


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("  ", "picture"),
        ("../../etc/passwd", "etc-passwd"),
        ("CON", "con"),
        ("🎨❤️ paint!", "paint"),
        ("हिन्दी", "हिन्दी"),
        ("a" * 200, "a" * 40),
        ("word " * 50, "word-word-word-word-word-word-word-word"),
        ("\x00\n\u202e<b>", "b"),
    ],
)
def test_slugs_are_names_on_every_file_system(prompt, expected):
    assert slug(prompt) == expected
    assert len(dated_path(new_id(), 0, prompt).rpartition("/")[2].encode()) < 255


def test_strange_times_still_make_a_name():
    for created in (-1e300, 0, 1e300):
        assert re.fullmatch(r"\d{4}/\d\d-\d\d/\d{6}-x-.{8}\.png", dated_path(new_id(), created, "x"))


def test_only_pictures_in_staging_are_adopted(library, paths, tmp_path):
    staged = stage(paths)
    outside = tmp_path / staged.name
    shutil.copy(staged, outside)
    truncated = stage(paths)
    truncated.write_bytes(truncated.read_bytes()[:20])
    detour = staged.parent / ".." / ".." / ".." / ".." / staged.name
    for path in (
        outside,
        detour,
        truncated,
        staged.with_name("boat.png"),
        staged.with_name(f"{new_id()}.png"),
    ):
        with pytest.raises(PictureUnreadable):
            library.adopt(path)
    assert outside.exists()


def test_a_locked_database_leaves_a_picture_where_the_end_of_its_job_finds_it(library, paths):
    instance, job = new_id(), new_id()
    staged = stage(paths, instance=instance, job=job)
    library.assets._connection.set_busy_timeout(20)
    with contextlib.closing(apsw.Connection(str(paths.database))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked):
            library.adopt(staged)
        other.execute("ROLLBACK")
    assert staged.exists()
    assert [asset.id for asset in library.sweep(instance, job)] == [staged.stem]


def test_a_picture_whose_row_failed_gets_it_when_its_job_ends(library, paths, monkeypatch):
    instance, job = new_id(), new_id()
    staged = stage(paths, instance=instance, job=job)

    def refuse(assets):
        raise DiskFull(path="studio.db")

    with monkeypatch.context() as patch:
        patch.setattr(library.assets, "put", refuse)
        with pytest.raises(DiskFull):
            library.adopt(staged)
    assert not staged.exists()
    assert library.has_unlisted
    assert [asset.id for asset in library.sweep(instance, job)] == [staged.stem]
    assert not library.has_unlisted
    assert len(library.assets.paths()) == 1


def test_a_picture_whose_process_died_before_its_row_is_found_again(library, paths, monkeypatch):
    starred, lost = stage(paths), stage(paths)
    library.annotations.star([lost.stem], True)
    library.adopt(starred)
    with monkeypatch.context() as patch:
        patch.setattr(library.assets, "put", lambda assets: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            library.adopt(lost)
    assert library.recover([]).assets == ()  # nobody died
    [found] = library.recover([new_id()]).assets
    assert (found.id, found.starred) == (lost.stem, True)
    assert (paths.library / found.path).is_file()
    assert library.verify().unknown == ()


def test_two_pictures_of_one_name_both_stay(library, paths, monkeypatch):
    monkeypatch.setattr(adoption, "dated_path", lambda *_: "2026/01-01/same.png")
    kept = {library.adopt(stage(paths)).path for _ in range(2)}
    assert len(kept) == 2
    assert all((paths.library / path).is_file() for path in kept)


def test_a_library_that_vanished_is_named(library, paths):
    staged = stage(paths)
    paths.library.rename(paths.library.with_name("elsewhere"))
    with pytest.raises(LibraryMissing):
        library.adopt(staged)


def test_a_sweep_brings_in_what_is_whole_and_removes_the_rest(library, paths):
    instance, job = new_id(), new_id()
    whole = [stage(paths, instance=instance, job=job) for _ in range(2)]
    part = whole[0].with_name(f"{new_id()}.png.part")
    part.write_bytes(b"half")
    assert {asset.id for asset in library.sweep(instance, job)} == {path.stem for path in whole}
    assert not part.parent.exists()
    assert library.sweep(instance, job) == []


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_killed_at_any_moment_nothing_is_lost_and_nothing_is_double(paths):
    rng = random.Random(3)
    whole, dead = set(), []
    Library.open(paths).close()
    for process in [start(child("adopt", paths, 0)) for _ in range(5)]:  # beside each other
        lines = [process.stdout.readline() for _ in range(rng.randrange(2, 14))]
        process.kill()
        lines = [line.split() for line in (*lines, *process.stdout.read().splitlines())]
        process.wait()
        process.stdout.close()
        dead.append(lines[0][1])
        whole |= {line[1] for line in lines if line[0] == "whole"}

    mine = Instance(paths)
    library = Library.open(paths)
    claimed = mine.claim_dead()
    assert set(claimed) == set(dead)
    recovered = library.recover(claimed)
    mine.forget(claimed)
    known = library.assets.paths()
    assert whole <= set(known.values())
    assert sorted(known) == [file for file in files(paths.library) if file.endswith(".png")]
    assert list(paths.staging.iterdir()) == []
    assert {record.instance for record in recovered.jobs} <= set(dead)
    assert library.jobs.running() == library.jobs.pending("image") == []
    offered = {record.job.id for record in recovered.jobs}
    ended = {job: library.jobs.get(job).state for job in {asset.recipe.job for asset in recovered.assets}}
    assert {job for job, state in ended.items() if state is not JobState.DONE} <= offered
    jobs = {job for record in library.jobs.history(1000) for job in record.assets}
    assert jobs == set(known.values()) == {asset.id for asset in library.assets.page(AssetQuery(limit=1000))}
    verified = library.verify()
    assert (verified.missing, verified.unknown, verified.damaged) == ((), (), ())
    assert mine.claim_dead() == ()
    library.close()
    mine.close()


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_order_that_keeps_a_picture_safe(paths, tmp_path):
    Library.open(paths).close()
    trace = tmp_path / "trace"
    calls = "fsync,fdatasync,rename,renameat,renameat2,pwrite64,write"
    command = ["strace", "-f", "-y", "-o", str(trace), "-e", f"trace={calls}", *child("adopt", paths, 1)]
    process = start(command)
    output, _ = process.communicate()
    asset = next(line.split()[1] for line in output.splitlines() if line.startswith("adopted"))
    name = rf"\S*-{asset[-8:]}\.png"
    steps = [
        rf"f(data)?sync\(\d+<\S*{asset}\.png\.part>",  # the picture's bytes
        rf"rename\S*\(.*{asset}\.png\.part.*{asset}\.png",  # whole in staging
        r"fsync\(\d+<\S*/\.staging/[^>]*>",
        rf"rename\S*\(.*{asset}\.png\", .*{name}",  # in its place
        r"fsync\(\d+<\S*/\d{4}/\d\d-\d\d>",  # the folder's names
        r"pwrite64\(\d+<\S*studio\.db-wal>",  # the row
        r"f(data)?sync\(\d+<\S*studio\.db-wal>",
        r"write\(1<.*adopted",  # only now it is told
    ]
    text = trace.read_text()
    position = 0
    for step in steps:
        found = re.compile(step).search(text, position)
        assert found, f"{step} does not follow in\n{text[-6000:]}"
        position = found.end()
