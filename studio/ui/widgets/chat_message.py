"""What stands around the text of a message: who and when, what was given, how it ended, what one can do."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor

from studio.core.conversations import Attachment, Branch, Message, MessageState
from studio.core.records import Asset, JobRecord
from studio.ui import figures
from studio.ui.i18n import explain, plural, sentence_of_note, tr
from studio.ui.widgets.chat_lines import End, chip, icon, icon_link, line, link, new_block, remark, ruled
from studio.ui.widgets.chat_pictures import ChatPictures
from studio.ui.widgets.labels import plain_tip
from studio.ui.widgets.markdown import block_format, char_format, right_tab

LONGEST_QUESTION = 20_000  # characters of a person's own message; the rest is counted
NAMES = {"user": "You", "picture": "Picture", "assistant": "Model"}
BUSY = {"assistant": "is writing", "picture": "is being made"}
ENDINGS = {
    MessageState.STOPPED: "Stopped.",
    MessageState.INTERRUPTED: "The studio closed before this answer was finished.",
    MessageState.FAILED: "This answer could not be finished.",
}
UNFINISHED_PICTURE = {
    MessageState.STOPPED: "Stopped.",
    MessageState.INTERRUPTED: "The studio closed before this picture was finished.",
    MessageState.FAILED: "This picture could not be made.",
}


@dataclass(frozen=True)
class Sources:
    """Whom to ask about what a message only names.

    Attributes:
        outcome: how the job of a message stands; None where that is not known.
        waits: why a message is not begun, in words; empty where it is.
        asset: a picture of the library by its id; None where it is gone.
        given: what stands for an attached picture where thumbnails are made.
        face: a picture of the persona who answered; None for one without.
        phase: what is done for a picture right now, in words.
        thought_for: the seconds that a model thought before an answer; None where that was not seen.
        file_tokens: what the model reads of a message's files; 0 where that is not known.
    """

    outcome: Callable[[Message], JobRecord | None]
    waits: Callable[[Message], str]
    asset: Callable[[str], Asset | None]
    given: Callable[[Attachment], Asset]
    face: Callable[[Message], Asset | None]
    phase: Callable[[Message], str]
    thought_for: Callable[[Message], float | None]
    file_tokens: Callable[[Message], int]


class MessageFrame:
    """Writes what stands around a message's text.

    Attributes:
        branch: that the messages belong to.
        width: of the column in pixels.
    """

    def __init__(self, sources: Sources, pictures: ChatPictures, *, alone: bool) -> None:
        """`alone`: a text by itself, without who and when and without actions."""
        self.branch: Branch | None = None
        self.width = 0
        self._sources, self._pictures, self._alone = sources, pictures, alone

    def begin(self, message: Message, end: End) -> QTextCursor:
        """Who and when, and what was given; a cursor at the first of it."""
        if self._alone:
            return new_block(end)
        cursor = line(end)
        first = QTextCursor(cursor)
        first.setKeepPositionOnInsert(True)
        shape = block_format("section", above=0 if cursor.position() == 0 else 20)
        shape.setBottomMargin(2)
        shape.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        right_tab(shape, self.width - 2)
        cursor.setBlockFormat(shape)
        self.write_head(cursor, message)
        self._write_given(message, end)
        return first

    def write_head(self, cursor: QTextCursor, message: Message) -> None:
        """In place of what stands on its line, which is another where the message's state has changed."""
        if self._alone:
            return
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        strong = char_format("strong")
        name = (message.persona or message.model) if message.role == "assistant" else ""
        if face := self._sources.face(message):
            self._pictures.insert_face(cursor, face)
        cursor.insertText(name or tr(NAMES.get(message.role, "Model")), strong)
        tone = "accent_text" if message.state is MessageState.STREAMING else "secondary"
        cursor.insertText(self._when(message), char_format("secondary", tone))
        for on, glyph, words in (
            (message.pinned, "pin", "always read"),
            (message.excluded, "eye-off", "not read by the model"),
        ):
            if on:
                cursor.insertText("   ", strong)
                icon(cursor, glyph, "accent_text")
                cursor.insertText("\u00a0" + tr(words), char_format("secondary", "secondary"))
        siblings = self._siblings(message)
        if len(siblings) > 1:
            place = siblings.index(message.id) + 1
            cursor.insertText("\t", strong)
            icon_link(cursor, "left", f"before:{message.id}", tr("The one before"))
            cursor.insertText(f" {place} / {len(siblings)} ", char_format("secondary", "secondary"))
            icon_link(cursor, "right", f"after:{message.id}", tr("The one after"))

    def finish(self, message: Message, end: End) -> None:
        """How it ended, what did not apply, and what can be done with it."""
        if self._alone and message.state is MessageState.COMPLETE:
            return
        record = self._sources.outcome(message)
        self._write_ending(message, record, end)
        for note in record.notes if record and message.role == "assistant" else ():
            remark(end, sentence_of_note(note))
        if left := len(message.text) - shown_length(message):
            remark(end, tr("{n} more characters are not shown.", n=figures.count(left)))
        if not self._alone:
            self._write_actions(message, end)

    def write_pictures(self, message: Message, end: End) -> None:
        """What was made of a prompt; while it is made, how far that is."""
        found = [asset for one in message.assets if (asset := self._sources.asset(one)) is not None]
        if found:
            cursor = line(end, above=8, below=4)
            for asset in found:
                self._pictures.insert(cursor, asset, f"asset:{asset.id}", tr("Show it large"))
        if gone := len(message.assets) - len(found):
            remark(end, plural(gone, "The picture is gone.", "{n} pictures are gone."))
        if message.state is MessageState.STREAMING:
            remark(end, self._sources.phase(message) or tr("Waiting"), "accent_text")

    def reads_from(self) -> str:
        """The first message that the newest answer's model read, where older ones had no room; else empty."""
        messages = self.branch.messages if self.branch else ()
        newest = next((one for one in reversed(messages) if one.role == "assistant"), None)
        record = self._sources.outcome(newest) if newest else None
        for note in record.notes if record else ():
            if note.code == "messages_dropped":
                return str(note.params.get("first", ""))
        return ""

    def write_boundary(self, end: End) -> None:
        ruled(end, tr("The model reads from here"))

    @property
    def trashed(self) -> bool:
        """One reads and copies; to go on, it is put back."""
        return self.branch is not None and self.branch.conversation.trashed

    def _when(self, message: Message) -> str:
        if message.state is MessageState.STREAMING:
            waits = self._sources.waits(message) if message.role == "assistant" else ""
            return "  " + tr(waits or BUSY.get(message.role, "is writing"))
        model = message.model if message.persona else ""
        created = figures.when(message.created, time.time())
        return "  " + " · ".join(part for part in (model, created) if part)

    def _write_given(self, message: Message, end: End) -> None:
        pictures = [one for one in message.attachments if one.picture]
        files = [one for one in message.attachments if not one.picture]
        if pictures:
            cursor = line(end, above=4, below=4)
            for one in pictures:
                address = f"given:{message.id}:{one.id}"
                self._pictures.insert(cursor, self._sources.given(one), address, plain_tip(one.name))
        if files:
            tokens = self._sources.file_tokens(message)
            cursor = line(end, above=4, below=6)
            for one in files:
                size = figures.size(one.size_bytes) if one.size_bytes else ""
                if tokens and len(message.attachments) == 1:
                    size = tr("{n} tokens", n=figures.count(tokens))
                words = f"{one.name} · {size}" if size else one.name
                tip = tr("Only its beginning is read") if one.cut else tr("Read it")
                chip(cursor, "file", words, f"file:{message.id}:{one.id}", tip)

    def _write_ending(self, message: Message, record: JobRecord | None, end: End) -> None:
        if message.role == "picture":
            self.write_pictures(message, end)
        said = self._ending(message, record)
        offers = [] if self._alone else self._remedies(message)
        if not said and not offers:
            return
        failed = message.state is MessageState.FAILED
        cursor = remark(end, said, "danger" if failed and record and record.problem else "secondary")
        for words, address in offers:
            cursor.insertText("   ", char_format("secondary"))
            link(cursor, words, address)

    def _ending(self, message: Message, record: JobRecord | None) -> str:
        """How it ended, where that is not as it should be."""
        if record and record.problem and message.state is MessageState.FAILED:
            return explain(record.problem)
        endings = UNFINISHED_PICTURE if message.role == "picture" else ENDINGS
        if ending := endings.get(message.state):
            return tr(ending)
        if message.finish == "length":
            return tr("The answer reached its length limit.")
        if message.role == "assistant" and not message.text.strip():
            return tr("The model had nothing to say.")
        return ""

    def _remedies(self, message: Message) -> list[tuple[str, str]]:
        """Words and address of what to do about an answer that is not whole."""
        offers: list[tuple[str, str]] = []
        if self.can_go_on(message):
            offers.append((tr("Continue"), f"go-on:{message.id}"))
        broken = message.state in (MessageState.FAILED, MessageState.INTERRUPTED)
        if message.role == "assistant" and (broken or not message.text.strip()) and not self.trashed:
            offers.append((tr("Answer again"), f"again:{message.id}"))
        return offers

    def can_go_on(self, message: Message) -> bool:
        """It is the branch's last answer, and was cut off."""
        last = self.branch is not None and self.branch.messages[-1].id == message.id
        return last and message.cut_short and not self.trashed

    def _write_actions(self, message: Message, end: End) -> None:
        cursor = line(end, above=6 if message.role == "user" else 2)  # whose text has no gap below its end
        for name, command, words, on in self._actions(message):
            icon_link(cursor, name, f"{command}:{message.id}", words, on=on)
            cursor.insertText("   ", char_format("secondary"))

    def _actions(self, message: Message) -> list[tuple[str, str, str, bool]]:
        """Icon, command, words, and whether it is in force."""
        actions = [("copy", "copy", tr("Copy"), False)]
        if self.trashed:
            return actions
        if message.role == "user":
            actions.append(("edit", "edit", tr("Edit and ask again"), False))
        elif message.role == "assistant":
            actions.append(("again", "again", tr("Answer again"), False))
        actions.append(("fork", "fork", tr("Fork from here"), False))
        marks = self._marks(message)
        if message.role == "picture":  # which no model reads: there is only something to take back
            return [*actions, *(mark for mark in marks if mark[3])]
        return [*actions, *marks, ("picture", "picture", tr("Make a picture of this"), False)]

    def _marks(self, message: Message) -> list[tuple[str, str, str, bool]]:
        """What can be said to the model about a message, as `_actions` gives it."""
        pin = tr("Unpin") if message.pinned else tr("Pin: the model always reads it")
        exclude = tr("Let the model read it again") if message.excluded else tr("Leave out of what it reads")
        return [
            ("pin", "pin", pin, message.pinned),
            ("eye-off", "exclude", exclude, message.excluded),
        ]

    def _siblings(self, message: Message) -> Sequence[str]:
        if self.branch is None or self.trashed:
            return ()
        return self.branch.siblings.get(message.id, ())


def shown_length(message: Message) -> int:
    return min(len(message.text), LONGEST_QUESTION) if message.role == "user" else len(message.text)
