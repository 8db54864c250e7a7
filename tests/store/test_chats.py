"""Conversations: trees, branches, streamed answers, search."""

from contextlib import suppress

import pytest

from studio.core.conversations import Attachment, MessageState
from studio.core.errors import DatabaseLocked, NotFound
from studio.core.ids import new_id
from studio.store.instances import Instance
from studio.store.library import Library
from tests.store.conftest import answer, begin, reply_job, say, words


def texts(branch):
    return [message.text for message in branch.messages]


def test_a_tree_shows_one_branch_and_knows_the_others(library):
    chat = begin(library, system="Be brief.").id
    first = say(library, chat, "one")
    reply = say(library, chat, "answer", first.id, role="assistant")
    again = say(library, chat, "other answer", first.id, role="assistant")
    deeper = say(library, chat, "and?", again.id)
    edited = say(library, chat, "one, better")

    assert texts(library.chats.branch(chat)) == ["one, better"]
    branch = library.chats.branch(chat, deeper.id)
    assert texts(branch) == ["one", "other answer", "and?"]
    assert branch.siblings[first.id] == (first.id, edited.id)
    assert branch.siblings[again.id] == (reply.id, again.id)

    assert library.chats.show(chat, first.id).leaf == deeper.id  # down to the newest
    assert library.chats.show(chat, reply.id).leaf == reply.id
    assert texts(library.chats.branch(chat)) == ["one", "answer"]
    with pytest.raises(NotFound):
        library.chats.show(chat, new_id())
    with pytest.raises(NotFound):
        library.chats.branch(new_id())
    with pytest.raises(NotFound):
        say(library, new_id(), "to nobody")


def test_of_a_long_branch_the_last_messages_can_be_read_alone(library):
    chat = begin(library).id
    parent = None
    for number in range(5):
        parent = say(library, chat, str(number), parent).id
    beside = say(library, chat, "3, better", library.chats.branch(chat).messages[2].id)
    page = library.chats.branch(chat, parent, last=2)
    assert (texts(page), page.whole) == (["3", "4"], False)
    assert page.siblings[page.messages[0].id] == (page.messages[0].id, beside.id)
    assert texts(library.chats.branch(chat, parent, last=5)) == ["0", "1", "2", "3", "4"]
    assert library.chats.branch(chat, parent, last=5).whole


def test_an_answer_is_readable_while_it_streams_and_searchable_when_it_ends(library):
    chat = begin(library).id
    streamed = answer(library, chat, say(library, chat, "tell me").id)
    for count, text in enumerate(["山", "水画 ", "👩‍🎨"], start=1):
        library.chats.append_tokens([words(streamed.id, text, count)])
    message = library.chats.branch(chat).messages[-1]
    assert (message.text, message.tokens, message.state) == ("山水画 👩‍🎨", 3, MessageState.STREAMING)
    assert library.chats.search("山水") == ()

    ended = library.chats.finish(streamed.id, MessageState.STOPPED, seconds=2.5)
    assert (ended.text, ended.tokens, ended.seconds) == (message.text, 3, 2.5)
    assert [found.conversation.id for found in library.chats.search("山水")] == [chat]
    whole = library.chats.finish(streamed.id, MessageState.COMPLETE, text="the whole text", tokens=9)
    assert (whole.text, whole.tokens) == ("the whole text", 9)
    assert library.chats.search("山水") == ()


def test_the_pinned_stand_above(library):
    first, second = (begin(library, title=title).id for title in "ab")
    library.chats.set_pinned(first, True)
    say(library, second, "hello")
    assert [chat.title for chat in library.chats.recent()] == ["a", "b"]
    assert [chat.title for chat in library.chats.recent(limit=-1, offset=1)] == ["b"]


def test_folders_are_named_renamed_joined_and_left(library):
    chats = [begin(library, title=title, folder=folder).id for title, folder in ("aB", "bC", "cD")]
    library.chats.set_trashed(chats[2], True)
    assert library.chats.folders() == ["B", "C"]
    assert {one.id for one in library.chats.rename_folder("B", "C")} == {chats[0]}
    assert library.chats.folders() == ["C"]
    assert {one.folder for one in library.chats.remove_folder("C")} == {""}
    assert library.chats.folders() == []
    assert library.chats.dirty().keys() >= set(chats[:2])


def test_a_fork_is_a_whole_conversation_that_refers_to_nothing_of_the_old_one(library):
    old = begin(
        library, title="Boats", named=True, system="Be brief.", notes="Rain.", folder="Sea", pinned=True
    )
    file = Attachment(id=new_id(), name="tide.md", text="high")
    asked = say(library, old.id, "one", attachments=(file,), pinned=True)
    streamed = answer(library, old.id, asked.id, "job")
    library.chats.append_tokens([words(streamed.id, "half", 1)])
    say(library, old.id, "in short", asked.id, role="summary")
    say(library, old.id, "after", streamed.id)
    before = library.chats.get(old.id), library.chats.messages(old.id)

    fork = library.chats.fork(old.id, streamed.id)
    assert (fork.title, fork.named, fork.system, fork.notes) == ("Boats", True, "Be brief.", "Rain.")
    assert (fork.folder, fork.pinned) == ("Sea", False)
    branch = library.chats.branch(fork.id)
    assert texts(branch) == ["one", "half"]
    assert branch.conversation == fork
    first, second = branch.messages
    assert (first.parent, second.parent) == (None, first.id)
    assert (first.attachments, first.pinned) == ((file,), True)
    assert (second.state, second.job) == (MessageState.INTERRUPTED, "")
    assert branch.summaries[first.id].text == "in short"
    assert {one.id for one in library.chats.messages(fork.id)}.isdisjoint(one.id for one in before[1])
    assert (library.chats.get(old.id), library.chats.messages(old.id)) == before
    assert len(library.chats.search("high")) == 2
    all_of_it = library.chats.fork(old.id, asked.id)
    assert library.chats.branch(all_of_it.id).summaries == {}  # else nothing of it would be read
    [summary] = [one for one in library.chats.messages(fork.id) if one.role == "summary"]
    for wrong in (new_id(), first.id, summary.id):
        with pytest.raises(NotFound):
            library.chats.fork(old.id, wrong)


def test_a_whole_branch_is_the_same_as_all_its_last_messages(library):
    chat = begin(library).id
    first = say(library, chat, "one")
    for text in ("answer", "other answer"):
        last = say(library, chat, text, first.id, role="assistant")
    for text in ("old", "new"):
        say(library, chat, text, first.id, role="summary")
    say(library, chat, "one, better")
    whole = library.chats.branch(chat, last.id)
    assert whole == library.chats.branch(chat, last.id, last=9)
    assert whole.summaries[first.id].text == "new"


def test_conversations_are_listed_by_last_use(library):
    first, second, third = (begin(library, title=title).id for title in "abc")
    say(library, second, "hello")
    assert [chat.title for chat in library.chats.recent()] == ["b", "c", "a"]
    library.chats.rename(first, "renamed")
    library.chats.set_system(first, "You are terse.")
    library.chats.set_trashed(third, True)
    assert [chat.title for chat in library.chats.recent()] == ["b", "renamed"]
    [trashed] = library.chats.recent(trashed=True)
    assert trashed.id == third
    assert library.chats.get(first).system == "You are terse."


def test_words_for_a_conversation_that_is_gone_end_nowhere(library):
    library.chats.append_tokens([words(new_id(), "so far", 2)])
    assert library.chats.search("so far") == ()


def test_only_answers_without_a_living_job_are_interrupted(library, paths):
    chat = begin(library).id
    asked = say(library, chat, "?").id
    living = Instance(paths)
    dead, alive = new_id(), living.id
    streaming = {}
    for instance in (dead, alive):
        job = reply_job(chat, new_id())
        library.jobs.add(job, instance)
        streaming[instance] = answer(library, chat, asked, job.id)
        library.chats.append_tokens([words(streaming[instance].id, "so far", 2)])
    recovered = library.recover([dead])
    assert [(message.id, message.text) for message in recovered.messages] == [(streaming[dead].id, "so far")]
    assert library.chats.message(streaming[alive].id).state is MessageState.STREAMING
    living.close()


def test_an_older_state_never_takes_the_place_of_a_newer_file(library, paths, monkeypatch):
    """Two processes write the file of one conversation: what is said between must not be missing in it."""
    chat, window = begin(library).id, Library.open(paths)
    say(library, chat, "first")
    write = library.mirrors.write

    def slowly(conversation, messages):
        with suppress(DatabaseLocked):
            say(window, chat, "second")
            window.mirror_dirty()
        write(conversation, messages)

    monkeypatch.setattr(library.mirrors, "write", slowly)
    window._connection.set_busy_timeout(0)
    library.mirror_dirty()
    assert not library.chats.dirty()
    assert library.mirrors.read(chat)[1] == library.chats.messages(chat)
    window.close()
