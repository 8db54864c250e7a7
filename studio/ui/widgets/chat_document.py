"""The messages of a branch as one text document; a growing answer is rendered from its last block on."""

from collections.abc import Sequence

from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor, QTextDocument, QTextOption

from studio.core.records import Branch, Message, MessageState
from studio.ui import figures
from studio.ui.i18n import tr
from studio.ui.icons import glyph_text
from studio.ui.theme import colours
from studio.ui.widgets.markdown import (
    MarkdownWriter,
    block_format,
    char_format,
    leave_list,
    link_format,
    right_tab,
    stable_length,
)

COLUMN, MARGIN = 600, 20
PAGE = 40  # messages rendered at first, and more with each look back
MESSAGE_GAP = 20
ACTION_ICON = 16
INDENT = 26
ENDINGS = {
    MessageState.STOPPED: "Stopped.",
    MessageState.INTERRUPTED: "The studio closed before this answer was finished.",
    MessageState.FAILED: "This answer could not be finished.",
}


class ChatDocument(QTextDocument):
    """Renders the newest messages of a branch into a column in the middle.

    Links in it are commands: `copy:<message>`, `again:<message>`, `edit:<message>`, `before:<message>`,
    `after:<message>`, `code:<message>:<number>`, `earlier:`; any other address stands in a model's text.

    Attributes:
        codes: the code blocks of each rendered message, by its id.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setUndoRedoEnabled(False)
        self.setDocumentMargin(0)
        self.setIndentWidth(INDENT)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setDefaultTextOption(option)
        self.codes: dict[str, list[str]] = {}
        self._width = COLUMN
        self._room = 0
        self._branch: Branch | None = None
        self._count = PAGE
        self._last = 0  # where the last message begins
        self._tail = 0  # where the part of its body that may still change begins
        self._stable = 0  # how many of its characters are rendered for good
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
        self._count = PAGE
        self.render()

    def show_earlier(self) -> None:
        """More of the messages before those that are rendered."""
        self._count += PAGE
        self.render()

    def replace_branch(self, branch: Branch) -> None:
        """The same messages in another state; where it is only the last one's, only that is rendered."""
        before, self._branch = self._branch, branch
        if before and before.messages[:-1] == branch.messages[:-1] and before.siblings == branch.siblings:
            self._write(self._cut_at(self._last), branch.messages[-1])
        else:
            self.render()

    def grow(self, branch: Branch) -> None:
        """The last message has more text: what was finished of it stays as it is."""
        self._branch = branch
        message = branch.messages[-1]
        cursor = self._cut_at(self._tail)
        codes = self.codes[message.id]
        del codes[self._stable_codes :]
        finished = stable_length(message.text[self._stable :])
        if finished:
            self._writer(cursor, message).write(message.text[self._stable : self._stable + finished])
            self._stable += finished
            self._stable_codes = len(codes)
            cursor = self._new_block()
            self._tail = cursor.position()
        self._writer(cursor, message).write(message.text[self._stable :])

    def render(self) -> None:
        """Everything anew, as after a change of theme or language."""
        self.clear()
        self.codes.clear()
        self._centre()
        if self._branch is None:
            return
        messages = self._branch.messages
        shown = messages[-self._count :]
        cursor = QTextCursor(self)
        cursor.beginEditBlock()
        if len(shown) < len(messages):
            cursor.setBlockFormat(block_format("secondary"))
            cursor.insertText(tr("Show earlier messages"), link_format("earlier:", "secondary"))
        for message in shown:
            self._write(self._new_block(), message)
        cursor.endEditBlock()

    def _centre(self) -> None:
        shape = self.rootFrame().frameFormat()
        side = max(0, self._room - self._width) // 2
        shape.setLeftMargin(side)
        shape.setRightMargin(max(0, self._room - self._width - side))
        shape.setTopMargin(MARGIN)
        shape.setBottomMargin(MARGIN)
        self.rootFrame().setFrameFormat(shape)

    def _write(self, cursor: QTextCursor, message: Message) -> None:
        """Who and when, the text, how it ended, what can be done with it."""
        self._last = cursor.position()
        block = block_format("section", above=MESSAGE_GAP if self._last else 0)
        block.setBottomMargin(2)
        right_tab(block, self._width - 2)
        cursor.setBlockFormat(block)
        self._write_head(cursor, message)
        body = self._new_block()
        self._tail, self._stable, self._stable_codes = body.position(), 0, 0
        self.codes[message.id] = []
        if message.role == "user":
            self._write_plain(body, message.text)
        else:
            self._writer(body, message).write(message.text)
        if message.state is MessageState.STREAMING:
            return
        if ending := ENDINGS.get(message.state):
            line = self._new_block()
            line.setBlockFormat(block_format("secondary"))
            line.insertText(tr(ending), char_format("secondary", "secondary"))
        self._write_actions(message)

    def _write_head(self, cursor: QTextCursor, message: Message) -> None:
        name = tr("You") if message.role == "user" else message.model or tr("Model")
        strong = char_format("strong")
        cursor.insertText(name, strong)
        if message.state is MessageState.STREAMING:
            cursor.insertText("  " + tr("writing"), char_format("secondary", "accent_text"))
        else:
            cursor.insertText("  " + figures.clock(message.created), char_format("secondary", "secondary"))
        siblings = self._siblings(message)
        if len(siblings) > 1:
            place = siblings.index(message.id) + 1
            cursor.insertText("\t", strong)
            self._icon(cursor, "left", f"before:{message.id}", tr("The one before"))
            cursor.insertText(f" {place} / {len(siblings)} ", char_format("secondary", "secondary"))
            self._icon(cursor, "right", f"after:{message.id}", tr("The one after"))

    def _write_plain(self, cursor: QTextCursor, text: str) -> None:
        """A person's words as they were typed."""
        for number, line in enumerate(text.split("\n")):
            block = block_format("chat")
            block.setBottomMargin(2)
            if number:
                cursor.insertBlock(block)
            else:
                cursor.setBlockFormat(block)
            cursor.insertText(line, char_format("chat"))

    def _write_actions(self, message: Message) -> None:
        cursor = self._new_block()
        block = block_format("secondary")
        block.setTopMargin(2)
        cursor.setBlockFormat(block)
        actions = [("copy", "copy", tr("Copy"))]
        if message.role == "user":
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
        return self._branch.siblings.get(message.id, ()) if self._branch else ()

    def _writer(self, cursor: QTextCursor, message: Message) -> MarkdownWriter:
        return MarkdownWriter(cursor, "chat", message.id, self._width, self.codes[message.id])

    def _new_block(self) -> QTextCursor:
        """A cursor in an empty last block."""
        cursor = QTextCursor(self)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if cursor.block().length() > 1:
            cursor.insertBlock(block_format("chat"), char_format("chat"))
        return cursor

    def _cut_at(self, position: int) -> QTextCursor:
        """Everything from this position on is gone; the cursor stands there, in an empty block."""
        cursor = QTextCursor(self)
        cursor.setPosition(position)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        leave_list(cursor)
        cursor.setBlockFormat(block_format("chat"))
        return cursor


