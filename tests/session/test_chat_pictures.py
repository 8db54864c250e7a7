"""Pictures of what was said: the prompt, the job, the message, and what becomes of them."""

import msgspec
import pytest

from studio.core.conversations import MessageState
from studio.core.jobs import GenerateImages, Suggest
from studio.core.model import Ability
from studio.session.chat_turns import turns_of
from tests.session.chatting import WRITER

PAINTER = msgspec.structs.replace(WRITER, id="local/painter", name="Painter", abilities=(Ability.GENERATE,))


@pytest.fixture
def conversation(chat):
    return chat.begin("a red boat")


def ask(chat, conversation, writer=WRITER):
    """Of the last message; the job that writes the prompt, and the picture's message."""
    chat.desk.make_picture(chat.branch(conversation).messages[-1].id, writer, PAINTER)
    return chat.engine.last, shown(chat, conversation)


def shown(chat, conversation):
    return chat.branch(conversation).messages[-1]


def test_a_picture_of_an_answer_comes_into_the_chat(chat, conversation):
    answer = shown(chat, conversation)
    writing, picture = ask(chat, conversation)
    assert isinstance(writing, Suggest) and writing.purpose == "picture"
    assert (picture.role, picture.parent, picture.text) == ("picture", answer.id, "")
    assert (picture.state, picture.job) == (MessageState.STREAMING, writing.id)
    chat.engine.finish(writing, "Prompt: a red boat, calm sea")
    painting = chat.engine.last
    assert isinstance(painting, GenerateImages) and painting.model == PAINTER
    assert painting.prompt == "a red boat, calm sea"
    picture = shown(chat, conversation)
    assert (picture.text, picture.job) == ("a red boat, calm sea", painting.id)
    assert chat.told[-1] == picture
    asset = chat.paint(painting)
    picture = shown(chat, conversation)
    assert (picture.assets, picture.state) == ((asset,), MessageState.STREAMING)
    chat.engine.finish(painting)
    picture = shown(chat, conversation)
    assert (picture.assets, picture.state) == ((asset,), MessageState.COMPLETE)
    assert chat.told[-1] == picture
    read = turns_of(chat.branch(conversation), chat.library.paths.library)
    assert [turn.content for turn in read] == ["a red boat", "A RED BOAT"]  # no model reads it


def test_a_picture_whose_job_comes_late_is_not_given_up(chat, conversation, monkeypatch):
    generate, waiting = chat.desk._pictures._generate, []
    monkeypatch.setattr(chat.desk._pictures, "_generate", lambda *call: waiting.append(call))
    writing, _ = ask(chat, conversation)
    chat.engine.finish(writing, "a red boat, calm sea")
    chat.library.settle_answers()  # a neighbour looks while the model's parts are looked for
    assert shown(chat, conversation).state is MessageState.INTERRUPTED
    generate(*waiting[0])
    assert shown(chat, conversation).state is MessageState.STREAMING
    painting = chat.engine.last
    asset = chat.paint(painting)
    chat.engine.finish(painting)
    assert (shown(chat, conversation).assets, chat.told[-1].state) == ((asset,), MessageState.COMPLETE)


def test_where_no_prompt_is_written_the_own_words_are_one_and_that_is_told(chat, conversation):
    writing, _ = ask(chat, conversation)
    chat.engine.finish(writing, "```")
    assert chat.writes.problems == ["prompt_not_written"]
    assert chat.engine.last.prompt == shown(chat, conversation).text == "A RED BOAT"


def test_the_starter_is_asked_in_the_words_it_knows(chat):
    conversation = chat.begin("a red boat " * 100)
    writing, _ = ask(chat, conversation, msgspec.structs.replace(WRITER, starter=True))
    [turn] = writing.turns
    assert turn.content.startswith("Write a full prompt for: ") and len(turn.content) < 400


@pytest.mark.parametrize(
    ("answer", "prompt"),
    [
        ("Watercolour, a red boat, calm sea.", "Watercolour, a red boat, calm sea."),
        ("I am sorry, I cannot help with boats, or riddles. Ask me for a story.", "A RED BOAT"),
        ("a cosy cottage, flowers, morning light", "A RED BOAT"),
    ],
)
def test_small_talk_of_the_starter_is_not_painted(chat, conversation, answer, prompt):
    writing, _ = ask(chat, conversation, msgspec.structs.replace(WRITER, starter=True))
    chat.engine.finish(writing, answer)
    assert chat.engine.last.prompt == prompt


@pytest.mark.parametrize("when", ["writing", "painting"])
def test_it_can_be_stopped(chat, conversation, when):
    writing, _ = ask(chat, conversation)
    if when == "painting":
        chat.engine.finish(writing, "a red boat")
    chat.engine.cancel(shown(chat, conversation).job)
    assert shown(chat, conversation).state is MessageState.STOPPED
    assert chat.engine.jobs == [] and chat.writes.problems == []


def test_a_picture_that_fails_says_so(chat, conversation):
    writing, _ = ask(chat, conversation)
    chat.engine.finish(writing, "a red boat")
    chat.engine.fail(chat.engine.last)
    assert shown(chat, conversation).state is MessageState.FAILED
    assert shown(chat, conversation).text == "a red boat"


@pytest.mark.parametrize("painted", [False, True])
def test_a_crash_leaves_it_to_be_gone_on_with(chat, conversation, painted):
    writing, _ = ask(chat, conversation)
    chat.engine.finish(writing, "a red boat")
    job = chat.engine.last
    if painted:  # and only the word of it was missing
        asset = chat.paint(job)
    chat.crash()
    picture = shown(chat, conversation)
    if painted:
        assert (picture.state, picture.assets) == (MessageState.COMPLETE, (asset,))
        return
    assert (picture.state, picture.assets) == (MessageState.INTERRUPTED, ())
    chat.desk.resume_pictures([job.id])
    chat.flow.requeue([job.id])
    assert shown(chat, conversation).state is MessageState.STREAMING
    asset = chat.paint(chat.engine.last)
    chat.engine.finish(chat.engine.last)
    picture = shown(chat, conversation)
    assert (picture.state, picture.assets) == (MessageState.COMPLETE, (asset,))


def test_a_crash_while_the_prompt_is_written_is_told_in_the_message(chat, conversation):
    ask(chat, conversation)
    chat.crash()
    assert shown(chat, conversation).state is MessageState.INTERRUPTED


def test_the_conversation_goes_on_beside_it(chat, conversation):
    writing, picture = ask(chat, conversation)
    reply = chat.send(conversation, "and now?")
    assert [turn.content for turn in reply.turns] == ["a red boat", "A RED BOAT", "and now?"]
    assert chat.branch(conversation).messages[2].id == picture.id
    chat.engine.finish(writing, "a red boat")
    assert chat.writes.problems == []


def test_none_is_begun_below_an_answer_that_is_still_written(chat, conversation):
    answer = shown(chat, conversation)
    chat.send(conversation, "more")
    chat.desk.make_picture(answer.id, WRITER, PAINTER)
    assert chat.writes.problems == ["answer_under_way"]


def test_what_says_nothing_cannot_be_painted(chat):
    conversation = chat.begin()
    chat.engine.finish(chat.send(conversation, "hello"))
    chat.desk.make_picture(shown(chat, conversation).id, WRITER, PAINTER)
    assert chat.writes.problems == ["message_empty"]


def test_one_whose_conversation_is_erased_meanwhile_is_painted_all_the_same(chat, conversation):
    writing, _ = ask(chat, conversation)
    chat.engine.finish(writing, "a red boat")
    job = chat.engine.last
    chat.library.chats.remove(conversation.id)
    asset = chat.paint(job)
    chat.engine.finish(job)
    assert chat.library.assets.get(asset) is not None
    assert chat.writes.problems == []
