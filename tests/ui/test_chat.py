"""Chat through real keys and clicks: sending, streaming, stopping, siblings, and text that stays text."""

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QTextCursor, QTextDocument
from PySide6.QtTest import QTest

from studio.core.conversations import MessageState, Said
from studio.core.jobs import JobState
from studio.core.messages import Note, Stage
from studio.core.records import Problem
from studio.core.sampling import Sampling
from studio.runtime.text.chosen import DEFAULT_TEMPERATURE
from studio.runtime.text.context import DEFAULT_ANSWER
from studio.ui.dialogs.erase import EraseSheet
from studio.ui.panels.chat_inspector_sampling import FIELDS
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.chat_document import QUICK, SLICE
from studio.ui.widgets.markdown import MarkdownWriter
from studio.ui.widgets.markdown_parts import parts_of
from tests.ui.fake_session import SCRIBE, FakeSession
from tests.ui.scenes_chat import talk
from tests.ui.stage import Stage as Window
from tests.ui.test_window import words

LEFT = Qt.MouseButton.LeftButton


def test_settings_that_nobody_made_are_shown_as_they_are_taken():
    common = {field[0]: field[-1] for field in FIELDS}
    assert (common["max_new_tokens"], common["temperature"]) == (DEFAULT_ANSWER, DEFAULT_TEMPERATURE)


@pytest.fixture
def stage(qapp) -> Iterator[Window]:
    stage = Window(session=FakeSession())
    yield stage
    stage.close()


def ask(stage, qtbot, text):
    """Types a message and presses Return; the job that answers."""
    panel = stage.show("chat")
    qtbot.keyClicks(panel.composer.edit, text)
    qtbot.keyClick(panel.composer.edit, Qt.Key.Key_Return)
    return panel, stage.session.jobs()[0].job.id


def shown(panel) -> str:
    return panel.view.toPlainText()


def test_a_message_is_sent_by_return_and_its_answer_streams_in(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    assert panel.composer.edit.toPlainText() == ""
    assert "waits its turn" in shown(panel)
    stage.session.play_start(job)
    assert "waits its turn" not in shown(panel) and "is writing" in shown(panel)
    for number, word in enumerate(("Good ", "**morn", "ing**, 早上好")):
        stage.session.play_tokens(job, word, number + 1)
    assert "早上好" in shown(panel)
    stage.session.play_end(job)
    assert "Good morning, 早上好" in shown(panel)


def test_an_engine_that_comes_up_is_told_instead_of_a_turn(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    stage.session.set_lane("language", starting=True)
    assert "the engine is starting" in shown(panel) and "waits its turn" not in shown(panel)
    stage.settle()
    strip = words(stage.window.strip)
    assert "The engine is starting" in strip and "Nothing running" not in strip
    stage.session.set_lane("language", starting=False)
    stage.session.play_phase(job, Stage.LOADING, 1, 4)
    assert "is writing" in shown(panel) and "Loading 25 %" in words(panel.composer)


def test_shift_return_makes_a_line_and_an_empty_message_is_not_sent(stage, qtbot):
    panel = stage.show("chat")
    qtbot.keyClick(panel.composer.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(panel.composer.edit, Qt.Key.Key_Return)
    assert stage.session.jobs() == []
    qtbot.keyClicks(panel.composer.edit, "x")
    assert panel.composer.edit.toPlainText() == "\nx"


def test_escape_stops_the_answer_and_what_was_written_stays(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    stage.session.play_start(job)
    stage.session.play_tokens(job, "Once upon", 2)
    assert panel.escape()
    assert ("stop", job) in stage.session.calls
    stage.session.play_end(job, JobState.STOPPED)
    assert "Once upon" in shown(panel)
    assert not panel.escape()


def test_answering_again_makes_a_sibling_one_can_walk_to(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    stage.session.play_tokens(job, "The first answer", 3)
    stage.session.play_end(job)
    panel.messages.again.trigger()
    second = stage.session.jobs()[0].job.id
    stage.session.play_tokens(second, "The second answer", 3)
    stage.session.play_end(second)
    assert "2 / 2" in shown(panel)
    assert "The first answer" not in shown(panel)
    panel.messages.before.trigger()
    assert "The first answer" in shown(panel)


def test_rewording_keeps_the_old_message_and_the_draft(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    stage.session.play_end(job)
    qtbot.keyClicks(panel.composer.edit, "a draft")
    panel.messages.edit.trigger()
    assert panel.composer.edit.toPlainText() == "Hello"
    qtbot.keyClicks(panel.composer.edit, " there")
    qtbot.keyClick(panel.composer.edit, Qt.Key.Key_Return)
    assert panel.composer.edit.toPlainText() == "a draft"
    asked = [message.text for message in stage.session.chats.all_messages if message.role == "user"]
    assert asked == ["Hello", "Hello there"]


def test_drafts_belong_to_their_conversation_and_survive_a_restart(stage, qtbot):
    first = stage.session.chats.begin()
    panel = stage.show("chat")
    panel._viewmodel.open(first.id)
    qtbot.keyClicks(panel.composer.edit, "not sent yet")
    panel._new.trigger()
    assert panel.composer.edit.toPlainText() == ""
    panel._viewmodel.open(first.id)
    assert panel.composer.edit.toPlainText() == "not sent yet"
    panel._new.trigger()
    qtbot.keyClick(panel.composer.edit, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert panel.composer.edit.toPlainText() == ""  # what stood elsewhere is no earlier wording of this
    stage.shell.state.flush()
    assert stage.session.settings.window[f"chat.draft.{first.id}"] == "not sent yet"


def test_what_was_sent_can_be_undone_into_the_composer_in_its_own_line_height(stage, qtbot):
    panel, _ = ask(stage, qtbot, "Hello")
    edit = panel.composer.edit
    line = edit.document().firstBlock().blockFormat().lineHeight()
    assert line > 0
    qtbot.keyClick(edit, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert edit.toPlainText() == "Hello"
    for _ in range(3):  # to the beginning and further
        qtbot.keyClick(edit, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert edit.toPlainText() == ""
    assert edit.document().firstBlock().blockFormat().lineHeight() == line


def test_a_conversation_goes_to_the_trash_and_comes_back(stage):
    conversation = talk(stage.session)
    panel = stage.show("chat")
    panel._viewmodel.open(conversation)
    panel._trash.trash.trigger()
    assert panel._viewmodel.conversation_id == ""
    assert panel._viewmodel.conversations.list.row_of(conversation) == -1
    stage.shell.messages.undo()
    assert panel._viewmodel.conversations.list.row_of(conversation) >= 0
    assert panel._viewmodel.conversation_id == panel._list._current() == conversation


def test_a_conversation_that_comes_back_takes_nobody_away_from_another(stage):
    conversation = talk(stage.session)
    panel = stage.show("chat")
    panel._viewmodel.open(conversation)
    panel._trash.trash.trigger()
    other = talk(stage.session)
    panel._viewmodel.open(other)
    stage.shell.messages.undo()
    assert panel._viewmodel.conversation_id == other


def in_trash(stage) -> tuple:
    """A conversation in the trash, opened there."""
    conversation = talk(stage.session)
    stage.session.chats.trash(conversation)
    panel = stage.show("chat")
    QTest.mouseClick(panel._list.trash, Qt.MouseButton.LeftButton)
    panel._list.view.clicked.emit(panel._viewmodel.conversations.list.index(1, 0))
    return panel, conversation


def test_a_conversation_in_the_trash_can_be_read_and_put_back_but_not_gone_on_with(stage, qtbot):
    panel, conversation = in_trash(stage)
    assert panel._viewmodel.conversation_id == conversation
    assert "Lock the seed" in shown(panel) and not panel.composer.isVisible()
    frozen = (panel.messages.again, panel.messages.edit, panel._rename, panel._trash.trash)
    assert not any(one.isEnabled() for one in frozen)
    assert "2 / 2" not in shown(panel) and "again:" not in panel.view.document().toHtml()
    before = list(stage.session.calls)
    panel._viewmodel.regenerate(panel._viewmodel.branch.messages[-1].id)
    assert stage.session.calls == before
    qtbot.mouseClick(next(one for one in panel._bar.findChildren(Button) if "back" in one.text()), LEFT)
    assert panel._viewmodel.conversations.list.rowCount() == 0 and panel._list._nothing.isVisible()
    panel.escape()
    assert panel._viewmodel.conversations.list.row_of(conversation) > 0
    panel._viewmodel.open(conversation)
    assert panel.composer.isVisible() and panel.messages.again.isEnabled()


def test_a_conversation_is_erased_only_after_asking(stage, qtbot):
    panel, conversation = in_trash(stage)
    panel._trash.erase.trigger()
    (sheet,) = stage.frame.findChildren(EraseSheet)
    qtbot.mouseClick(sheet.findChildren(Button)[0], LEFT)
    assert stage.session.chats._conversation(conversation).trashed
    panel._trash.erase.trigger()
    sheet = next(one for one in stage.frame.findChildren(EraseSheet) if one.isVisible())
    qtbot.mouseClick(sheet.findChildren(Button)[-1], LEFT)
    assert ("erase_conversation", conversation) in stage.session.calls
    assert panel._viewmodel.conversation_id == "" and panel.composer.isVisible()
    assert [line.text for line in stage.shell.messages.lines] == ["Conversation deleted for good"]


def test_what_was_erased_cannot_be_taken_out_of_the_trash(stage):
    conversation = talk(stage.session)
    panel = stage.show("chat")
    panel._viewmodel.open(conversation)
    panel._trash.trash.trigger()
    panel._viewmodel.erase(conversation)
    assert [line.text for line in stage.shell.messages.lines] == ["Conversation deleted for good"]


def test_a_new_conversation_and_the_search_lead_out_of_the_trash(stage, qtbot):
    for action in ("_new", "_find"):
        panel, _ = in_trash(stage)
        assert not panel._list.search.isEnabled()
        getattr(panel, action).trigger()
        assert not panel._list.trash.isChecked() and panel._list.search.isEnabled()
        assert panel._viewmodel.conversation_id == ""


def test_a_rewording_that_could_not_be_written_stands_in_the_composer_again(stage, qtbot, monkeypatch):
    panel, job = ask(stage, qtbot, "Hello")
    stage.session.play_end(job)
    qtbot.keyClicks(panel.composer.edit, "a draft")
    panel.messages.edit.trigger()
    qtbot.keyClicks(panel.composer.edit, " there")
    with monkeypatch.context() as full:
        full.setattr(stage.session.chats, "edit", lambda *_: "job")
        qtbot.keyClick(panel.composer.edit, Qt.Key.Key_Return)
    assert panel.composer.edit.toPlainText() == "a draft"
    stage.session.chats.turned_away.emit("job")
    assert panel.composer.edit.toPlainText() == "Hello there"
    qtbot.keyClick(panel.composer.edit, Qt.Key.Key_Return)
    assert panel.composer.edit.toPlainText() == "a draft"
    assert [one.text for one in stage.session.chats.all_messages if one.role == "user"] == [
        "Hello",
        "Hello there",
    ]


def test_a_refusal_is_said_beside_the_button_and_the_text_stays(stage, qtbot):
    stage.session.all_models.clear()
    panel = stage.show("chat")
    qtbot.keyClicks(panel.composer.edit, "Hello")
    qtbot.keyClick(panel.composer.edit, Qt.Key.Key_Return)
    assert panel.composer.edit.toPlainText() == "Hello"
    assert stage.session.jobs() == []
    assert "No installed model can do this." in panel.composer._status.text()


def test_the_view_follows_the_answer_unless_one_has_scrolled_away(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    stage.session.play_tokens(job, "a line\n\n" * 80, 80)
    bar = panel.view.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 0)  # a busy machine writes later
    bar.setValue(0)
    stage.session.play_tokens(job, "more\n\n" * 40, 120)
    stage.settle()
    assert bar.value() == 0


def test_no_two_actions_share_their_keys(stage):
    keys = [one.shortcut().toString() for one in stage.show("chat").actions() if not one.shortcut().isEmpty()]
    assert sorted(keys) == sorted(set(keys))


def test_a_code_block_is_copied_by_its_link(stage):
    conversation = talk(stage.session)
    panel = stage.show("chat")
    panel._viewmodel.open(conversation)
    answer = panel._viewmodel.branch.messages[-1].id
    panel.view.anchorClicked.emit(QUrl(f"code:{answer}:0"))
    assert QGuiApplication.clipboard().text().startswith("for t in dawn")


def long_conversation(session, count=60, text="message {}") -> str:
    """Its id; the last message has the number `count - 1`."""
    conversation = session.chats.begin()
    parent = None
    for number in range(count):
        role = "user" if number % 2 == 0 else "assistant"
        parent = session.chats.add_message(conversation.id, role, text.format(number), parent=parent).id
    return conversation.id


def top_line(panel) -> str:
    """What stands first in sight."""
    return panel.view.cursorForPosition(QPoint(200, 4)).block().text()


def test_older_messages_come_by_scrolling_up_and_one_reads_on_where_one_was(stage, qtbot):
    conversation = long_conversation(stage.session, 100)
    panel = stage.show("chat")
    panel._viewmodel.open(conversation)
    qtbot.waitUntil(lambda: "message 99" in shown(panel))
    assert "message 75" not in shown(panel)
    bar = panel.view.verticalScrollBar()
    stage.settle()
    for oldest in (60, 40, 20, 0):
        qtbot.waitUntil(lambda: not panel.view._document.unfinished)
        bar.setValue(60)
        read = top_line(panel)
        qtbot.waitUntil(lambda oldest=oldest: f"message {oldest}\n" in shown(panel))
        assert top_line(panel) == read
    assert [line for line in shown(panel).splitlines() if line.startswith("message")] == [
        f"message {number}" for number in range(100)
    ]
    bar.setValue(0)
    stage.settle()
    assert "message 0" in shown(panel)
    panel.messages.newest.trigger()
    assert bar.value() == bar.maximum()


def test_a_long_answer_is_written_in_slices_and_the_window_lives_on(stage, qtbot):
    text = "\n\n".join(f"paragraph {number} " + "word " * 50 for number in range(10 * SLICE // 250))
    conversation = long_conversation(stage.session, 4, "question {}")
    asked = stage.session.chats.all_messages[-2]
    stage.session.chats.add_message(conversation, "assistant", text, parent=asked.id)
    panel = stage.show("chat")
    panel._viewmodel.open(conversation)
    assert panel.view._document.unfinished
    assert "paragraph 1 " in shown(panel)
    assert text[-SLICE:].split("\n\n")[-1].strip() not in shown(panel)
    qtbot.waitUntil(lambda: not panel.view._document.unfinished)
    assert [line.strip() for line in shown(panel).splitlines() if line.startswith("paragraph")] == [
        line.strip() for line in text.split("\n\n")
    ]


def test_an_answer_that_grows_while_its_conversation_is_still_being_written_is_whole(stage, qtbot):
    conversation = long_conversation(stage.session, 10, "<think>thought {}</think>message " + "word " * 400)
    panel = stage.show("chat")
    panel._viewmodel.open(conversation)
    stage.session.chats.send(conversation, Said(text="And now?"), SCRIBE)
    job = stage.session.jobs()[0].job.id
    answer, question = panel._viewmodel.branch.messages[1:3]
    while panel.view._document.start_of(question.id) < 0:
        panel.view._document._go_on()
    assert panel.view._document.unfinished
    panel.view.toggle(answer.id)
    stage.session.play_tokens(job, "The **sea", 1)
    stage.session.play_tokens(job, "** is calm.", 2)
    stage.session.play_end(job)
    assert panel.view._document.unfinished
    qtbot.waitUntil(lambda: not panel.view._document.unfinished)
    assert shown(panel).count("The sea is calm.") == 1
    assert "thought 1" in shown(panel) and "thought 3" not in shown(panel)
    assert "is writing" not in shown(panel)


def test_reading_above_in_a_long_code_block_is_not_disturbed_while_it_grows(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    stage.session.play_tokens(job, "```py\n" + "x = 1\n" * 150, 1)
    stage.settle()
    bar = panel.view.verticalScrollBar()
    bar.setValue(bar.maximum() - 200)
    place = bar.value()
    stage.session.play_tokens(job, "y = 2\n" * (QUICK // 6), 2)
    stage.session.play_tokens(job, "z = 3\n", 3)
    qtbot.waitUntil(lambda: "z = 3" in shown(panel))
    assert bar.value() == place


def test_a_failed_answer_says_why_and_can_be_asked_for_again(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    stage.session.play_tokens(job, "Once", 1)
    stage.session.play_end(job, JobState.FAILED, Problem(code="worker_killed", params={"signal": "SIGKILL"}))
    assert "Once" in shown(panel)
    assert "The engine was ended from outside (signal SIGKILL)." in shown(panel)
    answer = panel._viewmodel.branch.messages[-1].id
    panel.view.anchorClicked.emit(QUrl(f"again:{answer}"))
    assert ("regenerate", answer, SCRIBE.id, Sampling()) in stage.session.calls


def test_what_did_not_apply_is_said_below_the_answer(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    stage.session.play_tokens(job, "Yes.", 1)
    stage.session.play_end(job, notes=(Note(code="messages_dropped", params={"count": 3}),))
    assert "The 3 oldest messages no longer fitted and were left out." in shown(panel)


@pytest.mark.parametrize("address", ["again:{}", "copy:{}", "earlier:", "code:{}:0", "edit:{}"])
def test_no_link_of_a_model_is_taken_for_a_command(stage, qtbot, address):
    panel, job = ask(stage, qtbot, "Hello")
    address = address.format(panel._viewmodel.branch.messages[-1].id)
    stage.session.play_tokens(job, f"[click here]({address})", 1)
    stage.session.play_end(job)
    stage.session.calls.clear()
    block = panel.view.document().begin()
    while "click here" not in block.text():
        block = block.next()
    cursor = QTextCursor(block)
    cursor.movePosition(QTextCursor.MoveOperation.Right)
    panel.view.anchorClicked.emit(QUrl(cursor.charFormat().anchorHref()))
    assert stage.session.calls == []
    assert QGuiApplication.clipboard().text() == address


def test_a_system_prompt_in_work_is_kept_with_its_own_conversation(stage, qtbot):
    first = talk(stage.session)
    panel = stage.show("chat")
    panel._viewmodel.open(first)
    stage.frame.activateWindow()
    edit = panel.inspector.system.edit
    edit.setFocus()
    qtbot.waitUntil(edit.hasFocus)
    edit.selectAll()
    qtbot.keyClicks(edit, "Rhyme.")
    panel._new.trigger()
    assert stage.session.chats._conversation(first).system == "Rhyme."
    assert edit.toPlainText() == ""
    assert panel._viewmodel.system == ""


def test_conversations_are_found_by_their_words(stage, qtbot):
    talk(stage.session)
    panel = stage.show("chat")
    model = panel._viewmodel.conversations.list
    whole = model.rowCount()
    panel._list.search.setText("lighthouse")
    qtbot.waitUntil(lambda: model.rowCount() == 1)
    panel._list.search.setText("")
    assert model.rowCount() == whole


def rendered(qapp, text) -> QTextDocument:
    document = QTextDocument()
    writer = MarkdownWriter(QTextCursor(document), "chat", "m", 600, [])
    for part in parts_of(text):
        writer.write(part.tokens)
    return document


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<img src='http://example.com/x.png'>",
        "![boat](http://example.com/x.png)",
        "![boat](file:///etc/passwd)",
        "<b>bold</b> <a href='file:///etc/passwd'>x</a>",
        "&lt;img src=x&gt;",
    ],
)
def test_nothing_from_a_model_is_taken_for_html_or_loaded(qapp, evil):
    html = rendered(qapp, evil).toHtml()
    assert "<img" not in html
    assert "<script" not in html
    assert 'href="file' not in html


ALL_KINDS = """# Title

One *two*
three.

3. a

   more of a
4. b
   - c

```py
x = 1

y = 2
```

|A|B|
|-|-|
|1|2|

> quoted
> again

---
~~~
z
~~~
End."""
LONG_CODE = "Here:\n\n```py\n" + "".join(f"x = {number}\n" for number in range(90)) + "```\nEnd."


def test_chinese_is_emphasised_without_italics(qapp):
    html = rendered(qapp, "*word* and *强调*").toHtml()
    assert re.search("font-style:italic;[^>]*>word<", html)
    assert re.search("font-weight:600;[^>]*>强调<", html)


def test_a_text_is_cut_between_blocks_and_between_the_items_of_a_list():
    assert [ALL_KINDS[part.start :].splitlines()[0] for part in parts_of(ALL_KINDS)] == [
        *("# Title", "One *two*", "3. a", "4. b", "```py", "|A|B|", "> quoted", "---", "~~~", "End.")
    ]


@pytest.mark.parametrize(
    ("text", "step", "code"),
    [
        (ALL_KINDS, 1, ["x = 1\n\ny = 2", "z"]),
        (ALL_KINDS, 3, ["x = 1\n\ny = 2", "z"]),
        (ALL_KINDS, 7, ["x = 1\n\ny = 2", "z"]),
        (LONG_CODE, 13, [LONG_CODE.split("```")[1].removeprefix("py\n").removesuffix("\n")]),
    ],
)
def test_streamed_and_whole_rendering_are_the_same(stage, qtbot, text, step, code):
    panel, job = ask(stage, qtbot, "Hello")
    for number, start in enumerate(range(0, len(text), step), 1):
        stage.session.play_tokens(job, text[start : start + step], number)
    stage.session.play_end(job)
    assert panel._viewmodel.branch.messages[-1].state is MessageState.COMPLETE
    streamed, codes = panel.view.document().toHtml(), dict(panel.view._document.codes)
    panel.view._document.render()
    assert panel.view.document().toHtml() == streamed
    assert panel.view._document.codes == codes
    assert [one for both in codes.values() for one in both] == code
