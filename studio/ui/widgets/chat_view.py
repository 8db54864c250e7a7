"""The reading column of a conversation: follows the answer while it grows, unless one has scrolled away."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from studio.core.records import Branch
from studio.ui.i18n import tr
from studio.ui.widgets.chat_document import COLUMN, MARGIN, ChatDocument
from studio.ui.widgets.markdown import CODE_SCHEME

NEAR_END = 8  # pixels


class ChatView(QTextBrowser):
    """Shows one branch.

    Signals:
        asked (command, message id): `copy`, `again`, `edit`, `before` or `after`.
        copied (text): a code block or the address of a link was clicked to be copied.
    """

    asked = Signal(str, str)
    copied = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = ChatDocument()
        self.setDocument(self._document)
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("bare", True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.anchorClicked.connect(self._on_anchor)
        self._follows = True
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(self._on_scrolled)
        bar.rangeChanged.connect(self._on_range_changed)
        self._translate()

    def show_branch(self, branch: Branch | None) -> None:
        """Another branch, from its end."""
        self._follows = True
        self._document.show_branch(branch)
        self._on_range_changed()

    def update_branch(self, branch: Branch) -> None:
        """The same branch with a message in another state."""
        self._keeping_place(lambda: self._document.replace_branch(branch))

    def grow(self, branch: Branch) -> None:
        """The same branch with more text in its last message."""
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
            self._keeping_place(self._document.render)

    def loadResource(self, type: int, name: QUrl | str) -> object:
        """Nothing is ever loaded for a text: no picture, no style, no file."""
        return None

    def _translate(self) -> None:
        self.setAccessibleName(tr("Conversation"))

    def _keeping_place(self, change: Callable[[], None]) -> None:
        """For changes that render from above what is seen."""
        place, follows = self.verticalScrollBar().value(), self._follows
        change()
        self._follows = follows
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum() if follows else place)

    def _on_scrolled(self, value: int) -> None:
        self._follows = value >= self.verticalScrollBar().maximum() - NEAR_END

    def _on_range_changed(self) -> None:
        if self._follows:
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def _on_anchor(self, url: QUrl) -> None:
        address = url.toString()
        command, _, rest = address.partition(":")
        if command == "earlier":
            height = self._document.size().height()
            self._document.show_earlier()
            self.verticalScrollBar().setValue(round(self._document.size().height() - height))
        elif address.startswith(CODE_SCHEME):
            message, _, number = rest.rpartition(":")
            self.copied.emit(self._document.codes[message][int(number)])
        elif command in ("copy", "again", "edit", "before", "after"):
            self.asked.emit(command, rest)
        else:
            self.copied.emit(address)
