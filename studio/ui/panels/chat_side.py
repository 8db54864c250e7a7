"""The side of Chat: search, the conversations by day, and the trash."""

import time

from PySide6.QtCore import QModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.core.conversations import Conversation
from studio.ui import figures
from studio.ui.i18n import tr
from studio.ui.theme import RADIUS, ROW, colours, font
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.header import Header, Titled
from studio.ui.widgets.labels import Label
from studio.ui.widgets.naming import call
from studio.ui.widgets.place_button import PlaceButton
from studio.viewmodels.conversations import (
    CAPTION_ROLE,
    CONVERSATION_ROLE,
    ConversationShelf,
    Index,
    Place,
)

CAPTION = 28


class ChatSide(Titled):
    """Binds the list of conversations.

    Signals:
        chosen (str): the conversation to open.
        menu_wanted (str, QPoint): the menu of a conversation, at a place on the screen.
        place_chosen (Place): list the conversations that lie there.
    """

    chosen = Signal(str)
    menu_wanted = Signal(str, QPoint)
    place_chosen = Signal(object)

    def __init__(self, shelf: ConversationShelf, new: QAction, parent: QWidget | None = None) -> None:
        header = Header("Chat")
        body = QWidget()
        super().__init__(header, body, parent=parent)
        self._shelf, self._model = shelf, shelf.list
        button = IconButton("new", "New conversation")
        button.bind(new)
        header.add(button)
        self.search = SearchField("Search chats", "Ctrl+F")
        self.search.textChanged.connect(shelf.search)
        self._nothing = Label("Nothing found", "secondary", "secondary")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._nothing.hide()
        self.view = ConversationView()
        self.view.setModel(self._model)
        self.trash = PlaceButton("Trash", "trash")
        column = QVBoxLayout(body)
        column.setContentsMargins(12, 10, 12, 8)
        column.setSpacing(6)
        for widget in (self.search, self._nothing):
            column.addWidget(widget)
        column.addWidget(self.view, 1)
        column.addWidget(self.trash)
        self.view.clicked.connect(self._on_chosen)
        self.view.activated.connect(self._on_chosen)
        self.view.customContextMenuRequested.connect(self._on_menu)
        self.trash.clicked.connect(self._on_trash)
        shelf.filled.connect(self._show_shelf)
        self._show_shelf()

    def show_open(self, conversation_id: str) -> None:
        """Mark the open conversation."""
        row = self._model.row_of(conversation_id)
        index = self._model.index(row, 0) if row >= 0 else QModelIndex()
        self.view.setCurrentIndex(index)

    def _on_chosen(self, index: QModelIndex) -> None:
        conversation: Conversation | None = index.data(CONVERSATION_ROLE)
        if conversation is not None:
            self.chosen.emit(conversation.id)

    def _on_menu(self, place: QPoint) -> None:
        index = self.view.indexAt(place)
        conversation: Conversation | None = index.data(CONVERSATION_ROLE) if index.isValid() else None
        if conversation is not None:
            self.menu_wanted.emit(conversation.id, self.view.viewport().mapToGlobal(place))

    def _on_trash(self, on: bool) -> None:
        self.place_chosen.emit(Place.TRASH if on else Place.ALL)

    def _show_shelf(self) -> None:
        in_trash = self._shelf.place is Place.TRASH
        self.trash.setChecked(in_trash)
        self.trash.show_count(self._shelf.in_trash)
        self.search.setEnabled(not in_trash)
        self._nothing.say("The trash is empty" if in_trash else "Nothing found")
        looked = in_trash or bool(self.search.text().strip())
        self._nothing.setVisible(looked and self._model.rowCount() == 0)


class ConversationView(QListView):
    """The list itself."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setItemDelegate(_Rows(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        call(self, "Conversations")


class _Rows(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, ROW if index.data(CONVERSATION_ROLE) else CAPTION)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        now = colours()
        conversation: Conversation | None = index.data(CONVERSATION_ROLE)
        area = QRect(option.rect)  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if conversation is None:
            painter.setFont(font("group"))
            painter.setPen(QColor(now.secondary))
            words = figures.day(index.data(CAPTION_ROLE), time.time())
            painter.drawText(area.adjusted(4, 6, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
        else:
            self._paint_row(painter, option, area, conversation)
        painter.restore()

    def _paint_row(
        self, painter: QPainter, option: QStyleOptionViewItem, area: QRect, conversation: Conversation
    ) -> None:
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
            painter.drawRoundedRect(area.adjusted(0, 0, -1, -1), RADIUS, RADIUS)
        inner = area.adjusted(8, 0, -8, 0)
        painter.setFont(font("secondary"))
        when = figures.clock(conversation.updated)
        room = painter.fontMetrics().horizontalAdvance(when) + 12
        painter.setPen(QColor(now.secondary))
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, when)
        painter.setFont(font("body"))
        painter.setPen(QColor(now.text))
        title = conversation.title or tr("New conversation")
        width = inner.width() - room
        shown = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, width)
        left = QRect(inner.left(), inner.top(), width, inner.height())
        painter.drawText(left, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
