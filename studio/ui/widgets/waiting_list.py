"""The popover over the strip: the jobs that wait, to be moved by keys or by dragging, edited, and removed."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.core.jobs import GenerateImages, ProcessImage, ReadContext, Reply, SelectObject, Suggest
from studio.core.records import JobRecord
from studio.ui.i18n import plural, tr
from studio.ui.icons import draw_icon
from studio.ui.job_words import job_title
from studio.ui.theme import RADIUS, colours, font
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.labels import Label, Line
from studio.ui.widgets.naming import call
from studio.ui.widgets.overlay import SHADOW, Overlay
from studio.viewmodels.waiting import RECORD_ROLE, TakenOut, WaitingModel

ROW_HEIGHT = 44
ROWS_SHOWN = 6
WIDTH = 420
Index = QModelIndex | QPersistentModelIndex


class WaitingDelegate(QStyledItemDelegate):
    """Icon, title, and what it makes with which model."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        record: JobRecord = index.data(RECORD_ROLE)
        area: QRect = option.rect  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        view: QWidget = option.widget  # type: ignore[attr-defined]
        now = colours()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QColor(now.focus) if selected and view.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.accent_soft if selected else now.hover_raised))
            painter.drawRoundedRect(QRectF(area).adjusted(4.5, 0.5, -4.5, -0.5), RADIUS, RADIUS)
        pictures = isinstance(record.job, GenerateImages)
        glyph = QRect(area.left() + 16, area.top() + 12, 20, 20)
        draw_icon(painter, "picture" if pictures else "chat", glyph, now.secondary)
        room = area.adjusted(48, 4, -16, -4)
        _line(
            painter,
            font("body"),
            now.text,
            QRect(room.left(), room.top(), room.width(), 18),
            job_title(record.job),
        )
        below = QRect(room.left(), room.top() + 18, room.width(), 18)
        _line(painter, font("secondary"), now.secondary, below, words_of(record))
        painter.restore()


def _line(painter: QPainter, with_font: object, colour: str, area: QRect, text: str) -> None:
    painter.setFont(with_font)  # type: ignore[arg-type]
    painter.setPen(QColor(colour))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def words_of(record: JobRecord) -> str:
    """4 pictures · Postcards"""
    match record.job:
        case GenerateImages():
            made = plural(len(record.job.indices), "{n} picture", "{n} pictures")
        case Reply() if record.job.summary_of:
            made = tr("Summary")
        case Reply() | ReadContext():
            made = tr("Answer")
        case ProcessImage() | SelectObject():
            made = tr("Edit")
        case Suggest():
            made = tr("Prompt help")
    return f"{made} · {record.job.model.name}"


class WaitingView(QListView):
    """Alt+Up and Alt+Down move the row, E edits it, Del removes it, dragging moves it too.

    Signals:
        taken_out (TakenOut): a job that is to be edited.
    """

    taken_out = Signal(object)

    def __init__(self, waiting: WaitingModel) -> None:
        super().__init__()
        self._waiting = waiting
        self.setModel(waiting)
        self.setItemDelegate(WaitingDelegate(self))
        self.setMouseTracking(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    def move_row(self, by: int) -> None:
        row = self.currentIndex().row()
        if row >= 0:
            self._waiting.move(row, by)
            self.setCurrentIndex(self._waiting.index(min(max(row + by, 0), self._waiting.rowCount() - 1), 0))

    def remove_row(self) -> None:
        row = self.currentIndex().row()
        if row >= 0:
            self._waiting.remove(row)

    def edit_row(self) -> None:
        row = self.currentIndex().row()
        if row >= 0 and (taken := self._waiting.take_out(row)):
            self.taken_out.emit(taken)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        match event.key():
            case Qt.Key.Key_Up if alt:
                self.move_row(-1)
            case Qt.Key.Key_Down if alt:
                self.move_row(1)
            case Qt.Key.Key_E | Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.edit_row()
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                self.remove_row()
            case _:
                super().keyPressEvent(event)


class WaitingList(Overlay):
    """Opens above the strip.

    Signals:
        taken_out (TakenOut): it closed, because this job is to be edited.
    """

    taken_out = Signal(object)

    def __init__(self, waiting: WaitingModel, host: QWidget) -> None:
        super().__init__(host)
        call(self, "Waiting")
        self._waiting = waiting
        self.view = WaitingView(waiting)
        call(self.view, "Waiting")
        self.up = IconButton("arrow-up", "Move up", keys="Alt+Up")
        self.down = IconButton("arrow-down", "Move down", keys="Alt+Down")
        self.edit = IconButton("edit", "Edit", keys="E")
        self.remove = IconButton("trash", "Remove from the queue", keys="Del")
        self.up.clicked.connect(lambda: self.view.move_row(-1))
        self.down.clicked.connect(lambda: self.view.move_row(1))
        self.edit.clicked.connect(self.view.edit_row)
        self.remove.clicked.connect(self.view.remove_row)
        self.view.taken_out.connect(self._on_taken_out)
        self.view.selectionModel().currentChanged.connect(self._on_current)
        top = QHBoxLayout()
        top.setContentsMargins(16, 6, 8, 6)
        top.setSpacing(4)
        top.addWidget(Label("Waiting", "strong"), 1)
        for button in (self.up, self.down, self.edit, self.remove):
            top.addWidget(button)
        self.body.addLayout(top)
        self.body.addWidget(Line())
        self.body.addWidget(self.view, 1)
        self.body.setContentsMargins(SHADOW + 1, SHADOW + 1, SHADOW + 1, SHADOW + 5)
        waiting.changed.connect(self._on_changed)

    def open_above(self, corner: QPoint) -> None:
        """With its lower left corner here, in the host's coordinates."""
        rows = min(max(self._waiting.rowCount(), 1), ROWS_SHOWN)
        height = 44 + rows * ROW_HEIGHT + 8
        if not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self._waiting.index(0, 0))
        self.open_at(QRect(corner.x(), corner.y() - height, WIDTH, height), self.view)

    def _on_current(self, current: QModelIndex) -> None:
        record: JobRecord | None = current.data(RECORD_ROLE) if current.isValid() else None
        self.edit.setEnabled(record is not None and isinstance(record.job, GenerateImages))

    def _on_taken_out(self, taken: TakenOut) -> None:
        self.close_overlay()
        self.taken_out.emit(taken)

    def _on_changed(self) -> None:
        if not self._waiting.rowCount():
            self.close_overlay()
