"""Offers the names of wildcards while one is typed."""

import re
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QStringListModel, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QCompleter, QListView, QTextEdit

from studio.ui.i18n import tr

MARK = "__"
_WHOLE = re.compile(rf"{MARK}[^\W_][\w\-./]*?{MARK}")
_BEGUN = re.compile(rf"{MARK}([^\W_][\w\-./]*)$")
_REACH = 300  # characters before the caret


def begun(before: str) -> str:
    """The name that the text before the caret has begun; empty where none is."""
    found = _BEGUN.search(_WHOLE.sub(" ", before[-_REACH:]))
    return found[1] if found else ""


class WildcardCompletion(QObject):
    """A list at the caret; Return or Tab takes a name, Esc closes it.

    Attributes:
        popup: the list; None before it was first wanted.
    """

    def __init__(self, editor: QTextEdit, names: Callable[[], Iterable[str]]) -> None:
        super().__init__(editor)
        self._editor, self._names = editor, names
        self.popup: QListView | None = None
        self._model = QStringListModel(self)
        self._completer = QCompleter(self)

    @property
    def is_open(self) -> bool:
        return self.popup is not None and self.popup.isVisible()

    def follow(self) -> None:
        """After each key."""
        cursor = self._editor.textCursor()
        name = begun(cursor.block().text()[: cursor.positionInBlock()])
        fitting = [one for one in self._names() if name.casefold() in one.casefold()] if name else []
        if fitting:
            self._open(fitting)
        elif self.popup is not None:
            self.popup.hide()

    def _open(self, names: list[str]) -> None:
        popup = self.popup = self.popup or self._made()
        self._model.setStringList(names)
        place = self._editor.cursorRect()
        place.setWidth(popup.sizeHintForColumn(0) + popup.verticalScrollBar().sizeHint().width() + 24)
        self._completer.complete(place)
        popup.setCurrentIndex(self._completer.completionModel().index(0, 0))

    def _made(self) -> QListView:
        popup = QListView()
        popup.setProperty("surface", "popup")  # a list is transparent, and a window of its own black below
        popup.setAccessibleName(tr("Wildcards"))
        self._completer.setModel(self._model)
        self._completer.setPopup(popup)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setWidget(self._editor)
        self._completer.activated.connect(self._take)
        return popup

    def _take(self, name: str) -> None:
        cursor = self._editor.textCursor()
        typed = begun(cursor.block().text()[: cursor.positionInBlock()])
        cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, len(typed))
        cursor.insertText(name + MARK)
        self._editor.setTextCursor(cursor)


KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape)
