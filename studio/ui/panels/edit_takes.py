"""Takes: small pictures of what was proposed, of which one lies on the canvas until it is applied or not."""

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
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.ui.actions import Action
from studio.ui.i18n import explain, sentence_of, tr
from studio.ui.icons import draw_icon, tone_colour
from studio.ui.phases import phase_words
from studio.ui.theme import INK, RADIUS_THUMBNAIL
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.indicators import draw_ring
from studio.ui.widgets.labels import Label
from studio.ui.widgets.tile_painting import (
    paint_card,
    paint_picture,
    paint_scrim,
    paint_selection,
    paint_tile,
)
from studio.viewmodels.edit_takes import TAKE_ROLE, Take, TakesModel, TakeState
from studio.viewmodels.thumbnails import Thumbnails

ACROSS, GAP, RIM, RING = 4, 8, 4, 32
MOST_ROWS = 4


class TakesList(QListView):
    """Four in a row; arrows walk, Enter applies, Delete discards, Esc shows the document.

    Signals:
        apply_wanted, discard_wanted: of the one that is shown.
    """

    apply_wanted = Signal()
    discard_wanted = Signal()

    def __init__(self, takes: TakesModel, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._takes = takes
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSpacing(0)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(TakeDelegate(takes, thumbnails, self))
        self.setModel(takes)
        self.clicked.connect(self._on_clicked)
        self.activated.connect(lambda: self.apply_wanted.emit())
        takes.changed.connect(self._fit)
        takes.current_changed.connect(self._show_current)
        thumbnails.ready.connect(lambda: self.viewport().update())
        self._translate()

    def side(self) -> int:
        """Of a cell: four fill the width."""
        return max(40, (self.viewport().width() - 2) // ACROSS)

    def _fit(self) -> None:
        wanted = -(-self._takes.rowCount() // ACROSS)
        rows = min(MOST_ROWS, wanted)
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAsNeeded if wanted > rows else policy.ScrollBarAlwaysOff
        )
        self.setGridSize(QSize(self.side(), self.side()))
        self.setFixedHeight(max(1, rows) * self.side())
        self._show_current()

    def _show_current(self) -> None:
        row = self._takes.row_of(self._takes.current)
        selection = self.selectionModel()
        if row < 0:
            selection.clearSelection()
        else:
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            selection.setCurrentIndex(self._takes.index(row), flag)

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
                self._glyph(painter, area, "clock", "secondary")
            case TakeState.WORKING:
                self._paint_working(painter, area, take)
            case TakeState.DONE:
                self._paint_done(painter, area, take)
            case TakeState.FAILED:
                paint_card(painter, area)
                self._glyph(painter, area, "warning", "danger")
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

    def _glyph(self, painter: QPainter, area: QRect, icon: str, tone: str) -> None:
        box = QRect(0, 0, 18, 18)
        box.moveCenter(area.center())
        draw_icon(painter, icon, box, tone_colour("danger" if tone == "danger" else "secondary"))


def spoken(take: Take) -> str:
    """What a screen reader says of a take."""
    match take.state:
        case TakeState.QUEUED:
            return tr("Queued")
        case TakeState.WORKING:
            return phase_words(take.phase)
        case TakeState.FAILED:
            return sentence_of(take.problem) if take.problem else tr("Failed")
        case TakeState.DONE:
            words = tr("Take {n}", n=take.index + 1)
            return f"{words} · {tr('applied')}" if take.applied else words


class TakesBox(QWidget):
    """The list, what failed, and Apply and Discard below it.

    Attributes:
        list: the small pictures.
    """

    def __init__(self, takes: TakesModel, thumbnails: Thumbnails, apply: Action, discard: Action) -> None:
        super().__init__()
        self._takes = takes
        takes.describe = spoken
        self._apply, self._discard = apply, discard
        self.list = TakesList(takes, thumbnails)
        self.list.apply_wanted.connect(apply.trigger)
        self.list.discard_wanted.connect(discard.trigger)
        self._empty = Label(
            "What is proposed appears here, to be applied or not.", "secondary", "secondary", wrap=True
        )
        self._failed = Label("", "secondary", "danger", wrap=True)
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 4, 0, 0)
        row.setSpacing(8)
        for action, icon in ((apply, "check"), (discard, "trash")):
            button = Button(action.english, icon=icon)
            button.bind(action)
            row.addWidget(button)
        row.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(4)
        for widget in (self._empty, self.list, self._failed, self._buttons):
            whole.addWidget(widget)
        takes.changed.connect(self._show)
        takes.current_changed.connect(self._show)
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._show()
        super().changeEvent(event)

    def summary(self) -> str:
        """2 of 4"""
        takes = self._takes
        return tr("{done} of {all}", done=takes.done, all=len(takes.takes)) if takes.takes else ""

    def _show(self) -> None:
        takes = self._takes
        some, shown = bool(takes.takes), takes.shown
        self._empty.setVisible(not some)
        self.list.setVisible(some)
        self._buttons.setVisible(takes.done > 0)
        failed = next((one for one in takes.takes[:1] if one.problem is not None), None)
        self._failed.setVisible(failed is not None)
        self._failed.setText(explain(failed.problem) if failed and failed.problem else "")
        for action in (self._apply, self._discard):
            action.setEnabled(shown is not None and shown.asset is not None)
