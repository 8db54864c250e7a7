"""Answers that go on, that are made beside each other, or that meet something else on their way."""

import pytest

from studio.core import job_checks
from studio.core.conversations import Attachment, Conversation, Message, MessageState, Said
from studio.core.errors import DiskFull, MessageEmpty
from studio.core.ids import new_id
from studio.core.personas import Example, Persona
from studio.core.sampling import Sampling
from studio.session import chat_turns
from studio.session.recovery import stop_left
from studio.store.chat_files.markdown import as_markdown
from studio.store.chat_files.pictures import Beside, Source
from tests.session.chatting import WRITER


def states(chat, conversation):
    return [message.state for message in chat.branch(conversation).messages]


def test_an_answer_that_was_stopped_goes_on_in_the_same_message(chat):
    conversation = chat.begin()
    job = chat.send(conversation, "Tell me of the sea.")
    chat.engine.say(job, "It is ", 2)
    chat.engine.cancel(job.id)
    answer = chat.branch(conversation).messages[-1]
    assert (answer.text, answer.state) == ("It is ", MessageState.STOPPED)
    more = chat.desk.go_on(answer.id, WRITER, Sampling())
    job = chat.engine.last
    assert (job.id, job.message, job.begun, job.begun_tokens) == (more, answer.id, "It is ", 2)
    assert [turn.content for turn in job.turns] == ["Tell me of the sea."]
    assert (chat.told[-1].state, chat.told[-1].job) == (MessageState.STREAMING, more)
    added = []
    chat.desk.tokens_added.connect(added.append)
    chat.engine.say(job, "deep", 1)
    assert (added[0].text, added[0].count) == ("deep", 3)
    assert chat.branch(conversation).messages[-1].text == "It is deep"  # in the journal already
    chat.engine.finish(job)
    answer = chat.branch(conversation).messages[-1]
    assert (answer.text, answer.state, answer.tokens) == ("It is deep", MessageState.COMPLETE, 3)
    assert (answer.finish, len(chat.branch(conversation).messages)) == ("stop", 2)


def test_a_conversation_that_is_longer_than_any_model_reads_is_answered_all_the_same(chat, monkeypatch):
    conversation = chat.begin("first", "second")
    monkeypatch.setattr(chat_turns, "CONVERSATION_LIMIT", 20)
    monkeypatch.setattr(job_checks, "CONVERSATION_LIMIT", 20)
    chat.desk.pin_message(chat.branch(conversation).messages[0].id, True)
    job = chat.send(conversation, "third")
    assert [turn.content for turn in job.turns] == ["first", "third"] and job.left_out == 3
    assert chat.writes.problems == []


def test_it_goes_on_after_every_crash_and_loses_nothing(chat):
    conversation = chat.begin()
    job, whole = chat.send(conversation, "Count."), ""
    for number in range(3):
        word = f"{number} "
        chat.engine.say(job, word, 1)
        chat.crash()
        whole += word
        answer = chat.branch(conversation).messages[-1]
        assert (answer.text, answer.state) == (whole, MessageState.INTERRUPTED)
        chat.desk.resume(job)
        job = chat.engine.last
        assert job.begun == whole
    assert chat.library.jobs.interrupted() == []  # what went on is offered no more
    chat.engine.finish(job)
    assert chat.branch(conversation).messages[-1].text == whole
    chat.desk.go_on(answer.id, WRITER, Sampling())  # also more of a whole one
    assert chat.engine.last.begun == whole


def test_one_that_fails_on_its_way_on_keeps_what_was_there(chat):
    conversation = chat.begin("sea")
    answer = chat.branch(conversation).messages[-1]
    chat.desk.go_on(answer.id, WRITER, Sampling())
    chat.engine.fail(chat.engine.last)
    assert chat.texts(conversation) == ["sea", "SEA"]
    assert states(chat, conversation)[-1] is MessageState.FAILED


def test_takes_stand_in_their_order_and_the_first_is_shown(chat):
    conversation = chat.begin()
    job = chat.send(conversation, "Three, please.", takes=3)
    shown = chat.branch(conversation).messages[-1]
    assert shown.id == job.message
    assert chat.branch(conversation).siblings[shown.id] == job.messages
    for take, word in ((2, "three"), (0, "one"), (1, "two")):
        chat.engine.say(job, word, 1, take)
    chat.engine.end_take(job, 2)
    chat.engine.cancel(job.id)
    found = [chat.library.chats.message(one) for one in job.messages]
    assert [one.text for one in found] == ["one", "two", "three"]
    stopped, whole = MessageState.STOPPED, MessageState.COMPLETE
    assert [one.state for one in found] == [stopped, stopped, whole]


def test_what_takes_say_in_one_turn_is_one_write(chat, monkeypatch):
    job = chat.send(chat.begin(), "Three, please.", takes=3)
    writes, added = [], []
    monkeypatch.setattr(chat.writes, "write", lambda *call: writes.append(call))
    chat.desk.tokens_added.connect(added.append)
    for word in ("one", " two"):
        for take in range(3):
            chat.engine.say_more(job, word, 1, take)
    chat.engine.all_told.emit()
    for take in range(3):
        chat.engine.say(job, " three", 2, take)  # waits until those are written
    assert len(writes) == 1 and added == []
    for _ in range(2):
        write, then, _ = writes.pop()
        then(write(chat.library))
    assert [chat.library.chats.message(one).text for one in job.messages] == ["one two three"] * 3
    assert [one.text for one in added] == ["one two"] * 3 + [" three"] * 3
    assert [one.count for one in added] == [1] * 3 + [2] * 3 and writes == []


def test_takes_that_end_in_one_turn_are_one_write_also_with_their_job(chat, monkeypatch):
    job = chat.send(chat.begin(), "Three, please.", takes=4)
    writes, write = [], chat.writes.write_surely
    monkeypatch.setattr(chat.writes, "write_surely", lambda *call: writes.append(write(*call)))
    for take in range(4):
        chat.engine.say_more(job, f"{take}", 1, take)
    for take in (3, 1):
        chat.engine.end_also(job, take)
    assert writes == []
    chat.engine.all_told.emit()
    assert len(writes) == 1 and [one.text for one in chat.told[-2:]] == ["3", "1"]
    chat.engine.say_more(job, "!", 2, 0)
    chat.engine.end_also(job, 0)
    chat.engine.cancel(job.id)
    chat.engine.all_told.emit()
    assert len(writes) == 2
    found = [chat.library.chats.message(one) for one in job.messages]
    assert [one.text for one in found] == ["0!", "1", "2", "3"]
    assert [one.state.value for one in found] == ["complete", "complete", "stopped", "complete"]
    assert [one.finish for one in found] == ["stop", "stop", "", "stop"]


def test_the_file_is_written_once_nothing_is_answered_any_more(chat, monkeypatch):
    conversation, mirrored = chat.begin("one"), []
    monkeypatch.setattr(chat.library, "mirror_dirty", lambda: mirrored.append(chat.texts(conversation)))
    timer = chat.desk._flow._mirroring
    for take in (2, 1):
        job = chat.send(conversation, "more", takes=take)
        chat.engine.say(job, "and ", 1)
        timer.timeout.emit()
        assert mirrored == []
        timer.stop()
        chat.engine.finish(job)
        assert timer.isActive() and mirrored == []
    timer.timeout.emit()
    assert mirrored == [["one", "ONE", "more", "and ", "more", "and "]]


@pytest.mark.parametrize("end", ["goes on", "finishes"])
def test_a_disk_that_is_full_for_a_while_leaves_no_hole(chat, end):
    conversation, added = chat.begin(), []
    chat.desk.tokens_added.connect(added.append)
    job = chat.send(conversation, "Tell me of the sea.")
    chat.engine.say(job, "It ", 1)
    chat.writes.refused = DiskFull(path="studio.db")
    chat.engine.say(job, "is ", 2)
    chat.engine.say(job, "deep ", 3)
    assert [one.text for one in added] == ["It "]  # nothing is shown that is not written
    chat.writes.refused = None
    if end == "goes on":
        chat.engine.say(job, "and blue", 4)
        assert chat.branch(conversation).messages[-1].text == "It is deep and blue"  # before it ends
        assert (added[-1].text, added[-1].count) == ("is deep and blue", 4)
    chat.engine.finish(job)
    assert chat.writes.problems == ["disk_full"]
    if end == "finishes":
        assert [one.text for one in added] == ["It ", "is deep "]
        assert chat.branch(conversation).messages[-1].text == "It is deep "


@pytest.mark.parametrize("end", ["crash", "give up"])
def test_a_crash_leaves_each_take_as_far_as_it_came(chat, end):
    job = chat.send(chat.begin(), "Three, please.", takes=3)
    for take, word in enumerate(("one", "two", "")):
        chat.engine.say(job, word, 1, take)
    chat.engine.end_take(job, 0)
    if end == "crash":
        chat.crash()
    else:
        stop_left(chat.library, chat.instance.id)
    left = MessageState.INTERRUPTED if end == "crash" else MessageState.STOPPED
    found = [chat.library.chats.message(one) for one in job.messages]
    assert [(one.text, one.state) for one in found] == [
        ("one", MessageState.COMPLETE),
        ("two", left),
        ("", left),
    ]
    if end == "crash":
        chat.desk.resume(job)
        assert [(one.message, one.begun) for one in chat.engine.jobs] == [
            (job.messages[1], "two"),
            (job.messages[2], ""),
        ]


def test_nothing_is_said_below_an_answer_that_is_still_written(chat):
    conversation = chat.begin("sea")
    job = chat.send(conversation, "more")
    before = chat.texts(conversation)
    chat.desk.send(conversation.id, Said(text="and more"), WRITER)
    chat.desk.go_on(job.message, WRITER, Sampling())
    assert chat.writes.problems == ["answer_under_way"] * 2
    assert chat.texts(conversation) == before
    assert chat.engine.jobs == [job]
    chat.send(chat.begin(), "elsewhere")  # another conversation does not mind
    assert len(chat.engine.jobs) == 2


def test_an_answer_whose_process_died_meanwhile_is_in_nobodys_way(chat):
    conversation = chat.begin()
    chat.send(conversation, "first")
    chat.library.jobs.interrupt([])  # as a neighbour that opens would have it
    chat.engine.jobs.clear()
    chat.send(conversation, "second")
    assert chat.writes.problems == []
    assert states(chat, conversation)[1] is MessageState.INTERRUPTED


def test_an_answer_whose_process_died_is_told_of_once_somebody_asks(chat, qtbot):
    conversation = chat.begin()
    chat.send(conversation, "hello")
    chat.library.jobs.interrupt([])
    with qtbot.waitSignal(chat.desk.message_changed) as changed:
        chat.desk.settle()
    assert changed.args[0].state is MessageState.INTERRUPTED
    assert changed.args[0].conversation == conversation.id
    with qtbot.assertNotEmitted(chat.desk.message_changed):
        chat.desk.settle()


def test_what_is_said_to_a_conversation_that_is_gone_is_told(chat):
    conversation = chat.begin("sea")
    message = chat.branch(conversation).messages[-1].id
    chat.library.chats.remove(conversation.id)
    away: list[str] = []
    chat.desk.turned_away.connect(away.append)
    asked = [
        chat.desk.send(conversation.id, Said(text="hello"), WRITER),
        chat.desk.edit(message, Said(text="hello"), WRITER),
        chat.desk.go_on(message, WRITER),
    ]
    assert away == asked
    assert chat.writes.problems == ["conversation_gone"] * 3
    assert chat.engine.jobs == []


def test_an_answer_to_a_conversation_in_the_trash_is_kept_there(chat):
    conversation = chat.begin()
    job = chat.send(conversation, "sea")
    chat.desk.trash(conversation.id)
    chat.engine.say(job, "deep", 1)
    chat.engine.finish(job)
    assert chat.texts(conversation) == ["sea", "deep"]
    chat.send(conversation, "again")
    chat.desk.erase(conversation.id)
    assert chat.engine.jobs == [] and chat.writes.problems == []


def test_nothing_is_no_message(chat):
    conversation = chat.begin()
    for said in (Said(), Said(text=" \n"), Said(attachments=(Attachment(id="1", name="empty.txt"),))):
        with pytest.raises(MessageEmpty):
            chat.desk.send(conversation.id, said, WRITER)
    assert chat.texts(conversation) == []


def test_a_fork_goes_its_own_way(chat):
    forked = []
    chat.desk.forked.connect(forked.append)
    conversation = chat.begin("one", "two", system="Be brief.")
    messages = chat.branch(conversation).messages
    chat.desk.fork(conversation.id, messages[1].id)
    copy = forked[0]
    assert chat.texts(copy) == ["one", "ONE"]
    assert copy.system == "Be brief." and copy.id != conversation.id
    chat.send(copy, "three")
    assert chat.texts(conversation) == ["one", "ONE", "two", "TWO"]


def test_what_is_set_is_read_by_the_model(chat):
    who = Persona(id="p", name="Ada", system="You are Ada.", examples=(Example(user="Hi", assistant="Ho"),))
    conversation = chat.begin("secret", persona=who, folder=" Work ", system="Be brief.")
    assert chat.desk.folders() == ["Work"]
    chat.desk.set_notes(conversation.id, "It rains.")
    chat.desk.exclude_message(chat.branch(conversation).messages[0].id, True)
    chat.desk.pin_message(chat.branch(conversation).messages[1].id, True)
    job = chat.send(conversation, "now")
    assert [(turn.block, turn.content) for turn in job.turns] == [
        ("persona", "You are Ada."),
        ("system", "Be brief."),
        ("notes", "It rains."),
        ("persona", "Hi"),
        ("persona", "Ho"),
        ("pinned", "SECRET"),
        ("messages", "now"),
    ]
    chat.desk.rename_folder("Work", "Play")
    assert chat.desk.folders() == ["Play"]
    chat.desk.remove_folder("Play")
    assert chat.desk.folders() == []


def test_an_answer_keeps_the_name_of_who_wrote_it(chat):
    conversation = chat.begin("one")
    for name in ("Ada", "Bob"):
        chat.desk.set_persona(conversation.id, Persona(id=name, name=name))
        chat.send(conversation, "more", takes=2)
        chat.answer(name)
    answers = chat.branch(conversation).messages[1::2]
    assert [one.persona for one in answers] == ["", "Ada", "Bob"]
    other = chat.branch(conversation).siblings[answers[2].id][1]
    assert chat.library.chats.message(other).persona == "Bob"
    chat.desk.set_persona(conversation.id, None)
    chat.desk.go_on(answers[2].id, WRITER)
    assert chat.library.chats.message(answers[2].id).persona == ""
    source = Source(chat.library.chats, chat.library.assets, chat.library.paths.library)
    markdown = as_markdown(*chat.talk(conversation), Beside(source, chat.library.paths.home / "talk.md"))
    assert "## Ada" in markdown and "## Writer" in markdown and "## Bob" in markdown  # the other take
    chat.library.mirror_dirty()
    assert chat.library.mirrors.read(conversation.id) == chat.talk(conversation)


def test_what_is_answered_is_read_even_if_it_is_excluded(chat):
    conversation = chat.begin("sea")
    question, answer = chat.branch(conversation).messages
    chat.desk.exclude_message(question.id, True)
    chat.desk.regenerate(answer.id, WRITER)
    assert [turn.content for turn in chat.engine.last.turns] == ["sea"]


def test_a_copy_or_an_import_goes_on_without_a_job_to_remember(chat):
    conversation = chat.begin("one")
    forked = []
    chat.desk.forked.connect(forked.append)
    chat.desk.fork(conversation.id, chat.branch(conversation).messages[-1].id)
    answer = chat.branch(forked[0]).messages[-1]
    assert answer.job == ""
    chat.desk.go_on(answer.id, WRITER, Sampling())
    chat.answer("!")
    chat.desk.regenerate(answer.id, WRITER)
    assert chat.writes.problems == []
    assert chat.library.chats.message(answer.id).text == "ONE!"


def test_a_greeting_that_answers_nothing_neither_goes_on_nor_is_written_anew(chat):
    conversation = Conversation(id=new_id(), created=1.0, updated=1.0, leaf=new_id())
    greeting = Message(
        id=conversation.leaf,
        conversation=conversation.id,
        parent=None,
        role="assistant",
        text="Hello, I am",
        created=1.0,
    )
    chat.library.chats.put(conversation, [greeting])
    chat.desk.go_on(greeting.id, WRITER, Sampling())
    chat.desk.regenerate(greeting.id, WRITER)
    assert chat.writes.problems == [MessageEmpty.code] * 2 and chat.engine.jobs == []
    assert chat.library.chats.messages(conversation.id) == [greeting]
