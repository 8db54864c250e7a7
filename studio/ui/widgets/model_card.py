"""The text that the makers of a model wrote about it: Markdown, no pictures, links that only copy."""

from PySide6.QtCore import QEvent, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QContextMenuEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from studio.ui.i18n import tr
from studio.ui.widgets.markdown import CODE, LINK, MarkdownWriter
from studio.ui.widgets.markdown_parts import parts_of

SHOWN = 20_000  # characters: to write them takes less than a tenth of a second


class CardView(QTextBrowser):
    """As tall as its text, so that the column around it scrolls.

    Signals:
        copied (str): a code block or the address of a link was clicked to be copied.
    """

    copied = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._codes: list[str] = []
        self._width = 0
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("bare", True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.anchorClicked.connect(self._on_anchor)
        self.setAccessibleName(tr("Model card"))

    def show_text(self, text: str) -> None:
        self._text = text[:SHOWN]
        self._render()

    def sizeHint(self) -> QSize:
        return QSize(200, int(self.document().size().height()) + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.width() != self._width:
            self._render()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.setAccessibleName(tr("Model card"))
            self._render()

    def loadResource(self, type: int, name: QUrl | str) -> object:
        """Nothing is ever loaded for a text: no picture, no style, no file."""
        return None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Without Qt's own way of copying a link, which would copy our mark before its address."""
        menu = self.createStandardContextMenu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def _render(self) -> None:
        self._width = self.width()
        document = self.document()
        document.clear()
        document.setTextWidth(self.viewport().width())
        self._codes = []
        writer = MarkdownWriter(
            QTextCursor(document), "body", "card", max(self.viewport().width(), 80), self._codes
        )
        for part in parts_of(self._text):
            writer.write(part.tokens)
        self.updateGeometry()

    def _on_anchor(self, url: QUrl) -> None:
        address = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        if address.startswith(LINK):
            self.copied.emit(address.removeprefix(LINK))
        elif address.startswith(CODE):
            self.copied.emit(self._codes[int(address.rpartition(":")[2])])
