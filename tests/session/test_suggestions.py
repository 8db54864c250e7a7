"""Help with a prompt through real processes: what is suggested, refused, stopped and forgotten."""

import msgspec
import pytest

from studio.core.errors import PromptEmpty, ServerNotListed
from studio.core.jobs import JobState, Suggest, lane_of, title_of
from studio.core.model import Ability
from studio.core.prompts.asking import is_chinese
from studio.core.servers import server_model
from tests.session.conftest import FAKE

LONG = 30_000  # milliseconds; a worker has to start
STARTER = msgspec.structs.replace(FAKE, starter=True)  # is asked without rules


@pytest.fixture
def told(session):
    told = []
    help_ = session.suggestions
    help_.suggesting.connect(lambda job, text: told.append(("suggesting", job, text)))
    help_.suggested.connect(lambda job, text: told.append(("suggested", job, text)))
    help_.failed.connect(lambda job, problem: told.append(("failed", job, problem.code)))
    help_.stopped.connect(lambda job: told.append(("stopped", job)))
    return told


def test_a_suggestion_comes_word_by_word_and_whole(session, told, qtbot):
    with qtbot.waitSignal(session.suggestions.suggested, timeout=LONG):
        job = session.suggestions.ask("write", "x; say Prompt: a red boat", FAKE)
    assert told[-1] == ("suggested", job, "a red boat")
    assert all(one[:2] == ("suggesting", job) for one in told[:-1])
    qtbot.waitUntil(lambda: session.job(job).state.ended)
    record = session.job(job)
    assert record.state is JobState.DONE and isinstance(record.job, Suggest)
    assert (lane_of(record.job), title_of(record.job)) == ("language", "x; say Prompt: a red boat")
    assert session.chats.recent() == []


def test_one_that_is_not_wanted_any_more_stops(session, told, qtbot):
    job = session.suggestions.ask("write", "x; slow 1000 0.01", FAKE)
    with qtbot.waitSignal(session.suggestions.stopped, timeout=LONG):
        session.suggestions.stop(job)
    assert told == [("stopped", job)]


def test_an_answer_without_words_is_told(session, told, qtbot):
    with qtbot.waitSignal(session.suggestions.failed, timeout=LONG):
        job = session.suggestions.ask("write", "x; say ``````", FAKE)
    assert told[-1] == ("failed", job, "suggestion_empty")


def test_what_goes_wrong_is_told(session, told, qtbot):
    with qtbot.waitSignal(session.suggestions.failed, timeout=LONG):
        job = session.suggestions.ask("translate", "x; memory", FAKE)
    assert told[-1] == ("failed", job, "memory_exhausted")


def test_no_words_and_no_listed_server_are_refused(session):
    with pytest.raises(PromptEmpty):
        session.suggestions.ask("write", " \n", FAKE)
    with pytest.raises(ServerNotListed):
        session.suggestions.ask("write", "a boat", server_model("http://127.0.0.1:1", "m"))


def test_one_cut_short_by_a_crash_is_not_offered_again(open_session, qtbot):
    first = open_session()
    interrupted = []
    with qtbot.waitSignal(first.job_changed, timeout=LONG, check_params_cb=lambda r: r.state == "running"):
        job = first.suggestions.ask("write", "x; slow 1000 0.01", STARTER)
    first.close()
    second = open_session()
    second.jobs_interrupted.connect(interrupted.append)
    assert second.job(job).state is JobState.STOPPED and second.job(job).problem is None
    assert interrupted == []


@pytest.mark.long
@pytest.mark.parametrize("purpose", ["write", "translate"])
def test_the_starter_helps_with_a_chinese_idea(session, qtbot, purpose):
    if not session.models.installed(Ability.REPLY):
        qtbot.waitSignal(session.models.changed, timeout=LONG).wait()
    [scribe] = [one for one in session.models.installed(Ability.REPLY) if one.id == "starter/scribe"]
    with qtbot.waitSignal(session.suggestions.suggested, timeout=LONG) as told:
        session.suggestions.ask(purpose, "海上一只红色的帆船，日落", scribe)
    text = told.args[1]
    if purpose == "translate":
        assert not is_chinese(text) and "red" in text and "sunset" in text
    else:
        assert is_chinese(text) and "红" in text and len(text) > 12
