"""The reading column: marks, takes, thoughts, summaries, pictures, and where one reads while it changes."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QGuiApplication

from studio.core.conversations import MessageState, Said
from studio.core.jobs import JobState
from studio.core.messages import Note
from studio.core.messages import Stage as Step
from studio.core.records import Problem
from studio.core.thoughts import said_in
from studio.ui import figures
from studio.ui.dialogs.chat_attachment import AttachmentSheet
from studio.ui.dialogs.chat_summary import SummarySheet
from studio.ui.widgets.chat_thinking import thought_in
from studio.ui.widgets.lane_line import LaneWidget
from studio.ui.widgets.menu import Menu
from tests.ui.fake_personas import GUIDE
from tests.ui.fake_session import POSTCARDS, SCRIBE, FakeSession
from tests.ui.scenes_chat import talk
from tests.ui.scenes_chat_view import BRIEF, SKETCH, THOUGHT
from tests.ui.stage import Stage
from tests.ui.test_chat import ask, long_conversation, shown


@pytest.fixture
def stage(qapp) -> Iterator[Stage]:
    stage = Stage(session=FakeSession())
    yield stage
    stage.close()


@pytest.fixture
def unpopped(monkeypatch) -> None:
    """Menus are made and not opened: there is no keyboard to grab."""
    monkeypatch.setattr(Menu, "popup", lambda *_: None)


def opened(stage, conversation: str):
    panel = stage.show("chat")
    panel._viewmodel.open(conversation)
    stage.settle()
    return panel


def click(panel, address: str) -> None:
    panel.view.anchorClicked.emit(QUrl(address))


def addresses(panel) -> set[str]:
    """Of all links in the column."""
    found: set[str] = set()
    block = panel.view.document().begin()
    while block.isValid():
        for piece in block:
            found.add(piece.fragment().charFormat().anchorHref())
        block = block.next()
    return found - {""}


# What a message can be.


def test_a_message_of_another_day_shows_its_date(stage):
    panel = opened(stage, talk(stage.session))
    created = panel._viewmodel.branch.messages[-1].created
    said = figures.when(created, time.time())
    assert said != figures.clock(created) and said in shown(panel)


def test_what_a_model_thought_is_one_line_until_one_unfolds_it(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    stage.session.play_tokens(job, "<think>The light", 3)
    assert "Thinking" in shown(panel) and "The light" not in shown(panel)
    stage.session.play_tokens(job, " matters.</think>\n\nUse **one** seed.", 12)
    stage.session.play_end(job)
    assert "Thought for" in shown(panel) and "matters" not in shown(panel)
    assert "Use one seed." in shown(panel) and "think>" not in shown(panel)
    answer = panel._viewmodel.branch.messages[-1].id
    panel.messages.thought.trigger()
    assert "The light matters." in shown(panel)
    click(panel, f"copy:{answer}")
    assert QGuiApplication.clipboard().text() == "Use **one** seed."


@pytest.mark.parametrize("step", [1, 4])
def test_a_thought_streams_as_it_is_shown_at_once(stage, qtbot, step):
    panel, job = ask(stage, qtbot, "Hello")
    text = THOUGHT + "# Title\n\n- a\n- b\n\n```py\nx\n```"
    panel.view.toggle(panel._viewmodel.branch.messages[-1].id)
    for number, start in enumerate(range(0, len(text), step), 1):
        stage.session.play_tokens(job, text[start : start + step], number)
    stage.session.play_end(job)
    streamed = panel.view.document().toHtml()
    panel.view._document.render()
    assert panel.view.document().toHtml() == streamed
    assert "The seed keeps the composition." in shown(panel)


@pytest.mark.parametrize(
    "text",
    [
        "[THINK]The light.[/THINK]Use one seed.",
        "<|channel|>analysis<|message|>The light."
        "<|end|><|start|>assistant<|channel|>final<|message|>Use one seed.",
        "\n<thinking>\nThe light.\n</thinking>\n\nUse one seed.",
    ],
)
def test_thoughts_between_the_marks_of_another_model_are_folded_as_well(text):
    assert thought_in(text) == ("The light.", len(text) - len("Use one seed."), True)
    assert said_in(text) == "Use one seed."
    assert not thought_in(text.partition("light")[0]).closed


def test_a_cut_answer_goes_on_where_it_ended(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    stage.session.play_tokens(job, "Once upon", 2)
    stage.session.play_end(job, JobState.STOPPED)
    answer = panel._viewmodel.branch.messages[-1].id
    assert f"go-on:{answer}" in addresses(panel)
    panel.messages.go_on.trigger()
    again = stage.session.jobs()[0].job.id
    assert "Stopped." not in shown(panel) and panel._viewmodel.busy
    stage.session.play_tokens(again, " a time", 4)
    stage.session.play_end(again)
    assert "Once upon a time" in shown(panel) and f"go-on:{answer}" not in addresses(panel)


def test_an_answer_as_long_as_it_may_be_offers_to_go_on(stage):
    conversation = talk(stage.session)
    leaf = stage.session.chats._conversation(conversation).leaf
    stage.session.chats._put_message(
        msgspec.structs.replace(stage.session.chats._message(leaf), finish="length")
    )
    panel = opened(stage, conversation)
    assert "reached its length limit" in shown(panel) and f"go-on:{leaf}" in addresses(panel)


def test_an_answer_of_nothing_says_so_and_can_be_asked_for_again(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    stage.session.play_end(job)
    answer = panel._viewmodel.branch.messages[-1].id
    assert "had nothing to say" in shown(panel) and f"again:{answer}" in addresses(panel)


def test_marks_are_put_in_place_and_told(stage):
    conversation = talk(stage.session)
    panel = opened(stage, conversation)
    asked, answer = panel._viewmodel.branch.messages[-2:]
    click(panel, f"pin:{asked.id}")
    click(panel, f"exclude:{answer.id}")
    text = shown(panel)
    assert text.index("always read") < text.index("I want four cards")
    assert text.index("not read by the model") > text.index("I want four cards")
    assert panel.messages.exclude.text() == "Let the model read it again"
    assert panel.messages.pin.text() == "Pin: the model always reads it"
    streamed = panel.view.document().toHtml()
    panel.view._document.render()
    assert panel.view.document().toHtml() == streamed
    click(panel, f"pin:{asked.id}")
    assert "always read" not in shown(panel)
    assert ("pin_message", asked.id, False) in stage.session.calls


def test_what_was_given_is_shown_and_opens(stage, qtbot):
    conversation = stage.session.chats.begin()
    asked = stage.session.chats.add_message(conversation.id, "user", "Look.", attachments=(BRIEF, SKETCH))
    panel = opened(stage, conversation.id)
    assert "brief.md" in shown(panel)
    click(panel, f"file:{asked.id}:brief")
    (sheet,) = stage.frame.findChildren(AttachmentSheet)
    assert sheet.text.toPlainText() == BRIEF.text and not sheet.off.isVisible()
    sheet.close_overlay()
    click(panel, f"given:{asked.id}:sketch")
    assert any(
        one.isVisible() and one.picture.isVisible() for one in stage.frame.findChildren(AttachmentSheet)
    )


def test_a_picture_is_made_of_a_message_and_its_way_is_told(stage, qtbot):
    conversation = talk(stage.session)
    panel = opened(stage, conversation)
    answer = panel._viewmodel.branch.messages[-1]
    click(panel, f"picture:{answer.id}")
    assert ("make_picture", answer.id, SCRIBE.id, POSTCARDS.id) in stage.session.calls
    picture = panel._viewmodel.branch.messages[-1]
    assert picture.role == "picture" and "is being made" in shown(panel)
    stage.session.play_phase(picture.job, Step.SAVING, 0, 1)
    assert "Saving 0 / 1" in shown(panel)
    bar = panel.view.verticalScrollBar()
    bar.setValue(bar.maximum() - 60)  # one reads above
    place = bar.value()
    asset = stage.session.add_picture("a lighthouse")
    stage.session.chats._put_message(
        msgspec.structs.replace(
            picture, state=MessageState.COMPLETE, text="a lighthouse", assets=(asset.id, "gone")
        )
    )
    assert f"asset:{asset.id}" in addresses(panel) and "The picture is gone." in shown(panel)
    assert "Saving" not in shown(panel) and "is being made" not in shown(panel)
    panel.messages.picture.trigger()
    assert "is being made" in shown(panel) and bar.value() == place and panel.view._newest.isVisible()
    click(panel, f"asset:{asset.id}")
    browser = stage.window.panel("gallery").browser
    assert stage.shell.panel == "gallery" and browser.is_large and browser.large.asset.id == asset.id


def test_a_picture_that_no_model_reads_can_be_unpinned_and_not_pinned(stage):
    conversation = talk(stage.session)
    leaf = stage.session.chats._conversation(conversation).leaf
    made = stage.session.chats.add_message(conversation, "picture", "a boat", parent=leaf, pinned=True)
    panel = opened(stage, conversation)
    panel.view._choose(made.id)
    assert panel.messages.pin.isEnabled() and not panel.messages.exclude.isEnabled()
    assert f"pin:{made.id}" in addresses(panel) and f"exclude:{made.id}" not in addresses(panel)
    click(panel, f"pin:{made.id}")
    assert not panel._viewmodel.branch.messages[-1].pinned and not panel.messages.pin.isEnabled()
    assert f"pin:{made.id}" not in addresses(panel) and "always read" not in shown(panel)


def test_the_face_of_who_answered_stands_before_the_name(stage):
    chats, personas = stage.session.chats, stage.session.personas
    conversation = chats.begin(persona=msgspec.structs.replace(GUIDE, picture="guide.png")).id
    personas.pictures[GUIDE.id] = Path("guide.png")
    said = {"model": "Scribe", "persona": GUIDE.name}
    asked = chats.add_message(conversation, "user", "Hello")
    chats.add_message(conversation, "assistant", "Good day.", parent=asked.id, **said)
    panel = opened(stage, conversation)
    html = panel.view.document().toHtml()
    assert html.count("face:") == 1 and html.index("face:") < html.index(GUIDE.name)


def test_no_painter_is_a_refusal_with_a_sentence(stage):
    stage.session.all_models = [SCRIBE]
    panel = opened(stage, talk(stage.session))
    panel.messages.picture.trigger()
    assert "No installed model can do this." in panel.composer._status.text()


def test_the_line_stands_where_the_model_begins_to_read(stage, qtbot):
    panel = opened(stage, talk(stage.session))
    _, job = ask(stage, qtbot, "And now?")
    asked = panel._viewmodel.branch.messages[-2]
    stage.session.play_tokens(job, "Yes.", 1)
    note = Note(code="messages_dropped", params={"count": 2, "first": asked.id})
    stage.session.play_end(job, notes=(note,))
    text = shown(panel)
    assert text.index("Lock the seed") < text.index("The model reads from here") < text.index("And now?")


# Summaries.


def summed_up(stage, count: int = 12, covered: int = 8):
    conversation = long_conversation(stage.session, count)
    messages = stage.session.chats.branch(conversation).messages
    summary = stage.session.chats.add_message(
        conversation, "summary", "<think>Hm.</think>\n\nThey counted.", parent=messages[covered - 1].id
    )
    return opened(stage, conversation), summary


def test_a_summary_stands_for_what_it_covers_and_the_originals_are_a_click_away(stage, qtbot):
    panel, summary = summed_up(stage)
    assert "Summary of 8 messages" in shown(panel) and "message 7" not in shown(panel)
    assert "Hm." not in shown(panel)  # what its model thought
    assert "message 8" in shown(panel)
    click(panel, f"originals:{summary.id}")
    qtbot.waitUntil(lambda: "message 7" in shown(panel) and "message 0" in shown(panel))
    assert shown(panel).index("message 7") < shown(panel).index("They counted.")
    click(panel, f"originals:{summary.id}")
    assert "message 7" not in shown(panel)


def test_a_summary_can_be_changed_and_set_aside(stage, qtbot):
    panel, summary = summed_up(stage)
    click(panel, f"summary-edit:{summary.id}")
    (sheet,) = stage.frame.findChildren(SummarySheet)
    assert sheet.text.toPlainText() == "They counted."
    sheet.text.setPlainText("They counted to eleven.")
    sheet.save.click()
    assert "They counted to eleven." in shown(panel)
    click(panel, f"exclude:{summary.id}")
    assert "Use it again" in shown(panel)
    panel.view.verticalScrollBar().setValue(0)
    qtbot.waitUntil(lambda: "message 0" in shown(panel))


def test_a_summary_that_is_written_shows_when_it_is_there(stage):
    conversation = long_conversation(stage.session, 12)
    stage.session.chats.rename(conversation, "Counting")
    panel = opened(stage, conversation)
    stage.session.chats.compact(conversation, SCRIBE)
    job = stage.session.jobs()[0].job.id
    assert "Summing up" in shown(panel) and "message 5" in shown(panel)
    assert "The model reads the summary" not in shown(panel)
    stage.session.play_start(job)
    stage.settle()
    assert stage.window.strip.findChild(LaneWidget).title.text() == "Summary of Counting"
    stage.session.play_tokens(job, "They counted.", 3)
    stage.session.play_end(job)
    assert "Summary of 10 messages" in shown(panel) and "message 5" not in shown(panel)
    assert "The model reads the summary" in shown(panel)


# Answers beside each other.


def beside(stage, count: int = 3):
    conversation = talk(stage.session)
    panel = opened(stage, conversation)
    stage.session.chats.send(conversation, Said(text="Titles?"), SCRIBE, takes=count)
    return panel, stage.session.jobs()[0].job


def test_answers_stand_beside_each_other_until_one_is_kept(stage, qtbot):
    panel, job = beside(stage)
    assert panel.messages.takes.isVisible() and panel._viewmodel.busy
    card = panel.messages.takes._cards[1]
    assert card._keep.accessibleName() == "Keep answer 2" and "waits its turn" in card._state.text()
    stage.session.play_start(job.id)
    assert "is writing" in card._state.text()
    for take in range(3):
        stage.session.chats.play_tokens(job, f"Title **{take}**", 4, take)
    texts = [card.view.toPlainText() for card in panel.messages.takes._cards]
    assert sorted(text.strip() for text in texts) == ["Title 0", "Title 1", "Title 2"]
    assert "Title" not in shown(panel).split("Titles?")[1]
    stage.session.play_end(job.id)
    assert not panel._viewmodel.busy and panel.messages.takes.isVisible()
    card = next(one for one in panel.messages.takes._cards if "Title 1" in one.view.toPlainText())
    card._keep.setFocus()
    qtbot.mouseClick(card._keep, Qt.MouseButton.LeftButton)
    assert panel.composer.edit.hasFocus()
    assert not panel.messages.takes.isVisible()
    assert "Title 1" in shown(panel) and "/ 3" in shown(panel)
    panel.messages.beside.trigger()
    assert panel.messages.takes.isVisible()
    panel._viewmodel.trash(panel._viewmodel.conversation_id)
    panel._viewmodel.open(stage.session.chats.trashed()[0].id)
    assert not panel.messages.takes.isVisible() and "/ 3" not in shown(panel)


def test_answers_that_were_asked_for_one_by_one_are_not_offered_beside_each_other(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    stage.session.play_end(job)
    panel.messages.again.trigger()
    stage.session.play_end(stage.session.jobs()[0].job.id)
    assert "/ 2" in shown(panel) and not panel.messages.beside.isEnabled()


def test_a_cut_answer_goes_on_whichever_message_is_chosen(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    stage.session.play_tokens(job, "Once upon", 2)
    stage.session.play_end(job, JobState.STOPPED)
    panel.view.choose_next(-1)
    panel.view.choose_next(-1)
    assert panel.view.chosen == panel._viewmodel.branch.messages[0].id
    assert panel.messages.go_on.isEnabled()


def test_a_message_that_is_nowhere_is_forgotten(stage):
    panel = opened(stage, talk(stage.session))
    conversation = panel._viewmodel.conversation_id
    stage.session.chats.show_branch = lambda *_: None  # which finds nothing to show
    panel._viewmodel.open(conversation, "erased")
    panel._viewmodel.open(conversation)
    last = panel._viewmodel.branch.messages[-1]
    stage.session.chats.add_message(conversation, "user", "And on the back?", parent=last.id)
    assert panel._viewmodel.shown_message == ""
    assert panel._viewmodel._sought == ""


def test_the_columns_of_answers_go_when_one_is_kept(stage, qtbot):
    panel, job = beside(stage, 2)
    gone = []
    for card in panel.messages.takes._cards:
        card.view._document.destroyed.connect(lambda: gone.append(True))
    stage.session.play_end(job.id)
    panel.messages.takes._cards[0]._keep.click()
    qtbot.waitUntil(lambda: len(gone) == 2)


def test_the_shown_answer_is_kept_by_going_on(stage, qtbot):
    panel, job = beside(stage, 2)
    stage.session.play_end(job.id)
    panel, _ = ask(stage, qtbot, "More")
    assert not panel.messages.takes.isVisible() and "More" in shown(panel)


def test_stop_ends_all_of_them(stage):
    panel, job = beside(stage, 2)
    assert panel.escape()
    assert ("stop", job.id) in stage.session.calls


# Doing things.


def test_a_message_sent_while_an_answer_is_written_is_refused_and_stays(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    assert panel.composer._status.text() == "Waiting"
    stage.session.play_start(job)
    assert panel.composer._status.text() == "Starting"
    qtbot.keyClicks(panel.composer.edit, "and more")
    qtbot.keyClick(panel.composer.edit, Qt.Key.Key_Return)
    assert panel.composer.edit.toPlainText() == "and more"
    assert "still being written" in panel.composer._status.text()
    stage.session.play_tokens(job, "Once", 1)
    assert "still being written" in panel.composer._status.text()
    stage.session.play_end(job)
    qtbot.keyClick(panel.composer.edit, Qt.Key.Key_Return)
    stage.session.play_tokens(stage.session.jobs()[0].job.id, "Once", 1)
    assert panel.composer._status.text() == "Writing · 1 tokens"


def test_a_fork_is_opened(stage):
    conversation = talk(stage.session)
    panel = opened(stage, conversation)
    panel.messages.above.trigger()
    panel.messages.above.trigger()
    chosen = panel.view.chosen
    panel.messages.fork.trigger()
    assert ("fork", conversation, chosen) in stage.session.calls
    assert panel._viewmodel.conversation_id != conversation
    assert len(panel._viewmodel.branch.messages) == 1


def test_commands_act_on_the_chosen_message_and_its_menu_opens_by_key(stage, unpopped):
    panel = opened(stage, talk(stage.session))
    asked = panel._viewmodel.branch.messages[-2]
    panel.messages.below.trigger()
    panel.messages.above.trigger()
    assert panel.view.chosen == asked.id and len(panel.view.extraSelections()) == 1
    panel.messages.copy.trigger()
    assert QGuiApplication.clipboard().text() == asked.text
    panel.messages.more.trigger()
    words = [action.text() for action in panel.messages._menu.actions()]
    assert "Edit and ask again" in words and "Answer again" not in words
    panel.messages._menu.deleteLater()


def test_the_menu_is_that_of_the_message_one_points_at(stage, unpopped):
    panel = opened(stage, talk(stage.session))
    panel.view.verticalScrollBar().setValue(0)
    first = panel._viewmodel.branch.messages[0]
    place = QPoint(300, 30)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, panel.view.mapToGlobal(place))
    panel.view.contextMenuEvent(event)
    assert panel.view.chosen == first.id
    panel.messages._menu.deleteLater()


def test_a_message_that_was_found_is_brought_into_sight(stage, qtbot):
    conversation = long_conversation(stage.session, 120)
    wanted = stage.session.chats.branch(conversation).messages[30]
    panel = stage.show("chat")
    panel._viewmodel.open(conversation, wanted.id)
    qtbot.waitUntil(lambda: not panel.view._document.unfinished)
    stage.settle()
    at = panel.view.cursorForPosition(QPoint(200, 60))
    assert panel.view._document.message_at(at.position()) == wanted.id
    assert "message 119" not in shown(panel) and panel.view._newest.isVisible()
    for _ in range(12):
        panel.view.verticalScrollBar().setValue(panel.view.verticalScrollBar().maximum())
        stage.settle()
    assert "message 119" in shown(panel)
    numbers = [line for line in shown(panel).splitlines() if line.startswith("message")]
    assert numbers == [f"message {number}" for number in range(int(numbers[0][8:]), 120)]


def test_a_message_on_another_branch_is_shown_with_its_branch(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    stage.session.play_tokens(job, "The first answer", 3)
    stage.session.play_end(job)
    first = panel._viewmodel.branch.messages[-1].id
    panel.messages.again.trigger()
    stage.session.play_end(stage.session.jobs()[0].job.id)
    panel._viewmodel.open(panel._viewmodel.conversation_id, first)
    assert "The first answer" in shown(panel) and panel.view.chosen == first


def test_a_failure_above_stays_where_it_is_when_another_answer_comes(stage, qtbot):
    panel, job = ask(stage, qtbot, "Hello")
    stage.session.play_end(job, JobState.FAILED, Problem(code="worker_killed", params={"signal": "SIGKILL"}))
    _, again = ask(stage, qtbot, "Again")
    stage.session.play_tokens(again, "Here I am.", 3)
    stage.session.play_end(again)
    assert "signal SIGKILL" in shown(panel) and shown(panel).count("Here I am.") == 1
