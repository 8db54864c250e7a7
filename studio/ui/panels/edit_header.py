"""The header of Edit: what is open, and what is done with all of it."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.actions import Action
from studio.ui.i18n import tr
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.header import Header
from studio.ui.widgets.labels import Line
from studio.viewmodels.edit import EditViewModel

LEAST_NAME = 280  # pixels of a name, before buttons lose their words for it


class EditHeader(Header):
    """Buttons are there while a document is open; where words have no room they are icons."""

    def __init__(self, viewmodel: EditViewModel) -> None:
        super().__init__("Edit")
        self.title.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._viewmodel = viewmodel
        self._wide: Sequence[Button] = ()
        self._at_work: list[QWidget] = []

    def fill(self, narrow: Sequence[Action], wide: Sequence[Button]) -> None:
        """With icons for some actions, then with buttons that have words."""
        self._wide = wide
        for action in narrow:
            button = IconButton(action.glyph, action.english)
            button.bind(action)
            self._at_work.append(button)
        line = Line(vertical=True)
        line.setFixedHeight(24)
        self._at_work += [line, *wide]
        for widget in self._at_work:
            self.add(widget)

    def show_document(self) -> None:
        """The one that is open, or being opened."""
        document = self._viewmodel.document
        for widget in self._at_work:
            widget.setVisible(document is not None)
        if self._viewmodel.busy and self._viewmodel.opening:
            self.context.say("Opening …")
        elif document is None:
            self.context.setText("")
        else:
            state, size = document.state, f"{document.state.width} × {document.state.height}"
            at_work = tr("Working …") if self._viewmodel.busy else ""
            self.context.setText(" · ".join(filter(None, (state.name, size, at_work))))
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            QTimer.singleShot(0, self, self.show_document)  # once its buttons have their words, too

    def _make_room(self) -> None:
        """For the title, and for what is needed of the name."""
        for button in self._wide:
            button.show_words(True)
        name = min(self.context.sizeHint().width(), LEAST_NAME)
        least = self.minimumSizeHint().width() + name
        for button in self._wide:
            button.show_words(least <= self.width())
