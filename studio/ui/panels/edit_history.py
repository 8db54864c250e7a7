"""The steps of the document, the newest at the top; a click goes back to one, or on."""

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.ui.i18n import tr
from studio.ui.theme import RADIUS, ROW, colours, font
from studio.viewmodels.edit_history import EditHistory
from studio.viewmodels.edit_steps import DONE_ROLE

MOST_ROWS = 8


class HistoryList(QListView):
    """Steps that are undone are pale; below all of them stands the picture as it was opened."""

    def __init__(self, history: EditHistory) -> None:
        super().__init__()
        self._history = history
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setUniformItemSizes(True)
        self.setItemDelegate(StepDelegate(self))
        self.setModel(history.rows)
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
            self.viewport().update()
        super().changeEvent(event)

    def _show(self) -> None:
        rows = self._history.rows
        self.setCurrentIndex(rows.index(rows.row_of(rows.position)))
        self.setFixedHeight(min(MOST_ROWS, rows.rowCount()) * ROW)
        self.setAccessibleName(tr("History"))

    def _go(self, index: QModelIndex) -> None:
        rows = self._history.rows
        self._history.go_to(rows.row_of(index.row()))


class StepDelegate(QStyledItemDelegate):
    """Says a step in the person's language."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        now, row = colours(), option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(now.accent_soft))
            painter.drawRoundedRect(row, RADIUS, RADIUS)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(now.hover))
            painter.drawRoundedRect(row, RADIUS, RADIUS)
        painter.setFont(font("body"))
        painter.setPen(QColor(now.text if index.data(DONE_ROLE) else now.disabled))
        words = row.adjusted(8, 0, -8, 0)
        shown = painter.fontMetrics().elidedText(tr(index.data()), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.restore()
