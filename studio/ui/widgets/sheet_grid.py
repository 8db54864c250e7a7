"""The cells of a contact sheet between headings that stay, all of them zoomed together."""

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QTableView,
    QToolTip,
    QWidget,
)

from studio.ui.i18n import tr
from studio.ui.theme import colours, font
from studio.ui.widgets.labels import plain_tip
from studio.viewmodels.sheet_model import SheetModel

GAP = 12
LEAST, MOST = 40, 1024  # pixels of a tile's longer side
COMFORTABLE = 96  # to begin with; a smaller one shows too little
STEP = 1.25  # of one turn of the wheel
ABOVE, BEFORE = 36, 168  # the height of the headings above, and the most that those before may take


class SheetGrid(QTableView):
    """A table, so that screen readers get rows and columns; its delegate draws the tiles.

    Signals:
        opened (QModelIndex): double click, space or enter on a cell.
        picked: other cells are selected, or another one is current.
        zoomed: tiles have another size.
        menu_wanted (QPoint): a context menu is wanted at this global point.
    """

    opened = Signal(QModelIndex)
    picked = Signal()
    zoomed = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, model: SheetModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells = model
        self._fitted = True
        self.tile = COMFORTABLE
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        for orientation in Qt.Orientation:
            header = SheetHeading(orientation, self)
            if orientation is Qt.Orientation.Horizontal:
                self.setHorizontalHeader(header)
            else:
                self.setVerticalHeader(header)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setModel(model)
        self._name()
        self.doubleClicked.connect(self.opened)
        self.selectionModel().selectionChanged.connect(lambda: self.picked.emit())
        self.selectionModel().currentChanged.connect(lambda: self.picked.emit())
        model.modelReset.connect(self._begin)

    # For the page.

    def numbers(self) -> list[int]:
        """The cells that are selected, else the current one."""
        chosen = self.selectedIndexes()
        current = self.currentIndex()
        if not chosen and current.isValid():
            chosen = [current]
        columns = self._cells.columnCount()
        return sorted(index.row() * columns + index.column() for index in chosen)

    def choose(self, number: int) -> None:
        """Select this cell alone and bring it into sight."""
        index = self._cells.index_of(number)
        flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.selectionModel().setCurrentIndex(index, flag)
        self.scrollTo(index)

    def zoom(self, by: float) -> None:
        """Tiles so many times as large."""
        self._fitted = False
        self._set_tile(round(self.tile * by))

    def fit(self) -> None:
        """As large as lets the whole sheet be seen, where that is large enough to see anything."""
        self._fitted = True
        columns, rows = self._cells.columnCount(), self._cells.rowCount()
        if not columns or not rows:
            return
        self._size_headings()
        bars = self.verticalScrollBar().sizeHint().width()
        across = (self.width() - self.verticalHeader().width() - bars) / columns - GAP
        down = (self.height() - ABOVE - bars) / rows - GAP
        wide, high = self._cells.box
        scale = min(across / wide, down / high)
        self._set_tile(max(round(scale * max(wide, high)), COMFORTABLE))

    def repaint_asset(self, asset_id: str) -> None:
        """Its picture has arrived."""
        for number in range(self._cells.rowCount() * self._cells.columnCount()):
            asset = self._cells.cell(number).asset
            if asset is not None and asset.id == asset_id:
                self.update(self._cells.index_of(number))

    # Layout.

    def _begin(self) -> None:
        self.fit()
        if self._cells.rowCount():
            self.setCurrentIndex(self._cells.index(0, 0))
            self.selectionModel().clearSelection()
        self.picked.emit()

    def _set_tile(self, side: int) -> None:
        self.tile = min(max(side, LEAST), MOST)
        wide, high = self._cells.box
        scale = self.tile / max(wide, high)
        for header, pixels in ((self.horizontalHeader(), wide), (self.verticalHeader(), high)):
            header.setDefaultSectionSize(max(round(pixels * scale), 8) + GAP)
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())
        self.zoomed.emit()

    def _size_headings(self) -> None:
        metrics = self.verticalHeader().fontMetrics()
        widths = [
            metrics.horizontalAdvance(self._words(Qt.Orientation.Vertical, row))
            for row in range(self._cells.rowCount())
        ]
        self.verticalHeader().setFixedWidth(min(max(widths, default=0) + 28, BEFORE))
        self.horizontalHeader().setFixedHeight(ABOVE)

    def _words(self, orientation: Qt.Orientation, section: int) -> str:
        return str(self._cells.headerData(section, orientation) or "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

    # What the person does.

    def keyPressEvent(self, event: QKeyEvent) -> None:
        opens = event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if opens and not event.modifiers() and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are shortcuts here."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and turned:
            self.zoom(STEP if turned > 0 else 1 / STEP)
            event.accept()
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        point = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            point = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
        self.menu_wanted.emit(point)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._name()
            self._size_headings()
        super().changeEvent(event)

    def _name(self) -> None:
        self.setAccessibleName(tr("Contact sheet"))
        self.horizontalHeader().setAccessibleName(tr("Columns"))
        self.verticalHeader().setAccessibleName(tr("Rows"))
        for corner in self.findChildren(QAbstractButton):
            corner.setAccessibleName(tr("Contact sheet"))
            corner.setToolTip(tr("Contact sheet"))


class SheetHeading(QHeaderView):
    """The values of one side; what does not fit ends in an ellipsis, and is whole in the tooltip."""

    def __init__(self, orientation: Qt.Orientation, parent: QWidget) -> None:
        super().__init__(orientation, parent)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumSectionSize(8)
        self.setFont(font("secondary"))

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        now = colours()
        painter.save()
        painter.fillRect(rect, QColor(now.panel))
        painter.setFont(font("secondary"))
        painter.setPen(QColor(now.secondary))
        across = self.orientation() == Qt.Orientation.Horizontal
        room = rect.adjusted(6, 0, -6, -4) if across else rect.adjusted(16, 0, -6, 0)
        align = Qt.AlignmentFlag
        where = align.AlignHCenter | align.AlignBottom if across else align.AlignRight | align.AlignVCenter
        words = self._words(logicalIndex)
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, where | Qt.TextFlag.TextSingleLine, shown)
        painter.restore()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            section = self.logicalIndexAt(event.pos())
            QToolTip.showText(
                event.globalPos(), plain_tip(self._words(section) if section >= 0 else ""), self
            )
            return True
        return super().viewportEvent(event)

    def _words(self, section: int) -> str:
        text = str(self.model().headerData(section, self.orientation()) or "")
        return " ".join(text.split())
