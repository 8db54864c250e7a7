"""Chat through real keys and clicks: sending, streaming, stopping, siblings, and text that stays text."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication, QTextCursor, QTextDocument

from studio.core.jobs import JobState
from studio.core.records import MessageState
from studio.ui.widgets.markdown import MarkdownWriter, stable_length
from tests.ui.fake_session import FakeSession
from tests.ui.scenes_chat import talk
from tests.ui.stage import Stage


@pytest.fixture
def stage(qapp) -> Iterator[Stage]:
    stage = Stage(session=FakeSession())
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
    stage.session.play_start(job)
    for number, word in enumerate(("Good ", "**morn", "ing**, 早上好")):
        stage.session.play_tokens(job, word, number + 1)
    assert "早上好" in shown(panel)
    stage.session.play_end(job)
    assert "Good morning, 早上好" in shown(panel)


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
    panel._again.trigger()
    second = stage.session.jobs()[0].job.id
    stage.session.play_tokens(second, "The second answer", 3)
    stage.session.play_end(second)
    assert "2 / 2" in shown(panel)
    assert "The first answer" not in shown(panel)
    panel._before.trigger()
    assert "The first answer" in shown(panel)


def test_rewording_keeps_the_old_message_and_the_draft(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    stage.session.play_end(job)
    qtbot.keyClicks(panel.composer.edit, "a draft")
    panel._edit.trigger()
    assert panel.composer.edit.toPlainText() == "Hello"
    qtbot.keyClicks(panel.composer.edit, " there")
    qtbot.keyClick(panel.composer.edit, Qt.Key.Key_Return)
    assert panel.composer.edit.toPlainText() == "a draft"
    asked = [message.text for message in stage.session.all_messages if message.role == "user"]
    assert asked == ["Hello", "Hello there"]


def test_drafts_belong_to_their_conversation_and_survive_a_restart(stage, qtbot):
    first = stage.session.new_conversation()
    panel = stage.show("chat")
    panel._viewmodel.open(first.id)
    qtbot.keyClicks(panel.composer.edit, "not sent yet")
    panel._new.trigger()
    assert panel.composer.edit.toPlainText() == ""
    panel._viewmodel.open(first.id)
    assert panel.composer.edit.toPlainText() == "not sent yet"
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
    panel._trash.trigger()
    assert panel._viewmodel.conversation_id == ""
    assert panel._viewmodel.list.row_of(conversation) == -1
    stage.shell.messages.undo()
    assert panel._viewmodel.list.row_of(conversation) >= 0


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
    stage.settle()
    bar = panel.view.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    bar.setValue(0)
    stage.session.play_tokens(job, "more\n\n" * 40, 120)
    stage.settle()
    assert bar.value() == 0


def test_a_code_block_is_copied_by_its_link(stage):
    conversation = talk(stage.session)
    panel = stage.show("chat")
    panel._viewmodel.open(conversation)
    answer = panel._viewmodel.branch.messages[-1].id
    panel.view.anchorClicked.emit(QUrl(f"code:{answer}:0"))
    assert QGuiApplication.clipboard().text().startswith("for t in dawn")


def test_only_the_last_messages_of_a_long_conversation_are_rendered(stage):
    conversation = stage.session.new_conversation()
    parent = None
    for number in range(120):
        role = "user" if number % 2 == 0 else "assistant"
        parent = stage.session.add_message(conversation.id, role, f"message {number}", parent=parent).id
    panel = stage.show("chat")
    panel._viewmodel.open(conversation.id)
    assert "message 119" in shown(panel)
    assert "message 50" not in shown(panel)
    panel.view.anchorClicked.emit(QUrl("earlier:"))
    assert "message 50" in shown(panel)


def rendered(qapp, text) -> QTextDocument:
    document = QTextDocument()
    MarkdownWriter(QTextCursor(document), "chat", "m", 600, []).write(text)
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


def test_a_growing_text_is_cut_only_where_a_block_has_ended():
    assert stable_length("one\n\ntwo") == 5
    assert stable_length("```\ncode\n\nmore") == 0
    assert stable_length("```\ncode\n\nmore\n```\n\nafter") == len("```\ncode\n\nmore\n```\n\n")


@pytest.mark.parametrize("step", [1, 3, 7])
def test_streamed_and_whole_rendering_read_the_same(stage, qtbot, step):
    text = "# Title\n\nOne *two*.\n\n- a\n- b\n\n```py\nx = 1\n\ny = 2\n```\n\n|A|B|\n|-|-|\n|1|2|\n\nEnd."
    panel, job = ask(stage, qtbot, "Hello")
    for number, start in enumerate(range(0, len(text), step)):
        stage.session.play_tokens(job, text[start : start + step], number)
    streamed = shown(panel).split("writing")[1].split()
    stage.session.play_end(job)
    assert panel._viewmodel.branch.messages[-1].state is MessageState.COMPLETE
    whole = shown(panel).rpartition("Hello")[2].split()
    assert [word for word in whole if word in streamed][-8:] == streamed[-8:]
    assert len(panel.view._document.codes[panel._viewmodel.branch.messages[-1].id]) == 1
