"""A writer's half hour in Chat, in a real window over a real session with the starter models: a persona, a
file, three answers at once, another branch, a summary, a picture, a search, a death, and all of it there."""

import json
import subprocess
import sys
from pathlib import Path
from threading import Timer

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from studio.core.conversations import MessageState
from studio.core.jobs import JobState
from studio.session.chat_turns import turns_of
from studio.ui.main_window import MainWindow
from studio.ui.panels.chat import ChatPanel
from tests.session.conftest import open_session, paths, session  # noqa: F401 - fixtures
from tests.ui.test_half_hour import CTRL, LONG, SHIFT, Key, Person, closing, shown  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.long,
    pytest.mark.qt_log_ignore("This plugin does not support"),  # the offscreen platform's, for dialogs
]
ALT = Qt.KeyboardModifier.AltModifier
REPO = Path(__file__).parents[2]
SECONDS = 100


def chat_of(window: MainWindow) -> ChatPanel:
    window.shell.go("chat")
    panel = window.panel("chat")
    assert isinstance(panel, ChatPanel)
    return panel


def killed_in_an_answer(home: Path, conversation: str) -> dict[str, str]:
    """What was on the disk when the process was killed. None of its workers outlives it."""
    script = [sys.executable, "-m", "tests.ui.chat_until_killed", str(home), conversation]
    doomed = subprocess.Popen(script, cwd=REPO, stdout=subprocess.PIPE)
    at_the_latest = Timer(SECONDS, doomed.kill)
    at_the_latest.start()
    try:
        told = json.loads(doomed.stdout.readline())
        workers = psutil.Process(doomed.pid).children(recursive=True)
    finally:
        at_the_latest.cancel()
        doomed.kill()
        doomed.wait(SECONDS)
        doomed.stdout.close()
    _, alive = psutil.wait_procs(workers, SECONDS)
    assert not alive
    return told


def test_from_a_persona_through_a_death_to_the_next_start(
    qapp,
    session,  # noqa: F811
    open_session,  # noqa: F811
    closing,  # noqa: F811
    qtbot,
    paths,  # noqa: F811
    home: Path,
    tmp_path: Path,
    monkeypatch,
):
    person, window = Person(), closing.enter_context(shown(qapp, session))

    def wait(until) -> None:
        qtbot.waitUntil(lambda: bool(until()), timeout=LONG)

    panel = chat_of(window)
    vm = panel._viewmodel
    wait(lambda: vm.model)
    vm.set_sampling(max_new_tokens=32)

    def messages():
        return vm.branch.messages if vm.branch else ()

    def answered(count: int) -> bool:
        """So many messages are shown, and nothing is being written."""
        shown_now = messages()
        assert not any(one.state is MessageState.FAILED for one in shown_now), vm.outcome(shown_now[-1])
        return len(shown_now) == count and not vm.busy

    def ask(text: str, count: int) -> None:
        person.press(Key.Key_L, CTRL)
        person.type(text)
        person.press(Key.Key_Return)
        wait(lambda: answered(count))

    # Somebody to talk with.
    person.press(Key.Key_N, CTRL, SHIFT)
    person.type("Lighthouse keeper")
    person.press(Key.Key_Return)
    wait(lambda: vm.persona and vm.persona.name == "Lighthouse keeper")

    # A file, and three answers to it.
    brief = tmp_path / "brief.md"
    brief.write_text("# Brief\n\nFour cards of one lighthouse, at four times of the day.\n", encoding="utf-8")
    monkeypatch.setattr(QFileDialog, "open", lambda dialog: dialog.filesSelected.emit([str(brief)]))
    person.press(Key.Key_A, CTRL, SHIFT)
    wait(lambda: panel.composer.files.chips and not panel._said.reading)
    person.press(Key.Key_L, CTRL)
    person.press(Key.Key_PageUp, CTRL)
    person.press(Key.Key_PageUp, CTRL)
    person.type("Tell a short story about this lighthouse")
    person.press(Key.Key_Return)
    wait(lambda: answered(2) and len(vm.takes) == 3)
    conversation, takes = vm.conversation_id, [one.id for one in vm.takes]
    question = messages()[0]
    assert [one.name for one in question.attachments] == ["brief.md"]
    assert "four times of the day" in question.attachments[0].text
    assert all(one.text.strip() for one in vm.takes)
    vm.keep(takes[1])
    wait(lambda: messages()[-1].id == takes[1] and not vm.takes)
    assert vm.branch.siblings[takes[1]] == tuple(takes)
    person.press(Key.Key_PageDown, CTRL)
    person.press(Key.Key_PageDown, CTRL)

    # Another wording, and back to the first.
    ask("And the boats?", 4)
    first = [one.id for one in messages()]
    person.press(Key.Key_E, CTRL)
    person.press(Key.Key_A, CTRL)
    ask("And the gulls?", 4)
    assert [one.id for one in messages()][:2] == first[:2] and messages()[2].id != first[2]
    vm.step(messages()[2].id, -1)
    wait(lambda: [one.id for one in messages()] == first)

    # Older messages are summed up, and can be read again.
    ask("Tell me about the harbour in the evening", 6)
    ask("What does the keeper eat?", 8)
    person.press(Key.Key_G, CTRL, SHIFT)
    wait(lambda: vm.branch.summaries and not vm.busy)
    (summary,) = vm.branch.summaries.values()
    wait(lambda: session.job(summary.job).state is JobState.DONE)
    summary = next(iter(session.chats.branch(conversation).summaries.values()))
    assert summary.text.strip() and [one.id for one in messages()][:4] == first
    vm.edit_summary(summary.id, "A keeper, a brief, boats.")
    ask("What was it about?", 10)
    branch = session.chats.branch(conversation)
    read = turns_of(branch, paths.library, messages()[-2].id)
    assert any("A keeper, a brief, boats." in turn.content for turn in read)
    assert all(turn.message != first[0] for turn in read)

    # A picture of an answer comes back into the conversation.
    person.press(Key.Key_M, CTRL, SHIFT)
    wait(lambda: messages()[-1].role == "picture" and messages()[-1].assets)
    wait(lambda: messages()[-1].state is MessageState.COMPLETE)
    picture = session.asset(messages()[-1].assets[0])
    assert (paths.library / picture.path).is_file()
    whole = messages()

    # It is found by a word in it.
    hits = session.chats.search("gulls").result(timeout=SECONDS)
    assert [hit.conversation.id for hit in hits] == [conversation] and hits[0].marks

    closing.close()
    session.close()

    # Killed while an answer is written: what was said of it stands there, and it goes on.
    killed = killed_in_an_answer(home, conversation)
    again = open_session()
    with shown(qapp, again) as window:
        panel = chat_of(window)
        vm = panel._viewmodel
        vm.open(conversation)
        assert messages()[: len(whole)] == whole
        assert vm.branch.conversation.persona.name == "Lighthouse keeper"
        cut = messages()[-1]
        assert (cut.id, cut.state) == (killed["message"], MessageState.INTERRUPTED)
        assert cut.text.startswith(killed["text"])
        wait(lambda: vm.model)
        vm.set_sampling(max_new_tokens=16)
        person.press(Key.Key_Return, CTRL, SHIFT)
        wait(lambda: messages()[-1].state is MessageState.COMPLETE)
        assert messages()[-1].id == cut.id
        assert messages()[-1].text.startswith(cut.text) and len(messages()[-1].text) > len(cut.text)
    again.close()
