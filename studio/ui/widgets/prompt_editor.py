"""The field of the prompt itself: coloured, with keys for weights, earlier prompts and a suggestion."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor

from studio.core.prompts.emphasis import reweighted
from studio.ui.theme import Type
from studio.ui.widgets.caret_completion import KEYS
from studio.ui.widgets.prompt_colours import Loras, PromptColours, Wildcards
from studio.ui.widgets.prompt_completion import WildcardCompletion
from studio.ui.widgets.prompt_edit import PromptEdit

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
_STEPS = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}


def _no_suggestion() -> bool:
    return False


class PromptEditor(PromptEdit):
    """Ctrl+Up and Ctrl+Down change the weight of what is selected or of the word at the caret.

    Attributes:
        take_suggestion: what Tab does first; it leaves the field where that gives False.

    Signals:
        older_wanted, newer_wanted: Alt+Up, Alt+Down.
    """

    older_wanted = Signal()
    newer_wanted = Signal()

    def __init__(
        self,
        english: str,
        role: Type,
        least: int,
        most: int,
        wildcards: Wildcards,
        loras: Loras,
        names: Callable[[], Iterable[str]],
    ) -> None:
        """`wildcards`, `loras`: those that there are, None before that is known; `names`: the wildcards in
        order."""
        super().__init__(english, role, least, most)
        self.take_suggestion: Callable[[], bool] = _no_suggestion
        self.colours = PromptColours(self.document(), wildcards, loras)
        self.completion = WildcardCompletion(self, names)

    def event(self, event: QEvent) -> bool:
        """The keys below mean something else in the rest of the window."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and _own(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.completion.is_open and event.key() in KEYS:
            event.ignore()  # it is the list's
            return
        if not _own(event):
            super().keyPressEvent(event)
            if event.text():
                self.completion.follow()
            return
        step = _STEPS[Qt.Key(event.key())]
        if event.modifiers() & CTRL:
            self._reweight(step)
        elif step > 0:
            self.older_wanted.emit()
        else:
            self.newer_wanted.emit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.colours.look_again()
        super().changeEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        if self.completion.is_open:
            return False
        return (next and self.take_suggestion()) or super().focusNextPrevChild(next)

    def _reweight(self, steps: int) -> None:
        text, cursor = self.toPlainText(), self.textCursor()
        inside = _Characters(text)
        change = reweighted(
            text, inside.python(cursor.selectionStart()), inside.python(cursor.selectionEnd()), steps
        )
        if change is None:
            return
        selected = cursor.hasSelection()
        caret = inside.python(cursor.position())
        cursor.setPosition(inside.qt(change.start))
        cursor.setPosition(inside.qt(change.end), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(change.text)
        inside = _Characters(self.toPlainText())
        start, end = change.selected
        if selected:
            cursor.setPosition(inside.qt(start))
            cursor.setPosition(inside.qt(end), QTextCursor.MoveMode.KeepAnchor)
        else:
            opened = text[change.start : change.start + 1] == "("
            shift = start - change.start - (1 if opened and change.start < caret else 0)
            cursor.setPosition(inside.qt(min(max(caret + shift, start), end)))
        self.setTextCursor(cursor)


def _own(event: QKeyEvent) -> bool:
    kept = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return kept in (CTRL, ALT) and event.key() in _STEPS


class _Characters:
    """Places in a text: Qt counts characters beyond U+FFFF twice."""

    def __init__(self, text: str) -> None:
        self._text = text

    def qt(self, at: int) -> int:
        return at + sum(ord(mark) > 0xFFFF for mark in self._text[:at])

    def python(self, at: int) -> int:
        wide = place = 0
        while wide < at:
            wide += 2 if ord(self._text[place]) > 0xFFFF else 1
            place += 1
        return place
