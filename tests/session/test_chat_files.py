"""Conversations into files and out of files while the window lives."""

import contextlib
import json

import pytest

from studio.core.errors import DiskFull, ImportUnknown, NotFound
from studio.session import Session, chat_files
from studio.store.arrivals import Arrivals
from studio.store.chats import Chats
from studio.store.database import open_reader


def test_what_is_exported_can_be_imported_and_is_mirrored(session, qtbot, tmp_path):
    with qtbot.waitSignal(session.chats.conversation_changed):
        begun = session.chats.begin("Be brief.")
    nobody = session.chats.export([begun.id], tmp_path / "empty.json", "json").result()
    with pytest.raises(ImportUnknown):
        wait(session.chats.import_file(nobody.path), qtbot)

    said = {"id": "1", "parent": None, "role": "user", "text": "hello 山水", "created": 5.0}
    talks = [
        {"conversation": {"title": title, "system": "Be brief."}, "messages": [said]} for title in ("a", "b")
    ]
    (tmp_path / "talks.json").write_text(json.dumps([*talks, {"conversation": {}, "messages": []}]))
    with qtbot.waitSignals([session.chats.conversation_changed]):
        imported = wait(session.chats.import_file(tmp_path / "talks.json"), qtbot)
    assert [one.title for one in imported.conversations] == ["a", "b"]
    assert imported.left_out == 1
    assert {hit.conversation.id for hit in session.chats.search("山水").result()} == {
        one.id for one in imported.conversations
    }
    files = [session.paths.chats / f"{one.id}.jsonl" for one in imported.conversations]
    qtbot.waitUntil(lambda: all(file.exists() for file in files))

    ids = [one.id for one in imported.conversations]
    written = session.chats.export(ids, tmp_path / "talks.md", "markdown").result()
    assert written.path.read_text().count("hello 山水") == 2
    assert written.size_bytes == written.path.stat().st_size


def test_a_long_conversation_comes_in_slices_whole_or_not_at_all(session, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(chat_files, "SLICE", 2)
    messages = [
        {"id": str(at), "parent": str(at - 1), "role": "user", "text": f"boat {at}"} for at in range(1, 6)
    ]
    talk = {"conversation": {"title": "Boats"}, "messages": [one | {"created": 5} for one in messages]}
    (tmp_path / "talk.json").write_text(json.dumps([talk]))
    go_on, slices, seen = Arrivals.go_on, [], []

    def watched(arrivals, some):
        seen.append((session.chats.recent(), session.chats.trashed(), session.chats.search("boat").result()))
        slices.append(len(some))
        if len(slices) == 5:
            raise DiskFull(path="studio.db")
        go_on(arrivals, some)

    monkeypatch.setattr(Arrivals, "go_on", watched)
    [whole] = wait(session.chats.import_file(tmp_path / "talk.json"), qtbot).conversations
    assert slices == [2, 2, 1] and seen == [([], [], ())] * 3
    assert session.chats.recent() == [whole]
    assert [one.text for one in session.chats.branch(whole.id).messages] == [one["text"] for one in messages]
    with pytest.raises(DiskFull):
        wait(session.chats.import_file(tmp_path / "talk.json"), qtbot)
    assert session.chats.recent() == [whole]
    session.close()
    with contextlib.closing(open_reader(session.paths)) as reader:
        assert Chats(reader).ids() == {whole.id}
        assert reader.execute("SELECT count(*) FROM message").get == 5
        assert reader.execute("SELECT count(*) FROM about").get == 1
    assert [file.stem for file in session.paths.chats.glob("*.jsonl")] == [whole.id]


def test_before_the_library_is_open_nothing_is_exported(paths, qapp, tmp_path):
    session = Session(paths)
    with pytest.raises(NotFound):
        session.chats.export(["x"], tmp_path / "x.md", "markdown").result()
    session.close()


def wait(future, qtbot):
    qtbot.waitUntil(future.done)
    return future.result()
