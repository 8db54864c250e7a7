"""Old messages summed up: what is covered, what is read in its place, and what becomes of a broken one."""

import msgspec
import pytest

from studio.core.conversations import MessageState, Said
from studio.core.sampling import Sampling
from studio.session.chat_compaction import end_of_old, tokens_about
from studio.session.chat_turns import SUMMARY_OPENING, turns_of
from tests.session.chatting import WRITER

ROOMY = msgspec.structs.replace(WRITER, context_length=8192)
SMALL = msgspec.structs.replace(WRITER, context_length=1024)


def contents(turns):
    return [turn.content for turn in turns]


def read(chat, conversation):
    """What the model would read of the shown branch."""
    return contents(turns_of(chat.branch(conversation), chat.library.paths.library))


def compact(chat, conversation, model=ROOMY):
    """The job that was asked for."""
    chat.desk.compact(conversation.id, model, Sampling(temperature=0.5, stop=("\n",)))
    return chat.engine.last


@pytest.fixture
def summed_up(chat):
    """A conversation whose first exchange is summed up, with what came of it."""
    conversation = chat.begin("one", "two", system="Be brief.")
    job = compact(chat, conversation)
    chat.engine.say(job, "They counted.", 3)
    chat.engine.finish(job)
    return conversation, chat.library.chats.message(job.message)


def test_a_summary_is_asked_for_with_all_that_it_covers(chat):
    added = []
    chat.desk.message_added.connect(added.append)
    conversation = chat.begin("one", "two", system="Be brief.")
    job = compact(chat, conversation)
    first, last = chat.branch(conversation).messages[1], chat.branch(conversation).messages[-1]
    summary = added[-1]
    assert (summary.role, summary.parent, summary.id) == ("summary", first.id, job.message)
    assert contents(job.turns[:-1]) == ["Be brief.", "one", "ONE"]
    assert "Sum up" in job.turns[-1].content
    assert job.summary_of == chat.library.chats.get(job.conversation).title != ""
    assert all(turn.kept for turn in job.turns)  # none of them is ever left out for want of room
    assert (job.sampling.temperature, job.sampling.stop) == (0.5, ())
    assert chat.branch(conversation).conversation.leaf == last.id  # it stands beside the tree


def test_it_is_read_in_the_place_of_what_it_covers(chat, summed_up):
    conversation, summary = summed_up
    assert summary.state is MessageState.COMPLETE
    said = [f"{SUMMARY_OPENING}\nThey counted.", "two", "TWO"]
    assert read(chat, conversation) == ["Be brief.", *said]
    job = chat.send(conversation, "three")
    assert contents(job.turns) == ["Be brief.", *said, "three"]
    assert chat.texts(conversation)[:2] == ["one", "ONE"]  # nothing is gone


def test_it_can_be_reworded_and_switched_off_and_on(chat, summed_up):
    conversation, summary = summed_up
    chat.desk.edit_summary(summary.id, "Up to one.")
    assert read(chat, conversation)[1] == f"{SUMMARY_OPENING}\nUp to one."
    chat.desk.exclude_message(summary.id, True)
    assert read(chat, conversation) == ["Be brief.", "one", "ONE", "two", "TWO"]
    chat.desk.exclude_message(summary.id, False)
    assert "one" not in read(chat, conversation)


def test_what_is_pinned_is_read_beside_it(chat, summed_up):
    conversation, _ = summed_up
    chat.desk.pin_message(chat.branch(conversation).messages[0].id, True)
    assert read(chat, conversation)[2:] == ["one", "two", "TWO"]


def test_another_branch_reads_its_own_messages(chat, summed_up):
    conversation, _ = summed_up
    first = chat.branch(conversation).messages[0]
    chat.desk.edit(first.id, Said(text="other"), WRITER)
    assert contents(chat.engine.last.turns) == ["Be brief.", "other"]
    chat.engine.cancel(chat.engine.last.id)
    chat.desk.regenerate(chat.branch(conversation, None).messages[-1].id, WRITER)
    assert contents(chat.engine.last.turns) == ["Be brief.", "other"]


def test_the_next_one_begins_with_the_one_before(chat, summed_up):
    conversation, _ = summed_up
    chat.send(conversation, "three")
    chat.answer("THREE")
    job = compact(chat, conversation)
    assert contents(job.turns[:-1]) == ["Be brief.", f"{SUMMARY_OPENING}\nThey counted.", "two", "TWO"]
    chat.engine.say(job, "Still counting.", 3)
    chat.engine.finish(job)
    assert read(chat, conversation) == ["Be brief.", f"{SUMMARY_OPENING}\nStill counting.", "three", "THREE"]
    chat.desk.exclude_message(job.message, True)
    assert read(chat, conversation)[1:3] == [f"{SUMMARY_OPENING}\nThey counted.", "two"]


@pytest.mark.parametrize("end", ["stop", "fail", "crash"])
def test_a_broken_one_is_not_used(chat, end):
    conversation = chat.begin("one", "two")
    job = compact(chat, conversation)
    chat.engine.say(job, "They", 1)
    match end:
        case "stop":
            chat.engine.cancel(job.id)
        case "fail":
            chat.engine.fail(job)
        case _:
            chat.crash()
    summary = chat.library.chats.message(job.message)
    assert summary.text == "They" and summary.state is not MessageState.COMPLETE
    assert read(chat, conversation) == ["one", "ONE", "two", "TWO"]
    if end == "crash":
        chat.desk.resume(job)
        assert chat.library.jobs.interrupted() == []
    else:
        compact(chat, conversation)
    again = chat.engine.last
    assert again.message != summary.id and again.begun == ""
    chat.engine.say(again, "They counted.", 3)
    chat.engine.finish(again)
    assert read(chat, conversation)[0].endswith("They counted.")


def test_one_written_by_hand_after_a_crash_is_not_offered_again(chat):
    job = compact(chat, chat.begin("one", "two"))
    chat.crash()
    chat.desk.edit_summary(job.message, "They counted.")
    chat.desk.resume(job)
    assert chat.library.jobs.interrupted() == [] and chat.engine.jobs == []


def test_thoughts_are_no_part_of_it(chat):
    conversation = chat.begin("one", "two")
    job = compact(chat, conversation)
    chat.engine.say(job, "<think>What was it?</think>\n\nThey counted.", 3)
    chat.engine.finish(job)
    assert read(chat, conversation)[0] == f"{SUMMARY_OPENING}\nThey counted."


def test_one_that_is_written_cannot_be_reworded(chat):
    job = compact(chat, chat.begin("one", "two"))
    chat.desk.edit_summary(job.message, "Mine.")
    assert chat.writes.problems == ["answer_under_way"]


@pytest.mark.parametrize("said", [(), ("one",)])
def test_too_little_is_not_summed_up(chat, said):
    conversation = chat.begin(*said)
    chat.desk.compact(conversation.id, ROOMY)
    assert chat.writes.problems == ["nothing_to_sum_up"]
    assert chat.engine.jobs == []


def test_what_is_summed_up_already_is_not_again(chat, summed_up):
    conversation, _ = summed_up
    chat.desk.compact(conversation.id, ROOMY)
    assert chat.writes.problems == ["nothing_to_sum_up"]


def test_the_question_is_in_the_language_of_the_conversation(chat):
    job = compact(chat, chat.begin("你好，我们来谈谈海。", "海为什么是蓝色的？"))
    assert "总结" in job.turns[-1].content


def test_a_long_history_is_summed_up_in_stretches_that_fit(chat):
    asked = [f"question {number} " + "word " * 60 for number in range(10)]
    conversation = chat.begin(*asked)
    job, jobs = compact(chat, conversation, SMALL), []
    while job not in jobs:
        jobs.append(job)
        chat.engine.say(job, f"Summary {len(jobs)}.", 3)
        chat.engine.finish(job)
        job = chat.engine.last if chat.engine.jobs else job
    assert len(jobs) > 2
    covered = []
    for number, job in enumerate(jobs):
        assert sum(len(content) // 4 for content in contents(job.turns)) < 1024
        texts = contents(job.turns[:-1])
        if number:
            assert texts[0] == f"{SUMMARY_OPENING}\nSummary {number}."
            texts = texts[1:]
        covered += texts
    whole = chat.texts(conversation)
    assert covered == whole[: len(covered)]  # each message once, and none is skipped
    left = read(chat, conversation)
    assert left == [f"{SUMMARY_OPENING}\nSummary {len(jobs)}.", *whole[len(covered) :]]


def test_a_stop_between_leaves_what_is_summed_up_in_use(chat):
    conversation = chat.begin(*(f"question {number} " + "word " * 60 for number in range(10)))
    first = compact(chat, conversation, SMALL)
    chat.engine.say(first, "Summary.", 3)
    chat.engine.finish(first)
    second = chat.engine.last
    chat.engine.cancel(second.id)
    assert chat.engine.jobs == []
    assert read(chat, conversation)[0] == f"{SUMMARY_OPENING}\nSummary."


def test_the_newest_messages_stay(chat):
    conversation = chat.begin("one", "two " * 300, "three", "four")
    messages = chat.branch(conversation).messages
    assert end_of_old(messages, 100_000) == end_of_old(messages, 200) == 4
    assert end_of_old(messages, 10) == 6  # the last exchange stays, whatever it takes
    assert tokens_about(messages[0]) < tokens_about(messages[2])
