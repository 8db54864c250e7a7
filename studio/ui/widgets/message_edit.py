"""The field one writes a message in: it takes files and pictures, and has places to walk through by Tab."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QEvent, QMimeData, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QKeySequence, QTextCursor
from PySide6.QtWidgets import QTextEdit

from studio.core.chat_templates import Template
from studio.ui.theme import colours
from studio.ui.widgets.caret_completion import KEYS
from studio.ui.widgets.prompt_edit import PromptEdit
from studio.ui.widgets.template_completion import TemplateCompletion
from studio.viewmodels.chat_templates import Filled, Place

LINES = (1, 8)


def files_in(source: QMimeData) -> list[Path]:
    """Those of this machine."""
    return [Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile()]


class _Marked(NamedTuple):
    """A place of a template; the cursor keeps it selected while the text around it changes."""

    cursor: QTextCursor
    words: str
    name: str
    needed: bool

    @property
    def is_left(self) -> bool:
        """Nobody has written there yet."""
        return self.cursor.selectedText() == self.words


class MessageEdit(PromptEdit):
    """Plain text.

    Attributes:
        completion: the list of templates.

    Signals:
        files_given (list of Path), image_given (QImage): they were pasted or dropped here.
        places_changed (tuple of Place): those in which nobody has written yet.
    """

    files_given = Signal(object)
    image_given = Signal(object)
    places_changed = Signal(object)

    def __init__(self, takes_text: Callable[[str], bool], fitting: Callable[[], Sequence[Template]]) -> None:
        """`takes_text`: makes a file of a text that is pasted, and says so; else it is put in as it is."""
        super().__init__("Write a message", "prompt", *LINES)
        self._takes_text = takes_text
        self._places: list[_Marked] = []
        self._told: tuple[Place, ...] = ()
        self.completion = TemplateCompletion(self, fitting)
        self.textChanged.connect(self._colour)

    def show_text(self, text: str, places: Sequence[Place] = ()) -> None:
        """With the places in it that are left of a template."""
        self._places = []
        super().show_text(text)
        self._mark(places)
        self._go(after=-1)

    def show_filled(self, filled: Filled) -> None:
        """As if the person had written it; the first place is selected."""
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(filled.text)
        self._mark(filled.places)
        if not self._go(after=-1):
            self.moveCursor(QTextCursor.MoveOperation.End)

    def unfilled(self) -> str:
        """The first place that must be filled in and is not, which gets the caret; empty for none."""
        left = next((one for one in self._places if one.needed and one.is_left), None)
        if left is not None:
            self.setTextCursor(left.cursor)
        return left.name if left else ""

    def clear_place(self, name: str) -> None:
        """Nothing is to stand there."""
        for place in self._places:
            if place.name == name and place.is_left:
                QTextCursor(place.cursor).removeSelectedText()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() or source.hasImage() or bool(files_in(source))

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Programs that copy a table give a picture of it as well: words win."""
        if files := files_in(source):
            self.files_given.emit(files)
        elif source.hasImage() and not source.hasText():
            self.image_given.emit(QImage(source.imageData()))
        elif not self._takes_text(source.text()):
            super().insertFromMimeData(source)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.completion.is_open and event.key() in KEYS:
            event.ignore()  # it is the list's
            return
        super().keyPressEvent(event)
        if event.text():
            self.completion.follow()

    def focusNextPrevChild(self, next: bool) -> bool:
        if self.completion.is_open:
            return False
        here = self.textCursor()
        walked = self._go(here.selectionEnd()) if next else self._go_back(here.selectionStart())
        return walked or super().focusNextPrevChild(next)

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.matches(QKeySequence.StandardKey.Undo)
            and not self.document().isUndoAvailable()
        ):
            return False  # what was done elsewhere is meant
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()
        super().changeEvent(event)

    def _mark(self, places: Sequence[Place]) -> None:
        self._places = []
        for place in places:
            if place.end >= self.document().characterCount():  # kept of another text
                continue
            marked = QTextCursor(self.document())
            marked.setPosition(place.start)
            marked.setPosition(place.end, QTextCursor.MoveMode.KeepAnchor)
            self._places.append(_Marked(marked, marked.selectedText(), place.name, place.needed))
        self._colour()

    def _go(self, after: int) -> bool:
        places = [one for one in self._places if one.is_left and one.cursor.selectionStart() >= after]
        return self._select(places[:1])

    def _go_back(self, before: int) -> bool:
        places = [one for one in self._places if one.is_left and one.cursor.selectionEnd() <= before]
        return self._select(places[-1:])

    def _select(self, places: Sequence[_Marked]) -> bool:
        for place in places:
            self.setTextCursor(place.cursor)
            self.ensureCursorVisible()
        return bool(places)

    def _colour(self) -> None:
        """Places that nobody has written in lie on a ground of their own."""
        shown, left = list[QTextEdit.ExtraSelection](), list[Place]()
        for place in self._places:
            if place.is_left:
                begin, end = place.cursor.selectionStart(), place.cursor.selectionEnd()
                left.append(Place(begin, end, place.name, place.needed))
                selection = QTextEdit.ExtraSelection()
                selection.cursor = place.cursor  # type: ignore[attr-defined]
                selection.format.setBackground(QColor(colours().accent_soft))  # type: ignore[attr-defined]
                shown.append(selection)
        self.setExtraSelections(shown)
        if self._told != (told := tuple(left)):
            self._told = told
            self.places_changed.emit(told)
