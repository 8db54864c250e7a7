"""The text of one message while it grows: what is finished of it is written once, only its end again."""

from collections.abc import Callable, Sequence

from PySide6.QtGui import QColor, QTextCursor

from studio.core.conversations import Message
from studio.ui.theme import colours
from studio.ui.widgets.chat_lines import End, icon, line, link, new_block
from studio.ui.widgets.chat_thinking import Thought, thought_in, thought_label
from studio.ui.widgets.markdown import GAP, MarkdownWriter, block_format, char_format, leave_list
from studio.ui.widgets.markdown_parts import Part, parts_of, settled

ThoughtFor = Callable[[Message], float | None]


class Body:
    """Writes a message's text at the end of a part of a document.

    Attributes:
        codes: its code blocks so far; their copy links name the message and the place in this list.
        stable: how many of its characters are written for good.
    """

    def __init__(
        self, message: Message, end: End, width: int, thought_for: ThoughtFor, *, unfolded: bool
    ) -> None:
        """`end` gives the place where to write; `unfolded`: what was thought is to be read as well."""
        self.codes: list[str] = []
        self.stable = 0
        self._name = message.id
        self._plain = message.role in ("user", "picture")
        self._tone = "secondary" if message.role == "picture" else "text"
        self._end, self._width = end, width
        self._thought_for, self._unfolded = thought_for, unfolded
        self._tail = staying(new_block(end))  # the part of it that may still change
        self._opening = ""  # what makes the tail what it is, where it is the rest of a code block
        self._stable_codes: list[str] = []
        self._label = ""  # of the thought that is written there

    def extend(self, message: Message, upto: int) -> None:
        """Its text up to there; what was written for good is left alone."""
        if self._plain:
            self._write_plain(message.text[self.stable : upto])
            self.stable = upto
            return
        text = message.text[:upto]
        thought = thought_in(text) if self.stable == 0 else None
        if thought is None:
            self._write_markdown(text[self.stable :])
        elif thought.closed or self._unfolded or self._label_of(message, thought) != self._label:
            self._write_thought(message, thought)
            if thought.closed:
                self.stable = thought.end
                self._tail = staying(new_block(self._end))
                self._write_markdown(text[self.stable :])

    def _write_plain(self, text: str) -> None:
        """A person's words as they were typed."""
        cursor = self._end()
        block = block_format("chat")
        block.setBottomMargin(2)
        cursor.setBlockFormat(block)
        cursor.insertText(text, char_format("chat", self._tone))

    def _write_markdown(self, text: str) -> None:
        cursor = self._cut_tail()
        self.codes[:] = self._stable_codes
        parts = parts_of(text, self._opening)
        kept = settled(text, parts)
        self._write_parts(cursor, parts[:kept])
        if kept:
            cursor = new_block(self._end)
            self._tail = staying(cursor)
            self.stable += parts[kept].start
            self._opening = parts[kept].opening
            self._stable_codes = list(self.codes)
        self._write_parts(cursor, parts[kept:])

    def _write_parts(self, cursor: QTextCursor, parts: Sequence[Part]) -> None:
        writer = MarkdownWriter(cursor, "chat", self._name, self._width, self.codes)
        for part in parts:
            writer.write(part.tokens)

    def _write_thought(self, message: Message, thought: Thought) -> None:
        self._cut_tail()
        self._label = self._label_of(message, thought)
        cursor = line(self._end, below=GAP // 2)
        icon(cursor, "thought")
        cursor.insertText("\u00a0", char_format("secondary"))
        link(cursor, self._label, f"think:{self._name}")
        cursor.insertText("\u00a0", char_format("secondary"))
        icon(cursor, "down" if self._unfolded else "right")
        if self._unfolded and thought.text:
            cursor = new_block(self._end)
            shape = block_format("body")
            shape.setLeftMargin(12)
            shape.setBottomMargin(GAP)
            cursor.setBlockFormat(shape)
            style = char_format("body")
            style.setForeground(QColor(colours().secondary))
            cursor.insertText(thought.text.replace("\n", "\u2028"), style)

    def _label_of(self, message: Message, thought: Thought) -> str:
        return thought_label(message, thought, self._thought_for(message))

    def _cut_tail(self) -> QTextCursor:
        """The tail is gone; the cursor stands where it began, in an empty block."""
        cursor = at(self._tail)
        cursor.setPosition(self._end().position(), QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        leave_list(cursor)
        cursor.setBlockFormat(block_format("chat"))
        return cursor


def at(place: QTextCursor) -> QTextCursor:
    """A cursor to write with, from where the other one stays (only its position does, not its anchor)."""
    cursor = QTextCursor(place.document())
    cursor.setPosition(place.position())
    return cursor


def staying(cursor: QTextCursor) -> QTextCursor:
    """A cursor that stays before what is inserted at its place."""
    copy = QTextCursor(cursor)
    copy.setKeepPositionOnInsert(True)
    return copy
