"""Files of drafts: there at the next start, gone once they are sent, and never in the way when damaged."""

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QObject

from studio.core.conversations import Attachment
from studio.core.paths import Paths
from studio.session.chat_drafts import ChatDrafts
from studio.session.relay import Relay

FILE = Attachment(id="a", name="brief.md", text="105 × 148 mm 🙂")


@pytest.fixture
def begin(qapp, tmp_path) -> Iterator[Any]:
    """Makes the desk anew, as at a start; the last one is closed."""
    parent = QObject()
    made: list[ChatDrafts] = []
    problems: list[Exception] = []

    def again() -> ChatDrafts:
        for earlier in made:
            earlier.close()
        made.append(ChatDrafts(Paths(tmp_path, tmp_path / "library"), Relay(parent), problems.append))
        return made[-1]

    again.problems = problems  # type: ignore[attr-defined]
    yield again
    made[-1].close()
    parent.deleteLater()


def test_files_of_a_draft_are_there_at_the_next_start(begin):
    drafts = begin()
    assert drafts.attachments("") == ()
    drafts.keep("", (FILE,))
    drafts.keep("c1", (FILE, FILE))
    again = begin()
    assert again.attachments("") == (FILE,) and again.attachments("c1") == (FILE, FILE)


def test_what_was_sent_leaves_no_file(begin, tmp_path):
    drafts = begin()
    drafts.keep("c1", (FILE,))
    drafts.keep("c1", ())
    assert begin().attachments("c1") == ()
    assert list((tmp_path / "chat" / "drafts").iterdir()) == []


@pytest.mark.allow_log("the files of a draft cannot be read")
def test_a_damaged_file_counts_as_none(begin, tmp_path):
    folder = tmp_path / "chat" / "drafts"
    folder.mkdir(parents=True)
    (folder / "c1.json").write_text('[{"id": "a", "na')
    (folder / "c2.json").write_text('[{"new": ' + "[" * 100_000)
    drafts = begin()
    assert drafts.attachments("c1") == drafts.attachments("c2") == ()


@pytest.mark.allow_log("the files of a draft cannot be read")
def test_a_disk_that_takes_nothing_is_told(begin, tmp_path, qtbot):
    (tmp_path / "chat").write_text("a file where the folder should be")
    begin().keep("c1", (FILE,))
    qtbot.waitUntil(lambda: len(begin.problems) == 1)
