"""The messages of a branch as one text document: a window of them, written a slice a turn.

What changes is written anew alone: a growing answer at its end, a message with another mark in its place,
older messages above the others.
"""

from bisect import bisect_right
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QTextCursor, QTextDocument, QTextOption

from studio.core.conversations import Branch, Message, MessageState
from studio.core.summaries import summary_in_use
from studio.ui.widgets.chat_body import Body, at, staying
from studio.ui.widgets.chat_changes import goes_on, is_alike, only_went_on, place_of
from studio.ui.widgets.chat_lines import new_block
from studio.ui.widgets.chat_message import MessageFrame, Sources, shown_length
from studio.ui.widgets.chat_pictures import ChatPictures
from studio.ui.widgets.chat_summary import write_summary
from studio.ui.widgets.markdown import block_format, char_format
from studio.viewmodels.thumbnails import Thumbnails

COLUMN, MARGIN = 600, 20
MESSAGE_GAP = 20
INDENT = 26
# Messages shown at first and with each look further; those above one that was looked for.
PAGE, BEFORE = 20, 4
# Characters: written between two turns of the event loop, and thought to be in a message without any.
SLICE, LEAST = 1_500, 60
# A last part of more characters, such as a table, is written anew for at most this share of the time.
QUICK, SHARE = 600, 0.1


@dataclass
class _Open:
    """The branch's last message, which may go on."""

    head: QTextCursor
    body: Body


class ChatDocument(QTextDocument):
    """Renders a branch into a column in the middle.

    Links in it are commands, such as `copy:<message>`, `code:<message>:<number>` or `asset:<picture>`; those
    of a model's text are `link:<address>`.

    Attributes:
        codes: the code blocks of each rendered message, by its id.
        pictures: the thumbnails in it.
        unfinished: the rest of what is shown is written in the next turns of the event loop.

    Signals:
        rendering: what is read now may move.
        written: nothing is left to write.
    """

    rendering = Signal()
    written = Signal()

    def __init__(self, sources: Sources, thumbnails: Thumbnails, parent: QObject, *, alone: bool) -> None:
        """`parent` shows it; `alone`: one text by itself, without who and when."""
        super().__init__(parent)  # else it would never go: it and its pictures keep each other
        self.setUndoRedoEnabled(False)
        self.setDocumentMargin(0)
        self.setIndentWidth(INDENT)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setDefaultTextOption(option)
        self.codes: dict[str, list[str]] = {}
        self.pictures = ChatPictures(self, thumbnails)
        self.unfinished = False
        self._thought_for = sources.thought_for
        self._frame = MessageFrame(sources, self.pictures, alone=alone)
        self._margin = 12 if alone else MARGIN
        self._most = 10_000 if alone else COLUMN
        self._width = COLUMN
        self._room = 0
        self._branch: Branch | None = None
        self._first = self._last = 0  # the window: from the one message to before the other
        self._starts: dict[str, QTextCursor] = {}  # where each message of it begins
        self._above: QTextCursor | None = None  # what is written goes before this; else to the end
        self._open: _Open | None = None
        self._reads_from = ""
        self._rested = QElapsedTimer()  # since the end was written last
        self._rested.start()
        self._rest_ms = 0
        self._unfolded: set[str] = set()  # thoughts of these messages, and originals of these summaries
        self._again: set[str] = set()  # messages to be written once more when nothing else is left
        self._rest: Iterator[int] = iter(())
        self._turns = QTimer(self, singleShot=True, interval=0)
        self._turns.timeout.connect(self._go_on)
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self._bring_up)

    # What is shown.

    def fit(self, room: int) -> None:
        """Centre the column in so many pixels; a narrower one is rendered anew."""
        if room == self._room:
            return
        self._room = room
        width = min(self._most, room - 2 * self._margin)
        if width != self._width:
            self._width = width
            self.render()
        self._centre()

    def show_branch(self, branch: Branch | None, message: str = "") -> None:
        """From its end, or from around a message of it."""
        before, self._branch = self._branch, branch
        count = len(branch.messages) if branch else 0
        place = place_of(branch, message)
        if place < self._floor() and place >= 0 and branch:
            self._unfolded.add(branch.summaries[branch.messages[self._floor() - 1].id].id)
        if not message and goes_on(before, branch) and self._last == len(before.messages if before else ()):
            self._write_more_below(count)
            return
        self._first = max(self._floor(), (place - BEFORE) if place >= 0 else count - PAGE)
        self._last = count if place < 0 else min(count, self._first + PAGE)
        self.render()

    def joined_by_pictures(self, branch: Branch) -> bool:
        """It is the one that is shown, with nothing new but pictures at its end."""
        before = self._branch
        further = branch.messages[len(before.messages) :] if before else ()
        return goes_on(before, branch) and all(message.role == "picture" for message in further)

    def add_below(self, branch: Branch) -> None:
        """The same branch with further messages, which are written where its end was."""
        at_end, self._branch = not self.more_below, branch
        if at_end:
            self._write_more_below(len(branch.messages))

    def replace_branch(self, branch: Branch) -> None:
        """The same messages in another state; only those that differ are written."""
        before, self._branch = self._branch, branch
        if before is None or not is_alike(before, branch) or before.summaries != branch.summaries:
            self._first = max(self._first, self._floor())
            self.render()
            return
        if self.unfinished:
            if not only_went_on(before, branch):
                self.render()
            return
        if self._frame_of(branch).reads_from() != self._reads_from:
            self.render()
            return
        changed = [
            place
            for place in range(self._first, self._last)
            if before.messages[place] != branch.messages[place]
        ]
        if changed == [len(branch.messages) - 1] and only_went_on(before, branch):
            self._bring_up()
            return
        for place in changed:
            self._rewrite(place)

    def grow(self, branch: Branch) -> None:
        """The last message has more text: what was finished of it stays as it is."""
        self._branch = branch
        if self.unfinished or self._later.isActive() or self._open is None or self.more_below:
            return
        short = len(branch.messages[-1].text) - self._open.body.stable <= QUICK
        if short or self._rested.hasExpired(self._rest_ms):
            self._bring_up()
        else:
            self._later.start(max(0, self._rest_ms - self._rested.elapsed()))

    def rewrite(self, message: str) -> None:
        """One message again: what is told of it has changed elsewhere."""
        place = place_of(self._branch, message)
        if self.unfinished:
            self._again.add(message)  # it may be written already, and not be what it is now
        elif self._first <= place < self._last:
            self._rewrite(place)

    @property
    def more_above(self) -> bool:
        """Older messages than those shown can be shown, or read from elsewhere."""
        floor = self._floor()
        unread = self._branch is not None and not self._branch.whole and floor == 0
        return self._first > floor or unread

    @property
    def more_below(self) -> bool:
        return self._branch is not None and self._last < len(self._branch.messages)

    @property
    def branch(self) -> Branch | None:
        return self._branch

    def show_earlier(self, branch: Branch | None = None) -> bool:
        """Writes the messages above; False where none of them has been read. `branch`: with older ones."""
        if branch is not None and self._branch is not None:
            further = len(branch.messages) - len(self._branch.messages)
            self._branch = branch
            self._first, self._last = self._first + further, self._last + further
        first = max(self._floor(), self._first - PAGE)
        if self._branch is None or self.unfinished or first >= self._first:
            return False
        self.rendering.emit()
        upto, self._first = self._first, first
        self._open_above()
        self._begin(self._write_above(first, upto))
        return True

    def show_later(self) -> None:
        """Writes the messages below."""
        if self._branch and not self.unfinished:
            self._write_more_below(min(len(self._branch.messages), self._last + PAGE))

    def toggle(self, name: str) -> None:
        """Fold or unfold what a message's model thought, or what a summary stands for."""
        self._unfolded ^= {name}
        if self._branch and any(one.id == name for one in self._branch.summaries.values()):
            self._first = max(self._floor(), min(self._first, len(self._branch.messages) - 1))
            if name in self._unfolded:
                self._first = max(0, self._first - PAGE)
            self.render()
        else:
            self.rewrite(name)

    def start_of(self, message: str) -> int:
        """The character where it begins; -1 where it is not shown."""
        start = self._starts.get(message)
        return start.position() if start else -1

    def message_at(self, position: int) -> str:
        """The message that has the character; empty without any."""
        names = list(self._starts)
        names.sort(key=lambda name: self._starts[name].position())
        place = bisect_right([self._starts[name].position() for name in names], position) - 1
        return names[max(place, 0)] if names else ""

    def render(self) -> None:
        """Everything anew, as after a change of theme or language."""
        self.rendering.emit()
        self.unfinished = True
        self._turns.stop()
        self._later.stop()
        self.clear()
        self.codes.clear()
        self.pictures.forget()
        self._starts.clear()
        self._again.clear()
        self._open = self._above = None
        self._centre()
        if self._branch:
            self._reads_from = self._frame_of(self._branch).reads_from()
        self._begin(self._write_all())

    # Slice by slice.

    def _begin(self, work: Iterator[int]) -> None:
        self.unfinished = True
        self._rest = work
        self._go_on()

    @Slot()
    def _go_on(self) -> None:
        """Write until a turn's worth is written. In one edit: laying out each change would take minutes."""
        room = SLICE
        with self._edit():
            for written in self._rest:
                room -= written
                if room <= 0:
                    break
            else:
                self.unfinished = False
        if self.unfinished:
            self._turns.start()
        else:
            self._catch_up()
            self.written.emit()
            again, self._again = self._again, set()
            for message in again:
                self.rewrite(message)

    def _catch_up(self) -> None:
        """The last message may have gone on while others were written."""
        if self._branch and self._open and not self.more_below:
            self._bring_up()

    def _write_all(self) -> Iterator[int]:
        """Writes the window; what comes out is the number of characters since the last time."""
        for place in range(self._first, self._last):
            yield from self._write(place)

    def _write_above(self, first: int, upto: int) -> Iterator[int]:
        for place in range(first, upto):
            yield from self._write(place)
        self._above = None

    def _write_more_below(self, upto: int) -> None:
        begin, self._last = self._last, upto

        def work() -> Iterator[int]:
            for place in range(begin, upto):
                yield from self._write(place)

        if self.unfinished:
            self._rest = chain(self._rest, work())
        else:
            self._begin(work())

    def _write(self, place: int) -> Iterator[int]:
        assert self._branch
        branch, message = self._branch, self._branch.messages[place]
        frame = self._frame_of(branch)
        self._starts[message.id] = staying(new_block(self._end))
        self._write_between(branch, place)
        head = frame.begin(message, self._end)
        unfolded = message.id in self._unfolded
        body = Body(message, self._end, self._width, self._thought_for, unfolded=unfolded)
        self.codes[message.id] = body.codes
        length = shown_length(message)
        for upto in range(SLICE, length, SLICE):
            body.extend(message, upto)
            yield SLICE
        body.extend(message, length)
        self._finish(message)
        if place == len(branch.messages) - 1:
            self._open = _Open(head, body) if message.state is MessageState.STREAMING else None
        yield length % SLICE + LEAST

    def _write_between(self, branch: Branch, place: int) -> None:
        """What stands before a message and belongs to none."""
        summary = branch.summaries.get(branch.messages[place - 1].id) if place else None
        if summary is not None:
            folded = summary.id not in self._unfolded
            write_summary(branch, place, self._end, folded=folded, trashed=self._frame.trashed)
        if branch.messages[place].id == self._reads_from and (place or not branch.whole):
            self._frame.write_boundary(self._end)

    def _finish(self, message: Message) -> None:
        if message.state is not MessageState.STREAMING:
            self._frame.finish(message, self._end)
        elif message.role == "picture":
            self._frame.write_pictures(message, self._end)

    @Slot()
    def _bring_up(self) -> None:
        """Write what the last message, which was streaming, has become."""
        self._later.stop()
        if self._branch is None or self._open is None:
            return
        message = self._branch.messages[-1]
        self._rested.restart()
        with self._edit():
            self._open.body.extend(message, shown_length(message))
            if message.state is not MessageState.STREAMING:
                self._frame_of(self._branch).write_head(at(self._open.head), message)
                self._frame.finish(message, self._end)
                self._open = None
        self._rest_ms = round(self._rested.restart() / SHARE)

    def _rewrite(self, place: int) -> None:
        """One message of the window in the place of what stands for it."""
        assert self._branch
        self.rendering.emit()
        names = [message.id for message in self._branch.messages[place : min(place + 2, self._last)]]
        with self._edit():
            cursor = at(self._starts[names[0]])
            if len(names) == 2:
                self._above = QTextCursor(self)
                self._above.setPosition(self._starts[names[1]].position())
            cursor.setPosition(self._end().position(), QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
            self._clear_block(cursor)
            for _ in self._write(place):
                pass
            self._above = None
        self.written.emit()

    # Places.

    def _open_above(self) -> None:
        """An empty block above everything, to write into."""
        cursor = QTextCursor(self)
        top = cursor.blockFormat()
        top.setTopMargin(MESSAGE_GAP)
        cursor.setBlockFormat(top)
        moved = [one for one in self._starts.values() if one.position() == 0]
        if self._open and self._open.head.position() == 0:
            moved.append(self._open.head)
        with self._edit():
            cursor.insertBlock()
            for one in moved:
                one.setPosition(1)
            self._above = QTextCursor(self)
            self._above.setPosition(1)
            self._clear_block(QTextCursor(self))

    def _clear_block(self, cursor: QTextCursor) -> None:
        cursor.setBlockFormat(block_format("chat"))
        cursor.setBlockCharFormat(char_format("chat"))

    def _end(self) -> QTextCursor:
        """Where the next thing is written."""
        cursor = QTextCursor(self)
        if self._above is None:
            cursor.movePosition(QTextCursor.MoveOperation.End)
        else:
            cursor.setPosition(self._above.position() - 1)
        return cursor

    def _centre(self) -> None:
        shape = self.rootFrame().frameFormat()
        side = max(0, self._room - self._width) // 2
        shape.setLeftMargin(side)
        shape.setRightMargin(max(0, self._room - self._width - side))
        shape.setTopMargin(self._margin)
        shape.setBottomMargin(self._margin)
        self.rootFrame().setFrameFormat(shape)

    def _floor(self) -> int:
        """The first message that can be shown: those that a summary in use stands for are folded."""
        branch = self._branch
        place = summary_in_use(branch, len(branch.messages) - 1)[1] if branch else 0
        if branch is None or not place:
            return 0
        return 0 if branch.summaries[branch.messages[place - 1].id].id in self._unfolded else place

    def _frame_of(self, branch: Branch) -> MessageFrame:
        self._frame.branch, self._frame.width = branch, self._width
        return self._frame

    @contextmanager
    def _edit(self) -> Generator[None]:
        edit = QTextCursor(self)
        edit.beginEditBlock()
        try:
            yield
        finally:
            edit.endEditBlock()
