"""A list of rows under headings whose places are reckoned, not kept: ten thousand cost no more than ten."""

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
)
from PySide6.QtGui import QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from studio.ui.theme import MODEL_ROW
from studio.viewmodels.model_list import ModelList
from studio.viewmodels.model_rows import Heading

HEADING = 34
Flag = QItemSelectionModel.SelectionFlag
Move = QAbstractItemView.CursorAction
Hint = QAbstractItemView.ScrollHint
Index = QModelIndex | QPersistentModelIndex


class HeadedRows(QListView):
    """A QListView, so that screen readers get its rows as a list; layout and movement are its own."""

    def __init__(self, rows: ModelList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._kept = ""  # the key that was current before the list began anew
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        # Before the selection hears of it: that forgets what was current.
        rows.modelAboutToBeReset.connect(self._on_about_to_reset)
        self.setModel(rows)
        rows.modelReset.connect(self._choose_again)

    def choose(self, key: str) -> None:
        """Make the row with this key the current one and bring it into sight."""
        row = self._rows.row_of(key)
        if row >= 0:
            index = self._rows.index(row, 0)
            self.selectionModel().setCurrentIndex(index, Flag.ClearAndSelect)
            self.scrollTo(index)

    def choose_first(self) -> None:
        """The first row that can be chosen, and the keyboard."""
        index = self._step_from(-1, 1)
        if index.isValid():
            self.selectionModel().setCurrentIndex(index, Flag.ClearAndSelect)
            self.scrollTo(index)
            self.setFocus()

    def current_key(self) -> str:
        index = self.currentIndex()
        return self._rows.item(index.row()).key if index.isValid() else ""

    # Layout.

    def _top(self, row: int) -> int:
        before = self._rows.headings_before(row)
        return before * HEADING + (row - before) * MODEL_ROW

    def _tall(self, row: int) -> int:
        return HEADING if isinstance(self._rows.item(row), Heading) else MODEL_ROW

    def _row_at(self, y: int) -> int:
        """The row at this height of the whole list; -1 below the last."""
        low, high = 0, self._rows.rowCount()
        if y < 0 or y >= self._top(high):
            return -1
        while low < high - 1:
            middle = (low + high) // 2
            if self._top(middle) <= y:
                low = middle
            else:
                high = middle
        return low

    def doItemsLayout(self) -> None:
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:
        bar, room = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, self._top(self._rows.rowCount()) - room))
        bar.setPageStep(room)
        bar.setSingleStep(MODEL_ROW // 2)
        QAbstractItemView.updateGeometries(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        QAbstractItemView.resizeEvent(self, event)
        self.doItemsLayout()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(dx, dy)

    def dataChanged(self, topLeft: Index, bottomRight: Index, roles: object = None) -> None:
        """The row has something new to say; QListView would lay out all of them again."""
        self.viewport().update(self.visualRect(topLeft))

    # What a view has to answer.

    def visualRect(self, index: Index) -> QRect:
        if not index.isValid():
            return QRect()
        row = index.row()
        return QRect(0, self._top(row) - self.verticalOffset(), self.viewport().width(), self._tall(row))

    def indexAt(self, point: QPoint) -> QModelIndex:
        row = self._row_at(point.y() + self.verticalOffset())
        return QModelIndex() if row < 0 else self._rows.index(row, 0)

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def horizontalOffset(self) -> int:
        return 0

    def scrollTo(self, index: Index, hint: Hint = Hint.EnsureVisible) -> None:
        if not index.isValid():
            return
        area, room, offset = self.visualRect(index), self.viewport().height(), self.verticalOffset()
        # A row that comes into sight from above brings its heading.
        if area.top() < HEADING:
            self.verticalScrollBar().setValue(offset + area.top() - HEADING)
        elif (below := area.top() + area.height() - room) > 0:
            self.verticalScrollBar().setValue(offset + below)

    def moveCursor(self, action: Move, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        count, row = self._rows.rowCount(), self.currentIndex().row()
        page = max(1, self.viewport().height() // MODEL_ROW - 1)
        match action:
            case Move.MoveHome:
                return self._step_from(-1, 1)
            case Move.MoveEnd:
                return self._step_from(count, -1)
            case Move.MoveUp | Move.MovePrevious | Move.MoveLeft:
                return self._step_from(row, -1)
            case Move.MoveDown | Move.MoveNext | Move.MoveRight:
                return self._step_from(row, 1)
            case Move.MovePageUp:
                return self._step_from(max(row - page, 1), -1)
            case _:
                return self._step_from(min(row + page, count - 1) - 1, 1)

    def _step_from(self, row: int, by: int) -> QModelIndex:
        """The next row that is no heading; where there is none, the one where one stands."""
        count, at = self._rows.rowCount(), row + by
        while 0 <= at < count:
            if not isinstance(self._rows.item(at), Heading):
                return self._rows.index(at, 0)
            at += by
        return self.currentIndex()

    def setSelection(self, rect: QRect, command: Flag) -> None:
        index = self.indexAt(rect.center())
        heading = index.isValid() and isinstance(self._rows.item(index.row()), Heading)
        chosen = QItemSelection(index, index) if index.isValid() and not heading else QItemSelection()
        self.selectionModel().select(chosen, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        return QRegion(self.viewport().rect())

    # Following the list.

    def _on_about_to_reset(self) -> None:
        self._kept = self.current_key() or self._kept

    def _choose_again(self) -> None:
        """The row that was current is so again, without being told of anew."""
        self.executeDelayedItemsLayout()  # else it comes after the first painting and makes a second
        if self._kept:
            row = self._rows.row_of(self._kept)
            if row >= 0:
                index = self._rows.index(row, 0)
                self.selectionModel().setCurrentIndex(index, Flag.ClearAndSelect)
