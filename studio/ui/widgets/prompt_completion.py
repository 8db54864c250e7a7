"""Offers the names of wildcards while one is typed."""

import re
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QStringListModel, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QCompleter, QTextEdit

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
    """A list at the caret; Return or Tab takes a name, Esc closes it."""

    def __init__(self, editor: QTextEdit, names: Callable[[], Iterable[str]]) -> None:
        super().__init__(editor)
        self._editor, self._names = editor, names
        self._completer: QCompleter | None = None

    @property
    def is_open(self) -> bool:
        return self._completer is not None and self._completer.popup().isVisible()

    def follow(self) -> None:
        """After each key."""
        cursor = self._editor.textCursor()
        name = begun(cursor.block().text()[: cursor.positionInBlock()])
        if not name and not self.is_open:
            return
        completer = self._made()
        fitting = [one for one in self._names() if name.casefold() in one.casefold()] if name else []
        if not fitting:
            completer.popup().hide()
            return
        model = completer.model()
        assert isinstance(model, QStringListModel)
        model.setStringList(fitting)
        popup = completer.popup()
        place = self._editor.cursorRect()
        place.setWidth(popup.sizeHintForColumn(0) + popup.verticalScrollBar().sizeHint().width() + 24)
        completer.complete(place)
        popup.setCurrentIndex(completer.completionModel().index(0, 0))

    def _made(self) -> QCompleter:
        if self._completer is None:
            self._completer = QCompleter(QStringListModel(self), self)
            self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
            self._completer.setWidget(self._editor)
            self._completer.popup().setAccessibleName(tr("Wildcards"))
            self._completer.activated.connect(self._take)
        return self._completer

    def _take(self, name: str) -> None:
        cursor = self._editor.textCursor()
        typed = begun(cursor.block().text()[: cursor.positionInBlock()])
        cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, len(typed))
        cursor.insertText(name + MARK)
        self._editor.setTextCursor(cursor)


KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape)
