"""A look at a file that goes with a message: what the model will read of it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QWidget

from studio.core.conversations import Attachment
from studio.ui.figures import count
from studio.ui.i18n import tr
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.labels import Label
from studio.ui.widgets.naming import call
from studio.ui.widgets.overlay import Sheet

WIDTH, HEIGHT = 640, 560
MOST_SHOWN = 100_000  # characters
MOST_PUT = 20_000  # characters that may become part of the message
LINE = 1000  # characters; laying out longer ones would stop the window for seconds


class AttachmentSheet(Sheet):
    """Its text, or the picture.

    Signals:
        put_wanted (Attachment): its words are to be part of the message.
        removed (str): it is to go, by its id.
    """

    put_wanted = Signal(object)
    removed = Signal(str)

    def __init__(self, host: QWidget, *, sent: bool = False) -> None:
        """`sent`: it can only be read any more."""
        super().__init__(host, "", WIDTH)
        self._attachment: Attachment | None = None
        self._sent = sent
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        call(self.text, "What is in the file")
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._rest = Label("", "secondary", "secondary", wrap=True)
        self.put = Button("Put into the message", tip="Its words become part of the message")
        self.off = Button("Take it off", "quiet", icon="trash")
        self.put.clicked.connect(self._on_put)
        self.off.clicked.connect(self._on_removed)
        row = QHBoxLayout()
        row.addWidget(self.off)
        row.addStretch(1)
        row.addWidget(self.put)
        self.content.addWidget(self.text, 1)
        self.content.addWidget(self.picture, 1)
        self.content.addWidget(self._rest)
        self.content.addLayout(row)

    def show_attachment(self, attachment: Attachment, image: QImage | None) -> None:
        self._attachment = attachment
        self.title.setText(attachment.name)
        is_picture = bool(attachment.picture)
        self.text.setVisible(not is_picture)
        self.picture.setVisible(is_picture)
        self.put.setVisible(not is_picture and not self._sent)
        self.off.setHidden(self._sent)
        left = len(attachment.text) - MOST_SHOWN
        self.put.setEnabled(len(attachment.text) <= MOST_PUT)
        self.text.setPlainText(_broken(attachment.text[:MOST_SHOWN]))
        self._rest.setVisible(left > 0 or attachment.cut)
        self._rest.setText(_rest_words(left, attachment.cut))
        self.show_image(image)
        self.open(HEIGHT, self.cross if is_picture else self.text)

    def show_image(self, image: QImage | None) -> None:
        self.picture.setPixmap(QPixmap.fromImage(image) if image else QPixmap())

    def _on_put(self) -> None:
        if self._attachment is not None:
            self.close_overlay()
            self.put_wanted.emit(self._attachment)

    def _on_removed(self) -> None:
        if self._attachment is not None:
            self.close_overlay()
            self.removed.emit(self._attachment.id)


def _broken(text: str) -> str:
    """With breaks in lines of any length, between words where there are some."""
    pieces = list[str]()
    for line in text.split("\n"):
        while len(line) > LINE:
            end = line.rfind(" ", 0, LINE) + 1 or LINE
            pieces.append(line[:end])
            line = line[end:]
        pieces.append(line)
    return "\n".join(pieces)


def _rest_words(left: int, cut: bool) -> str:
    words = [tr("{n} more characters are not shown.", n=count(left))] if left > 0 else []
    if cut:
        words.append(tr("The file is longer: the model reads only this beginning."))
    return " ".join(words)
