"""Conversations that come into the library in slices, and are there for nobody before they are whole.

In the database such a one is in neither list (`trashed` is 2), has no file yet, and has a row in `about` that
says which process brings it. Where that process has died, what there is of it goes at the next start.
"""

from collections.abc import Collection, Sequence

import apsw

from studio.core.conversations import Conversation, Message
from studio.store.chats import Chats
from studio.store.transactions import fetch, transaction

_NAME = "arriving "  # in `about`, before the conversation's id


class Arrivals:
    """Those of one database, over one connection; `instance` is the process that brings them."""

    def __init__(self, connection: apsw.Connection, chats: Chats, instance: str) -> None:
        self._connection, self._chats, self._instance = connection, chats, instance

    def begin(self, conversation: Conversation) -> None:
        """Without its messages, which `go_on` adds, each after its parent."""
        with transaction(self._connection):
            self._chats.put(conversation, [], mirrored=True)
            self._connection.execute("UPDATE conversation SET trashed = 2 WHERE id = ?", (conversation.id,))
            self._connection.execute(
                "INSERT INTO about (name, value) VALUES (?, ?)", (_NAME + conversation.id, self._instance)
            )

    def go_on(self, messages: Sequence[Message]) -> None:
        with transaction(self._connection):
            self._chats.put_more(messages)

    def end(self, conversation: Conversation) -> None:
        """It is whole. Raises NotFound."""
        with transaction(self._connection):
            self._forget(conversation.id)
            self._chats.set_trashed(conversation.id, conversation.trashed)

    def break_off(self, conversation: Conversation) -> None:
        """Nothing of it stays."""
        with transaction(self._connection):
            self._forget(conversation.id)
            self._chats.remove(conversation.id)

    def break_off_left(self, living: Collection[str]) -> tuple[str, ...]:
        """Nothing stays of what processes brought that are not among the living; the titles."""
        rows = fetch(
            self._connection,
            "SELECT conversation.id, value FROM about JOIN conversation ON name = ? || conversation.id",
            (_NAME,),
        )
        left = [self._chats.get(conversation) for conversation, instance in rows if instance not in living]
        for conversation in left:
            if conversation:
                self.break_off(conversation)
        return tuple(conversation.title for conversation in left if conversation)

    def _forget(self, conversation: str) -> None:
        self._connection.execute("DELETE FROM about WHERE name = ?", (_NAME + conversation,))
