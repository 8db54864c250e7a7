"""What touches rows and files together: stars, trash, erasing, mirrors, opening."""

import shutil
import subprocess
import sys
import time

import pytest

from studio.core.errors import DiskFull, LibraryInUse, LibraryMissing, LibraryReadOnly, NotFound
from studio.core.paths import Paths
from studio.core.records import AssetQuery
from studio.media.thumbnails import thumbnail
from studio.store.instances import Instance
from studio.store.library import Library
from tests.store.conftest import answer, begin, say, snapshot, stage
from tests.store.test_adoption import child, start


def test_trash_is_undone_exactly(library, paths):
    assets = [library.adopt(stage(paths, prompt=f"boat {index}")) for index in range(3)]
    ids = [asset.id for asset in assets]
    library.star(ids[:1], True)
    before = snapshot(library)
    assert [asset.trashed for asset in library.trash(ids[:2])] == [True, True]
    assert library.assets.page(AssetQuery(text="boat")) == [assets[2]]
    assert [asset.id for asset in library.assets.page(AssetQuery(trashed=True))] == [ids[1], ids[0]]
    library.restore(ids[:2])
    assert snapshot(library) == before
    assert [asset.starred for asset in library.star(ids, False)] == [False] * 3


def test_a_star_that_does_not_fit_on_the_disk_is_not_set(library, paths):
    asset = library.adopt(stage(paths))
    paths.annotations.unlink()
    paths.annotations.symlink_to("/dev/full")
    with pytest.raises(DiskFull):
        library.star([asset.id], True)
    assert library.assets.get(asset.id) == asset


def test_a_row_that_does_not_fit_is_written_when_there_is_room(library, paths):
    connection = library.assets._connection
    connection.pragma("max_page_count", connection.pragma("page_count") + 1)
    staged = stage(paths, prompt="x" * 15_000)
    with pytest.raises(DiskFull):
        library.adopt(staged)
    connection.pragma("max_page_count", 100_000)
    assert library.adopt(staged).recipe.prompt == "x" * 15_000
    assert library.verify().unknown == ()


def test_erasing_leaves_nothing(library, paths):
    kept, erased = (library.adopt(stage(paths)) for _ in range(2))
    thumbnail(paths.library / erased.path, paths.thumbnails, erased.id, 16)
    library.trash([erased.id])
    library.erase([erased.id])
    assert not (paths.library / erased.path).exists()
    assert not [file for file in paths.thumbnails.rglob("*") if file.is_file()]
    assert library.assets.paths() == {kept.path: kept.id}
    assert erased.id not in library.annotations.read().trashed
    library.erase([erased.id])  # gone already


def test_only_what_lies_in_the_trash_is_erased(library, paths):
    kept, erased = (library.adopt(stage(paths)) for _ in range(2))
    library.star([kept.id], True)
    library.trash([erased.id])
    assert library.erase([kept.id, erased.id, "nothing"]) == (erased.id,)
    assert (paths.library / kept.path).exists()
    assert kept.id in library.annotations.read().starred
    assert library.assets.paths() == {kept.path: kept.id}


def test_only_a_conversation_in_the_trash_is_erased(library):
    chat = begin(library, title="Boats").id
    for conversation in (chat, "nothing"):
        with pytest.raises(NotFound):
            library.erase_conversation(conversation)
    assert library.chats.get(chat).title == "Boats"


def test_mirrors_follow_changes_and_nothing_else(library, paths):
    chat = begin(library, title="Boats")
    say(library, chat.id, "hello")
    assert library.mirror_dirty() == 1
    assert library.mirror_dirty() == 0
    mirror = paths.chats / f"{chat.id}.jsonl"
    assert library.mirrors.read(chat.id) == (library.chats.get(chat.id), library.chats.messages(chat.id))
    library.chats.rename(chat.id, "Ships")
    assert library.mirror_dirty() == 1
    assert '"Ships"' in mirror.read_text()
    library.chats.set_trashed(chat.id, True)
    library.mirror_dirty()
    library.erase_conversation(chat.id)
    assert not mirror.exists()
    assert library.mirror_dirty() == 0


def test_a_change_made_while_mirroring_is_mirrored_next_time(library, monkeypatch):
    chat = begin(library)
    write = library.mirrors.write

    def write_and_rename(conversation, messages):
        write(conversation, messages)
        library.chats.rename(chat.id, "meanwhile")

    with monkeypatch.context() as patch:
        patch.setattr(library.mirrors, "write", write_and_rename)
        library.mirror_dirty()
    assert library.mirror_dirty() == 1
    assert library.mirrors.read(chat.id)[0].title == "meanwhile"


def test_another_library_folder_brings_its_own_content(paths, folder):
    first = Library.open(paths)
    picture = first.adopt(stage(paths))
    chat = begin(first, title="not yet mirrored").id
    first.close()

    elsewhere = Paths(paths.home, folder / "elsewhere")
    second = Library.open(elsewhere)
    assert snapshot(second) == ({}, {})
    other = second.adopt(stage(elsewhere))
    second.close()

    back = Library.open(paths)
    assets, chats = snapshot(back)
    assert (assets.keys(), chats.keys()) == ({picture.id}, {chat})
    back.close()
    back = Library.open(elsewhere)
    assert back.assets.paths() == {other.path: other.id}
    back.close()


def test_the_database_is_not_taken_from_a_process_that_works_with_another_library(paths, folder):
    first = Library.open(paths)
    window, other = Instance(paths), Instance(paths)
    picture = first.adopt(stage(paths))
    elsewhere = Paths(paths.home, folder / "elsewhere")
    with pytest.raises(LibraryInUse) as refused:
        Library.open(elsewhere, other.id)
    assert refused.value.params == {"path": str(paths.library), "chosen": str(elsewhere.library)}
    assert not elsewhere.library.exists()
    assert first.assets.get(picture.id) == picture
    Library.open(paths, other.id).close()
    first.close()
    window.close()
    second = Library.open(elsewhere, other.id)
    assert snapshot(second) == ({}, {})
    second.close()
    other.close()


def test_a_library_on_a_disk_that_is_not_there_is_not_made_anew(paths):
    library = Library.open(paths)
    library.adopt(stage(paths))
    library.close()
    away = paths.library.with_name("disk-elsewhere")
    paths.library.rename(away)
    with pytest.raises(LibraryMissing):
        Library.open(paths)
    paths.library.mkdir()  # its mount point, empty
    with pytest.raises(LibraryMissing):
        Library.open(paths)
    assert list(paths.library.iterdir()) == []
    paths.library.rmdir()
    away.rename(paths.library)
    library = Library.open(paths)
    assert library.assets.count(AssetQuery()) == 1
    library.close()


def test_an_empty_library_that_was_deleted_is_made_again(paths):
    Library.open(paths).close()
    shutil.rmtree(paths.library)
    Library.open(paths).close()
    assert paths.chats.is_dir()


def in_a_namespace(script, paths):
    """Run a shell script that may mount; None where the system allows nobody to."""
    if sys.platform != "linux" or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("this system gives tests no mounts of their own")
    paths.library.mkdir(parents=True)
    process = start(["unshare", "-rm", "sh", "-ec", script, "sh", str(paths.library), *child("fill", paths)])
    return process.communicate()[0].split("\n")


def test_a_full_disk_ends_in_a_sentence_and_loses_nothing(paths):
    lines = in_a_namespace('mount -t tmpfs -o size=3m tmpfs "$1"; shift; exec "$@"', paths)
    assert lines == ["disk_full", "parts 0", "adopted True", "verified True", ""]


def test_a_read_only_library_is_named(paths):
    lines = in_a_namespace('mount -t tmpfs -o ro tmpfs "$1"; shift; exec "$@" 2>&1 || true', paths)
    assert LibraryReadOnly.__name__ in lines[-2]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_streamed_answer_survives_the_kill_up_to_its_last_batch(paths):
    process = start(child("stream", paths))
    message = process.stdout.readline().split()[1]
    for _ in range(40):
        process.stdout.readline()
    process.kill()
    batches = [int(line.split()[1]) for line in process.stdout.read().splitlines() if line[-1:].isdigit()]
    process.wait()
    process.stdout.close()
    last = max(batches, default=40)

    library = Library.open(paths)
    [instance] = [record.instance for record in library.jobs.pending("language")]
    recovered = library.recover([instance])
    [interrupted] = recovered.messages
    numbers = [int(word) for word in interrupted.text.split()]
    assert interrupted.id == message
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) in (last, last + 1)
    assert [record.state.value for record in recovered.jobs] == ["interrupted"]
    library.close()


def test_processes_write_side_by_side(paths):
    Library.open(paths).close()
    processes = [start(child("share", paths, 8)) for _ in range(3)]
    assert [process.communicate()[0].strip() for process in processes] == ["done"] * 3
    library = Library.open(paths)
    assert library.assets.count(AssetQuery(starred=True)) == 24
    assert [len(library.chats.messages(chat.id)) for chat in library.chats.recent()] == [16] * 3
    library.close()


def test_a_transaction_is_whole_or_nothing(library):
    chat = begin(library).id
    with pytest.raises(ZeroDivisionError), library.transaction():
        asked = say(library, chat, "hello", created=time.time())
        answer(library, chat, asked.id)
        raise ZeroDivisionError
    assert library.chats.messages(chat) == []
    assert library.chats.get(chat).leaf is None
