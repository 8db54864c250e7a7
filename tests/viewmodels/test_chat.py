"""Chat without widgets: what is asked once, what is refused without a trace, and what is not doubled."""

import msgspec
import pytest

from studio.core.conversations import MessageState, Said, TokensAdded
from studio.core.jobs import JobState
from studio.core.records import Problem
from studio.core.sampling import Sampling
from studio.viewmodels.chat import ChatViewModel
from studio.viewmodels.sampling import SAMPLING_KEY
from studio.viewmodels.shell import WindowState
from tests.ui.fake_session import SCRIBE, FakeSession


@pytest.fixture
def session(qapp):
    return FakeSession()


@pytest.fixture
def state(session):
    state = WindowState(session)
    yield state
    state.flush()


@pytest.fixture
def chat(session, state):
    return ChatViewModel(session, state)


def asked(session) -> list[str]:
    return [call[0] for call in session.calls if call[0] in ("send", "edit", "regenerate", "begin")]


def test_a_first_message_that_is_refused_leaves_no_conversation_behind(chat, session, qtbot):
    with qtbot.waitSignal(chat.refused) as refused:
        assert not chat.send(Said(text="x" * 3_000_000))
    assert refused.args[0].code == "prompt_too_long"
    chat.set_sampling(temperature=9.0)
    assert not chat.send(Said(text="Hello"))
    assert session.chats.recent() == []
    chat.put_sampling(Sampling())
    assert chat.send(Said(text="Hello"))
    assert len(session.chats.recent()) == 1


def test_what_another_process_says_in_the_open_conversation_is_shown(chat, session):
    chat.send(Said(text="Hello"))
    session.play_end(session.jobs()[0].job.id)
    before = chat.branch.messages[-1]
    with session.chats.unheard():
        session.chats.send(chat.conversation_id, Said(text="From elsewhere"), SCRIBE)
    session.library_changed.emit()
    assert chat.branch.messages[-2].text == "From elsewhere" and chat.busy
    with session.chats.unheard():
        session.play_end(session.jobs()[0].job.id)
    session.library_changed.emit()
    assert not chat.busy and chat.branch.messages[-3] == before
    session.chats.all_conversations.clear()
    session.library_changed.emit()
    assert chat.branch is None


def test_until_the_store_has_written_what_was_asked_nothing_else_is_asked(chat, session, monkeypatch):
    chat.send(Said(text="Hello"))
    session.play_end(session.jobs()[0].job.id)
    answer = chat.branch.messages[-1].id
    session.calls.clear()
    monkeypatch.setattr(session.chats, "regenerate", lambda *_: session.calls.append(("regenerate",)))
    chat.regenerate(answer)
    chat.regenerate(answer)  # a double click
    assert not chat.send(Said(text="And now?"))
    assert not chat.edit(chat.branch.messages[0].id, Said(text="Hello there"))
    assert asked(session) == ["regenerate"]
    session.chats.turned_away.emit("job")  # nothing will ever come
    assert chat.send(Said(text="And now?"))


def test_no_second_answer_is_begun_while_one_is_written(chat, session):
    chat.send(Said(text="Hello"))
    chat.regenerate(chat.branch.messages[-1].id)
    assert not chat.send(Said(text="And now?"))
    assert asked(session) == ["begin", "send"]


def test_stop_ends_what_is_made_beside_the_answers(chat, session):
    chat.send(Said(text="Hello"))
    job = session.jobs()[0].job.id
    session.play_end(job)
    answer = chat.branch.messages[-1]
    assert not chat.stop()
    summing = {"state": MessageState.STREAMING, "job": job, "parent": answer.id}
    session.chats.add_message(answer.conversation, "summary", "", **summing)
    assert not chat.busy and chat.stop() and session.calls[-1] == ("stop", job)


def test_words_that_were_read_from_the_journal_are_not_added_again(chat, session, state):
    chat.send(Said(text="Hello"))
    job = session.jobs()[0].job
    told = []
    session.chats.tokens_added.disconnect(chat._on_tokens_added)
    session.chats.tokens_added.connect(told.append)
    session.play_tokens(job.id, "The sea ", 2)
    chat.open(job.conversation)  # read before the news of it arrives
    session.chats.tokens_added.connect(chat._on_tokens_added)
    session.chats.tokens_added.emit(told[0])
    session.play_tokens(job.id, "is calm.", 4)
    assert chat.branch.messages[-1].text == "The sea is calm."


def test_words_for_another_branch_change_nothing_here(chat, session):
    chat.send(Said(text="Hello"))
    first = session.jobs()[0].job
    session.play_end(first.id)
    chat.regenerate(first.message)
    session.chats.tokens_added.emit(
        TokensAdded(conversation=first.conversation, message=first.message, text="late", count=9)
    )
    assert chat.branch.messages[-1].text == ""


def test_how_an_answer_went_is_known_unless_its_job_is_forgotten(chat, session):
    chat.send(Said(text="Hello"))
    session.play_end(session.jobs()[0].job.id, JobState.FAILED, Problem(code="worker_killed"))
    question, answer = chat.branch.messages
    assert chat.outcome(answer).problem == Problem(code="worker_killed")
    assert chat.outcome(question) is None
    session.all_jobs.clear()  # as after a rebuild from the library's files
    assert chat.outcome(answer) is None


def test_emptied_drafts_are_forgotten(chat, session, state):
    chat.send(Said(text="Hello"))
    chat.draft = "not sent"
    state.flush()
    assert [key for key in session.settings.window if key.startswith("chat.draft")] != []
    chat.draft = ""
    state.flush()
    assert [key for key in session.settings.window if key.startswith("chat.draft")] == []


@pytest.mark.allow_log("how tokens were chosen")
def test_sampling_is_kept_and_a_damaged_one_is_the_models_own(chat, session, state):
    chat.set_sampling(temperature=0.3)
    state.flush()
    assert ChatViewModel(session, state).sampling == Sampling(temperature=0.3)
    state.put(SAMPLING_KEY, '{"temperature": "warm"}')
    assert ChatViewModel(session, state).sampling == Sampling()


def test_the_chosen_model_answers_else_the_first(chat, session):
    other = msgspec.structs.replace(SCRIBE, id="local/other", name="Other")
    session.all_models.append(other)
    assert chat.model == SCRIBE
    chat.choose_model(other.id)
    assert chat.model == other
    session.all_models.remove(other)
    assert chat.model == SCRIBE


def test_what_the_store_could_not_write_comes_back_as_the_draft(chat, session, monkeypatch, qtbot):
    monkeypatch.setattr(session.chats, "send", lambda *_: "job")
    assert chat.send(Said(text="Do not lose this"))
    assert chat.draft == ""
    with qtbot.waitSignal(chat.draft_returned):
        session.problem_raised.emit(Problem(code="disk_full", params={"path": "/library"}))
        assert chat.draft == ""  # that may be about something else
        session.chats.turned_away.emit("job")
    assert chat.draft == "Do not lose this"


@pytest.mark.parametrize("text", ["This one is written", "turned \u202around"])
def test_what_was_written_does_not_come_back(chat, session, text):
    assert chat.send(Said(text=text))
    chat.draft = "the next one"
    session.chats.turned_away.emit(session.jobs()[0].job.id)
    assert chat.draft == "the next one"


def test_words_that_come_back_stand_before_what_was_written_since(chat, session, monkeypatch):
    monkeypatch.setattr(session.chats, "send", lambda *_: "job")
    first = chat.conversation_id
    assert chat.send(Said(text="Do not lose this"))
    chat.draft = "nor this"
    conversation = chat.conversation_id
    chat.start_new()
    session.chats.turned_away.emit("job")
    assert (first, chat.draft) == ("", "")
    chat.open(conversation)
    assert chat.draft == "Do not lose this\n\nnor this"


def test_what_was_said_in_two_conversations_at_once_comes_back_to_both(chat, session, monkeypatch):
    jobs, opened = iter(("first", "second")), []
    monkeypatch.setattr(session.chats, "send", lambda *_: next(jobs))
    for text in ("Do not lose this", "nor this"):
        chat.start_new()
        assert chat.send(Said(text=text))
        opened.append(chat.conversation_id)
    for job in ("first", "second"):
        session.chats.turned_away.emit(job)
    assert chat.draft == "nor this"
    chat.open(opened[0])
    assert chat.draft == "Do not lose this"


def test_a_rewording_that_could_not_be_written_comes_back_to_its_message(chat, session, monkeypatch, qtbot):
    chat.send(Said(text="Hello"))
    session.play_end(session.jobs()[0].job.id)
    question = chat.branch.messages[0].id
    with monkeypatch.context() as full:
        full.setattr(session.chats, "edit", lambda *_: "job")
        assert chat.edit(question, Said(text="Hello there"))
    with qtbot.waitSignal(chat.rewording_returned) as returned:
        session.chats.turned_away.emit("job")
    assert returned.args == [question, Said(text="Hello there")]
    assert chat.edit(question, Said(text="Hello there"))
    with qtbot.assertNotEmitted(chat.rewording_returned):
        session.chats.turned_away.emit("job")


def test_a_rewording_of_another_conversation_waits_there_as_a_draft(chat, session, monkeypatch, qtbot):
    chat.send(Said(text="Hello"))
    session.play_end(session.jobs()[0].job.id)
    conversation = chat.conversation_id
    monkeypatch.setattr(session.chats, "edit", lambda *_: "job")
    assert chat.edit(chat.branch.messages[0].id, Said(text="Hello there"))
    chat.start_new()
    with qtbot.assertNotEmitted(chat.rewording_returned):
        session.chats.turned_away.emit("job")
    chat.open(conversation)
    assert chat.draft == "Hello there"
