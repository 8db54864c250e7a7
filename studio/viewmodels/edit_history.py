"""Undo and redo of the open document as a QUndoStack, which shows its steps and goes to any of them."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from studio.viewmodels.edit_steps import StepRows

if TYPE_CHECKING:
    from studio.session.edit_document import EditDocument


class _Step(QUndoCommand):
    """One step that the document has taken; the document itself keeps what it takes to go back."""

    def __init__(self, label: str, history: "EditHistory") -> None:
        super().__init__(label)
        self._history = history

    def undo(self) -> None:
        self._history.step(-1)

    def redo(self) -> None:
        self._history.step(1)


class EditHistory(QObject):
    """Follows one document at a time.

    Attributes:
        stack: its steps; `undo`, `redo` and `setIndex` act on the document.
        rows: the same for a list.

    Signals:
        changed: other steps, or another place among them.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stack = QUndoStack(self)
        self.rows = StepRows()
        self._document: EditDocument | None = None
        self._following = False

    @property
    def labels(self) -> list[str]:
        """English, the oldest first."""
        return self.rows.labels

    @property
    def position(self) -> int:
        """How many of them stand."""
        return self.rows.position

    @property
    def can_undo(self) -> bool:
        return self._document is not None and self._document.can_undo

    @property
    def can_redo(self) -> bool:
        return self._document is not None and self._document.can_redo

    def show_document(self, document: "EditDocument | None") -> None:
        if self._document is not None:
            self._document.history_changed.disconnect(self._follow)
        self._document = document
        self.stack.clear()
        if document is not None:
            document.history_changed.connect(self._follow)
        self._follow()

    def undo(self) -> None:
        self.stack.undo()
        self._follow()

    def redo(self) -> None:
        self.stack.redo()
        self._follow()

    def go_to(self, position: int) -> None:
        """Undo or redo until so many steps stand."""
        if self._document is not None:
            self._document.go_to(position)

    def step(self, by: int) -> None:
        """What the stack asks of the document."""
        if self._following or self._document is None:
            return
        self._following = True  # the stack is in the middle of its own step
        try:
            if by < 0:
                self._document.undo()
            else:
                self._document.redo()
        finally:
            self._following = False

    def _follow(self) -> None:
        """Bring the stack in line with the document, which has moved by itself or at the stack's word."""
        if self._following:
            return
        self._following = True
        document = self._document
        self.rows.show_steps(list(document.steps) if document else [], document.position if document else 0)
        labels = self.labels
        if not labels:
            self.stack.clear()
        elif len(labels) != self.stack.count() or self.stack.text(len(labels) - 1) != labels[-1]:
            self._take(labels)
        self.stack.setIndex(self.position)
        self._following = False
        self.changed.emit()

    def _take(self, labels: list[str]) -> None:
        """A step that is pushed takes the place of all that were undone before it."""
        same = min(len(labels) - 1, self.stack.count())
        while same and self.stack.text(same - 1) != labels[same - 1]:
            same -= 1
        self.stack.setIndex(same)
        for label in labels[same:]:
            self.stack.push(_Step(label, self))
