"""The conversations at the side of Chat: which are listed, in what folders; searched while one types."""

import json
from enum import StrEnum
from operator import attrgetter

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.conversations import Conversation, Hit
from studio.session import Session
from studio.viewmodels.conversation_rows import ConversationList, Row, by_day, rows_of
from studio.viewmodels.latest import Latest
from studio.viewmodels.shell import WindowState

AT_ONCE = 1000  # of more, the rest is read in another thread
HITS = 50
CLOSED_KEY = "chat.closed_folders"


class Place(StrEnum):
    ALL = "all"
    TRASH = "trash"


class ConversationShelf(QObject):
    """Which of them are listed. What changes is told by the session; nothing is read anew for it.

    Attributes:
        list: the rows.
        place: where they lie.
        in_trash: how many lie in the trash.
        searched: the words that are searched for; empty for none.

    Signals:
        filled: the rows, the place or the count may be other ones.
    """

    filled = Signal()

    def __init__(self, session: Session, state: WindowState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._state = session, state
        self.list = ConversationList(self)
        self.place = Place.ALL
        self.searched = ""
        self._kept: dict[str, Conversation] = {}
        self._trashed: dict[str, Conversation] = {}
        self._hits: list[Hit] = []
        self._closed = _names(state.get(CLOSED_KEY))
        self._found, self._rest, self._more = Latest(self), Latest(self), Latest(self)
        self._found.arrived.connect(self._on_found)
        self._found.failed.connect(self._show)
        self._more.arrived.connect(self._on_more_found)
        self._rest.arrived.connect(self._on_rest)
        self.list.moved.connect(self.move)
        self.list.more_wanted.connect(self._find_more)
        session.chats.conversation_changed.connect(self._on_changed)
        session.chats.conversations_removed.connect(self._on_removed)

    @property
    def in_trash(self) -> int:
        return len(self._trashed)

    @property
    def looking(self) -> bool:
        """The hits are not there yet."""
        return self._found.waiting

    @property
    def folders(self) -> list[str]:
        """Those with conversations in them, by name."""
        return sorted({one.folder for one in self._kept.values() if one.folder}, key=str.casefold)

    def ids(self, folder: str | None = None) -> list[str]:
        """All conversations outside the trash, or those in a folder; the last used first."""
        return [one.id for one in _by_use(self._kept) if folder is None or one.folder == folder]

    def go(self, place: Place) -> None:
        self.place = place
        self._show()

    def search(self, text: str) -> None:
        """List only conversations with these words; all of them for none. The trash is not searched."""
        self.searched = text.strip()
        self._more.forget()
        self._hits = []
        if self.searched:
            self._found.ask(self._session.chats.search(self.searched, HITS))
        else:
            self._found.forget()
            self._show()

    def fill(self) -> None:
        """Read the rows anew."""
        recent = self._session.chats.recent()
        self._trashed = {one.id: one for one in self._session.chats.trashed()}
        self._rest.forget()
        read = {one.id: one for one in recent}
        if len(recent) < AT_ONCE:
            self._kept = read
        else:
            self._kept |= read
            self._rest.ask(self._session.chats.more(len(recent)))
        self._show()

    def toggle(self, folder: str) -> None:
        """Open a folder that is closed, or close it."""
        self._closed ^= {folder}
        self._state.put(CLOSED_KEY, json.dumps(sorted(self._closed)) if self._closed else "")
        self._show()

    def move(self, conversation: str, folder: str) -> None:
        """Put it into a folder; "" for none. Dropped where it lies, it stays."""
        known = self._kept.get(conversation)
        if known is not None and known.folder != folder:
            self._session.chats.set_folder(conversation, folder)

    def pin(self, conversation: str, on: bool) -> None:
        self._session.chats.pin(conversation, on)

    def rename_folder(self, old: str, new: str) -> None:
        self._session.chats.rename_folder(old, new)

    def remove_folder(self, name: str) -> None:
        """What lies in it lies in no folder then."""
        self._session.chats.remove_folder(name)

    def _on_changed(self, conversation: Conversation) -> None:
        here, there = self._kept, self._trashed
        if conversation.trashed:
            here, there = there, here
        there.pop(conversation.id, None)
        here[conversation.id] = conversation
        self._hits = [
            hit
            if hit.conversation.id != conversation.id
            else msgspec.structs.replace(hit, conversation=conversation)
            for hit in self._hits
            if hit.conversation.id in self._kept
        ]
        self._show()

    def _on_removed(self, ids: tuple[str, ...]) -> None:
        for conversation_id in ids:
            self._trashed.pop(conversation_id, None)
            self._kept.pop(conversation_id, None)
        self._show()

    def _on_rest(self, rest: list[Conversation]) -> None:
        self._kept |= {one.id: one for one in rest if one.id not in self._trashed}
        self._show()

    def _on_found(self, hits: tuple[Hit, ...]) -> None:
        self._hits = list(hits)
        self.list.has_more = len(hits) == HITS
        self._show()

    def _find_more(self) -> None:
        self._more.ask(self._session.chats.search(self.searched, HITS, len(self._hits)))

    def _on_more_found(self, hits: tuple[Hit, ...]) -> None:
        known = {hit.conversation.id for hit in self._hits}
        self._hits += [hit for hit in hits if hit.conversation.id not in known]
        self.list.has_more = len(hits) == HITS
        self._show()

    def _show(self) -> None:
        searching = bool(self.searched) and self.place is Place.ALL
        if searching and self.looking:
            return  # what was found before, or all of them, until then
        self.list.has_more = self.list.has_more and searching
        if searching:
            rows = [Row(conversation=hit.conversation, hit=hit) for hit in self._hits]
        elif self.place is Place.TRASH:
            rows = list(by_day(_by_use(self._trashed)))
        else:
            rows = rows_of(_by_use(self._kept), self._closed)
        self.list.fill(rows)
        self.filled.emit()


def _by_use(conversations: dict[str, Conversation]) -> list[Conversation]:
    return sorted(conversations.values(), key=attrgetter("updated"), reverse=True)


def _names(text: str) -> frozenset[str]:
    """What is remembered of folders; nothing where that is damaged."""
    try:
        return frozenset(msgspec.json.decode(text or "[]", type=tuple[str, ...]))
    except msgspec.DecodeError:
        return frozenset()
