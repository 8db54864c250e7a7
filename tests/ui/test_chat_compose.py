"""The composer and inspector of Chat: files, long pastes, templates, takes, personas, what is read."""

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QWidget

from studio.core.chat_templates import Template
from studio.core.conversations import Attachment, MessageState
from studio.core.errors import DocumentDamaged
from studio.core.jobs import JobState
from studio.core.model import Ability, Kind
from studio.core.personas import Example
from studio.core.sampling import Sampling
from studio.ui.context_words import short
from studio.ui.theme import colours
from studio.ui.widgets.drop_veil import DropVeil
from studio.viewmodels.chat_composer import LONG_PASTE
from studio.viewmodels.chat_templates import filled, fitting
from tests.ui.fake_personas import GUIDE
from tests.ui.fake_session import SCRIBE, FakeSession
from tests.ui.scenes_chat import talk
from tests.ui.stage import Stage

RETURN, TAB = Qt.Key.Key_Return, Qt.Key.Key_Tab


@pytest.fixture
def stage(qapp) -> Iterator[Stage]:
    stage = Stage(session=FakeSession())
    yield stage
    stage.close()


def pasted(edit, text="", urls=(), image=None) -> None:
    data = QMimeData()
    if text:
        data.setText(text)
    if urls:
        data.setUrls([QUrl.fromLocalFile(url) for url in urls])
    if image is not None:
        data.setImageData(image)
    edit.insertFromMimeData(data)


def names(panel) -> list[str]:
    return [one.name for one in panel._said.attachments]


def answered(stage, panel, qtbot, text="Hello") -> str:
    """A question and its answer; the id of the job."""
    qtbot.keyClicks(panel.composer.edit, text)
    qtbot.keyClick(panel.composer.edit, RETURN)
    job = stage.session.jobs()[0].job.id
    stage.session.play_tokens(job, "Once upon", 2)
    return job


# Files.


def test_a_message_carries_its_files_and_the_composer_is_empty_afterwards(stage, qtbot):
    panel = stage.show("chat")
    pasted(panel.composer.edit, urls=("/home/ada/brief.md", "/home/ada/sea.png"))
    qtbot.waitUntil(lambda: names(panel) == ["brief.md", "sea.png"])
    qtbot.keyClicks(panel.composer.edit, "Is this right?")
    qtbot.keyClick(panel.composer.edit, RETURN)
    asked = next(one for one in stage.session.chats.all_messages if one.role == "user")
    assert [one.name for one in asked.attachments] == ["brief.md", "sea.png"]
    assert names(panel) == [] and panel.composer.files.chips == {}
    assert panel.composer.edit.toPlainText() == ""


def test_files_alone_can_be_sent(stage, qtbot):
    panel = stage.show("chat")
    panel._said.attach_files([Path("brief.md")])
    qtbot.waitUntil(lambda: panel._said.ready)
    qtbot.keyClick(panel.composer.edit, RETURN)
    assert [one.role for one in stage.session.chats.all_messages] == ["user", "assistant"]


def test_files_and_words_dropped_anywhere_in_the_middle_are_taken(stage, qtbot):
    panel = stage.show("chat")
    veil = panel.middle.findChild(DropVeil)
    held = (Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)

    def over(data: QMimeData) -> bool:
        action, button, keys = held
        enter = QDragEnterEvent(QPoint(9, 9), action, data, button, keys)
        QApplication.sendEvent(panel.middle, enter)
        return enter.isAccepted() and veil.isVisible()

    def dropped(data: QMimeData) -> bool:
        action, button, keys = held
        drop = QDropEvent(QPointF(9, 9), action, data, button, keys)
        QApplication.sendEvent(panel.middle, drop)
        return drop.isAccepted() and not veil.isVisible()

    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/home/ada/notes.txt")])
    assert over(data)
    QApplication.sendEvent(panel.middle, QDragLeaveEvent())
    assert not veil.isVisible()
    assert over(data) and dropped(data)
    qtbot.waitUntil(lambda: names(panel) == ["notes.txt"])
    data = QMimeData()
    data.setText("the sea")
    assert not over(data), "words come where the caret is"
    assert dropped(data) and panel.composer.edit.toPlainText() == "the sea"


def test_a_long_paste_becomes_a_file_whose_words_can_be_put_in_after_all(stage, qtbot):
    panel = stage.show("chat")
    edit = panel.composer.edit
    pasted(edit, "short")
    assert edit.toPlainText() == "short" and names(panel) == []
    pasted(edit, "x" * (LONG_PASTE + 1))
    qtbot.waitUntil(lambda: names(panel) == ["pasted.txt"])
    assert edit.toPlainText() == "short"
    pasted(edit, "y" * (5 << 20))
    qtbot.waitUntil(lambda: names(panel) == ["pasted.txt", "pasted-2.txt"])
    first, large = panel.composer.files.chips.values()
    large.face.click()
    sheet = panel.composer.files._sheet
    assert not sheet.put.isEnabled() and len(sheet.text.toPlainText()) < 1 << 20
    sheet.show_attachment(Attachment(id="words", name="words.txt", text="paper " * 300), None)
    assert set(sheet.text.toPlainText().split()) == {"paper"}  # no line is broken within a word
    sheet.close_overlay()
    first.face.click()
    sheet.put.click()
    assert edit.toPlainText() == "short" + "x" * (LONG_PASTE + 1)
    assert names(panel) == ["pasted-2.txt"]


def test_a_picture_of_the_clipboard_is_attached_and_words_beside_one_win(stage, qtbot):
    panel = stage.show("chat")
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    pasted(panel.composer.edit, image=image)
    qtbot.waitUntil(lambda: names(panel) == ["picture.png"])
    pasted(panel.composer.edit, "1\t2", image=image)
    assert panel.composer.edit.toPlainText() == "1\t2" and names(panel) == ["picture.png"]


def test_a_chip_says_that_the_model_cannot_see_before_anything_is_sent(stage, qtbot):
    panel = stage.show("chat")
    panel._said.attach_files([Path("sea.png")])
    qtbot.waitUntil(lambda: names(panel) == ["sea.png"])
    (chip,) = panel.composer.files.chips.values()
    assert chip.face._detail == "This model cannot see pictures"
    stage.session.all_models = [msgspec.structs.replace(SCRIBE, kind=Kind.VISION)]  # in GGUF, say
    stage.session.changed.emit(tuple(stage.session.all_models))
    assert chip.face._detail == "What this model sees with cannot be used here"
    stage.session.all_models = [msgspec.structs.replace(SCRIBE, abilities=(Ability.REPLY, Ability.SEE))]
    stage.session.changed.emit(tuple(stage.session.all_models))
    assert "see" not in chip.face._detail


def test_a_file_that_cannot_be_read_is_said_and_nothing_else_is_lost(stage, qtbot):
    panel = stage.show("chat")
    stage.session.attachments.refused["bad.pdf"] = DocumentDamaged(name="bad.pdf")
    qtbot.keyClicks(panel.composer.edit, "Look")
    panel._said.attach_files([Path("bad.pdf"), Path("good.md")])
    qtbot.waitUntil(lambda: names(panel) == ["good.md"] and panel._said.reading == [])
    assert stage.shell.messages.lines[0].problem.params == {"name": "bad.pdf"}
    assert panel.composer.edit.toPlainText() == "Look"


def test_nothing_is_sent_while_a_file_is_read_and_it_stays_with_its_conversation(stage, qtbot):
    first = stage.session.chats.begin()
    panel = stage.show("chat")
    panel._viewmodel.open(first.id)
    stage.session.attachments.waiting = []
    panel._said.attach_files([Path("slow.pdf")])
    qtbot.keyClicks(panel.composer.edit, "Hello")
    qtbot.keyClick(panel.composer.edit, RETURN)
    assert stage.session.jobs() == [] and list(panel.composer.files.chips) == ["reading:slow.pdf"]
    assert panel.composer._status.text() == "Send it once the file is read."
    panel._new.trigger()
    assert panel.composer.files.chips == {}
    waiting: Future[Attachment] = stage.session.attachments.waiting[0]
    waiting.set_result(Attachment(id="a", name="slow.pdf", text="words"))
    qtbot.waitUntil(lambda: stage.session.chat_drafts.kept.get(first.id) is not None)
    assert names(panel) == []
    panel._viewmodel.open(first.id)
    assert names(panel) == ["slow.pdf"] and panel.composer.edit.toPlainText() == "Hello"


def test_files_stand_in_the_order_in_which_they_were_chosen_whichever_is_read_first(stage, qtbot):
    panel = stage.show("chat")
    stage.session.attachments.waiting = waiting = []
    panel._said.attach_files([Path("one.pdf"), Path("two.md"), Path("three.md")])
    for at, name in ((2, "three.md"), (0, "one.pdf"), (1, "two.md")):
        waiting[at].set_result(Attachment(id=f"{at}", name=name, text="words"))
        qtbot.waitUntil(lambda name=name: name in names(panel))
    assert [one.name for one in panel._said.attachments] == ["one.pdf", "two.md", "three.md"]
    assert list(panel.composer.files.chips) == ["0", "1", "2"]


def test_the_wish_to_wait_for_a_file_is_gone_once_it_is_read(stage, qtbot):
    panel = stage.show("chat")
    before = panel.composer._status.text()
    stage.session.attachments.waiting = []
    panel._said.attach_files([Path("slow.pdf")])
    qtbot.keyClick(panel.composer.edit, RETURN)
    assert panel.composer._status.text() != before
    waiting: Future[Attachment] = stage.session.attachments.waiting[0]
    waiting.set_result(Attachment(id="a", name="slow.pdf", text="words"))
    qtbot.waitUntil(lambda: panel.composer._status.text() == before)
    qtbot.keyClick(panel.composer.edit, RETURN)
    assert len(stage.session.jobs()) == 1


def test_what_could_not_be_written_comes_back_with_its_files(stage, qtbot, monkeypatch):
    panel = stage.show("chat")
    panel._said.attach_files([Path("brief.md")])
    qtbot.waitUntil(lambda: panel._said.ready)
    monkeypatch.setattr(stage.session.chats, "send", lambda *_: "job")
    qtbot.keyClicks(panel.composer.edit, "Look")
    qtbot.keyClick(panel.composer.edit, RETURN)
    assert names(panel) == []
    stage.session.chats.turned_away.emit("job")
    assert names(panel) == ["brief.md"] and panel.composer.edit.toPlainText() == "Look"


def test_rewording_shows_the_files_of_the_message_and_keeps_those_of_the_draft(stage, qtbot):
    panel = stage.show("chat")
    panel._said.attach_files([Path("old.md")])
    qtbot.waitUntil(lambda: panel._said.ready)
    stage.session.play_end(answered(stage, panel, qtbot))
    panel._said.attach_files([Path("draft.md")])
    qtbot.waitUntil(lambda: names(panel) == ["draft.md"])
    asked = next(one for one in panel._viewmodel.branch.messages if one.role == "user")
    stage.session.attachments.waiting = waiting = []
    panel._said.attach_files([Path("late.md")])
    panel._reword(asked)
    assert names(panel) == ["old.md"] and panel._said.ready
    panel._said.attach_files([Path("new.md")])
    waiting[0].set_result(Attachment(id="late", name="late.md", text="words"))
    qtbot.waitUntil(lambda: len(panel._viewmodel.draft_files(asked.conversation)) == 2)
    assert names(panel) == ["old.md"]
    panel.escape()
    assert names(panel) == ["draft.md", "late.md"] and panel._said.ready
    waiting[1].set_result(Attachment(id="new", name="new.md", text="words"))
    qtbot.waitUntil(lambda: not panel._said._reading)
    assert names(panel) == ["draft.md", "late.md"]


def test_a_picture_that_arrives_meanwhile_leaves_what_one_words_alone(stage, qtbot):
    panel = stage.show("chat")
    stage.session.play_end(answered(stage, panel, qtbot))
    asked, answer = panel._viewmodel.branch.messages
    panel._reword(asked)
    qtbot.keyClicks(panel.composer.edit, " there")
    stage.session.chats.add_message(answer.conversation, "picture", "", parent=answer.id)
    assert panel._said.rewording == asked.id and panel.composer.edit.toPlainText() == "Hello there"
    panel.escape()
    panel.composer._fill(panel._said.templates[0])
    assert panel.composer.edit.unfilled()
    last = panel._viewmodel.branch.messages[-1]
    stage.session.chats.add_message(answer.conversation, "picture", "", parent=last.id)
    assert panel.composer.edit.unfilled()


def test_del_on_a_chip_takes_it_off(stage, qtbot):
    panel = stage.show("chat")
    panel._said.attach_files([Path("brief.md")])
    qtbot.waitUntil(lambda: names(panel) == ["brief.md"])
    (chip,) = panel.composer.files.chips.values()
    qtbot.keyClick(chip.face, Qt.Key.Key_Delete)
    assert names(panel) == []


def test_nothing_of_it_is_ever_a_window_of_its_own(stage, qapp):
    """What is shown before it has a parent flashes on the screen, and takes the keyboard."""
    stage.session.chat_drafts.keep("", (Attachment(id="a", name="brief.md", text="words"),))
    seen = Windows()
    qapp.installEventFilter(seen)
    panel = stage.show("chat")
    qapp.removeEventFilter(seen)
    assert panel.composer.files.isVisible() and panel.composer.thinking.isVisible()
    assert [type(one) for one in seen.shown if one is not stage.frame] == []


class Windows(QObject):
    """Hears which windows are shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[QWidget] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(watched)
        return False


# Templates.


@pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen one, of popups
def test_templates_in_the_language_of_the_window_stand_first(stage, qtbot, monkeypatch):
    both = (Template(name="title", about="", text="{input}"), Template(name="标题", about="", text="{input}"))
    monkeypatch.setattr(stage.session.chat_templates, "all", lambda: both)
    panel = stage.show("chat")
    for language, first in (("en", "/title"), ("zh", "/标题")):
        stage.language.choose(language)
        panel.composer.edit.clear()
        qtbot.keyClicks(panel.composer.edit, "/")
        assert panel.composer.edit.completion._model.stringList()[0] == first
    popup = panel.composer.edit.completion.popup
    assert popup.grab().toImage().pixelColor(3, 3).name() == colours().raised
    popup.hide()


@pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen one, of popups
def test_a_slash_offers_templates_and_tab_walks_through_the_places(stage, qtbot):
    panel = stage.show("chat")
    edit = panel.composer.edit
    qtbot.keyClicks(edit, "/tra")
    assert edit.completion.is_open
    assert edit.completion._model.stringList() == ["/translate · Into another language", "Edit templates…"]
    qtbot.keyClick(edit.completion.popup, RETURN)
    assert stage.session.jobs() == []
    assert edit.textCursor().selectedText() == "English"
    edit.insertPlainText("French 🙂")
    qtbot.keyClick(edit, TAB)
    assert edit.textCursor().selectedText() == "{input}"
    qtbot.keyClick(edit, RETURN)
    assert stage.session.jobs() == []
    assert panel.composer._status.text() == "Fill in “input” first."
    qtbot.keyClicks(edit, "the sea")
    qtbot.keyClick(edit, RETURN)
    (asked,) = [one.text for one in stage.session.chats.all_messages if one.role == "user"]
    assert asked == "Guten Morgen!\n→ Good morning!\n\nTranslate this into French 🙂:\n\nthe sea"


def test_a_template_that_is_typed_whole_is_sent_at_once(stage, qtbot):
    panel = stage.show("chat")
    panel._said.set_text("/translate language=French the sea")
    panel.composer.send()
    (asked,) = [one.text for one in stage.session.chats.all_messages if one.role == "user"]
    assert asked.endswith("Translate this into French:\n\nthe sea")


def test_a_file_stands_for_what_a_template_is_about(stage, qtbot):
    panel = stage.show("chat")
    panel._said.attach_files([Path("brief.md")])
    qtbot.waitUntil(lambda: panel._said.ready)
    panel._said.set_text("/summarise")
    panel.composer.send()
    (asked,) = [one for one in stage.session.chats.all_messages if one.role == "user"]
    assert asked.text.strip() == "Summarise this in a few sentences:" and asked.attachments


def test_a_half_filled_template_has_its_places_after_a_restart(stage, qtbot):
    panel = stage.show("chat")
    edit = panel.composer.edit
    panel.composer._fill(next(one for one in stage.session.chat_templates.all() if one.name == "translate"))
    edit.insertPlainText("French 🙂")
    stage.shell.state.flush()
    session = FakeSession()
    session.change_settings(window=stage.session.settings.window)
    again = Stage(session=session)
    panel = again.show("chat")
    edit = panel.composer.edit
    assert "French 🙂" in edit.toPlainText() and edit.textCursor().selectedText() == "{input}"
    qtbot.waitUntil(lambda: [said.text for _, said, *_ in session.context.asked] == [edit.toPlainText()])
    panel._viewmodel.open(talk(session))
    assert edit.unfilled() == "" and not edit.toPlainText()
    panel._viewmodel.start_new()
    assert edit.unfilled() == "input"
    edit.setPlainText("Good night")
    assert panel._said.places == () and edit.unfilled() == ""
    again.close()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_message_about_paths_is_no_template(stage, qtbot):
    panel = stage.show("chat")
    qtbot.keyClicks(panel.composer.edit, "/etc/passwd says {input}")
    qtbot.keyClick(panel.composer.edit, RETURN)
    (asked,) = [one.text for one in stage.session.chats.all_messages if one.role == "user"]
    assert asked == "/etc/passwd says {input}"


def test_what_was_written_for_a_template_survives_escape_and_another_choice(stage):
    panel = stage.show("chat")
    panel.composer.edit_templates()
    sheet = panel.composer._sheet
    begun = str(sheet.which.currentData())
    sheet.text.setPlainText("Answer as a poet: {input}")
    sheet._on_chosen("translate")
    assert sheet.text.toPlainText().startswith("Translate") and sheet.discard.isHidden()
    sheet._on_chosen(begun)
    assert sheet.text.toPlainText() == "Answer as a poet: {input}" and sheet.remark.isVisible()
    sheet.close_overlay()
    panel.composer.edit_templates()
    assert sheet.text.toPlainText() == "Answer as a poet: {input}"
    sheet.discard.click()
    assert sheet.text.toPlainText() != "Answer as a poet: {input}" and sheet.discard.isHidden()


def test_places_are_counted_as_qt_counts():
    found = filled(Template(name="a", text="🙂 {who} likes {what=tea} {input}"), "now")
    assert found.text == "🙂 {who} likes tea now"
    assert [(place.name, place.needed) for place in found.places] == [("who", True), ("tea", False)]
    assert [(place.start, place.end) for place in found.places] == [(3, 8), (15, 18)]
    known = filled(Template(name="a", text="Sum up {input=all of it}"))
    assert (known.text, known.places[0].needed) == ("Sum up all of it", False)
    assert [
        one.name
        for one in fitting("/b", [Template(name="ab", text="x", about="b"), Template(name="b", text="x")])
    ] == ["b", "ab"]


def test_own_templates_are_added_changed_and_removed(stage, qtbot):
    panel = stage.show("chat")
    panel.composer.edit_templates()
    sheet = panel.composer._sheet
    sheet.name.setText("two words")
    sheet.text.setPlainText("Say {input}")
    sheet.save.click()
    qtbot.waitUntil(lambda: "cannot be called" in sheet.remark.text())
    sheet.name.setText("say")
    sheet.save.click()
    qtbot.waitUntil(lambda: sheet.which.currentData() == "say")
    assert sheet.remove.isEnabled()
    sheet.remove.click()
    assert "say" not in [one.name for one in panel._said.templates]


# How many answers, how they are thought about, and those that were cut off.


def test_takes_are_asked_for_and_remembered(stage, qtbot):
    panel = stage.show("chat")
    qtbot.keyClick(panel.composer.takes._more, Qt.Key.Key_Up)
    panel.composer.takes._more.click()
    assert panel.composer.takes._label.text() == "3 takes"
    qtbot.keyClicks(panel.composer.edit, "Hello")
    qtbot.keyClick(panel.composer.edit, RETURN)
    assert len(stage.session.jobs()[0].job.messages) == 3
    for _ in range(12):
        panel.composer.takes.step(1)
    assert panel._said.takes == 8


def test_an_answer_that_was_cut_off_can_go_on_from_the_composer(stage, qtbot):
    panel = stage.show("chat")
    job = answered(stage, panel, qtbot)
    assert panel.composer._go_on.isHidden()
    stage.session.play_end(job, JobState.STOPPED)
    assert not panel.composer._go_on.isHidden()
    panel.composer._go_on.click()
    last = panel._viewmodel.branch.messages[-1]
    assert ("go_on", last.id, SCRIBE.id, Sampling()) in stage.session.calls
    assert last.state is MessageState.STREAMING and panel.composer._go_on.isHidden()


def test_thinking_and_its_budget_are_chosen_beside_the_composer(stage, qtbot):
    panel = stage.show("chat")
    button = panel.composer.thinking
    button.click()
    button.choice.segment.chosen.emit("on")
    button.choice.budget.changed.emit(2048)
    assert panel._viewmodel.sampling == Sampling(thinking="on", thinking_budget=2048)
    assert button.text() == "Thinking: On, at most 2k"
    panel._viewmodel.set_sampling(thinking="on", thinking_budget=2048)
    stage.session.put_models(msgspec.structs.replace(SCRIBE, thinks=("off", "budget")))
    assert button.text() == "Thinking: Auto, at most 2k"
    assert [one.isEnabled() for one in button.choice.segment._buttons] == [True, False, True]
    stage.session.put_models(msgspec.structs.replace(SCRIBE, thinks=()))
    assert button.isHidden()
    panel.composer.open_thinking()
    assert panel.composer._status.text() == "This model cannot be asked to think before it answers."
    answered(stage, panel, qtbot)
    assert stage.session.jobs()[0].job.sampling == Sampling()
    assert panel._viewmodel.sampling == Sampling(thinking="on", thinking_budget=2048)


# The inspector.


def test_a_persona_answers_with_its_preset(stage, qtbot):
    stage.session.personas.fill()
    stage.session.chat_presets.fill()
    conversation = talk(stage.session)
    panel = stage.show("chat")
    panel._viewmodel.open(conversation)
    picker = panel.inspector.persona.picker
    picker.chosen.emit(GUIDE.id)
    assert stage.session.chats._conversation(conversation).persona == GUIDE
    assert picker.currentText() == "Lighthouse keeper"
    assert panel._viewmodel.sampling.temperature == 0.3
    panel._new.trigger()
    assert picker.currentText() == "Nobody in particular"
    picker.chosen.emit(GUIDE.id)
    answered(stage, panel, qtbot)
    assert stage.session.chats.all_conversations[-1].persona == GUIDE


def test_what_was_written_for_a_persona_survives_a_stray_escape(stage, tmp_path):
    panel = stage.show("chat")
    panel.inspector.persona.make()
    sheet = panel.inspector.persona._sheet
    sheet.name.setText("Ada")
    sheet.system.setPlainText("Be brief.")
    sheet.close_overlay()
    panel.inspector.persona.make()
    assert (sheet.name.text(), sheet.system.toPlainText()) == ("Ada", "Be brief.")
    assert sheet.remark.isVisible()
    sheet.discard.click()
    assert (sheet.name.text(), sheet.discard.isVisible()) == ("", False)
    QImage(8, 8, QImage.Format.Format_RGB32).save(str(tmp_path / "face.png"))
    sheet._take_face(str(tmp_path / "face.png"))
    sheet.faceless.setFocus()
    sheet.faceless.click()
    assert sheet.choose.hasFocus()


def test_an_example_without_an_answer_yet_survives_a_stray_escape(stage):
    panel = stage.show("chat")
    panel.inspector.persona.make()
    sheet = panel.inspector.persona._sheet
    sheet.examples.add.click()
    sheet.examples._turns[0].user.setPlainText("And the tide?")
    sheet.close_overlay()
    panel.inspector.persona.make()
    assert [one.user for one in sheet.examples.begun] == ["And the tide?"]
    assert sheet.discard.isVisible() and sheet.examples.examples == ()
    sheet.discard.click()
    assert sheet.examples.begun == ()
    sheet.close_overlay()
    panel.composer.edit_templates()
    sheet = panel.composer._sheet
    sheet.examples.add.click()
    sheet.examples._turns[0].user.setPlainText("Cloud")
    sheet.close_overlay()
    panel.composer.edit_templates()
    assert [one.user for one in sheet.examples.begun] == ["Cloud"] and sheet.discard.isVisible()


def test_tab_comes_to_another_example_after_those_above_it(stage, qtbot):
    panel = stage.show("chat")
    panel.inspector.persona.make()
    examples = panel.inspector.persona._sheet.examples
    examples.show_examples((Example(user="a", assistant="b"),))
    examples.add.click()
    fields = [field for turn in examples._turns for field in (turn.user, turn.assistant)]
    qtbot.waitUntil(lambda: fields[-1].isVisible())
    way = [fields[0]]
    while way[-1] is not examples.add:
        following = way[-1].nextInFocusChain()
        while not following.focusPolicy() & Qt.FocusPolicy.TabFocus or not following.isVisible():
            following = following.nextInFocusChain()
        way.append(following)
        assert len(way) < 20
    assert [one for one in way if one in fields] == fields and len(way) == 7


def test_a_new_persona_is_kept_and_answers(stage, qtbot):
    panel = stage.show("chat")
    panel.inspector.persona.make()
    sheet = panel.inspector.persona._sheet
    assert not sheet.save.isEnabled()
    sheet.name.setText("Ada")
    sheet.system.setPlainText("Count.")
    sheet.examples._on_add()
    sheet.save.click()
    qtbot.waitUntil(lambda: panel._viewmodel.persona is not None)
    assert panel._viewmodel.persona.name == "Ada" and panel._viewmodel.persona.examples == ()
    assert not sheet.isVisible()


def test_presets_are_kept_chosen_and_told_when_they_differ(stage, qtbot):
    panel = stage.show("chat")
    section = panel.inspector.sampling
    panel._viewmodel.set_sampling(temperature=0.2, thinking="on")
    section.save_preset()
    section._sheet.name.setText("Mine")
    section._sheet.button.click()
    qtbot.waitUntil(lambda: section.preset.currentText() == "Mine")
    assert stage.session.chat_presets.all()[0].sampling == Sampling(temperature=0.2)
    assert section._fold.summary == "Mine"
    panel._viewmodel.set_sampling(temperature=0.4)
    assert section._fold.summary == "Mine · changed"
    panel.inspector._reset.click()
    assert panel._viewmodel.sampling == Sampling(thinking="on")
    section._presets.choose("Mine")
    assert panel._viewmodel.sampling == Sampling(temperature=0.2, thinking="on")


def test_seed_lists_and_rare_settings_reach_the_sampling(stage, qtbot):
    panel = stage.show("chat")
    section = panel.inspector.sampling
    section._lock.click()
    assert panel._viewmodel.sampling.seed is not None
    section._lock.click()
    assert panel._viewmodel.sampling.seed is None
    section.sliders["dry_multiplier"].changed.emit(0.8)
    section.sliders["top_k"].changed.emit(40.0)
    section._lists["stop"].setPlainText("END\n\n\\n")
    section._keep_lists()
    assert panel._viewmodel.sampling == Sampling(dry_multiplier=0.8, top_k=40, stop=("END", "\n"))


def test_notes_are_kept_with_a_conversation_that_is_begun_later(stage, qtbot):
    panel = stage.show("chat")
    panel.inspector.notes.set_open(True)
    panel.inspector.notes.edit.setPlainText("The paper is uncoated.")
    panel.inspector.notes.keep()
    answered(stage, panel, qtbot)
    assert stage.session.chats.all_conversations[-1].notes == "The paper is uncoated."
    panel._new.trigger()
    assert panel.inspector.notes.edit.toPlainText() == ""


# What is read.


def test_the_context_is_asked_for_after_a_pause_and_shown(stage, qtbot):
    conversation = talk(stage.session)
    panel = stage.show("chat")
    panel._viewmodel.open(conversation)
    stage.session.context.asked.clear()
    qtbot.keyClicks(panel.composer.edit, "Hello there")
    assert stage.session.context.asked == []
    qtbot.waitUntil(lambda: stage.session.context.asked != [])
    ((branch, said, model, _, ahead),) = stage.session.context.asked
    assert (branch.conversation.id, said.text, model, ahead) == (
        conversation,
        "Hello there",
        SCRIBE.id,
        False,
    )
    stage.session.context.play(conversation, {"system": 200, "messages": 1800}, limit=8192)
    assert panel.composer._figures.text() == "2k / 8.2k"
    assert panel.inspector.context._fold.summary == "2,000 / 8,192"
    assert "System prompt 200" in panel.composer._line.accessibleDescription()
    panel._new.trigger()
    assert panel._context.use is None and panel.composer._figures.isHidden()


def test_a_model_that_is_being_loaded_is_asked_once_until_it_answers(stage, qtbot):
    panel = stage.show("chat")
    context = stage.session.context
    panel._said.set_text("Hello")
    panel._context.ask()
    panel._said.set_text("Hello there")
    panel._context.ask()
    assert [said.text for _, said, *_ in context.asked] == ["Hello"]
    stage.session.set_lane("language", models=(SCRIBE.id,))
    qtbot.waitUntil(lambda: len(context.asked) == 2)
    assert context.asked[-1][1].text == "Hello there" and context.asked[-1][-1]
    assert context.asked[-1][0].conversation.id == ""


def test_nothing_is_counted_for_nothing(stage, qtbot):
    panel = stage.show("chat")
    panel._context.ask()
    assert stage.session.context.asked == []
    assert panel.inspector.context._words.text().startswith("Not counted yet")
    stage.session.context.play("", {"messages": 39})
    assert panel._context.use is not None and panel.composer._line.isVisible()
    panel._context.ask()  # as after the draft was taken out again
    assert panel._context.use is None and not panel.composer._line.isVisible()


def test_what_will_drop_is_said_before_sending_and_can_be_summed_up(stage, qtbot):
    panel = stage.show("chat")
    for text in ("One", "Two"):
        stage.session.play_end(answered(stage, panel, qtbot, text))
    conversation = panel._viewmodel.conversation_id
    first = panel._viewmodel.branch.messages[0]
    stage.session.context.play(conversation, {"messages": 4000}, limit=4096, room=96, dropped=(first.id,))
    assert not panel.composer._notice.isHidden()
    assert panel.composer._dropped.text().startswith("The oldest message will not be read")
    assert panel.composer.summarise.isEnabled()
    panel.composer._summarise.click()
    assert ("compact", conversation, SCRIBE.id, Sampling()) in stage.session.calls


def test_a_message_that_does_not_fit_is_told_before_sending_and_stays(stage, qtbot):
    panel = stage.show("chat")
    qtbot.keyClicks(panel.composer.edit, "Much")
    panel._context.ask()
    stage.session.context.play("", {"system": 100, "messages": 4200}, limit=4096, room=0)
    assert [(part.name, part.tokens) for part in panel._context.parts] == [
        *(("system", 100), ("messages", 3995), ("over", 205)),
    ]
    assert panel.composer._dropped.text().startswith("This message alone does not fit: 205 tokens too many.")
    assert panel.composer._summarise.isHidden() and not panel.composer._notice.isHidden()
    panel._send.trigger()
    assert panel.composer._status.text() == "Not sent: 205 tokens too many"
    assert panel.composer.edit.toPlainText() == "Much" and stage.session.chats.all_messages == []
    stage.session.context.play("", {"system": 100, "messages": 4000}, limit=4096, room=0)
    assert panel.composer._dropped.text().startswith("With all that is always read")
    qtbot.keyClicks(panel.composer.edit, " more")  # of which it is not known yet
    assert panel.composer._status.text() == SCRIBE.name
    panel._send.trigger()
    assert [one.role for one in stage.session.chats.all_messages] == ["user", "assistant"]


def test_messages_are_pinned_and_left_out_in_the_list_of_what_is_read(stage, qtbot):
    panel = stage.show("chat")
    stage.session.play_end(answered(stage, panel, qtbot))
    answer = panel._viewmodel.branch.messages[-1]
    panel.inspector.context.choose.trigger()
    listed = panel.inspector.context._list
    assert listed.current == answer.id
    listed.leave.click()
    assert ("exclude_message", answer.id, True) in stage.session.calls
    assert listed.leave.text() == "Read it again"
    listed.pin.click()
    assert ("pin_message", answer.id, True) in stage.session.calls


def test_tokens_are_short_where_there_is_little_room():
    assert [short(one) for one in (0, 999, 1000, 3820, 8192, 9999, 131_072)] == [
        "0",
        "999",
        "1k",
        "3.8k",
        "8.2k",
        "10k",
        "131k",
    ]
