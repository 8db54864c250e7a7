"""Pictures given with messages go with the last conversation that has them, and with no other."""

import os
import time

import msgspec
import pytest

from studio.core.conversations import Attachment
from studio.core.ids import new_id
from studio.store.chat_drafts import save_draft
from tests.store.conftest import begin, say


def given(paths, letter, age=7200.0):
    """A picture that lies in the library, as it is attached."""
    path = paths.chat_pictures / f"{letter * 64}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"picture")
    os.utime(path, (time.time() - age,) * 2)
    return Attachment(id=new_id(), name="sea.png", picture=f"chats/pictures/{path.name}")


def erase(library, chat):
    library.chats.set_trashed(chat, True)
    library.erase_conversation(chat)


def test_what_nobody_else_has_goes_with_its_conversation(library, paths):
    own, shared, drafted, strange, young = (given(paths, letter) for letter in "abcde")
    os.utime(paths.library / young.picture)
    (paths.chat_pictures / "notes.txt").write_text("not ours")
    chat, other = begin(library).id, begin(library).id
    say(library, chat, "look", attachments=(own, shared, drafted, strange, young))
    say(library, other, 'the words "picture":"no" name none', attachments=(shared,))
    library.chats.set_trashed(other, True)  # where it can be brought back from
    paths.chat_drafts.mkdir(parents=True)
    save_draft(paths.chat_drafts / "new.json", (drafted,))
    save_draft(paths.chat_drafts / f"{chat}.json", (own,))
    library.mirror_dirty()
    line = msgspec.json.encode({"attachments": [strange]})
    (paths.chats / f"{new_id()}.jsonl").write_bytes(line)  # of another home
    erase(library, chat)
    left = {path.name[0] for path in paths.chat_pictures.iterdir()}
    assert left == {"b", "c", "d", "e", "n"}
    erase(library, other)
    assert {path.name[0] for path in paths.chat_pictures.iterdir()} == {"c", "d", "e", "n"}


@pytest.mark.allow_log("pictures that nobody may need stay")
@pytest.mark.parametrize("reason", ["arriving", "unreadable"])
def test_where_not_all_can_be_asked_nothing_goes(library, paths, reason):
    chat, picture = begin(library).id, given(paths, "a")
    say(library, chat, "look", attachments=(picture,))
    if reason == "arriving":
        library.arrivals.begin(msgspec.structs.replace(library.chats.get(chat), id=new_id()))
    else:
        (paths.chat_drafts / "new.json").mkdir(parents=True)
    erase(library, chat)
    assert (paths.library / picture.picture).exists()


def test_few_messages_are_looked_at(library):
    plan = library._connection.execute(
        'EXPLAIN QUERY PLAN SELECT attachments FROM message WHERE instr(attachments, \'"picture":"\') > 0'
    ).fetchall()
    assert "message_with_pictures" in plan[0][3]
