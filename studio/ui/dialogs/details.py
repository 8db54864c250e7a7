"""A sheet with plain text to read and to copy: what lies behind an error, or the crash report."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QWidget

from studio.ui.theme import font
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.labels import Label
from studio.ui.widgets.naming import call
from studio.ui.widgets.overlay import Sheet

WIDTH, HEIGHT = 680, 480


class DetailsSheet(Sheet):
    """Sentence, hint, text, and a button that copies the text."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, "Details", WIDTH)
        self.sentence = Label("", "strong", wrap=True)
        self.hint = Label("", "body", "secondary", wrap=True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.copy = Button("Copy", icon="copy")
        self.copy.clicked.connect(self._copy)
        self._private = Label("It holds no prompt, message or picture.", "secondary", "secondary")
        row = QHBoxLayout()
        row.addWidget(self._private)
        row.addStretch(1)
        row.addWidget(self.copy)
        for widget in (self.sentence, self.hint, self.text):
            self.content.addWidget(widget)
        self.content.addLayout(row)

    def show_text(
        self, english_title: str, sentence: str, hint: str, text: str, *, prose: bool = False
    ) -> None:
        """`sentence` and `hint` are in the person's language already; `text` is shown as it is: lines of
        code, or `prose`, which may name anything."""
        self.title.say(english_title)
        wrap = QPlainTextEdit.LineWrapMode
        self.text.setLineWrapMode(wrap.WidgetWidth if prose else wrap.NoWrap)
        self.text.setFont(font("body" if prose else "mono"))
        self._private.setVisible(not prose)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self.text.setPlainText(text)
        call(self.text, english_title)
        self.copy.say("Copy")
        self.open(HEIGHT, self.copy)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.copy.say("Copied")
