"""A grid of pictures in sections that stays quick with any number of rows."""

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QCursor,
    QDrag,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QFrame,
    QListView,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from studio.ui.i18n import tr
from studio.ui.widgets.grid_layout import GridLayout
from studio.ui.widgets.headings import Heading, Headings
from studio.ui.widgets.tile_painting import drag_pixmap, paint_band
from studio.viewmodels.asset_list import ASSET_ROLE, ASSETS_MIME
from studio.viewmodels.sections import SectionedModel

Flag = QItemSelectionModel.SelectionFlag
Move = QAbstractItemView.CursorAction
Hint = QAbstractItemView.ScrollHint
State = QAbstractItemView.State
Index = QModelIndex | QPersistentModelIndex

SCREENS_AHEAD = 3  # the next page is read when fewer than this many screens are left
OVERLAY_INSET = 8
HEADROOM = 44  # a row that comes into sight from above brings its heading


class TileOverlay(QWidget):
    """Buttons that lie on one tile at a time."""

    def show_row(self, index: QModelIndex) -> bool:
        """Get ready for this row; False where it has no use for buttons."""
        raise NotImplementedError


class PictureGrid(QListView):
    """Tiles drawn by the delegate; headings and the buttons on a tile are widgets, so that keys reach them.

    A QListView, so that screen readers get its rows as a list; layout, painting and movement are its own.

    Attributes:
        overlay: the buttons on the tile under the mouse, else on the current one.

    Signals:
        opened (QModelIndex): double click, space or enter on a row.
        picked: other rows are selected, or another one is current.
        menu_wanted (QPoint): a context menu is wanted at this global point.
    """

    opened = Signal(QModelIndex)
    picked = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(
        self,
        english: str,
        arrangement: GridLayout,
        heading: Callable[[], Heading],
        overlay: TileOverlay,
        parent: QWidget | None = None,
    ) -> None:
        """`english` names it for screen readers."""
        super().__init__(parent)
        self._english = english
        self.setAccessibleName(tr(english))
        self.arrangement = arrangement
        self._headings = Headings(heading, self.viewport())
        self.overlay = overlay
        self._hovered = QPersistentModelIndex()
        self._anchor = QPersistentModelIndex()  # where a range that shift extends begins
        self._held = QPersistentModelIndex()  # the row that stays where it is when rows come or go above it
        self._held_at = 0
        self._extending = False
        self._awaiting: Callable[[], object] | None = None  # what is done once all rows are there
        self._band = QRect()
        overlay.setParent(self.viewport())
        overlay.hide()
        before: QWidget = self
        for button in overlay.findChildren(QAbstractButton):
            button.installEventFilter(self)
            QWidget.setTabOrder(before, button)
            before = button
        self._headings.after = before
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setDragEnabled(True)
        self.setMouseTracking(True)
        self.doubleClicked.connect(self.opened)

    # For panels.

    def show_model(self, model: SectionedModel) -> None:
        self.setModel(model)
        model.section_changed.connect(self._headings.refresh)
        self.selectionModel().selectionChanged.connect(lambda: self.picked.emit())
        self.selectionModel().currentChanged.connect(lambda: self.picked.emit())

    def chosen_rows(self) -> list[int]:
        """The selected rows in order, else the current one."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        current = self.currentIndex()
        return rows or ([current.row()] if current.isValid() else [])

    def choose(self, row: int) -> None:
        """Select this row alone and bring it into sight."""
        index = self.model().index(row, 0)
        self.selectionModel().setCurrentIndex(index, Flag.ClearAndSelect)
        self.scrollTo(index)

    def go_to(self, row: int) -> None:
        """Keys go on from this row, from now on in sight; nothing is selected."""
        index = self.model().index(row, 0)
        self.selectionModel().setCurrentIndex(index, Flag.Clear)
        self.scrollTo(index)

    def set_tile(self, width: int) -> None:
        self.arrangement.tile = width
        self.doItemsLayout()

    def repaint_asset(self, asset_id: str) -> None:
        """Its picture has arrived."""
        top, model = self.verticalOffset(), self.model()
        for line in self.arrangement.lines_in(top, top + self.viewport().height()):
            for row in line:
                asset = model.index(row, 0).data(ASSET_ROLE)
                if asset is not None and asset.id == asset_id:
                    self.viewport().update(self.arrangement.rect(row).translated(0, -top))

    def selectAll(self) -> None:
        self._with_all_rows(super().selectAll)

    def _with_all_rows(self, act: Callable[[], object]) -> None:
        """Now, or once the rows have come that nobody has scrolled to."""
        model = self.model()
        if isinstance(model, SectionedModel) and not model.complete:
            self._awaiting = act
            model.fetch_rest()
        elif model.rowCount():
            act()

    def rowsInserted(self, parent: Index, start: int, end: int) -> None:
        super().rowsInserted(parent, start, end)
        if act := self._awaiting:
            self._awaiting = None
            self._with_all_rows(act)

    # Layout.

    def doItemsLayout(self) -> None:
        held, held_at = self._held, self._held_at
        model = self.model()
        sections = model.sections() if isinstance(model, SectionedModel) else []
        # Room for the scroll bar is kept also while there is none, so that nothing moves when it comes.
        bar = self.verticalScrollBar().sizeHint().width()
        self.arrangement.arrange(sections, self.contentsRect().width() - bar)
        QAbstractItemView.doItemsLayout(self)
        if held.isValid() and self.verticalOffset() > 0:
            self.verticalScrollBar().setValue(self.arrangement.rect(held.row()).top() - held_at)
        self._settle()

    def updateGeometries(self) -> None:
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self.arrangement.height - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(max(20, self.arrangement.tile_width // 4))
        QAbstractItemView.updateGeometries(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        QAbstractItemView.resizeEvent(self, event)
        self.doItemsLayout()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(dx, dy)
        if self._hovered.isValid():
            self._hover(self.viewport().mapFromGlobal(QCursor.pos()))
        self._settle()

    def _settle(self) -> None:
        """After a scroll or a layout: headings and buttons in place, the next page on its way."""
        top, room = self.verticalOffset(), self.viewport().height()
        first = next((line.start for line in self.arrangement.lines_in(top, top + room)), None)
        if first is not None:
            self._held = QPersistentModelIndex(self.model().index(first, 0))
            self._held_at = self.arrangement.rect(first).top() - top
        self._headings.place(
            (section, area.translated(0, -top))
            for section, area in self.arrangement.headings_in(top, top + room)
        )
        self._place_overlay()
        if self.isVisible() and self.arrangement.height - top < SCREENS_AHEAD * room:
            self.model().fetchMore(self.rootIndex())

    def _place_overlay(self) -> None:
        row = self._hovered.row() if self._hovered.isValid() else -1
        focus = QApplication.focusWidget()
        if row < 0 and focus is not None and (focus is self or self.overlay.isAncestorOf(focus)):
            row = self.currentIndex().row()
        shown = row >= 0 and self.overlay.show_row(self.model().index(row, 0))
        if shown:
            area, hint = self.visualRect(self.model().index(row, 0)), self.overlay.sizeHint()
            corner = QPoint(area.right() - OVERLAY_INSET - hint.width(), area.top() + OVERLAY_INSET)
            self.overlay.setGeometry(QRect(corner, hint))
            self.overlay.raise_()
        self.overlay.setVisible(shown)

    def _hover(self, point: QPoint) -> None:
        index = QPersistentModelIndex(self.indexAt(point))
        if index != self._hovered:
            self._hovered = index
            self._place_overlay()

    # What a view has to answer.

    def visualRect(self, index: Index) -> QRect:
        if not index.isValid():
            return QRect()
        self.executeDelayedItemsLayout()
        return self.arrangement.rect(index.row()).translated(0, -self.verticalOffset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        self.executeDelayedItemsLayout()
        row = self.arrangement.row_at(point.x(), point.y() + self.verticalOffset())
        return QModelIndex() if row is None else self.model().index(row, 0)

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def horizontalOffset(self) -> int:
        return 0

    def scrollTo(self, index: Index, hint: Hint = Hint.EnsureVisible) -> None:
        if not index.isValid():
            return
        area, room, offset = self.visualRect(index), self.viewport().height(), self.verticalOffset()
        if area.top() < HEADROOM:
            self.verticalScrollBar().setValue(offset + area.top() - HEADROOM)
        elif area.bottom() > room - OVERLAY_INSET:
            self.verticalScrollBar().setValue(offset + area.bottom() - room + OVERLAY_INSET)

    def moveCursor(self, action: Move, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        self.executeDelayedItemsLayout()
        count = self.model().rowCount()
        row = self.currentIndex().row()
        if count == 0:
            return QModelIndex()
        if row < 0:
            return self.model().index(0, 0)
        return self.model().index(self._moved(action, row, count), 0)

    def _moved(self, action: Move, row: int, count: int) -> int:
        match action:
            case Move.MoveLeft | Move.MovePrevious:
                return max(row - 1, 0)
            case Move.MoveRight | Move.MoveNext:
                return min(row + 1, count - 1)
            case Move.MoveHome:
                return 0
            case Move.MoveEnd:
                return count - 1
            case Move.MoveUp:
                return self.arrangement.above(row)
            case Move.MoveDown:
                return self.arrangement.below(row)
            case _:
                step = self.arrangement.above if action == Move.MovePageUp else self.arrangement.below
                tall = self.arrangement.rect(row).height() + self.arrangement.gap
                for _ in range(max(1, self.viewport().height() // tall)):
                    row = step(row)
                return row

    def setSelection(self, rect: QRect, command: Flag) -> None:
        if self.state() == State.DragSelectingState:
            self._band = rect.normalized()
            chosen = self._under(self._band)
        elif command & Flag.Current and self._anchor.isValid():
            first, last = sorted((self._anchor.row(), self.currentIndex().row()))
            chosen = QItemSelection(self.model().index(first, 0), self.model().index(last, 0))
        else:
            index = self.indexAt(rect.center())
            chosen = QItemSelection(index, index) if index.isValid() else QItemSelection()
        self.selectionModel().select(chosen, command)

    def _under(self, band: QRect) -> QItemSelection:
        """The rows that a band touches, line by line."""
        chosen, area = QItemSelection(), band.translated(0, self.verticalOffset())
        for line in self.arrangement.lines_in(area.top(), area.bottom()):
            rows = [row for row in line if self.arrangement.rect(row).intersects(area)]
            if rows:
                chosen.select(self.model().index(rows[0], 0), self.model().index(rows[-1], 0))
        return chosen

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        return QRegion(self.viewport().rect())  # rings reach beyond their tiles

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        selection, current = self.selectionModel(), self.currentIndex().row()
        focused = QStyle.StateFlag.State_HasFocus if self.hasFocus() else QStyle.StateFlag.State_None
        plain = option.state & ~(QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_Selected)
        top, area = self.verticalOffset(), event.rect()
        delegate = self.itemDelegate()
        for line in self.arrangement.lines_in(area.top() + top, area.bottom() + top):
            for row in line:
                index = self.model().index(row, 0)
                option.rect = self.arrangement.rect(row).translated(0, -top)
                option.state = plain
                if selection.isSelected(index):
                    option.state |= QStyle.StateFlag.State_Selected
                if row == current:
                    option.state |= focused
                delegate.paint(painter, option, index)
        if self.state() == State.DragSelectingState:
            paint_band(painter, self._band)

    # What the person does.

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.setAccessibleName(tr(self._english))
        super().changeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and self.overlay.isAncestorOf(cast(QWidget, watched)):
            self._place_overlay()
        return super().eventFilter(watched, event)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if not self._extending:
            self._anchor = QPersistentModelIndex(current)
        self._place_overlay()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._extending = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.key() == Qt.Key.Key_End and not event.modifiers():
            self._with_all_rows(lambda: self.choose(self.model().rowCount() - 1))
            return
        opens = event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if opens and not event.modifiers() and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)
        self._extending = False

    def keyboardSearch(self, search: str) -> None:
        """Letters are shortcuts here; Qt's own search would walk through every row."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._extending = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        super().mousePressEvent(event)
        self._extending = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if not event.buttons():
            self._hover(event.position().toPoint())
        self.viewport().update(self._band)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._band = QRect()
        self.viewport().update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = QPersistentModelIndex()
        self._place_overlay()
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._place_overlay()
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._place_overlay()
        self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        point = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            point = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
        self.menu_wanted.emit(point)

    def startDrag(self, supportedActions: Qt.DropAction) -> None:
        indexes = [self.model().index(row, 0) for row in self.chosen_rows()]
        mime = self.model().mimeData(indexes)
        if not mime.hasUrls():
            return
        assets = [asset for index in indexes if (asset := index.data(ASSET_ROLE))]
        mime.setData(ASSETS_MIME, " ".join(asset.id for asset in assets).encode())
        drag = QDrag(self)
        drag.setMimeData(mime)
        first = self.viewport().grab(self.visualRect(indexes[0]))
        drag.setPixmap(drag_pixmap(first, len(mime.urls())))
        drag.exec(Qt.DropAction.CopyAction)
