"""The reading column of a conversation: follows the answer while it grows, unless one has scrolled away."""

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QResizeEvent, QShowEvent, QTextCursor, QTextFormat
from PySide6.QtWidgets import QFrame, QTextBrowser, QTextEdit, QWidget

from studio.core.conversations import Branch
from studio.ui.i18n import tr
from studio.ui.theme import colours
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.chat_document import COLUMN, MARGIN, ChatDocument
from studio.ui.widgets.chat_message import Sources
from studio.ui.widgets.markdown import CODE, LINK
from studio.viewmodels.thumbnails import Thumbnails

NEAR_END, FAR_FROM_END = 8, 160  # pixels
ABOVE_CHOSEN = 24


class ChatView(QTextBrowser):
    """Shows one branch.

    Attributes:
        chosen: the message that the keyboard's commands act on; empty for the last one.

    Signals:
        asked (command, what): a command of `MessageFrame` and the id of its message, with more behind a
            colon; `earlier` where older messages are to be read.
        copied (text): a code block or the address of a link was clicked to be copied.
        menu_wanted (message, QPoint): its menu, at a place on the screen.
        message_chosen: `chosen` is another one.
    """

    asked = Signal(str, str)
    copied = Signal(str)
    menu_wanted = Signal(str, QPoint)
    message_chosen = Signal()

    def __init__(
        self, sources: Sources, thumbnails: Thumbnails, *, alone: bool = False, parent: QWidget | None = None
    ) -> None:
        """`alone`: one text by itself, without who and when."""
        super().__init__(parent)
        self.chosen = ""
        self._document = ChatDocument(sources, thumbnails, self, alone=alone)
        self._alone = alone
        self.setDocument(self._document)
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("bare", True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.anchorClicked.connect(self._on_anchor)
        self._follows = True
        self._kept: tuple[str, int] | None = None  # a message, and how far below the top it is to stay
        self._placing = False
        self._by_hand = False
        self._newest = Button("Newest", icon="arrow-down", tip="To the newest message", parent=self)
        self._newest.hide()
        self._newest.clicked.connect(self.to_newest)
        self._document.rendering.connect(self._on_rendering)
        self._document.written.connect(self._on_written)
        self._document.pictures.changed.connect(self.viewport().update)
        bar = self.verticalScrollBar()
        bar.actionTriggered.connect(self._on_hand)
        bar.valueChanged.connect(self._on_scrolled)
        bar.rangeChanged.connect(self._on_range)
        self._translate()

    # What is shown.

    def show_branch(self, branch: Branch | None, message: str = "") -> None:
        """Another branch, from its end or with this message in sight.

        A picture that joins the same one leaves a reader above it where they are.
        """
        if branch and not message and not self._follows and self._document.joined_by_pictures(branch):
            self._document.add_below(branch)
            self._show_newest()
            return
        self._follows, self._kept = not message, (message, ABOVE_CHOSEN) if message else None
        self._choose(message)
        self._document.show_branch(branch, message)
        self._place()

    def show_earlier(self, branch: Branch) -> None:
        """The same branch with older messages at its beginning."""
        self._document.show_earlier(branch)

    def update_branch(self, branch: Branch) -> None:
        """The same branch with a message in another state."""
        self._document.replace_branch(branch)

    def grow(self, branch: Branch) -> None:
        """The same branch with more text in its last message."""
        self._document.grow(branch)

    def rewrite(self, message: str) -> None:
        """What is told of this message has changed elsewhere."""
        self._document.rewrite(message)

    def toggle(self, name: str) -> None:
        """Fold or unfold a thought, or what a summary stands for."""
        self._document.toggle(name)

    # Where one reads.

    def to_newest(self) -> None:
        self._follows, self._kept = True, None
        self._choose("")
        while self._document.more_below and not self._document.unfinished:
            self._document.show_later()
        self._place()
        self.setFocus()

    def choose_next(self, by: int) -> None:
        """The message above (-1) or below (+1) becomes the one that commands act on, and comes into sight."""
        branch = self._document.branch
        names = [message.id for message in branch.messages] if branch else []
        if not names:
            return
        if self.chosen in names:
            place = min(max(names.index(self.chosen) + by, 0), len(names) - 1)
        else:
            place = names.index(self._document.message_at(self._top_position())) if by < 0 else len(names) - 1
        self._choose(names[place])
        self._bring_into_sight(names[place])

    def menu_place(self) -> QPoint:
        """Where the menu of the chosen message opens."""
        start = self._document.start_of(self.chosen)
        cursor = QTextCursor(self._document)
        cursor.setPosition(max(start, 0))
        return self.viewport().mapToGlobal(self.cursorRect(cursor).bottomLeft())

    def sizeHint(self) -> QSize:
        return QSize(COLUMN + 2 * MARGIN, 400)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._document.fit(self.viewport().width())
        self._newest.adjustSize()
        self._newest.move(
            (self.viewport().width() - self._newest.width()) // 2, self.height() - self._newest.height() - 12
        )

    def showEvent(self, event: QShowEvent) -> None:
        """At the first time Qt scrolls to the text cursor, which stands at the end of what was written."""
        place = self.verticalScrollBar().value()
        super().showEvent(event)
        self._scroll(place)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self._translate()
            self._document.render()
            self._mark()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of the message that one points at; of selected text, that of the text."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        position = self.cursorForPosition(event.pos()).position()
        message = self.chosen if by_key and self.chosen else self._document.message_at(position)
        if self._alone or self.textCursor().hasSelection() or not message:
            # Qt's own way of copying a link would copy our mark before its address.
            menu = self.createStandardContextMenu()
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(event.globalPos())
            return
        self._choose(message)
        self.menu_wanted.emit(message, self.menu_place() if by_key else event.globalPos())

    def loadResource(self, type: int, name: QUrl | str) -> object:
        """Nothing is ever loaded for a text: no picture, no style, no file."""
        return None

    def _translate(self) -> None:
        self.setAccessibleName(tr("Answer") if self._alone else tr("Conversation"))

    def _choose(self, message: str) -> None:
        if message != self.chosen:
            self.chosen = message
            self._mark()
            self.message_chosen.emit()

    def _mark(self) -> None:
        """The chosen message's first line stands on a ground of its own."""
        start = self._document.start_of(self.chosen)
        if start < 0:
            self.setExtraSelections([])
            return
        mark = QTextEdit.ExtraSelection()
        cursor = QTextCursor(self._document)
        cursor.setPosition(start)
        mark.cursor = cursor  # type: ignore[attr-defined]
        mark.format.setBackground(QColor(colours().accent_soft))  # type: ignore[attr-defined]
        mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)  # type: ignore[attr-defined]
        self.setExtraSelections([mark])

    def _bring_into_sight(self, message: str) -> None:
        self._follows, self._kept = False, (message, ABOVE_CHOSEN)
        if self._document.start_of(message) < 0:
            branch = self._document.branch
            self._document.show_branch(branch, message)
        self._place()
        if not self._document.unfinished:
            self._kept = None

    # Keeping the place.

    def _top_position(self) -> int:
        return self.cursorForPosition(QPoint(self.viewport().width() // 2, 1)).position()

    def _on_rendering(self) -> None:
        """What is above may get another height: one reads on in the same message, as far below the top."""
        if self._follows or self._kept is not None:
            return
        message = self._document.message_at(self._top_position())
        if (top := self._top_of(message)) is not None:
            self._kept = (message, round(top) - self.verticalScrollBar().value())

    def _on_written(self) -> None:
        self._place()
        self._kept = None
        self._mark()
        self._look_further()

    def _on_range(self) -> None:
        self._place()
        self._show_newest()

    def _on_hand(self) -> None:
        """Where it moves, what follows is not the document's doing."""
        bar = self.verticalScrollBar()
        self._by_hand = bar.sliderPosition() != bar.value()

    def _on_scrolled(self, value: int) -> None:
        by_hand, self._by_hand = self._by_hand, False
        if self._placing or (self._document.unfinished and not by_hand):
            return
        at_end = value >= self.verticalScrollBar().maximum() - NEAR_END
        self._follows = at_end and not self._document.more_below
        if self._kept is not None:  # one goes on scrolling while older messages are written
            self._kept = None
            if not self._follows:
                self._on_rendering()
        self._show_newest()
        self._look_further()

    def _look_further(self) -> None:
        """Near an end of what is written, the next messages are written, or asked for."""
        bar, document = self.verticalScrollBar(), self._document
        if document.unfinished or not self.isVisible():
            return
        room = self.viewport().height()
        if document.more_above and bar.value() < room // 2:
            if not document.show_earlier():
                self.asked.emit("earlier", "")
        elif document.more_below and bar.value() > bar.maximum() - room // 2:
            document.show_later()

    def _show_newest(self) -> None:
        bar = self.verticalScrollBar()
        away = bar.value() < bar.maximum() - FAR_FROM_END or self._document.more_below
        self._newest.setVisible(away and not self._follows and not self._alone)

    def _top_of(self, message: str) -> float | None:
        """How far the message is below the beginning, in pixels; None where it is not written."""
        start = self._document.start_of(message)
        if start < 0:
            return None
        block = self._document.findBlock(start)
        return self._document.documentLayout().blockBoundingRect(block).top()

    def _place(self) -> None:
        bar = self.verticalScrollBar()
        wanted = bar.maximum() if self._follows else bar.value()
        if self._kept is not None and (top := self._top_of(self._kept[0])) is not None:
            wanted = round(top) - self._kept[1]
        self._scroll(wanted)

    def _scroll(self, place: int) -> None:
        """Not by hand: whether one follows the answer stays as it is."""
        self._placing = True
        self.verticalScrollBar().setValue(place)
        self._placing = False

    def _on_anchor(self, url: QUrl) -> None:
        address = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        command, _, rest = address.partition(":")
        if address.startswith(LINK):
            self.copied.emit(rest)
        elif address.startswith(CODE):
            message, _, number = rest.rpartition(":")
            self.copied.emit(self._document.codes[message][int(number)])
        else:
            self.asked.emit(command, rest)
