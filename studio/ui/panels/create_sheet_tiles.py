"""How a cell of a contact sheet looks in each of its states; its size is the same in all of them."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from studio.core.sheet_state import Cell, CellState
from studio.ui.i18n import sentence_of, tr
from studio.ui.icons import draw_icon
from studio.ui.panels.create_tiles import paint_working
from studio.ui.sheet_words import STATES, cell_words
from studio.ui.theme import RADIUS, colours, font
from studio.ui.widgets.clamped_label import clamped_lines
from studio.ui.widgets.labels import plain_tip
from studio.ui.widgets.sheet_grid import GAP
from studio.ui.widgets.tile_painting import (
    paint_card,
    paint_picture,
    paint_selection,
    paint_star,
    paint_tile,
    paint_words,
)
from studio.viewmodels.sheet_model import CELL_ROLE, SheetModel
from studio.viewmodels.thumbnails import Thumbnails
from studio.viewmodels.tiles import Tile, TileState

WORDS_FROM = 96  # a smaller tile has room for an icon alone
PHASE_FROM = 120  # and one that is worked at for the words of its state, unless a preview is seen
SENTENCE_FROM = 128  # and one that failed likewise
LINE, SENTENCE_LINE = 20, 16
FADED = 0.22
_ICONS: dict[CellState, str] = {
    CellState.QUEUED: "clock",
    CellState.WORKING: "create",
    CellState.ERASED: "remove",
    CellState.MISSING: "picture",
    CellState.FAILED: "warning",
    CellState.STOPPED: "stop",
    CellState.INTERRUPTED: "pause",
}

Index = QModelIndex | QPersistentModelIndex


class SheetTileDelegate(QStyledItemDelegate):
    """Draws each picture in its own shape, in the middle of its cell."""

    def __init__(self, model: SheetModel, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._thumbnails = model, thumbnails

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell: Cell = index.data(CELL_ROLE)
        area = self.area(option.rect, cell)  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        painter.save()
        match cell.state:
            case CellState.DONE | CellState.REJECTED:
                self._paint_picture(painter, area, cell)
            case CellState.WORKING if area.width() >= self._phase_from(cell):
                self._paint_working(painter, area, cell)
            case _:
                self._paint_place(painter, area, cell)
        paint_selection(
            painter,
            area,
            selected=bool(state & QStyle.StateFlag.State_Selected),
            current=bool(state & QStyle.StateFlag.State_HasFocus),
        )
        painter.restore()

    def area(self, cell_rect: QRect, cell: Cell) -> QRect:
        """Where the tile of a cell lies in it."""
        room = cell_rect.adjusted(GAP // 2, GAP // 2, -(GAP // 2), -(GAP // 2))
        (width, height), (most_wide, most_high) = self._model.shape(cell.number), self._model.box
        scale = min(room.width() / most_wide, room.height() / most_high)
        tile = QRect(0, 0, max(round(width * scale), 1), max(round(height * scale), 1))
        tile.moveCenter(room.center())
        return tile

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return False
        QToolTip.showText(event.globalPos(), plain_tip(cell_words(index.data(CELL_ROLE))), view)
        return True

    def _paint_picture(self, painter: QPainter, area: QRect, cell: Cell) -> None:
        assert cell.asset is not None
        rejected = cell.state is CellState.REJECTED
        if rejected:
            painter.setOpacity(FADED)
        if not paint_tile(painter, area, cell.asset, self._thumbnails, RADIUS):
            if (preview := self._model.preview(cell)) is not None:
                paint_picture(painter, area, preview)
            else:
                paint_card(painter, area)
            if self._thumbnails.broken(cell.asset):
                paint_words(painter, area, "warning", [tr("This file cannot be read")], "danger")
        painter.setOpacity(1)
        if rejected:
            _paint_mark(painter, area, "trash")
        elif cell.asset.starred:
            paint_star(painter, area)

    def _phase_from(self, cell: Cell) -> int:
        """How wide a tile has to be for what is being done to it: over a preview a ring says that."""
        return PHASE_FROM if self._model.preview(cell) is None else WORDS_FROM

    def _paint_working(self, painter: QPainter, area: QRect, cell: Cell) -> None:
        job = self._model.job(cell)
        if job is not None:
            phase = self._model.phase(cell)
            tile = Tile(job=job, index=cell.index, state=TileState.WORKING, phase=phase)
            paint_working(painter, area, tile, self._model.preview(cell))

    def _paint_place(self, painter: QPainter, area: QRect, cell: Cell) -> None:
        paint_card(painter, area, dashed=cell.state in (CellState.QUEUED, CellState.WORKING))
        icon = _ICONS[cell.state]
        if area.width() < WORDS_FROM or area.height() < WORDS_FROM // 2:
            _paint_mark(painter, area, icon)
            return
        tone = "danger" if cell.state is CellState.FAILED else "secondary"
        sentence = self._sentence(area, cell)
        free = paint_words(painter, area, icon, [tr(STATES[cell.state])], tone, SENTENCE_LINE * len(sentence))
        painter.setFont(font("secondary"))
        painter.setPen(QColor(colours().secondary))
        for number, line in enumerate(sentence):
            row = QRect(free.left(), free.top() + number * SENTENCE_LINE, free.width(), SENTENCE_LINE)
            painter.drawText(row, Qt.AlignmentFlag.AlignCenter, line)

    def _sentence(self, area: QRect, cell: Cell) -> list[str]:
        """Why the cell failed, in as many lines as there is room for below its state."""
        room = area.height() - 3 * LINE - 8
        if cell.problem is None or area.width() < SENTENCE_FROM or room < SENTENCE_LINE:
            return []
        words = sentence_of(cell.problem)
        return clamped_lines(words, font("secondary"), area.width() - 20, room // SENTENCE_LINE)


def _paint_mark(painter: QPainter, area: QRect, icon: str) -> None:
    side = min(20, area.width() - 4, area.height() - 4)
    if side < 6:
        return
    mark = QRect(0, 0, side, side)
    mark.moveCenter(area.center())
    painter.setPen(Qt.PenStyle.NoPen)
    draw_icon(painter, icon, mark, QColor(colours().secondary))
