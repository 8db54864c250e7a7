"""A text field for prompts and messages that grows with its lines."""

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit

from studio.ui.i18n import tr
from studio.ui.theme import Type, font, type_style


class PromptEdit(QTextEdit):
    """Plain text that grows with its lines, between `least` and `most` of them; tab leaves it.

    Signals:
        edited (str): the person changed the text (not when `show_text` did).
        pasted (str): this was put in from the clipboard, or dropped.
    """

    edited = Signal(str)
    pasted = Signal(str)

    def __init__(self, english: str, role: Type, least: int, most: int) -> None:
        super().__init__()
        self._english = english
        self._role: Type = role
        self._least, self._most = least, most
        self._showing = False
        self._text = ""
        self.setProperty("bare", True)
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.textChanged.connect(self._on_changed)
        self.document().documentLayout().documentSizeChanged.connect(lambda: self.updateGeometry())
        self._dress()

    def show_text(self, text: str) -> None:
        """Show what stands in the view-model, unless it stands here already; undo takes back that alone."""
        if text != self.toPlainText():
            self._showing = True
            self._end_undo_step()
            cursor = self.textCursor()
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.insertText(text)  # unlike setPlainText this can be undone
            self._end_undo_step()
            self._showing = False

    def say(self, english: str) -> None:
        """Another placeholder, where something else is to be written."""
        if english != self._english:
            self._english = english
            self._name()

    def forget_undo(self) -> None:
        """What stands here was here from the beginning."""
        self.document().clearUndoRedoStacks()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """As text typed here: Qt would make a fragment of it, whose lines have heights of their own."""
        self.textCursor().insertText(source.text())
        self.ensureCursorVisible()
        self.pasted.emit(source.text())

    def sizeHint(self) -> QSize:
        line = type_style(self._role).line
        tall = round(self.document().size().height())
        return QSize(200, min(max(tall, self._least * line), self._most * line) + 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        """Words, font and line height of the language that is on."""
        self._name()
        self.setFont(font(self._role))
        block = QTextBlockFormat()
        block.setLineHeight(type_style(self._role).line, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        self.document().setUndoRedoEnabled(False)  # else undoing ends by taking the line height away
        cursor.mergeBlockFormat(block)
        self.document().setUndoRedoEnabled(True)
        self.updateGeometry()

    def _name(self) -> None:
        self.setPlaceholderText(tr(self._english))
        self.setAccessibleName(tr(self._english))

    def _end_undo_step(self) -> None:
        """Qt lets letters join the step before only in a document that counts as modified."""
        self.document().setModified(False)

    def _on_changed(self) -> None:
        """Qt tells of other fonts, heights of lines and words that are being composed, too."""
        text = self.toPlainText()
        if text != self._text:
            self._text = text
            if not self._showing:
                self.edited.emit(text)
