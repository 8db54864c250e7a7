"""Conversations: trees, branches, streamed answers, search."""

import pytest

from studio.core.conversations import MessageState
from studio.core.errors import NotFound
from studio.core.ids import new_id
from studio.store.instances import Instance
from tests.store.conftest import answer, begin, reply_job, say


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
        library.chats.append_tokens(streamed.id, text, count)
    message = library.chats.branch(chat).messages[-1]
    assert (message.text, message.tokens, message.state) == ("山水画 👩‍🎨", 3, MessageState.STREAMING)
    assert library.chats.search("山水") == []

    ended = library.chats.finish(streamed.id, MessageState.STOPPED, seconds=2.5)
    assert (ended.text, ended.tokens, ended.seconds) == (message.text, 3, 2.5)
    assert [found.id for found in library.chats.search("山水")] == [chat]
    whole = library.chats.finish(streamed.id, MessageState.COMPLETE, text="the whole text", tokens=9)
    assert (whole.text, whole.tokens) == ("the whole text", 9)
    assert library.chats.search("山水") == []


def test_search_finds_messages_and_titles(library):
    by_message, by_title, trashed = (begin(library, title=title).id for title in ("", "100% Boats_", "boats"))
    say(library, by_message, "boats on the sea")
    library.chats.set_trashed(trashed, True)
    assert {found.id for found in library.chats.search("boats")} == {by_message, by_title}
    assert [found.id for found in library.chats.search("100%")] == [by_title]
    assert library.chats.search("50%") == []
    assert len(library.chats.search("")) == 2
    library.chats.remove(by_message)
    assert library.chats.messages(by_message) == []
    assert [found.id for found in library.chats.search("boats")] == [by_title]


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
    library.chats.append_tokens(new_id(), "so far", 2)
    assert library.chats.search("so far") == []


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
        library.chats.append_tokens(streaming[instance].id, "so far", 2)
    recovered = library.recover([dead])
    assert [(message.id, message.text) for message in recovered.messages] == [(streaming[dead].id, "so far")]
    assert library.chats.message(streaming[alive].id).state is MessageState.STREAMING
    living.close()
