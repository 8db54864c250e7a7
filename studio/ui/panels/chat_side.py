"""The side of Chat: search, the conversations in folders and by day, and the trash."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.panels.chat_side_actions import ChatSideActions
from studio.ui.panels.chat_side_list import ConversationView
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.header import Header, Titled
from studio.ui.widgets.labels import Label
from studio.ui.widgets.place_button import PlaceButton
from studio.viewmodels.conversation_rows import ROW_ROLE, Heading, Row
from studio.viewmodels.conversations import ConversationShelf, Place


class ChatSide(Titled):
    """Binds the list of conversations.

    Signals:
        chosen (str): the conversation to open.
        hit_chosen (str, str): the conversation to open, at this message.
        menu_wanted (str, QPoint): the menu of a conversation, at a place on the screen.
        place_chosen (Place): list the conversations that lie there.
    """

    chosen = Signal(str)
    hit_chosen = Signal(str, str)
    menu_wanted = Signal(str, QPoint)
    place_chosen = Signal(object)

    def __init__(
        self,
        shelf: ConversationShelf,
        new: QAction,
        actions: ChatSideActions,
        parent: QWidget | None = None,
    ) -> None:
        header = Header("Chat")
        body = QWidget()
        super().__init__(header, body, parent=parent)
        self._shelf, self._model, self._actions = shelf, shelf.list, actions
        self._open = ""
        self._walked = ""  # the conversation one had walked to when its row went, to come back perhaps
        self._model.rowsAboutToBeRemoved.connect(self._remember)  # before the view, which moves on
        self.more = IconButton("more", "Import and export")
        self.more.clicked.connect(self._show_files_menu)
        button = IconButton("new", "New conversation")
        button.bind(new)
        header.add(self.more)
        header.add(button)
        self.search = SearchField("Search chats", "Ctrl+F")
        self.search.textChanged.connect(self._on_searched)
        self.search.installEventFilter(self)
        self._nothing = Label("Nothing found", "secondary", "secondary", wrap=True)
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
        self.view.opened.connect(self._on_opened)
        self.view.folded.connect(self._fold)
        self.view.customContextMenuRequested.connect(self._on_menu)
        self.trash.clicked.connect(self._on_trash)
        shelf.filled.connect(self._show_shelf)
        self._show_shelf()

    def show_open(self, conversation_id: str) -> None:
        """Mark the open conversation."""
        walked, self._walked = self._walked, ""
        stays = self._is_current() or (self.view.hasFocus() and self.view.currentIndex().isValid())
        if conversation_id == self._open and stays and not walked:
            return
        walked = walked if conversation_id == self._open else ""
        self._open = conversation_id
        row = self._model.row_of(walked or conversation_id)
        if row >= 0:
            self.view.setCurrentIndex(self._model.index(row, 0))
        elif not self.view.hasFocus():  # whoever walks through the list stays where they are
            self.view.setCurrentIndex(QModelIndex())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the search down into the list, or with Enter straight to what was found first."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            first = self._first()
            if event.key() == Qt.Key.Key_Down and first.isValid():
                self.view.setFocus()
                self.view.setCurrentIndex(first)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._shelf.searched:
                self._on_opened(first)
                return True
        return super().eventFilter(watched, event)

    def _is_current(self) -> bool:
        return bool(self._open) and self._current() == self._open

    def _current(self) -> str:
        """The conversation that the list stands at; empty for none."""
        row = self._row(self.view.currentIndex())
        return row.conversation.id if row and row.conversation else ""

    def _remember(self) -> None:
        if self.view.hasFocus() and not self._walked:
            self._walked = self._current()

    def _first(self) -> QModelIndex:
        rows = (self._model.index(row, 0) for row in range(self._model.rowCount()))
        return next((index for index in rows if index.flags() & Qt.ItemFlag.ItemIsEnabled), QModelIndex())

    def _row(self, index: QModelIndex) -> Row | None:
        return index.data(ROW_ROLE) if index.isValid() else None

    def _on_searched(self, text: str) -> None:
        self._shelf.search(text)
        self.view.scrollToTop()

    def _on_opened(self, index: QModelIndex) -> None:
        row = self._row(index)
        if row is None:
            return
        if row.heading is Heading.FOLDER:
            self._fold(index)
        elif row.hit and row.hit.message:
            self.hit_chosen.emit(row.hit.conversation.id, row.hit.message)
        elif row.conversation:
            self.chosen.emit(row.conversation.id)

    def _fold(self, index: QModelIndex) -> None:
        place = index.row()
        self._shelf.toggle(index.data(ROW_ROLE).folder)
        self.view.setCurrentIndex(self._model.index(place, 0))

    def _on_menu(self, place: QPoint) -> None:
        row = self._row(self.view.indexAt(place))
        at = self.view.viewport().mapToGlobal(place)
        if row is None:
            return
        if row.conversation:
            self.menu_wanted.emit(row.conversation.id, at)
        elif row.heading is Heading.FOLDER:
            self._actions.folder_menu(row.folder).popup(at)

    def _show_files_menu(self) -> None:
        self._actions.files_menu().popup(self.more.mapToGlobal(QPoint(0, self.more.height() + 2)))

    def _on_trash(self, on: bool) -> None:
        self.place_chosen.emit(Place.TRASH if on else Place.ALL)

    def _show_shelf(self) -> None:
        in_trash = self._shelf.place is Place.TRASH
        self.trash.setChecked(in_trash)
        self.trash.show_count(self._shelf.in_trash)
        self.search.setEnabled(not in_trash)
        if in_trash:
            self._nothing.say("The trash is empty")
        elif self._shelf.searched:
            self._nothing.say("Nothing found")
        else:
            self._nothing.say("Your conversations will be listed here. They stay on this machine.")
        self._nothing.setVisible(not self._shelf.looking and self._model.rowCount() == 0)
        if not self._is_current():  # the list marks a neighbour of what goes, and that is not open
            self.view.selectionModel().clearSelection()
