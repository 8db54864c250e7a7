"""What is asked of the language lane while nobody waits for it: counts and titles."""

import msgspec
import pytest

from studio.core.conversations import Branch, Conversation, Said
from studio.core.jobs import ReadContext, Suggest
from studio.core.messages import Phase, Stage
from studio.core.sampling import Sampling
from studio.core.settings import Settings
from studio.session.chat_context import ABOUT
from tests.session.chatting import WRITER

LETTER = Said(text="n")


@pytest.fixture
def counted(chat):
    counted = []
    chat.context.counted.connect(counted.append)
    return counted


def ask(chat, branch, said=LETTER, model=WRITER, ahead=True):
    """The job that comes of it, None for none; without the pause that a person makes."""
    before = {job.id for job in chat.engine.jobs}
    chat.context.ask(branch, said, model, Sampling(), ahead)
    chat.context._asking.stop()
    chat.context._look()
    return next((job for job in chat.engine.jobs if job.id not in before), None)


def test_what_would_be_read_is_counted_without_a_trace(chat, counted):
    conversation = chat.begin("sea", system="Be brief.")
    told = []
    chat.flow.job_added.connect(told.append)
    job = ask(chat, chat.branch(conversation), Said(text="now"))
    assert isinstance(job, ReadContext) and job.ahead
    sent = [turn for turn in job.turns if turn.message]
    assert [turn.content for turn in job.turns] == ["Be brief.", "sea", "SEA", "now"]
    assert [turn.message for turn in sent] == [one.id for one in chat.branch(conversation).messages]
    chat.engine.count(job, 40)
    chat.engine.finish(job)
    assert [(one.conversation, one.use.total) for one in counted] == [(conversation.id, 40)]
    assert told == [] and chat.library.jobs.get(job.id) is None
    assert not (chat.library.paths.staging / chat.instance.id).exists()


def test_the_turns_are_those_of_the_answer(chat):
    conversation = chat.begin("one", "two")
    counted = ask(chat, chat.branch(conversation), Said(text="three")).turns
    sent = chat.send(conversation, "three").turns
    assert [msgspec.structs.replace(turn, message="") for turn in sent] == [
        msgspec.structs.replace(turn, message="") for turn in counted
    ]


def test_what_the_window_has_not_read_is_counted_too(chat):
    conversation = chat.begin("one", "two")
    shown = chat.library.chats.branch(conversation.id, last=1)
    assert [turn.content for turn in ask(chat, shown).turns] == ["one", "ONE", "two", "TWO", "n"]


def test_what_cannot_be_sent_is_not_counted(chat, counted):
    conversation = chat.begin("one", "two")
    for last in (None, 1):
        branch = chat.library.chats.branch(conversation.id, last=last)
        assert ask(chat, branch, Said(text="x" * 2_000_001)) is None


def test_a_conversation_that_is_not_begun_has_its_say(chat, counted):
    set_up = Conversation(id="", created=0, updated=0, system="Be brief.")
    job = ask(chat, Branch(conversation=set_up, messages=(), siblings={}))
    assert [turn.content for turn in job.turns] == ["Be brief.", "n"]
    chat.engine.count(job, 7)
    assert counted[0].conversation == ""
    assert [turn.content for turn in ask(chat, None, Said(text="hm")).turns] == ["hm"]
    assert ask(chat, None, Said()) is None  # nothing is there to be counted


def test_the_newest_question_replaces_the_others(chat, counted):
    conversation = chat.begin("sea")
    first = ask(chat, chat.branch(conversation))
    second = ask(chat, chat.branch(conversation), Said(text="no"))
    assert ("cancel", first.id) in chat.engine.order
    assert [job.id for job in chat.engine.jobs] == [second.id]
    chat.engine.count(first, 1)  # it was on its way
    chat.engine.count(second, 2)
    assert [one.use.total for one in counted] == [2]


def test_it_gives_way_before_the_answer_is_asked_for(chat, counted):
    conversation = chat.begin("sea")
    job = ask(chat, chat.branch(conversation))
    reply = chat.send(conversation, "now")
    assert chat.engine.order[-2:] == [("cancel", job.id), ("submit", reply.id)]
    chat.engine.count(job, 1)
    chat.engine.finish(reply)
    assert counted == [] and chat.engine.jobs == []  # what was sent was counted by its answer


def test_a_load_that_the_answer_needs_too_goes_on_until_the_model_is_there(chat):
    conversation = chat.begin("sea")
    chat.engine.loaded = ()
    job, lent = ask(chat, chat.branch(conversation)), []
    chat.asides.phase_lent.connect(lent.append)
    chat.engine.phase_changed.emit(Phase(job=job.id, stage=Stage.STARTING))
    reply = chat.send(conversation, "now")
    loading = Phase(job=job.id, stage=Stage.LOADING, done=1, total=2)
    chat.engine.phase_changed.emit(loading)
    assert ("cancel", job.id) not in chat.engine.order
    assert lent == [msgspec.structs.replace(loading, job=reply.id)]
    chat.engine.phase_changed.emit(Phase(job=job.id, stage=Stage.READING))
    assert chat.engine.order[-1] == ("cancel", job.id)


def test_it_waits_for_the_lane_and_for_nobody_else(chat):
    conversation = chat.begin("sea")
    reply = chat.send(chat.begin(), "elsewhere")
    assert ask(chat, chat.branch(conversation)) is None
    chat.engine.finish(reply)
    assert isinstance(chat.engine.last, ReadContext)
    chat.context.cancel()
    assert chat.engine.jobs == []


def test_a_failed_count_is_silent(chat, counted):
    chat.engine.fail(ask(chat, chat.branch(chat.begin("sea"))))
    assert (counted, chat.writes.problems, chat.engine.jobs) == ([], [], [])


LOADS = {
    "a letter": (LETTER, True, True, True),
    "nothing": (Said(), True, True, False),
    "no room": (LETTER, False, True, False),
    "not wanted": (LETTER, True, False, False),
}


@pytest.mark.parametrize(("said", "roomy", "wanted", "loads"), LOADS.values(), ids=LOADS.keys())
def test_a_model_is_loaded_for_it_only_where_that_disturbs_nobody(chat, said, roomy, wanted, loads):
    conversation = chat.begin("sea")
    chat.engine.loaded, chat.engine.roomy = (), roomy
    chat.settings = Settings(read_ahead=wanted)
    assert (ask(chat, chat.branch(conversation), said) is not None) == loads
    if not loads:
        chat.engine.loaded = (WRITER.id,)  # somebody else needed it
        chat.engine.rest()
        assert isinstance(chat.engine.last, ReadContext) and chat.engine.last.ahead == wanted


def test_who_types_on_is_asked_about_once(chat, qtbot):
    branch = chat.branch(chat.begin("sea"))
    for text in ("n", "no", "now"):
        chat.context.ask(branch, Said(text=text), WRITER, Sampling(), True)
    qtbot.waitUntil(lambda: bool(chat.engine.jobs))
    assert [job.turns[-1].content for job in chat.engine.jobs] == ["now"]
    assert chat.context._asides.running(ABOUT)


# Titles.


@pytest.fixture
def entitled(chat):
    """Gives a first answer and then this title."""
    chat.settings = Settings(suggest_titles=True)

    def play(title, question="Why is the sea blue in summer?", **fields):
        conversation = chat.begin(question, **fields)
        chat.engine.finish(chat.engine.last, title)
        return chat.library.chats.get(conversation.id)

    return play


def test_the_model_names_the_conversation_after_the_first_answer(chat, entitled):
    told = []
    chat.desk.conversation_changed.connect(told.append)
    conversation = entitled('Title: "The blue of the sea."')
    assert (conversation.title, conversation.named) == ("The blue of the sea", False)
    assert told[-1] == conversation
    chat.send(conversation, "And in winter?")
    chat.answer("Grey.")
    assert chat.engine.jobs == []  # it is asked once


def test_chinese_conversations_have_chinese_titles(entitled):
    assert entitled("大海的颜色", "为什么大海是蓝色的？").title == "大海的颜色"


@pytest.mark.parametrize(
    "title",
    [
        "",
        " \n",
        "<think>The sea",
        "The sea\nIt is blue.",
        "The sea " * 10,
        "Give this conversation a title of at most six words",
        "A cosy cottage with flowers",  # nothing of it was said
        "What a lovely day in summer",  # and of this only the end
        "assistant: the sea",
        "the sea <|im_end|>",
    ],
)
def test_what_is_no_title_leaves_the_first_words(entitled, title):
    assert entitled(title).title == "Why is the sea blue in summer?"


def test_what_the_person_said_stays(chat):
    chat.settings = Settings(suggest_titles=True)
    conversation = chat.begin("Why is the sea blue?")
    suggestion = chat.engine.last
    chat.desk.rename(conversation.id, "Mine")
    chat.engine.finish(suggestion, "The blue sea")
    assert chat.library.chats.get(conversation.id).title == "Mine"
    named = chat.desk.begin()
    chat.desk.rename(named.id, "Mine too")
    chat.send(named, "Why?")
    chat.answer("So.")
    assert chat.engine.jobs == []


def test_nobody_waits_for_a_title(chat):
    chat.settings = Settings(suggest_titles=True)
    conversation = chat.begin("Why is the sea blue?")
    suggestion = chat.engine.last
    assert isinstance(suggestion, Suggest)
    reply = chat.send(conversation, "And the sky?")
    assert chat.engine.jobs == [reply]
    chat.engine.finish(reply)
    again = chat.engine.last  # it begins anew
    assert again.turns == suggestion.turns and again.id != suggestion.id
    chat.engine.finish(again, "The blue sea")
    assert chat.library.chats.get(conversation.id).title == "The blue sea"


def test_a_count_goes_before_a_title(chat, counted):
    chat.settings = Settings(suggest_titles=True)
    conversation = chat.begin("Why is the sea blue?")
    suggestion = chat.engine.last
    job = ask(chat, chat.branch(conversation))
    assert chat.engine.jobs == [job] and ("cancel", suggestion.id) in chat.engine.order
    chat.engine.count(job, 3)
    chat.engine.finish(job)
    assert len(counted) == 1
    chat.engine.finish(chat.engine.last, "The blue sea")
    assert chat.library.chats.get(conversation.id).title == "The blue sea"


def test_no_title_is_asked_for_where_it_is_not_wanted_or_the_answer_is_not_whole(chat):
    chat.settings = Settings(suggest_titles=False)
    chat.begin("Why is the sea blue?")
    assert chat.engine.jobs == []
    chat.settings = Settings(suggest_titles=True)
    chat.engine.cancel(chat.send(chat.begin(), "Why is the sea blue?").id)
    chat.engine.rest()
    assert chat.engine.jobs == []
