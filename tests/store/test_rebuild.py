"""The library's files alone bring everything back; verifying tells what does not match."""

import json
import os
import shutil
import sys

import pytest
from PIL import Image

from studio.core.conversations import Attachment, MessageState
from studio.core.ids import new_id
from studio.core.personas import Example, Persona
from studio.core.records import AssetQuery
from studio.store import rebuild
from studio.store.instances import Instance
from studio.store.library import Library
from tests.store.conftest import answer, begin, picture_job, say, snapshot, stage, words

PHOTO = f"chats/pictures/{'ab' * 32}.png"


@pytest.fixture
def filled(library, paths):
    """Pictures with stars and trash, conversations with branches, states and trash."""
    assets = [library.adopt(stage(paths, prompt=f"船 boat {index}")) for index in range(5)]
    library.star([assets[0].id, assets[1].id], True)
    library.star([assets[1].id], False)
    library.trash([assets[0].id, assets[2].id, assets[3].id])
    library.restore([assets[3].id])
    library.trash([assets[4].id])
    library.erase([assets[4].id])
    for trashed in (False, True):
        chat = begin(library, system="Be brief.\nAlways.", title="海 sea").id
        first = say(library, chat, "hello\u2028world \x1b 👩‍🎨")
        streamed = answer(library, chat, first.id)
        library.chats.append_tokens([words(streamed.id, "half an ans", 4)])
        library.chats.finish(streamed.id, MessageState.STOPPED, seconds=1.5)
        say(library, chat, "edited")
        library.chats.show(chat, first.id)
        library.chats.set_trashed(chat, trashed)
    fill_up(library)
    begin(library)  # nobody has said anything
    library.mirror_dirty()
    return library


def fill_up(library):
    """A conversation with everything in it that can be said of one and of its messages."""
    persona = Persona(
        id=new_id(), name="灯 Lamp", system="Shine.", examples=(Example(user="?", assistant="!"),)
    )
    chat = begin(
        library, title="All", named=True, notes="Rain.", persona=persona, folder="旅 trips", pinned=True
    )
    file = Attachment(id=new_id(), name="notes.md", text="tide tables", size_bytes=11, cut=True)
    photo = Attachment(id=new_id(), name="sea.png", picture=PHOTO, size_bytes=9)
    asked = say(library, chat.id, "read", attachments=(file, photo), pinned=True)
    fields = {"role": "assistant", "model": "Scribe", "tokens": 3, "seconds": 0.5, "finish": "length"}
    reply = say(library, chat.id, "so it is", asked.id, excluded=True, **fields)
    say(library, chat.id, "in short", reply.id, role="summary")
    say(library, chat.id, "a lamp", reply.id, role="picture", assets=(new_id(), new_id()))


def test_the_folder_alone_brings_everything_back(filled, paths, monkeypatch):
    monkeypatch.setattr(rebuild, "_SLICE", 2)
    before = snapshot(filled)
    pages = [filled.assets.page(AssetQuery(trashed=trashed)) for trashed in (False, True)]
    filled.close()
    shutil.rmtree(paths.home)
    library = Library.open(paths)
    assert snapshot(library) == before
    assert [library.assets.page(AssetQuery(trashed=trashed)) for trashed in (False, True)] == pages
    assert [hit.conversation.title for hit in library.chats.search("edited")] == ["海 sea"]
    [found] = library.chats.search("tide")
    assert library.chats.branch(found.conversation.id).summaries
    assert library.mirror_dirty() == 0
    library.close()


def test_rebuilding_what_is_right_changes_nothing(filled):
    before = snapshot(filled)
    changes = filled.assets._connection.total_changes()
    rebuilt = filled.rebuild()
    assert (rebuilt.pictures, rebuilt.conversations, rebuilt.unreadable) == (4, 4, ())
    assert snapshot(filled) == before
    assert filled.assets._connection.total_changes() - changes <= 2  # whose library it is


def test_rebuilding_heeds_what_the_person_did_to_the_folder(filled, paths):
    gone, moved, *_ = filled.assets.page(AssetQuery(limit=4))
    starred = filled.star([moved.id], True)[0]
    (paths.library / gone.path).unlink()
    (paths.library / "by hand").mkdir()
    (paths.library / moved.path).rename(paths.library / "by hand" / "boat.png")
    chat = filled.chats.recent()[0].id
    (paths.chats / f"{chat}.jsonl").unlink()
    filled.rebuild()
    assert filled.assets.get(gone.id) is None
    assert filled.assets.get(moved.id).path == "by hand/boat.png"
    assert filled.assets.get(moved.id).recipe == starred.recipe
    assert filled.assets.get(moved.id).starred
    assert filled.chats.get(chat) is None


def test_pictures_put_into_the_folder_are_adopted_where_they_lie(filled, paths):
    original = filled.assets.page(AssetQuery())[0]
    folder = paths.library / "from elsewhere"
    folder.mkdir()
    shutil.copy(paths.library / original.path, folder / "copy.png")
    Image.new("RGB", (30, 20)).save(folder / "photo of a cat.JPG", exif=orientation(6))
    (folder / "notes.png").write_text("no picture")
    (folder / ".hidden.png").write_bytes((folder / "copy.png").read_bytes())
    os.symlink(paths.library / original.path, folder / "link.png")
    bytes_before = {file: file.read_bytes() for file in folder.iterdir()}

    assert filled.rebuild().unreadable == ("from elsewhere/notes.png",)
    copy, cat = (
        filled.assets.at("from elsewhere/copy.png"),
        filled.assets.at("from elsewhere/photo of a cat.JPG"),
    )
    assert copy.id != original.id
    assert filled.assets.get(original.id) == original
    assert (copy.recipe, copy.source) == (original.recipe, copy.path)
    assert (cat.width, cat.height, cat.source) == (20, 30, cat.path)
    assert [found.id for found in filled.assets.page(AssetQuery(text="cat"))] == [cat.id]
    assert {file: file.read_bytes() for file in folder.iterdir()} == bytes_before

    filled.star([cat.id], True)
    before = snapshot(filled)
    filled.close()
    shutil.rmtree(paths.home)
    library = Library.open(paths)
    assert snapshot(library) == before  # the same ids
    library.close()


def orientation(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def test_damaged_mirrors_cost_only_themselves(filled, paths):
    whole = filled.chats.search("edited")[0].conversation
    [torn] = filled.chats.recent(trashed=True)
    lines = (paths.chats / f"{whole.id}.jsonl").read_bytes().splitlines()
    tail = json.loads(lines[-1])
    circle = [tail | {"id": "one", "parent": "two"}, tail | {"id": "two", "parent": "one"}]
    deep = b'{"new": ' + b"[" * 100_000
    strange = [
        *lines[:-1],
        b'{"torn',
        b"\xff\xfe",
        deep,
        *(json.dumps(message).encode() for message in circle),
    ]
    filled.close()
    (paths.chats / f"{whole.id}.jsonl").write_bytes(b"\n".join(strange))
    (paths.chats / f"{torn.id}.jsonl").write_bytes(b'{"id": "x"')
    (paths.chats / "not-an-id.jsonl").write_bytes(lines[0])
    (paths.chats / f"{new_id()}.jsonl").write_bytes(b"\n".join(lines))  # another's content
    shutil.rmtree(paths.home)
    library = Library.open(paths)
    assert library.chats.get(torn.id) is None
    texts = [message.text for message in library.chats.messages(whole.id)]
    assert len(texts) == len(lines) - 2 + 2
    assert len(library.chats.branch(whole.id, "one").messages) == 2
    assert library.chats.branch(whole.id).messages
    library.close()


@pytest.mark.parametrize(
    "elsewhere", ["../../secret.png", "/etc/passwd", f"chats/pictures/../{PHOTO}", "a.png"]
)
def test_a_mirror_leads_to_no_picture_outside_the_folder_of_given_ones(library, elsewhere):
    chat = begin(library).id
    files = [Attachment(id=new_id(), name="it.png", picture=place) for place in (elsewhere, PHOTO)]
    say(library, chat, "look", attachments=tuple(files))
    library.mirror_dirty()
    rebuild.rebuild_conversations(library.chats, library.mirrors, library.transaction)
    [message] = library.chats.messages(chat)
    assert [(file.name, file.picture) for file in message.attachments] == [("it.png", ""), ("it.png", PHOTO)]


def test_words_and_numbers_of_a_mirror_that_none_of_ours_has_are_bounded(library, paths):
    chat = begin(library).id
    say(library, chat, "still here")
    library.mirror_dirty()
    file = paths.chats / f"{chat}.jsonl"
    head, message = map(json.loads, file.read_text("utf-8").splitlines())
    head |= {
        "created": -1e300,
        "updated": 1e308,
        "title": "\u202eA\x07\nboat " + "x" * 300,
        "folder": "\x1bSea",
    }
    message |= {"created": 1e308, "tokens": 2**70, "seconds": -1e300}
    file.write_text(f"{json.dumps(head)}\n{json.dumps(message)}\n", "utf-8")
    rebuild.rebuild_conversations(library.chats, library.mirrors, library.transaction)
    found = library.chats.get(chat)
    [told] = library.chats.messages(chat)
    assert found and (found.title, found.folder) == (("A boat " + "x" * 300)[:200], "Sea")
    assert (found.created, told.text, told.seconds) == (0.0, "still here", 0.0)
    assert all(0 <= moment < 2**33 for moment in (found.updated, told.created))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes among files")
def test_a_pipe_among_the_mirrors_is_not_waited_for(library, paths):
    os.mkfifo(paths.chats / f"{new_id()}.jsonl")
    assert len(rebuild.rebuild_conversations(library.chats, library.mirrors, library.transaction)[1]) == 1


def test_an_answer_that_streamed_when_it_was_mirrored_comes_back_interrupted(library, paths):
    chat = begin(library).id
    streamed = answer(library, chat, say(library, chat, "?").id)
    library.chats.append_tokens([words(streamed.id, "so far", 2)])
    library.mirror_dirty()
    library.chats.append_tokens([words(streamed.id, ", and more", 4)])
    library.rebuild()  # while it is at work
    message = library.chats.message(streamed.id)
    assert (message.text, message.state) == ("so far, and more", MessageState.STREAMING)
    library.close()
    shutil.rmtree(paths.home)
    library = Library.open(paths)
    message = library.chats.message(streamed.id)
    assert (message.text, message.state) == ("so far", MessageState.INTERRUPTED)
    library.close()


def test_a_conversation_that_has_no_file_yet_stays(library):
    chat = begin(library)  # by another process, since the last mirroring
    rebuild.rebuild_conversations(library.chats, library.mirrors, library.transaction)
    assert library.chats.get(chat.id) == chat


def test_staged_pictures_come_in_but_not_those_of_the_living(library, paths):
    living = Instance(paths)
    theirs, orphan = stage(paths, instance=living.id), stage(paths)
    part = stage(paths).with_suffix(".png.part")
    part.touch()  # of a process in another home, perhaps
    (paths.staging / "not an instance").mkdir()
    library.rebuild()
    assert theirs.exists()
    assert part.exists()
    assert orphan.stem in library.assets.paths().values()
    assert len(library.assets.paths()) == 2
    living.close()


def test_the_history_of_jobs_survives_a_rebuild(filled):
    job = picture_job()
    filled.jobs.add(job, "one")
    filled.rebuild()
    assert filled.jobs.get(job.id).job == job


def test_verifying_tells_what_does_not_match(filled, paths):
    missing, damaged, *_ = filled.assets.page(AssetQuery())
    (paths.library / missing.path).unlink()
    file = paths.library / damaged.path
    data = bytearray(file.read_bytes())
    data[-20] ^= 1  # within the last bytes of the pixels
    file.write_bytes(data)
    shutil.copy(file, paths.library / "unknown.png")
    (paths.library / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    steps = []
    verified = filled.verify(lambda done, total: steps.append((done, total)))
    assert verified.checked == 5
    assert verified.missing == (missing.path,)
    assert verified.unknown == ("cut.jpg", "unknown.png")
    assert sorted(verified.damaged) == sorted([damaged.path, "cut.jpg", "unknown.png"])
    assert steps == [(done, 5) for done in range(1, 6)]


def test_what_another_process_says_meanwhile_stays(filled, paths, monkeypatch):
    window = Library.open(paths)
    read, said = filled.mirrors.ids, []

    def ids():
        found = read()
        if not said:
            new = begin(window).id
            said.append(say(window, new, "said while the files were read").id)
            assert window.mirror_dirty() == 1
        return found

    monkeypatch.setattr(filled.mirrors, "ids", ids)
    filled.rebuild()
    assert filled.chats.message(said[0])
    window.close()
