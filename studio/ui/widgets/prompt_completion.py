"""Offers the names of wildcards while one is typed."""

import re
from collections.abc import Callable, Iterable

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QTextEdit

from studio.ui.i18n import tr
from studio.ui.widgets.caret_completion import CaretCompletion

MARK = "__"
_WHOLE = re.compile(rf"{MARK}[^\W_][\w\-./]*?{MARK}")
_BEGUN = re.compile(rf"{MARK}([^\W_][\w\-./]*)$")
_REACH = 300  # characters before the caret


def begun(before: str) -> str:
    """The name that the text before the caret has begun; empty where none is."""
    found = _BEGUN.search(_WHOLE.sub(" ", before[-_REACH:]))
    return found[1] if found else ""


class WildcardCompletion(CaretCompletion):
    """The names that hold what is typed."""

    def __init__(self, editor: QTextEdit, names: Callable[[], Iterable[str]]) -> None:
        super().__init__(editor)
        self._names = names

    def follow(self) -> None:
        """After each key."""
        cursor = self._editor.textCursor()
        name = begun(cursor.block().text()[: cursor.positionInBlock()])
        fitting = [one for one in self._names() if name.casefold() in one.casefold()] if name else []
        self._offer(fitting, tr("Wildcards"))

    def _take(self, words: str) -> None:
        cursor = self._editor.textCursor()
        typed = begun(cursor.block().text()[: cursor.positionInBlock()])
        cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, len(typed))
        cursor.insertText(words + MARK)
        self._editor.setTextCursor(cursor)
