"""Sections of Chat's inspector where one writes what the model is told in every answer."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer

from studio.ui.i18n import tr
from studio.ui.widgets.section import Section
from studio.ui.widgets.text_field import TextField

KEEP_AFTER_MS = 600


class TextSection(Section):
    """Keeps what is written shortly after a pause, and when the field is left.

    Attributes:
        edit: the field.
    """

    def __init__(
        self,
        english: str,
        hint: str,
        lines: int,
        read: Callable[[], str],
        write: Callable[[str], object],
        *,
        opened: bool,
    ) -> None:
        """`hint` stands in the empty field; `read` and `write` are of the open conversation."""
        super().__init__(english, opened=opened)
        self._read, self._write = read, write
        self._conversation = ""
        self.edit = TextField(hint, lines)
        self._keep = QTimer(self)
        self._keep.setSingleShot(True)
        self._keep.setInterval(KEEP_AFTER_MS)
        self._keep.timeout.connect(self.keep)
        self.edit.textChanged.connect(lambda: self._keep.start() if self.edit.hasFocus() else None)
        self.edit.installEventFilter(self)
        self.body.addWidget(self.edit)

    def show_conversation(self, conversation: str, *, locked: bool) -> None:
        """What is written there, unless somebody is writing in it now; `locked` lets one only read."""
        if conversation != self._conversation or not self.edit.hasFocus():
            self._conversation = conversation
            if self.edit.toPlainText() != self._read():
                self.edit.setPlainText(self._read())
        self.edit.setReadOnly(locked)
        self.set_summary(tr("this conversation"))

    def keep(self) -> None:
        self._keep.stop()
        if self.edit.toPlainText() != self._read():
            self._write(self.edit.toPlainText())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and self._keep.isActive():
            self.keep()
        return False
