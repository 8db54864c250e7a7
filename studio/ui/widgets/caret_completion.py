"""A list at the caret of what the person may mean; Return or Tab takes it, Esc closes the list."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QStringListModel, Qt
from PySide6.QtWidgets import QCompleter, QListView, QTextEdit

# What is the list's while it is open.
KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape)


class CaretCompletion(QObject):
    """Subclasses say what to offer, with `_offer`, and what comes of it, in `_take`.

    Attributes:
        popup: the list; None before it was first wanted.
    """

    def __init__(self, editor: QTextEdit) -> None:
        super().__init__(editor)
        self._editor = editor
        self.popup: QListView | None = None
        self._model = QStringListModel(self)
        self._completer = QCompleter(self)

    @property
    def is_open(self) -> bool:
        return self.popup is not None and self.popup.isVisible()

    def _take(self, words: str) -> None:
        raise NotImplementedError

    def _offer(self, words: Sequence[str], name: str) -> None:
        """These, the first of them chosen; without any the list closes. `name` is for screen readers."""
        if not words:
            if self.popup is not None:
                self.popup.hide()
            return
        popup = self.popup = self.popup or self._made()
        popup.setAccessibleName(name)
        self._model.setStringList(words)
        place = self._editor.cursorRect()
        place.setWidth(popup.sizeHintForColumn(0) + popup.verticalScrollBar().sizeHint().width() + 24)
        self._completer.complete(place)
        popup.setCurrentIndex(self._completer.completionModel().index(0, 0))

    def _made(self) -> QListView:
        popup = QListView()
        popup.setProperty("surface", "popup")  # a list is transparent, and a window of its own black below
        self._completer.setModel(self._model)
        self._completer.setPopup(popup)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setWidget(self._editor)
        self._completer.activated.connect(self._take)
        return popup
