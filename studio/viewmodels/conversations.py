"""The conversations at the side of Chat, with a caption before each day; searched while one types."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from studio.core.conversations import Conversation
from studio.session import Session
from studio.viewmodels.latest import Latest

Index = QModelIndex | QPersistentModelIndex
CONVERSATION_ROLE = Qt.ItemDataRole.UserRole + 1
CAPTION_ROLE = Qt.ItemDataRole.UserRole + 2


class Place(StrEnum):
    ALL = "all"
    TRASH = "trash"


class Row(msgspec.Struct, frozen=True):
    """A conversation, or the time (seconds since 1970) of a day whose caption stands here."""

    conversation: Conversation | None
    day: float = 0.0


class ConversationList(QAbstractListModel):
    """Rows for a list view; captions cannot be chosen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []

    def fill(self, conversations: list[Conversation]) -> None:
        """These, the last changed first."""
        rows: list[Row] = []
        day = -1
        for conversation in conversations:
            if (here := _day_of(conversation.updated)) != day:
                day = here
                rows.append(Row(None, conversation.updated))
            rows.append(Row(conversation))
        if rows == self._rows:
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def row_of(self, conversation_id: str) -> int:
        """-1 where it is not listed."""
        ids = [row.conversation.id if row.conversation else None for row in self._rows]
        return ids.index(conversation_id) if conversation_id in ids else -1

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.conversation.title if row.conversation else None
            case _ if role == CONVERSATION_ROLE:
                return row.conversation
            case _ if role == CAPTION_ROLE:
                return row.day
            case _:
                return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self._rows[index.row()].conversation is None:
            return Qt.ItemFlag.NoItemFlags
        return super().flags(index)


class ConversationShelf(QObject):
    """Which of them are listed.

    Attributes:
        list: the rows.
        place: where they lie.
        in_trash: how many lie in the trash.

    Signals:
        filled: the rows, the place or the count may be other ones.
    """

    filled = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._searched = ""
        self.list = ConversationList(self)
        self.place = Place.ALL
        self.in_trash = 0
        self._found = Latest(self)
        self._found.arrived.connect(self._show)

    def go(self, place: Place) -> None:
        self.place = place
        self.fill()

    def search(self, text: str) -> None:
        """List only conversations with these words; all of them for none. The trash is not searched."""
        self._searched = text.strip()
        self.fill()

    def fill(self) -> None:
        """Read the rows anew."""
        trashed = self._session.chats.trashed()
        self.in_trash = len(trashed)
        if self._searched and self.place is Place.ALL:
            self._found.ask(self._session.chats.search(self._searched))
            return
        self._found.forget()
        self._show(trashed if self.place is Place.TRASH else self._session.chats.recent())

    def _show(self, conversations: list[Conversation]) -> None:
        self.list.fill(conversations)
        self.filled.emit()


def _day_of(moment: float) -> int:
    return datetime.fromtimestamp(moment).toordinal()
