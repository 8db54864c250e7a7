"""The list at the side of Chat: conversations in folders and by day, or what was found with its words lit."""

import time

from PySide6.QtCore import QEvent, QModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from studio.core.conversations import Conversation, Hit
from studio.ui import figures
from studio.ui.i18n import tr
from studio.ui.icons import draw_icon
from studio.ui.theme import RADIUS, ROW, colours, font
from studio.ui.widgets.labels import plain_tip
from studio.ui.widgets.marked_line import draw_marked
from studio.ui.widgets.naming import call
from studio.viewmodels.conversation_rows import ROW_ROLE, Heading, Index, Row

HIT = 48
INDENT = 16
_VCENTRE, _RIGHT = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight


class ConversationView(QListView):
    """Enter and a click open a row; Left and Right close and open a folder.

    Signals:
        opened (QModelIndex): the row that is wanted.
        folded (QModelIndex): a folder's heading that is to be opened or closed.
    """

    opened = Signal(QModelIndex)
    folded = Signal(QModelIndex)

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setItemDelegate(_Rows(self))
        self.setUniformItemSizes(True)  # ten thousand rows are not asked one by one how high they are
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDragDropOverwriteMode(True)  # dropped on rows, never between them
        self.clicked.connect(self.opened)
        call(self, "Conversations")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        row: Row | None = index.data(ROW_ROLE) if index.isValid() else None
        if row is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(index)
        elif row is not None and row.heading and event.key() == self._folding(row):
            self.folded.emit(index)
        else:
            super().keyPressEvent(event)

    def _folding(self, row: Row) -> Qt.Key:
        return Qt.Key.Key_Right if row.closed else Qt.Key.Key_Left


class _Rows(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row: Row = index.data(ROW_ROLE)
        return QSize(100, HIT if row.hit else ROW)

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """The whole of what may be cut."""
        row: Row | None = index.data(ROW_ROLE) if index.isValid() else None
        title = row.conversation.title if row and row.conversation else row.folder if row else ""
        words = "\n\n".join(part for part in (title, row.hit.snippet if row and row.hit else "") if part)
        if event.type() == QEvent.Type.ToolTip and words:
            QToolTip.showText(event.globalPos(), plain_tip(words), view)
            return True
        return super().helpEvent(event, view, option, index)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: Row = index.data(ROW_ROLE)
        area = QRect(option.rect)  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.conversation is None:
            if row.heading is Heading.FOLDER:
                _paint_ground(painter, option, area)
            _paint_heading(painter, area, row)
        else:
            _paint_ground(painter, option, area)
            inner = area.adjusted(8, 0, -8, 0)
            if row.hit:
                _paint_hit(painter, inner, row.hit)
            elif row.conversation.pinned or not row.folder:
                _paint_title(painter, inner, row.conversation, dated=row.conversation.pinned)
            else:
                _paint_title(painter, inner.adjusted(INDENT, 0, 0, 0), row.conversation, dated=True)
        painter.restore()


def _paint_ground(painter: QPainter, option: QStyleOptionViewItem, area: QRect) -> None:
    now = colours()
    state = option.state  # type: ignore[attr-defined]
    chosen = bool(state & QStyle.StateFlag.State_Selected)
    if chosen or state & QStyle.StateFlag.State_MouseOver:
        painter.setBrush(QColor(now.accent_soft if chosen else now.hover))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(area, RADIUS, RADIUS)
    if state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QColor(now.focus))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # Half a pixel further out would not be painted over when the focus goes.
        painter.drawRoundedRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)


def _paint_heading(painter: QPainter, area: QRect, row: Row) -> None:
    now = colours()
    painter.setPen(QColor(now.secondary))
    painter.setFont(font("group"))
    if row.heading is not Heading.FOLDER:
        words = tr("Pinned") if row.heading is Heading.PINNED else figures.day(row.day, time.time())
        painter.drawText(area.adjusted(8, 6, 0, 0), _VCENTRE, words)
        return
    middle = area.top() + (area.height() - 14) // 2
    draw_icon(
        painter, "right" if row.closed else "down", QRect(area.left() + 6, middle, 14, 14), now.secondary
    )
    count = figures.count(row.count)
    painter.drawText(area.adjusted(0, 0, -8, 0), _VCENTRE | _RIGHT, count)
    taken = painter.fontMetrics().horizontalAdvance(count) + 16
    painter.setPen(QColor(now.text))
    _paint_elided(painter, area.adjusted(26, 0, -taken, 0), row.folder)


def _paint_title(painter: QPainter, area: QRect, conversation: Conversation, *, dated: bool) -> None:
    """The title, and at the right when it was last written to; `dated` where no heading says the day."""
    now = colours()
    painter.setFont(font("secondary"))
    painter.setPen(QColor(now.secondary))
    moment = conversation.updated
    when = figures.lately(moment, time.time()) if dated else figures.clock(moment)
    painter.drawText(area, _VCENTRE | _RIGHT, when)
    taken = painter.fontMetrics().horizontalAdvance(when) + 12
    painter.setFont(font("body"))
    painter.setPen(QColor(now.text))
    _paint_elided(painter, area.adjusted(0, 0, -taken, 0), conversation.title or tr("New conversation"))


def _paint_hit(painter: QPainter, area: QRect, hit: Hit) -> None:
    """The title over the words that were found; the title alone where it has them."""
    if not hit.snippet:
        _paint_title(painter, area, hit.conversation, dated=True)
        return
    top = QRect(area.left(), area.top() + 4, area.width(), 20)
    _paint_title(painter, top, hit.conversation, dated=True)
    painter.setFont(font("secondary"))
    below = QRect(area.left(), top.bottom() + 1, area.width(), 20)
    draw_marked(painter, below, hit.snippet, hit.marks)


def _paint_elided(painter: QPainter, area: QRect, text: str) -> None:
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, _VCENTRE | Qt.AlignmentFlag.AlignLeft, shown)
