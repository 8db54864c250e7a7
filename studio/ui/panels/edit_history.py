"""The steps of the document, the newest at the top; a click goes back to one, or on."""

from PySide6.QtCore import QEvent, QModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem

from studio.ui.i18n import tr
from studio.ui.theme import ROW
from studio.viewmodels.edit_history import EditHistory

MOST_ROWS = 8


class HistoryList(QListWidget):
    """Steps that are undone are pale; below all of them stands the picture as it was opened."""

    def __init__(self, history: EditHistory) -> None:
        super().__init__()
        self._history = history
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.clicked.connect(self._go)
        history.changed.connect(self._show)
        self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End):
            self._go(self.currentIndex())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._show()
        super().changeEvent(event)

    def _show(self) -> None:
        labels = ["Opened", *self._history.labels]
        if self.count() != len(labels) or [self.item(row).text() for row in range(self.count())] != [
            tr(label) for label in reversed(labels)
        ]:
            self.clear()
            for label in reversed(labels):
                self.addItem(QListWidgetItem(tr(label)))
        position = self._history.position
        for row in range(self.count()):
            done = len(labels) - 1 - row <= position
            self.item(row).setForeground(self.palette().text() if done else self.palette().placeholderText())
        self.setCurrentRow(len(labels) - 1 - position)
        self.setFixedHeight(min(MOST_ROWS, len(labels)) * ROW)
        self.setAccessibleName(tr("History"))

    def _go(self, index: QModelIndex) -> None:
        self._history.go_to(self.count() - 1 - index.row())
