"""The messages of a branch as one text document, written a slice a turn; a growing answer only at its end."""

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor, QTextDocument, QTextOption

from studio.core.conversations import Branch, Message, MessageState
from studio.core.records import JobRecord
from studio.ui import figures
from studio.ui.i18n import explain, sentence_of_note, tr
from studio.ui.icons import glyph_text
from studio.ui.theme import colours
from studio.ui.widgets.markdown import (
    MarkdownWriter,
    block_format,
    char_format,
    leave_list,
    link_format,
    right_tab,
)
from studio.ui.widgets.markdown_parts import parts_of, settled

COLUMN, MARGIN = 600, 20
MESSAGE_GAP = 20
ACTION_ICON = 16
INDENT = 26
# Characters: written between two turns of the event loop, and thought to be in a message without any.
SLICE, LEAST = 4_000, 200
QUICK, SLOW_MS = 2_000, 150  # a longer last part, such as a table, is written anew only so often
LONGEST_QUESTION = 20_000  # characters of a person's own message; the rest is counted
ENDINGS = {
    MessageState.STOPPED: "Stopped.",
    MessageState.INTERRUPTED: "The studio closed before this answer was finished.",
    MessageState.FAILED: "This answer could not be finished.",
}

Outcome = Callable[[Message], JobRecord | None]


class ChatDocument(QTextDocument):
    """Renders a branch into a column in the middle.

    Links in it are commands: `copy:<message>`, `again:<message>`, `edit:<message>`, `before:<message>`,
    `after:<message>`, `code:<message>:<number>`, `earlier:`; those of a model's text are `link:<address>`.

    Attributes:
        codes: the code blocks of each rendered message, by its id.
        unfinished: the rest of the branch is written in the next turns of the event loop.

    Signals:
        rendering: everything is about to be written anew.
    """

    rendering = Signal()

    def __init__(self, outcome: Outcome) -> None:
        """`outcome` tells how the job of an answer stands."""
        super().__init__()
        self.setUndoRedoEnabled(False)
        self.setDocumentMargin(0)
        self.setIndentWidth(INDENT)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setDefaultTextOption(option)
        self.codes: dict[str, list[str]] = {}
        self.unfinished = False
        self._outcome = outcome
        self._width = COLUMN
        self._room = 0
        self._branch: Branch | None = None
        self._rest: Iterator[int] = iter(())
        self._turns = QTimer(self, singleShot=True, interval=0)
        self._turns.timeout.connect(self._go_on)
        self._later = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._later.timeout.connect(self._bring_up)
        # Of the last message that was begun:
        self._head = QTextCursor(self)  # its first line
        self._tail = QTextCursor(self)  # the part of its body that may still change
        self._stable = 0  # how many of its characters are written for good
        self._stable_codes = 0  # and how many of its code blocks

    def fit(self, room: int) -> None:
        """Centre the column in so many pixels; a narrower one is rendered anew."""
        if room == self._room:
            return
        self._room = room
        width = min(COLUMN, room - 2 * MARGIN)
        if width != self._width:
            self._width = width
            self.render()
        self._centre()

    def show_branch(self, branch: Branch | None) -> None:
        self._branch = branch
        self.render()

    def replace_branch(self, branch: Branch) -> None:
        """The same messages in another state; where only the last one went on, only that is written."""
        before, self._branch = self._branch, branch
        if before is None or not _only_went_on(before, branch):
            self.render()
        elif not self.unfinished:
            self._bring_up()

    def grow(self, branch: Branch) -> None:
        """The last message has more text: what was finished of it stays as it is."""
        self._branch = branch
        if self.unfinished or self._later.isActive():
            return
        if len(branch.messages[-1].text) - self._stable <= QUICK:
            self._bring_up()
        else:
            self._later.start()

    def render(self) -> None:
        """Everything anew, as after a change of theme or language."""
        self.rendering.emit()
        self.unfinished = True
        self._later.stop()
        self.clear()
        self.codes.clear()
        self._centre()
        self._rest = self._write_all()
        self._go_on()

    def _centre(self) -> None:
        shape = self.rootFrame().frameFormat()
        side = max(0, self._room - self._width) // 2
        shape.setLeftMargin(side)
        shape.setRightMargin(max(0, self._room - self._width - side))
        shape.setTopMargin(MARGIN)
        shape.setBottomMargin(MARGIN)
        self.rootFrame().setFrameFormat(shape)

    # Slice by slice.

    @Slot()
    def _go_on(self) -> None:
        """Write until a turn's worth is written. In one edit: laying out each change would take minutes."""
        edit = QTextCursor(self)
        edit.beginEditBlock()
        room = SLICE
        for written in self._rest:
            room -= written
            if room <= 0:
                self._turns.start()
                break
        else:
            self.unfinished = False
        edit.endEditBlock()

    def _write_all(self) -> Iterator[int]:
        """Writes the branch; what comes out is the number of characters since the last time."""
        branch = self._branch
        if branch is None or not branch.messages:
            return
        if not branch.whole:
            cursor = self._new_block()
            cursor.setBlockFormat(block_format("secondary"))
            cursor.insertText(tr("Show earlier messages"), link_format("earlier:", "secondary"))
        for message in branch.messages:
            yield from self._write(message)
        if self._branch and self._branch.messages[-1] is not branch.messages[-1]:  # it went on meanwhile
            self._write_rest(self._branch.messages[-1])

    def _write(self, message: Message) -> Iterator[int]:
        self._begin(message)
        length = _shown_length(message)
        for upto in range(SLICE, length, SLICE):
            self._extend(message, upto)
            yield SLICE
        self._extend(message, length)
        if message.state is not MessageState.STREAMING:
            self._write_end(message)
        yield length % SLICE + LEAST

    @Slot()
    def _bring_up(self) -> None:
        """Write what the last message, which was streaming, has become."""
        self._later.stop()
        if self._branch:
            edit = QTextCursor(self)
            edit.beginEditBlock()
            self._write_rest(self._branch.messages[-1])
            edit.endEditBlock()

    def _write_rest(self, message: Message) -> None:
        self._extend(message, len(message.text))
        if message.state is not MessageState.STREAMING:
            head = _at(self._head)
            head.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            head.removeSelectedText()
            self._write_head(head, message)
            self._write_end(message)

    # One message.

    def _begin(self, message: Message) -> None:
        """Who and when, and an empty body."""
        cursor = self._new_block()
        self._head = _staying(cursor)
        block = block_format("section", above=MESSAGE_GAP if cursor.position() else 0)
        block.setBottomMargin(2)
        right_tab(block, self._width - 2)
        cursor.setBlockFormat(block)
        self._write_head(cursor, message)
        self._tail = _staying(self._new_block())
        self._stable = self._stable_codes = 0
        self.codes[message.id] = []

    def _write_head(self, cursor: QTextCursor, message: Message) -> None:
        name = tr("You") if message.role == "user" else message.model or tr("Model")
        strong = char_format("strong")
        cursor.insertText(name, strong)
        if message.state is MessageState.STREAMING:
            cursor.insertText("  " + tr("is writing"), char_format("secondary", "accent_text"))
        else:
            cursor.insertText("  " + figures.clock(message.created), char_format("secondary", "secondary"))
        siblings = self._siblings(message)
        if len(siblings) > 1:
            place = siblings.index(message.id) + 1
            cursor.insertText("\t", strong)
            self._icon(cursor, "left", f"before:{message.id}", tr("The one before"))
            cursor.insertText(f" {place} / {len(siblings)} ", char_format("secondary", "secondary"))
            self._icon(cursor, "right", f"after:{message.id}", tr("The one after"))

    def _extend(self, message: Message, upto: int) -> None:
        """Its text up to there; what was written for good is left alone."""
        text = message.text[self._stable : upto]
        if message.role == "user":
            self._write_plain(text)
            self._stable = upto
            return
        cursor = self._cut_tail()
        codes = self.codes[message.id]
        del codes[self._stable_codes :]
        parts = parts_of(text)
        kept = settled(text, parts)
        writer = self._writer(cursor, message)
        for part in parts[:kept]:
            writer.write(part.tokens)
        if kept:
            cursor = self._new_block()
            self._tail = _staying(cursor)
            self._stable += parts[kept].start
            self._stable_codes = len(codes)
            writer = self._writer(cursor, message)
        for part in parts[kept:]:
            writer.write(part.tokens)

    def _write_plain(self, text: str) -> None:
        """A person's words as they were typed."""
        cursor = QTextCursor(self)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        block = block_format("chat")
        block.setBottomMargin(2)
        cursor.setBlockFormat(block)
        cursor.insertText(text, char_format("chat"))

    def _write_end(self, message: Message) -> None:
        """How it ended, what did not apply, and what can be done with it."""
        record = self._outcome(message)
        problem = record.problem if record else None
        if problem and message.state is MessageState.FAILED:
            self._remark(explain(problem), "danger")
        elif ending := ENDINGS.get(message.state):
            self._remark(tr(ending))
        if message.state in (MessageState.FAILED, MessageState.INTERRUPTED) and not self._trashed():
            cursor = self._remark("")
            cursor.insertText(tr("Answer again"), link_format(f"again:{message.id}", "secondary"))
        for note in record.notes if record else ():
            self._remark(sentence_of_note(note))
        if left := len(message.text) - _shown_length(message):
            self._remark(tr("{n} more characters are not shown.", n=figures.count(left)))
        self._write_actions(message)

    def _remark(self, words: str, tone: str = "secondary") -> QTextCursor:
        """A line of its own; the cursor stands at its end."""
        line = self._new_block()
        line.setBlockFormat(block_format("secondary"))
        line.insertText(words, char_format("secondary", tone))
        return line

    def _write_actions(self, message: Message) -> None:
        cursor = self._new_block()
        block = block_format("secondary")
        block.setTopMargin(2)
        cursor.setBlockFormat(block)
        actions = [("copy", "copy", tr("Copy"))]
        if self._trashed():
            pass  # one reads and copies; to go on, it is put back
        elif message.role == "user":
            actions.append(("edit", "edit", tr("Edit and ask again")))
        else:
            actions.append(("again", "again", tr("Answer again")))
        for name, command, words in actions:
            self._icon(cursor, name, f"{command}:{message.id}", words)
            cursor.insertText("   ", char_format("secondary"))

    def _icon(self, cursor: QTextCursor, name: str, address: str, words: str) -> None:
        character, family = glyph_text(name)
        style = QTextCharFormat(link_format(address, "secondary"))
        style.setFontFamilies([family])
        style.setProperty(QTextCharFormat.Property.FontPixelSize, ACTION_ICON)
        style.setForeground(QColor(colours().secondary))
        style.setToolTip(words)
        cursor.insertText(character, style)

    def _siblings(self, message: Message) -> Sequence[str]:
        if self._branch is None or self._trashed():
            return ()
        return self._branch.siblings.get(message.id, ())

    def _trashed(self) -> bool:
        return self._branch is not None and self._branch.conversation.trashed

    def _writer(self, cursor: QTextCursor, message: Message) -> MarkdownWriter:
        return MarkdownWriter(cursor, "chat", message.id, self._width, self.codes[message.id])

    def _new_block(self) -> QTextCursor:
        """A cursor in an empty last block. Others may be empty and yet say something: rules, gaps, items."""
        cursor = QTextCursor(self)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        unused = cursor.block().length() == 1 and cursor.blockFormat() == block_format("chat")
        if not unused and not self.isEmpty():
            cursor.insertBlock(block_format("chat"), char_format("chat"))
        return cursor

    def _cut_tail(self) -> QTextCursor:
        """The tail is gone; the cursor stands where it began, in an empty block."""
        cursor = _at(self._tail)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        leave_list(cursor)
        cursor.setBlockFormat(block_format("chat"))
        return cursor


def _only_went_on(before: Branch, after: Branch) -> bool:
    """Whether nothing but the last message differs, and that has only more text or has ended."""
    if before.messages[:-1] != after.messages[:-1] or before.siblings != after.siblings:
        return False
    old, new = before.messages[-1], after.messages[-1]
    return old.id == new.id and old.state is MessageState.STREAMING and new.text.startswith(old.text)


def _shown_length(message: Message) -> int:
    return min(len(message.text), LONGEST_QUESTION) if message.role == "user" else len(message.text)


def _at(place: QTextCursor) -> QTextCursor:
    """A cursor to write with, from where the other one stays (only its position does, not its anchor)."""
    cursor = QTextCursor(place.document())
    cursor.setPosition(place.position())
    return cursor


def _staying(cursor: QTextCursor) -> QTextCursor:
    """A cursor that stays before what is inserted at its place."""
    copy = QTextCursor(cursor)
    copy.setKeepPositionOnInsert(True)
    return copy
