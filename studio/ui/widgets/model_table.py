"""The table of models: rows under headings, drawn by hand, so that ten thousand cost no more than ten."""

from collections.abc import Callable

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from studio.core.shelf import Fit, FitLevel
from studio.ui.i18n import tr
from studio.ui.theme import colours
from studio.ui.widgets.labels import plain_tip
from studio.ui.widgets.model_columns import Column, Span, arrange
from studio.ui.widgets.model_headed_rows import HeadedRows, Index
from studio.ui.widgets.model_painting import (
    Act,
    RowLook,
    act_areas,
    acts_of,
    mark_area,
    paint_ground,
    paint_heading,
    paint_hub_line,
    paint_row,
    too_large,
)
from studio.ui.widgets.model_titles import ColumnTitles
from studio.ui.widgets.model_words import COMMERCIAL, fit_sentence
from studio.viewmodels.model_list import ITEM_ROLE, ModelList
from studio.viewmodels.model_rows import Heading, HubLine, Item, ModelRow

NO_FIT = Fit(level=FitLevel.UNKNOWN)


class ModelTable(HeadedRows):
    """Paints its rows itself, and the buttons in them.

    Attributes:
        titles: the line to put above it.

    Signals:
        picked (str): the row with this key is the current one; empty for none.
        opened (str): double click or Enter on a row.
        acted (str, Act): a button of the row with this key was pressed.
        menu_wanted (QPoint): a context menu of the current row is wanted at this global point.
    """

    picked = Signal(str)
    opened = Signal(str)
    acted = Signal(str, object)
    menu_wanted = Signal(QPoint)

    def __init__(
        self,
        rows: ModelList,
        fit_of: Callable[[ModelRow], Fit],
        lighter: Callable[[ModelRow], ModelRow | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(rows, parent)
        self._fit_of, self._lighter = fit_of, lighter
        self._spans: dict[Column, Span] = {}
        self._hovered = -1
        self._over: Act | None = None
        self._pressed: tuple[str, Act] | None = None  # the button that went down, of the row with this key
        self.titles = ColumnTitles()
        self.setAccessibleName(tr("Models"))
        rows.modelReset.connect(self._on_reset)
        self.doubleClicked.connect(self._on_double_clicked)

    # Layout.

    def doItemsLayout(self) -> None:
        # Always as if there were a scroll bar, so that nothing moves when it comes: it lies in the margin.
        self._spans = arrange(self.contentsRect().width())
        self.titles.show_columns(self._spans)
        super().doItemsLayout()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self._hover(-1, None)

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        offset, width = self.verticalOffset(), self.viewport().width()
        row = self._row_at(event.rect().top() + offset)
        while 0 <= row < self._rows.rowCount():
            area = QRect(0, self._top(row) - offset, width, self._tall(row))
            if area.top() > event.rect().bottom():
                break
            self._paint(painter, row, area)
            row += 1

    def _paint(self, painter: QPainter, row: int, area: QRect) -> None:
        item = self._rows.item(row)
        if isinstance(item, Heading):
            paint_heading(painter, area, item)
            painter.fillRect(QRect(0, area.bottom(), area.width(), 1), QColor(colours().border))
            return
        look = self._look(row, item)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        paint_ground(painter, area, look)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(item, HubLine):
            paint_hub_line(painter, area, item, self._spans, look)
        else:
            paint_row(painter, area, item, self._spans, look)

    def _look(self, row: int, item: ModelRow | HubLine) -> RowLook:
        fit = self._fit_of(item) if isinstance(item, ModelRow) else NO_FIT
        return RowLook(
            fit=fit,
            acts=self._acts(item, fit),
            chosen=row == self.currentIndex().row(),
            focused=row == self.currentIndex().row() and self.hasFocus(),
            hovered=row == self._hovered,
            over=self._over if row == self._hovered else None,
        )

    def _acts(self, item: ModelRow | HubLine, fit: Fit) -> tuple[Act, ...]:
        lighter = isinstance(item, ModelRow) and too_large(fit) and self._lighter(item) is not None
        return acts_of(item, lighter)

    # What the person does.

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        point = event.position().toPoint()
        self._hover(self.indexAt(point).row(), self._act_at(point))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1, None)
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = self._button_of(event)
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, None
        if pressed is not None and self._button_of(event) == pressed:
            self.acted.emit(*pressed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current_key():
            self.opened.emit(self.current_key())
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters do nothing here; one searches with the field above."""

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        point = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            point = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
        self.menu_wanted.emit(point)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), plain_tip(self.tip_at(event.pos())), self)
            return True
        return super().viewportEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.setAccessibleName(tr("Models"))
            self.viewport().update()
        super().changeEvent(event)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        for index in (previous, current):
            self._repaint_row(index.row())
        if current.isValid():
            self.picked.emit(self.current_key())

    def tip_at(self, point: QPoint) -> str:
        """What the mouse is on, in words: a button, why it fits, whose money it may earn."""
        index = self.indexAt(point)
        item: Item | None = index.data(ITEM_ROLE) if index.isValid() else None
        if (act := self._act_at(point)) is not None:
            return tr(act.english)
        if not isinstance(item, ModelRow):
            return ""
        fit, licence = self._spans[Column.FIT], self._spans.get(Column.LICENCE)
        if fit.left <= point.x() < fit.left + fit.width and item.problem is None:
            return fit_sentence(self._fit_of(item))
        if mark_area(self.visualRect(index), self._spans).contains(point):
            return tr(COMMERCIAL[item.commercial][1])
        if licence and licence.left <= point.x() < licence.left + licence.width:
            return item.licence
        return ""

    def _act_at(self, point: QPoint) -> Act | None:
        index = self.indexAt(point)
        item = self._rows.item(index.row()) if index.isValid() else None
        if item is None or isinstance(item, Heading):
            return None
        look = self._look(index.row(), item)
        areas = act_areas(self.visualRect(index), self._spans[Column.STATE], look.acts)
        return next((act for act, area in areas.items() if area.contains(point)), None)

    def _button_of(self, event: QMouseEvent) -> tuple[str, Act] | None:
        """Under the mouse, which has its left button down or lets it go."""
        point = event.position().toPoint()
        act = self._act_at(point) if event.button() == Qt.MouseButton.LeftButton else None
        return None if act is None else (self._rows.item(self.indexAt(point).row()).key, act)

    def _hover(self, row: int, act: Act | None) -> None:
        if (row, act) != (self._hovered, self._over):
            self._repaint_row(self._hovered)
            self._hovered, self._over = row, act
            self._repaint_row(row)

    def _repaint_row(self, row: int) -> None:
        """Only this: to paint all that is in sight takes as long as a frame."""
        if 0 <= row < self._rows.rowCount():
            self.viewport().update(self.visualRect(self._rows.index(row, 0)))

    def _on_double_clicked(self, index: QModelIndex) -> None:
        if self._over is None:
            self.opened.emit(self._rows.item(index.row()).key)

    def _on_reset(self) -> None:
        self._hover(-1, None)
