"""Conversations through files: ours there and back, those of others, and damaged or hostile ones."""

import base64
import copy
import io
import json
import os
import random
import re
import sys
import tempfile
import zipfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.core.conversations import Attachment, MessageState
from studio.core.errors import (
    FileUnwritable,
    ImportTooLarge,
    ImportUnknown,
    ImportUnopened,
    NotFound,
    StudioError,
)
from studio.core.ids import new_id
from studio.core.personas import Example, Persona
from studio.media.documents.given import keep_given
from studio.store.chat_files import pictures, reading
from studio.store.chat_files.pictures import Source
from studio.store.chat_files.reading import read_talks
from studio.store.chat_files.writing import export_talks
from tests.store.chat_files.foreign import chatgpt, node, open_webui
from tests.store.conftest import answer, begin, say, words

PICTURE = f"chats/pictures/{'a' * 64}.png"


def filled(library):
    """A conversation with everything in it; its id."""
    persona = Persona(id=new_id(), name="灯", system="Shine.", examples=(Example(user="?", assistant="!"),))
    chat = begin(library, title="Boats", named=True, system="Be brief.", notes="Rain.", persona=persona,
                 folder="Sea", pinned=True).id  # fmt: skip
    files = (
        Attachment(id=new_id(), name="tide.md", text="High\nwater", size_bytes=10, cut=True),
        Attachment(id=new_id(), name="sea.png", picture=PICTURE, size_bytes=7),
    )
    asked = say(library, chat, "one\n\n# two", attachments=files, pinned=True)
    fields = {"role": "assistant", "model": "Scribe", "tokens": 3, "seconds": 0.5, "finish": "length"}
    first = say(library, chat, "first answer", asked.id, persona="灯", **fields)
    say(library, chat, "in short", first.id, role="summary")
    say(library, chat, "a lamp", first.id, role="picture", assets=(new_id(),))
    streamed = answer(library, chat, asked.id, "job")
    library.chats.append_tokens([words(streamed.id, "half an ans", 4)])
    library.chats.show(chat, first.id)
    return chat


def exported(library, ids, target, form):
    source = Source(library.chats, library.assets, library.paths.library)
    return export_talks(source, ids, target, form).path


def shape(conversation, messages):
    """All of a conversation but the ids that are new on purpose."""
    place = {message.id: number for number, message in enumerate(messages)}
    head = msgspec.structs.replace(conversation, id="", leaf=str(place[conversation.leaf]))
    nodes = []
    for message in messages:
        files = tuple(msgspec.structs.replace(file, id="") for file in message.attachments)
        streaming = message.state is MessageState.STREAMING
        nodes.append(
            msgspec.structs.replace(
                message,
                id="",
                conversation="",
                parent=str(place[message.parent]) if message.parent else None,
                attachments=files,
                job="",
                state=MessageState.INTERRUPTED if streaming else message.state,
            )
        )
    return head, nodes


def test_what_is_exported_as_json_comes_back_whole(library, folder):
    chats = [filled(library), filled(library)]
    say(library, chats[1], "last words")
    target = exported(library, chats, folder / "talks.json", "json")
    json.loads(target.read_bytes())
    read = read_talks(target, folder / "kept")
    assert read.left_out == 0
    for chat, (conversation, messages) in zip(chats, read.talks, strict=True):
        old = library.chats.messages(chat)
        assert conversation.id != chat
        library.chats.put(conversation, messages)
        assert library.chats.messages(conversation.id) == messages
        texts = [message.text for message in library.chats.branch(chat).messages]
        assert [message.text for message in library.chats.branch(conversation.id).messages] == texts
        order = {message.text: number for number, message in enumerate(old)}
        messages.sort(key=lambda message: order[message.text])
        assert shape(conversation, messages) == shape(library.chats.get(chat), old)


def test_markdown_reads_like_a_talk_and_tells_of_all_branches(library, folder):
    chat = filled(library)
    text = exported(library, [chat, begin(library).id], folder / "talk.md", "markdown").read_text()
    times = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
    assert len(times.findall(text)) >= 6
    shown, others = times.sub("…", text).split("# Other branches")
    for part in ("# Boats\n", "> **Persona:** 灯", "> **How to answer:** Be brief.", "> **Notes:** Rain.",
                 "## You · …\n", "*Attached: tide.md, 10 bytes, the beginning of it*", "one\n\n# two",
                 "## 灯 · … · 1 of 2\n\nfirst answer", "## Summary", "## Picture"):  # fmt: skip
        assert part in shown
    assert "## Assistant · … · after “one # two” · still being written\n\nhalf an ans" in others
    assert "# Conversation\n" in others


def with_pictures(library):
    """A conversation with a picture that was given twice, and another; its id, and the picture's place."""
    encoded = io.BytesIO()
    Image.new("RGB", (9, 7), "red").save(encoded, "PNG")
    kept = keep_given(encoded.getvalue(), library.paths.chat_pictures)
    place = f"chats/pictures/{kept.name}"
    chat = begin(library).id
    files = (Attachment(id=new_id(), name="sea.png", picture=place),)
    asked = say(library, chat, "one", attachments=files)
    say(library, chat, "two", asked.id, attachments=files)
    say(library, chat, "a lamp", asked.id, role="picture", assets=(new_id(),))
    return chat, kept


def test_pictures_go_with_a_file_and_are_checked_when_they_come_back(library, folder, monkeypatch):
    chat, kept = with_pictures(library)
    content = exported(library, [chat, chat], folder / "talk.json", "json").read_bytes()
    assert content.count(base64.b64encode(kept.read_bytes())) == 2
    (_, messages), _ = read_talks(folder / "talk.json", folder / "kept").talks
    places = {file.picture for message in messages for file in message.attachments}
    [copy] = (folder / "kept").iterdir()
    assert places == {f"chats/pictures/{copy.name}"}
    assert Image.open(copy).tobytes() == Image.open(kept).tobytes()
    for damage in (b"AAAA", b"no base64", base64.b64encode(kept.read_bytes()[:40])):
        file = content.replace(base64.b64encode(kept.read_bytes()), damage)
        read = imported(folder, file)
        assert read.left_pictures == 2 and len(read.talks[0][1]) == 3
        assert {file.picture for file in read.talks[0][1][0].attachments} == {""}
    monkeypatch.setattr(pictures, "MOST_CARRIED", kept.stat().st_size - 1)
    source = Source(library.chats, library.assets, library.paths.library)
    assert export_talks(source, [chat], folder / "talk.json", "json").left_pictures == 1
    assert json.loads((folder / "talk.json").read_bytes())["conversations"][0].keys() == {
        "conversation",
        "messages",
    }


def test_a_text_has_its_pictures_in_a_folder_beside_it(library, folder):
    chat, kept = with_pictures(library)
    text = exported(library, [chat], folder / "my talk.md", "markdown").read_text()
    assert text.count(f"![](my%20talk%20pictures/{kept.name})") == 2
    assert "*1 × picture: " in text  # that is gone
    assert (folder / "my talk pictures" / kept.name).read_bytes() == kept.read_bytes()
    with pytest.raises(NotFound):
        exported(library, [chat, new_id()], folder / "other.md", "markdown")
    assert not (folder / "other pictures").exists()
    with pytest.raises(NotFound):
        exported(library, [chat, new_id()], folder / "my talk.md", "markdown")
    assert (folder / "my talk pictures" / kept.name).exists()  # of the file before, which is still there
    (folder / "third pictures").write_text("no folder")
    with pytest.raises(FileUnwritable):
        exported(library, [chat], folder / "third.md", "markdown")


def test_an_export_is_whole_or_not_there(library, folder):
    with pytest.raises(NotFound):
        exported(library, [filled(library), new_id()], folder / "talk.md", "markdown")
    with pytest.raises(FileUnwritable):
        exported(library, [filled(library)], folder / "missing" / "talk.md", "markdown")
    assert [file for file in folder.iterdir() if file.is_file()] == []


def imported(folder, content, name="conversations.json"):
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return read_talks(file, folder / "kept")


def test_chatgpt_is_read_with_its_branches(folder):
    [(conversation, messages)] = imported(folder, [chatgpt()]).talks
    assert (conversation.title, conversation.created, conversation.updated) == (
        "Lighthouse",
        1700000000.0,
        1700000100.0,
    )
    first, reply, second = messages
    assert [(one.role, one.text, one.model) for one in messages] == [
        ("user", "What is this?", ""),
        ("assistant", "A lighthouse.", "gpt-4o"),
        ("user", "What is that?", ""),
    ]
    assert (first.parent, reply.parent, second.parent) == (None, first.id, None)
    assert conversation.leaf == reply.id
    assert [file.name for file in first.attachments] == ["file-1"]
    assert [(file.name, file.size_bytes) for file in second.attachments] == [("sea.pdf", 12)]
    assert first.created == 1700000000.5


def test_of_chatgpt_all_is_read_that_can_be_and_the_rest_is_counted(folder):
    """Programs and what came of them, talks by voice, citations, pictures that were drawn, missing values."""
    run = {"content_type": "code", "language": "unknown", "text": "print('```')"}
    voice = {"content_type": "audio_transcription", "text": "Read this aloud."}
    audio = {"audio_asset_pointer": {"asset_pointer": "sediment://file-9", "size_bytes": 4}}
    multimodal = {"content_type": "multimodal_text"}
    hidden = {"is_visually_hidden_from_conversation": True}
    standing = {
        "content_type": "user_editable_context",
        "user_profile": "I sail.",
        "user_instructions": "Short.",
    }
    nodes = [
        node("about", None, "user", content=standing, metadata=hidden),
        node("q", "gone", "user", voice, None, audio, content=multimodal, create_time=None),
        node(
            "think", "q", "assistant", content={"content_type": "thoughts", "thoughts": [{"content": "hm"}]}
        ),
        node("run", "think", "assistant", content=run, recipient="python"),
        node("out", "run", "tool", content={"content_type": "execution_output", "text": "3\n"}),
        node("draw", "out", "assistant", '{"prompt": "sea"}', recipient="dalle.text2im"),
        node("drawn", "draw", "tool", {"asset_pointer": "file-service://file-7"}, content=multimodal),
        node("a", None, "assistant", "It is 3\ue200cite\ue202turn0search1\ue201.", metadata=None),
        {"id": "empty", "message": {"author": {"role": "user"}, "content": None}, "parent": "a"},
        {"id": "deleted", "message": None, "parent": "a", "children": []},
    ]
    nodes[6]["children"] = ["a", 7, "nowhere"]
    file = {"title": None, "mapping": {one["id"]: one for one in nodes} | {"null": None}, "current_node": "a"}
    read = imported(folder, [file])
    [(conversation, messages)] = read.talks
    assert (conversation.title, conversation.system) == ("", "I sail.\n\nShort.")
    assert [(one.role, one.text) for one in messages] == [
        ("user", "Read this aloud."),
        ("assistant", "````python\nprint('```')\n````"),
        ("assistant", "```\n3\n```"),
        ("assistant", ""),
        ("assistant", "It is 3."),
    ]
    assert [one.parent for one in messages] == [None, *(one.id for one in messages[:-1])]
    assert [file.name for one in messages for file in one.attachments] == ["file-9", "file-7"]
    assert read.left_messages == 2  # the thoughts, and the call of the tool that draws
    assert imported(folder, [chatgpt()]).left_messages == 2


def test_of_open_webui_all_is_read_that_can_be_and_the_rest_is_counted(folder):
    file = open_webui()
    tree = file["chat"]["history"]["messages"]
    thoughts = (
        '<details type="reasoning" done="true">\n<summary>Thought for 3 s</summary>\n&gt; a < b\n</details>\n'
    )
    tree["m2"]["content"] = thoughts + "Hi"
    tree["m3"] |= {"content": None, "error": {"content": "Out of memory"}}
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    tree["m1"]["content"] = [{"type": "text", "text": "Hello"}, picture, None]
    del tree["m2"]["parentId"]
    tree["m4"] = {"id": "m4", "parentId": "m2", "role": "tool", "content": "found", "timestamp": None}
    read = imported(folder, file)
    [(_, (asked, hi, failed))] = read.talks
    assert (asked.text, hi.text, hi.parent) == ("Hello", "<think>\na < b\n</think>\n\nHi", asked.id)
    assert [one.name for one in asked.attachments] == ["notes.md", "image"]
    assert (failed.text, failed.state, read.left_messages) == ("Out of memory", MessageState.FAILED, 1)


def test_open_webui_is_read_with_its_branches(folder):
    old = {
        "title": "Old",
        "chat": {"messages": [{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}]},
    }
    first, second = imported(folder, [open_webui(), old]).talks
    conversation, messages = first
    asked, hi, hey = messages
    assert (conversation.title, conversation.system, conversation.pinned) == ("Greeting", "Be kind.", True)
    assert (hi.parent, hey.parent, conversation.leaf) == (asked.id, asked.id, hi.id)
    assert (hi.model, hey.model, asked.text) == ("llama3", "Qwen", "Hello 山水")
    assert [(file.name, file.text, file.picture) for file in asked.attachments] == [("notes.md", "", "")]
    assert [message.text for message in second[1]] == ["one", "two"]
    assert second[1][1].parent == second[1][0].id
    [(single, _)] = imported(folder, open_webui()["chat"]).talks
    assert single.title == "Greeting"


def test_an_archive_is_read_in_memory(folder):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../conversations.json", json.dumps([chatgpt()]))
        archive.writestr("user.json", "{}")
    whole = packed.getvalue()
    assert len(imported(folder, whole, "export.zip").talks) == 1
    assert not list(folder.parent.glob("conversations.json"))
    unnamed = whole.replace(b"user.json", b"\xff\xfe\xfd.jso").replace(
        b"\x00\x00\x08\x00", b"\x00\x08\x08\x00"
    )
    spoilt = io.BytesIO()
    with zipfile.ZipFile(spoilt, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("conversations.json", json.dumps([chatgpt()]))
    torn = bytearray(spoilt.getvalue())
    torn[60:200] = bytes(140)
    for broken in (whole[: len(whole) // 2], unnamed, bytes(torn)):
        with pytest.raises(ImportUnknown):
            imported(folder, broken, "export.zip")


def test_too_much_is_refused(folder, monkeypatch):
    monkeypatch.setattr(reading, "MOST_BYTES", 1000)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", " " * 100_000)
    assert len(bomb.getvalue()) < 1000
    for content in (b" " * 1001, bomb.getvalue()):
        with pytest.raises(ImportTooLarge):
            imported(folder, content)


@pytest.mark.parametrize(
    "content",
    [b"", b"no json", b"[]", b"{}", b"null", b"[1, 2", b'{"mapping": {}}', b"[" * 200_000, b'"' + b"x" * 99,
     b"9" * 5000, b"[" + b"{}," * 3_000_000, b"\xff\xfe\x00",
     b'[{"mapping": {"a": {"message": 5}}}]', b"PK\x03\x04 and no more",
     b'{"conversation": {}, "messages": [{"id": "a", "parent": null}]}'],
)  # fmt: skip
def test_what_holds_no_conversations_gets_a_sentence(folder, content):
    with pytest.raises(ImportUnknown):
        imported(folder, content)


def test_what_cannot_be_opened_gets_a_sentence(folder):
    for path in (folder / "missing.json", folder):
        with pytest.raises(ImportUnopened):
            read_talks(path, folder / "kept")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes among files")
def test_a_pipe_is_not_waited_for(folder):
    os.mkfifo(folder / "pipe.json")
    with pytest.raises(ImportUnopened):
        read_talks(folder / "pipe.json", folder / "kept")


def test_of_a_file_cut_in_half_all_before_the_cut_is_read(library, folder):
    chat = begin(library, title="Long").id
    parent = None
    for number in range(20):
        parent = say(library, chat, f"message {number}", parent).id
    target = exported(library, [chat], folder / "talk.json", "json")
    content = target.read_bytes()
    read = imported(folder, content[: len(content) // 2])
    [(conversation, messages)] = read.talks
    assert (conversation.title, read.left_out) == ("Long", 1)
    assert 5 <= len(messages) < 15
    assert [message.text for message in messages] == [f"message {number}" for number in range(len(messages))]
    assert conversation.leaf == messages[-1].id

    many = json.dumps([chatgpt(), open_webui(), chatgpt()]).encode()
    read = imported(folder, many[: len(many) - 600])
    assert [conversation.title for conversation, _ in read.talks][:2] == ["Lighthouse", "Greeting"]
    assert read.left_out == 1


def test_nothing_of_a_hostile_file_is_believed(library, folder):
    target = exported(library, [filled(library)], folder / "talk.json", "json")
    file = json.loads(target.read_bytes())
    [talk] = file["conversations"]
    talk["conversation"] |= {
        "id": "../../x",
        "folder": "a\nb\u202e" + "c" * 999,
        "trashed": True,
        "created": -5,
    }
    talk["conversation"]["persona"] |= {"picture": "../../secret.png", "id": "'; DROP"}
    talk["messages"][0]["attachments"][1]["picture"] = "../../../etc/passwd"
    talk["messages"][0]["text"] = "bad \ud800 \u202e text\x00"
    talk["messages"][1] |= {"created": 1e400, "assets": ["../x"], "job": "someone's", "tokens": 2**60}
    talk["messages"].append({"id": "broken", "parent": talk["messages"][0]["id"], "role": "tool"})
    talk["messages"].append(talk["messages"][1] | {"id": "below", "parent": "broken"})
    [(conversation, messages)] = imported(folder, file).talks
    assert re.fullmatch(r"[0-9a-f-]{36}", conversation.id)
    assert conversation.folder == ("a b" + "c" * 999)[:200]
    assert not conversation.trashed
    assert conversation.created > 0
    assert conversation.persona.picture == ""
    assert re.fullmatch(r"[0-9a-f-]{36}", conversation.persona.id)
    assert messages[0].text == "bad   text"
    assert [file.picture for file in messages[0].attachments] == ["", ""]
    assert all(
        (message.job == "" and not message.assets) or message.role == "picture" for message in messages
    )
    below = messages[-1]
    assert below.parent == messages[0].id
    library.chats.put(conversation, messages)


def test_trees_that_bite_their_own_tail_are_cut_open(folder):
    file = chatgpt()
    file["mapping"] |= {
        "x": node("x", "y", "user", "in a circle"),
        "y": node("y", "x", "assistant", "of two"),
        "z": node("z", "z", "user", "alone"),
        "s": node("s", "t", "system", ""),
        "t": node("t", "s", "system", ""),
        "u": node("u", "s", "user", "below nobody"),
        "w": node("w", "nowhere", "user", "astray"),
    }
    [(_, messages)] = imported(folder, [file]).talks
    texts = {message.text for message in messages}
    assert {"in a circle", "of two", "alone", "below nobody", "astray"} < texts
    seen = set()
    for message in messages:  # each after its parent, so there is no circle
        assert message.parent is None or message.parent in seen
        seen.add(message.id)


def test_deep_trees_take_no_longer_than_wide_ones(folder):
    nodes = [node(str(at), str(at - 1), "system", "") for at in range(3000)]
    nodes += [node(f"u{at}", "2999", "user", "hi") for at in range(3000)]
    file = chatgpt() | {"mapping": {one["id"]: one for one in nodes}}
    [(_, messages)] = imported(folder, [file]).talks
    assert len(messages) == 3000


def damage(value, dice: random.Random, junk) -> None:
    """Something in it, however deep, is something else."""
    while value:
        key = dice.choice(list(value) if isinstance(value, dict) else range(len(value)))
        inner = value[key]
        if not isinstance(inner, dict | list) or not inner or dice.random() < 0.2:
            value[key] = copy.copy(junk)
            return
        value = inner


SOURCES = [json.dumps([chatgpt(), chatgpt()]), json.dumps([open_webui()]), json.dumps(chatgpt())]
JUNK = st.sampled_from([None, True, 0, -1, 1e300, 2**70, "", "x" * 300, [], {}, [[]], {"a": None}, "\ud800"])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SOURCES), st.randoms(use_true_random=False), JUNK)
def test_damaged_files_are_read_as_far_as_they_go_or_get_a_sentence(source, dice, junk):
    value = json.loads(source)
    damage(value, dice, junk)
    text = json.dumps(value)
    if dice.random() < 0.5:
        text = text[: dice.randrange(len(text))]
    with tempfile.TemporaryDirectory() as folder:
        try:
            read = imported(Path(folder), text.encode("utf-8", "surrogatepass"))
        except StudioError as error:
            assert isinstance(error, ImportUnknown)
            return
    for conversation, messages in read.talks:
        ids = {message.id for message in messages}
        assert conversation.leaf in ids
        assert all(message.parent is None or message.parent in ids for message in messages)
        msgspec.json.encode((conversation, messages))
