"""What panels share: navigation, remembered state, and where a failure is told."""

import pytest

from studio.core.conversations import Said
from studio.core.jobs import JobState, Suggest
from studio.core.messages import Note
from studio.core.records import JobRecord, Problem
from studio.core.turns import ChatTurn
from studio.viewmodels import shell as module
from studio.viewmodels.messages import Kind
from studio.viewmodels.shell import Shell
from tests.ui.fake_session import SCRIBE, FakeSession
from tests.ui.scenes_shell import ask_for

OUT_OF_MEMORY = Problem(code="memory_exhausted", params={"phase": "decoding"})


@pytest.fixture
def session(qapp):
    made = FakeSession.filled()
    yield made
    made.deleteLater()


@pytest.fixture
def shell(session):
    made = Shell(session, session)
    yield made
    made.close()


def test_what_is_put_is_there_at_once_and_written_a_moment_later(session, shell, monkeypatch, qtbot):
    session.change_settings(window={"create.draft": "kept"})
    shell.state._timer.setInterval(1)
    with qtbot.waitSignal(session.settings_changed):
        shell.state.put("create.inspector_width", "320")
        assert shell.state.get("create.inspector_width") == "320"
    assert session.settings.window == {"create.draft": "kept", "create.inspector_width": "320"}
    session.calls.clear()
    shell.state.put("create.inspector_width", "320")
    shell.state.flush()
    assert session.calls == []


def test_the_last_panel_is_shown_again(session, shell):
    shell.go("gallery")
    shell.close()
    assert Shell(session, session).panel == "gallery"


def test_what_is_sent_follows_its_panel(shell):
    seen = []
    shell.panel_changed.connect(lambda name: seen.append(("panel", name)))
    shell.sent.connect(lambda name, payload: seen.append((name, payload)))
    shell.go("gallery")
    shell.go("create", "a recipe")
    assert seen == [("panel", "gallery"), ("panel", "create"), ("create", "a recipe")]


@pytest.mark.parametrize(("panel", "told"), [("gallery", True), ("create", False)])
def test_a_failure_is_told_here_unless_one_looks_at_it(session, shell, panel, told):
    shell.go(panel)
    job = ask_for(session, "a boat")
    session.play_start(job)
    session.play_end(job, JobState.FAILED, problem=OUT_OF_MEMORY)
    assert [line.kind for line in shell.messages.lines] == ([Kind.ERROR] if told else [])


@pytest.mark.parametrize(("panel", "told"), [("create", False), ("chat", True)])
def test_help_with_a_prompt_that_fails_is_told_where_it_was_asked_for(session, shell, panel, told):
    shell.go(panel)
    turns = (ChatTurn("user", "Write a full prompt for: a boat"),)
    job = Suggest(id="s1", model=SCRIBE, purpose="write", text="a boat", turns=turns)
    session.job_changed.emit(JobRecord(job=job, state=JobState.FAILED, created=1.0, problem=OUT_OF_MEMORY))
    assert [line.kind for line in shell.messages.lines] == ([Kind.ERROR] if told else [])


def test_what_was_changed_for_want_of_memory_is_said(session, shell):
    job = ask_for(session, "a boat")
    session.play_start(job)
    session.play_end(job, notes=(Note(code="negative_unused"), Note(code="vae_tiled")))
    assert [line.note.code for line in shell.messages.lines if line.note] == ["vae_tiled"]


def test_interrupted_jobs_are_offered_again(session, shell):
    ids = [ask_for(session, prompt) for prompt in ("one", "two", "three")]
    for one in ids:
        session.play_start(one)
        session.play_end(one, JobState.INTERRUPTED)
    session.jobs_interrupted.emit(tuple(session.job(one) for one in ids))
    offer = shell.messages.lines[0]
    assert (offer.kind, offer.params["n"]) == (Kind.OFFER, 3)
    session.resume([ids[1]])
    offer = shell.messages.lines[0]
    assert offer.params["n"] == 2
    session.calls.clear()
    shell.messages.act(offer)
    assert session.calls == [("resume", [ids[0], ids[2]])]
    assert shell.messages.lines == []
    ask_for(session, "four")
    assert shell.messages.lines == []


def test_an_offer_goes_once_everything_in_it_was_run_again(session, shell):
    ids = [ask_for(session, prompt) for prompt in ("one", "two")]
    for one in ids:
        session.play_start(one)
        session.play_end(one, JobState.INTERRUPTED)
    session.jobs_interrupted.emit(tuple(session.job(one) for one in ids))
    session.resume([ids[0]])
    assert [line.kind for line in shell.messages.lines] == [Kind.OFFER]
    session.resume([ids[1]])
    assert shell.messages.lines == []


def test_an_offer_goes_once_the_answer_in_it_goes_on(session, shell):
    conversation = session.chats.begin()
    job = session.chats.send(conversation.id, Said(text="Hello"), SCRIBE)
    session.play_start(job)
    session.play_tokens(job, "Once upon", 2)
    session.play_end(job, JobState.INTERRUPTED)
    session.jobs_interrupted.emit((session.job(job),))
    assert [line.kind for line in shell.messages.lines] == [Kind.OFFER]
    session.chats.go_on(session.chats.all_messages[-1].id, SCRIBE)
    assert shell.messages.lines == []


def test_an_offer_that_is_closed_is_declined(session, shell):
    job = ask_for(session, "one")
    session.jobs_interrupted.emit((session.job(job),))
    session.calls.clear()
    shell.messages.dismiss(shell.messages.lines[0])
    assert session.calls == [("decline", [job])]


def test_a_picture_that_changed_is_looked_at_again(session, shell, qtbot):
    asset = session.all_assets[0]
    with qtbot.waitSignal(shell.thumbnails.ready):
        shell.thumbnails.thumbnail(asset, 64)
    assert shell.thumbnails.broken(asset)
    session.star((asset.id,), True)
    assert not shell.thumbnails.broken(asset)


def test_every_memory_note_has_a_sentence():
    from studio.ui.i18n import NOTES

    assert set(module.MEMORY_NOTES) <= NOTES.keys()


def test_what_is_done_all_the_same_is_a_passing_warning(session, shell):
    problem = Problem(code="prompt_not_written", params={"model": "Scribe"})
    session.problem_raised.emit(problem)
    (line,) = shell.messages.lines
    assert (line.kind, line.problem, line.warning) == (Kind.NOTICE, problem, True)
    session.problem_raised.emit(OUT_OF_MEMORY)
    assert [one.kind for one in shell.messages.lines] == [Kind.ERROR, Kind.NOTICE]
