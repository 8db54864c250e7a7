"""Small pictures of takes, of which one lies on the canvas until it is applied or not."""

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.ui.i18n import tr
from studio.ui.icons import draw_icon, tone_colour
from studio.ui.phases import phase_words
from studio.ui.theme import INK, RADIUS_THUMBNAIL
from studio.ui.widgets.indicators import draw_ring
from studio.ui.widgets.tile_painting import (
    paint_card,
    paint_picture,
    paint_scrim,
    paint_selection,
    paint_tile,
)
from studio.viewmodels.edit_take_groups import Take, TakeState
from studio.viewmodels.edit_take_list import TAKE_ROLE, TakeList
from studio.viewmodels.edit_takes import TakesModel
from studio.viewmodels.thumbnails import Thumbnails

ACROSS, RIM, RING = 4, 4, 32
MOST_ROWS = 4


class TakesList(QListView):
    """Those of one job, four in a row; arrows walk through all, Enter applies, Delete discards, Esc shows the
    document.

    Signals:
        apply_wanted, discard_wanted: of the one that is shown.
    """

    apply_wanted = Signal()
    discard_wanted = Signal()

    def __init__(self, takes: TakesModel, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._takes = takes
        self.rows = TakeList(takes.describe, self)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSpacing(0)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(TakeDelegate(takes, thumbnails, self))
        self.setModel(self.rows)
        self.clicked.connect(self._on_clicked)
        self.activated.connect(lambda: self.apply_wanted.emit())
        takes.current_changed.connect(self._show_current)
        thumbnails.ready.connect(self._repaint)
        self._translate()

    def side(self) -> int:
        """Of a cell: four fill the width."""
        return max(40, (self.viewport().width() - 2) // ACROSS)

    def show_takes(self, made: tuple[Take, ...]) -> None:
        """Those, in place of the others."""
        self.rows.show_takes(made)
        self._fit()

    def _repaint(self) -> None:
        """Connected by name, which ends with the list: lists come and go with their jobs."""
        self.viewport().update()

    def _fit(self) -> None:
        wanted = -(-self.rows.rowCount() // ACROSS)
        rows = min(MOST_ROWS, wanted)
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAsNeeded if wanted > rows else policy.ScrollBarAlwaysOff
        )
        self.setGridSize(QSize(self.side(), self.side()))
        self.setFixedHeight(max(1, rows) * self.side())
        self._show_current()

    def _show_current(self) -> None:
        row = self.rows.row_of(self._takes.current)
        selection = self.selectionModel()
        if row < 0:
            selection.clearSelection()
        else:
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            selection.setCurrentIndex(self.rows.index(row), flag)

    def _on_clicked(self, index: QModelIndex) -> None:
        take: Take = index.data(TAKE_ROLE)
        if take.state is TakeState.DONE:
            self._takes.choose(None if take.key == self._takes.current else take.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Up:
                self._takes.walk(-1)
            case Qt.Key.Key_Right | Qt.Key.Key_Down:
                self._takes.walk(1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.apply_wanted.emit()
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                self.discard_wanted.emit()
            case _:
                super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Delete clears what is chosen elsewhere in the panel."""
        own = (Qt.Key.Key_Delete, Qt.Key.Key_Return)
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in own
        ):
            event.accept()
            return True
        return super().event(event)

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setAccessibleName(tr("Takes"))


class TakeDelegate(QStyledItemDelegate):
    """Queued, in work, made or failed, all of one size."""

    def __init__(self, takes: TakesModel, thumbnails: Thumbnails, parent: TakesList) -> None:
        super().__init__(parent)
        self._takes, self._thumbnails, self._list = takes, thumbnails, parent

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(self._list.side(), self._list.side())

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        take: Take = index.data(TAKE_ROLE)
        area = option.rect.adjusted(RIM, RIM, -RIM, -RIM)
        painter.save()
        match take.state:
            case TakeState.QUEUED:
                paint_card(painter, area, dashed=True)
                box = QRect(0, 0, 18, 18)
                box.moveCenter(area.center())
                draw_icon(painter, "clock", box, tone_colour("secondary"))
            case TakeState.WORKING:
                self._paint_working(painter, area, take)
            case TakeState.DONE:
                self._paint_done(painter, area, take)
        shown = take.key == self._takes.current
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        paint_selection(painter, area.adjusted(1, 1, -1, -1), selected=shown, current=focused and shown)
        painter.restore()

    def _paint_working(self, painter: QPainter, area: QRect, take: Take) -> None:
        preview, phase = self._takes.preview(take), take.phase
        if preview is None:
            paint_card(painter, area, dashed=True)
        else:
            paint_picture(painter, area, preview, RADIUS_THUMBNAIL)
        ring = QRectF(0, 0, RING, RING)
        ring.moveCenter(QRectF(area).center())
        share = phase.done / phase.total if phase and phase.total else 0.0
        draw_ring(painter, ring, share, str(phase.done) if phase and phase.total else "")

    def _paint_done(self, painter: QPainter, area: QRect, take: Take) -> None:
        assert take.asset is not None
        if not paint_tile(painter, area, take.asset, self._thumbnails, RADIUS_THUMBNAIL):
            preview = self._takes.preview(take)
            if preview is not None:
                paint_picture(painter, area, preview, RADIUS_THUMBNAIL)
            else:
                paint_card(painter, area)
        if take.applied:
            box = QRect(area.right() - 21, area.bottom() - 21, 18, 18)
            paint_scrim(painter, box)
            draw_icon(painter, "check", box.adjusted(2, 2, -2, -2), INK)


def spoken(take: Take) -> str:
    """What a screen reader says of a take."""
    match take.state:
        case TakeState.QUEUED:
            return tr("Queued")
        case TakeState.WORKING:
            return phase_words(take.phase)
        case TakeState.DONE:
            words = tr("Take {n}", n=take.index + 1)
            return f"{words} · {tr('applied')}" if take.applied else words
