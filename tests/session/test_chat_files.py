"""Conversations into files and out of files while the window lives."""

import json

import pytest

from studio.core.errors import ImportUnknown, NotFound
from studio.session import Session


def test_what_is_exported_can_be_imported_and_is_mirrored(session, qtbot, tmp_path):
    with qtbot.waitSignal(session.chats.conversation_changed):
        begun = session.chats.begin("Be brief.")
    nobody = session.chats.export([begun.id], tmp_path / "empty.json", "json").result()
    with pytest.raises(ImportUnknown):
        wait(session.chats.import_file(nobody), qtbot)

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
    target = session.chats.export(ids, tmp_path / "talks.md", "markdown").result()
    assert target.read_text().count("hello 山水") == 2


def test_before_the_library_is_open_nothing_is_exported(paths, qapp, tmp_path):
    session = Session(paths)
    with pytest.raises(NotFound):
        session.chats.export(["x"], tmp_path / "x.md", "markdown").result()
    session.close()


def wait(future, qtbot):
    qtbot.waitUntil(future.done)
    return future.result()
