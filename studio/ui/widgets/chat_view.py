"""The reading column of a conversation: follows the answer while it grows, unless one has scrolled away."""

from PySide6.QtCore import QEvent, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from studio.core.conversations import Branch
from studio.ui.i18n import tr
from studio.ui.widgets.chat_document import COLUMN, MARGIN, ChatDocument, Outcome
from studio.ui.widgets.markdown import CODE, LINK

NEAR_END = 8  # pixels


class ChatView(QTextBrowser):
    """Shows one branch.

    Signals:
        asked (command, message id): `copy`, `again`, `edit`, `before`, `after`, or `earlier` without an id.
        copied (text): a code block or the address of a link was clicked to be copied.
    """

    asked = Signal(str, str)
    copied = Signal(str)

    def __init__(self, outcome: Outcome, parent: QWidget | None = None) -> None:
        """`outcome` tells how the job of an answer stands."""
        super().__init__(parent)
        self._document = ChatDocument(outcome)
        self.setDocument(self._document)
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("bare", True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.anchorClicked.connect(self._on_anchor)
        # How far above the end one reads, while that is what stays; else what is seen stays where it is.
        self._from_end: int | None = 0
        self._placing = False
        self._document.rendering.connect(self._on_rendering)
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(self._on_scrolled)
        bar.rangeChanged.connect(self._place)
        self._translate()

    def show_branch(self, branch: Branch | None) -> None:
        """Another branch, from its end."""
        self._document.show_branch(branch)
        self._from_end = 0
        self._place()

    def show_earlier(self, branch: Branch) -> None:
        """The same branch with older messages at its beginning."""
        self._document.show_branch(branch)

    def update_branch(self, branch: Branch) -> None:
        """The same branch with a message in another state."""
        self._hold_still()
        self._document.replace_branch(branch)

    def grow(self, branch: Branch) -> None:
        """The same branch with more text in its last message."""
        self._hold_still()
        self._document.grow(branch)

    def sizeHint(self) -> QSize:
        return QSize(COLUMN + 2 * MARGIN, 400)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._document.fit(self.viewport().width())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self._translate()
            self._document.render()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Without Qt's own way of copying a link, which would copy our mark before its address."""
        menu = self.createStandardContextMenu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def loadResource(self, type: int, name: QUrl | str) -> object:
        """Nothing is ever loaded for a text: no picture, no style, no file."""
        return None

    def _translate(self) -> None:
        self.setAccessibleName(tr("Conversation"))

    def _on_rendering(self) -> None:
        """Everything is about to be written anew: one reads on as far above the end."""
        bar = self.verticalScrollBar()
        self._from_end = 0 if self._from_end == 0 else bar.maximum() - bar.value()

    def _hold_still(self) -> None:
        """What grows at the end must not move what is read above it."""
        if self._from_end and not self._document.unfinished:
            self._from_end = None

    def _on_scrolled(self, value: int) -> None:
        if not self._placing and not self._document.unfinished:
            self._from_end = 0 if value >= self.verticalScrollBar().maximum() - NEAR_END else None

    def _place(self) -> None:
        if self._from_end is not None:
            self._placing = True
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum() - self._from_end)
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
