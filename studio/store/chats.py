"""Conversations as trees of messages, and the journal that holds an answer while it streams."""

import json
import time
from collections.abc import Sequence
from typing import Any

import apsw
import msgspec

from studio.core.conversations import Branch, Conversation, Hit, Message, MessageState, TokensAdded
from studio.core.errors import NotFound
from studio.core.jobs import JobState
from studio.core.personas import Persona
from studio.store.chat_rows import column, conversation_rows, message_rows, persona_text, text_of
from studio.store.chat_search import search, searched_text
from studio.store.chat_trees import BESIDE, branch_of, copied, from_root, newest_summaries
from studio.store.transactions import fetch, hasty_transaction, transaction

_PICTURE_STATES = {
    JobState.DONE: MessageState.COMPLETE,
    JobState.FAILED: MessageState.FAILED,
    JobState.STOPPED: MessageState.STOPPED,
    JobState.INTERRUPTED: MessageState.INTERRUPTED,
}


class Chats:
    """The conversation, message and journal tables, over one connection."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def put(self, conversation: Conversation, messages: Sequence[Message], mirrored: bool = False) -> None:
        """Write a conversation in the place of what was known of it; `mirrored` if it came from its file."""
        with transaction(self._connection):
            self.remove(conversation.id)
            self._connection.execute(
                "INSERT INTO conversation (id, title, named, created, updated, system, notes, persona,"
                " folder, pinned, leaf, trashed, changed, mirrored)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)",
                (
                    *(conversation.id, conversation.title, int(conversation.named)),
                    *(conversation.created, conversation.updated, conversation.system, conversation.notes),
                    *(persona_text(conversation.persona), conversation.folder, int(conversation.pinned)),
                    *(conversation.leaf, int(conversation.trashed), int(mirrored)),
                ),
            )
            self.put_more(messages)

    def put_more(self, messages: Sequence[Message]) -> None:
        """Messages of a conversation that was put without them."""
        with transaction(self._connection):
            for message in messages:
                self._insert(message)

    def get(self, conversation_id: str) -> Conversation | None:
        rows = conversation_rows(self._connection, "WHERE id = ?", (conversation_id,))
        return rows[0] if rows else None

    def recent(self, trashed: bool = False, limit: int = 1000, offset: int = 0) -> list[Conversation]:
        """The pinned ones first, and of each kind the last written to first."""
        return conversation_rows(
            self._connection,
            "WHERE trashed = ? ORDER BY conversation.pinned DESC, updated DESC LIMIT ? OFFSET ?",
            (int(trashed), limit, offset),
        )

    def folders(self) -> list[str]:
        """The names of the folders in which conversations lie, by name."""
        rows = fetch(
            self._connection,
            "SELECT DISTINCT folder FROM conversation WHERE folder <> '' AND trashed = 0 ORDER BY folder",
        )
        return [name for (name,) in rows]

    def rename_folder(self, old: str, new: str) -> list[Conversation]:
        """Those that lay in it, the trashed ones too; a folder of the new name takes them up."""
        with transaction(self._connection):
            ids = fetch(
                self._connection, "SELECT id FROM conversation WHERE folder = ? AND trashed < 2", (old,)
            )
            return [self.set_folder(conversation_id, new) for (conversation_id,) in ids]

    def remove_folder(self, name: str) -> list[Conversation]:
        """Those that lay in it; they lie in none now."""
        return self.rename_folder(name, "")

    def search(self, text: str, limit: int = 50, offset: int = 0) -> tuple[Hit, ...]:
        """See `chat_search.search`."""
        return search(self._connection, text, limit, offset)

    def add_message(self, message: Message) -> None:
        """Add the message and show the branch that it ends. Raises NotFound without its conversation."""
        with transaction(self._connection):
            self._known(message.conversation)
            self._insert(message)
            if message.role == BESIDE:
                self._touch(message.conversation, "updated = ?", (message.created,))
            else:
                self._touch(message.conversation, "leaf = ?, updated = ?", (message.id, message.created))

    def message(self, message_id: str) -> Message | None:
        rows = message_rows(self._connection, "WHERE message.id = ?", (message_id,))
        return rows[0] if rows else None

    def messages(self, conversation_id: str) -> list[Message]:
        """The whole tree, oldest first."""
        return message_rows(
            self._connection, "WHERE conversation = ? ORDER BY created, id", (conversation_id,)
        )

    def branch(self, conversation_id: str, leaf: str | None = None, last: int | None = None) -> Branch:
        """The path from the root to `leaf`, or to the leaf that is shown; at most the `last` messages of it.

        Raises NotFound.
        """
        conversation = self._known(conversation_id)
        end = leaf or conversation.leaf
        if last is None:
            return branch_of(conversation, self.messages(conversation_id), end)
        # UNION, not UNION ALL: a tree from a damaged file may bite its own tail. With + the path is walked,
        # rather than the whole conversation read.
        rows = message_rows(
            self._connection,
            "WHERE message.id IN (WITH RECURSIVE path (id) AS ("
            "  SELECT ?1 UNION SELECT parent FROM message JOIN path USING (id) LIMIT ?3"
            ") SELECT id FROM path) AND +conversation = ?2",
            (end, conversation_id, last + 1),  # one more, to know whether there is
        )
        path = from_root(rows, end)
        messages = path[-last:]
        siblings = self._children(conversation_id, [message.parent for message in messages])
        return Branch(
            conversation=conversation,
            messages=messages,
            siblings={message.id: siblings.get(message.parent, (message.id,)) for message in messages},
            summaries=self._summaries(conversation_id, [message.id for message in path]),
            whole=len(messages) == len(path),
        )

    def fork(self, conversation_id: str, message_id: str) -> Conversation:
        """Copy the path up to and with this message into a conversation of its own, with the summaries below
        it; nothing of the copy refers to the old one. Raises NotFound."""
        with transaction(self._connection):
            branch = self.branch(conversation_id, message_id)
            if not branch.messages or branch.messages[-1].role == BESIDE:
                raise NotFound(name=message_id)
            copy, messages = copied(branch)
            self.put(copy, messages)
            return copy

    def show(self, conversation_id: str, message_id: str) -> Conversation:
        """Show the branch through a message: down to the newest of its descendants. Raises NotFound."""
        with transaction(self._connection):
            children = self._children(conversation_id)
            if not any(message_id in ids for ids in children.values()):
                raise NotFound(name=message_id)
            leaf, seen = message_id, {message_id}
            while leaf in children and children[leaf][-1] not in seen:
                leaf = children[leaf][-1]
                seen.add(leaf)
            return self._touch(conversation_id, "leaf = ?", (leaf,))

    def rename(self, conversation_id: str, title: str, named: bool = True) -> Conversation:
        """`named`: by the person, and not to be changed by a suggestion."""
        return self._touch(conversation_id, "title = ?, named = ?", (title, int(named)))

    def set_system(self, conversation_id: str, system: str) -> Conversation:
        return self._touch(conversation_id, "system = ?", (system,))

    def set_notes(self, conversation_id: str, notes: str) -> Conversation:
        return self._touch(conversation_id, "notes = ?", (notes,))

    def set_persona(self, conversation_id: str, persona: Persona | None) -> Conversation:
        return self._touch(conversation_id, "persona = ?", (persona_text(persona),))

    def set_folder(self, conversation_id: str, folder: str) -> Conversation:
        return self._touch(conversation_id, "folder = ?", (folder,))

    def set_pinned(self, conversation_id: str, on: bool) -> Conversation:
        return self._touch(conversation_id, "pinned = ?", (int(on),))

    def set_trashed(self, conversation_id: str, on: bool) -> Conversation:
        return self._touch(conversation_id, "trashed = ?", (int(on),))

    def change_message(self, message_id: str, **fields: Any) -> Message:
        """Change fields of a message that is there, by the names of `Message`; the text of one that streams
        is its job's alone. Raises NotFound."""
        with transaction(self._connection):
            message = self.message(message_id)
            if message is None:
                raise NotFound(name=message_id)
            changed = msgspec.structs.replace(message, **fields)
            values = {name: column(getattr(changed, name)) for name in fields}
            self._connection.execute(
                f"UPDATE message SET {', '.join(f'{name} = ?' for name in values)} WHERE id = ?",
                (*values.values(), message_id),
            )
            if "text" in fields or "attachments" in fields:
                self._index(changed)
            self._touch(message.conversation, "updated = updated", ())
            return changed

    def remove(self, conversation_id: str) -> None:
        with transaction(self._connection):
            self._connection.execute(
                "DELETE FROM message_text WHERE rowid IN (SELECT key FROM message WHERE conversation = ?)",
                (conversation_id,),
            )
            self._connection.execute("DELETE FROM conversation WHERE id = ?", (conversation_id,))

    def append_tokens(self, batches: Sequence[TokensAdded]) -> None:
        """Journal the next words of answers, each if it is still there, all together or none."""
        with hasty_transaction(self._connection):
            for words in batches:
                self._connection.execute(
                    "INSERT INTO journal (message, text) SELECT id, ?2 FROM message WHERE id = ?1",
                    (words.message, words.text),
                )
                self._connection.execute(
                    "UPDATE message SET tokens = ? WHERE id = ?", (words.count, words.message)
                )

    def finish(
        self,
        message_id: str,
        state: MessageState,
        text: str | None = None,
        tokens: int | None = None,
        seconds: float = 0.0,
        finish: str = "",
    ) -> Message:
        """End a streaming answer: `text` is the whole of it, None leaves what was journaled."""
        with transaction(self._connection):
            message = self.message(message_id)
            if message is None:
                raise NotFound(name=message_id)
            whole = message.text if text is None else text
            self._connection.execute(
                "UPDATE message SET state = ?, text = ?, tokens = ?, seconds = ?, finish = ? WHERE id = ?",
                (
                    *(state.value, whole, message.tokens if tokens is None else tokens),
                    *(message.seconds + seconds, finish, message_id),  # it may have gone on
                ),
            )
            self._connection.execute("DELETE FROM journal WHERE message = ?", (message_id,))
            self._index(msgspec.structs.replace(message, text=whole))
            self._touch(message.conversation, "updated = ?", (time.time(),))
            return self.message(message_id) or message

    def settle_pictures(self) -> list[Message]:
        """Bring the messages that wait for a picture up to what became of its job; those that changed."""
        rows = fetch(
            self._connection,
            "SELECT message.id, job.state,"
            " (SELECT json_group_array(id) FROM (SELECT id FROM asset WHERE asset.job = job.id ORDER BY key))"
            " FROM message JOIN job ON job.id = message.job AND job.lane = 'image'"
            " WHERE message.state = 'streaming' AND role = 'picture'",
        )
        settled: list[Message] = []
        for message_id, state, found in rows:
            message, assets = self.message(message_id), tuple[str, ...](json.loads(found))
            ended = _PICTURE_STATES.get(JobState(state), MessageState.STREAMING)
            if message and (message.assets, message.state) != (assets, ended):
                settled.append(self.change_message(message_id, assets=assets, state=ended))
        return settled

    def await_pictures(self, jobs: Sequence[str]) -> list[Message]:
        """The messages of these jobs wait for their pictures once more."""
        rows = fetch(
            self._connection,
            "SELECT id FROM message WHERE role = 'picture' AND state <> 'streaming'"
            " AND job IN (SELECT value FROM json_each(?))",
            (json.dumps(jobs),),
        )
        return [self.change_message(message_id, state=MessageState.STREAMING) for (message_id,) in rows]

    def interrupt(self) -> list[Message]:
        """Mark the answers whose job is no longer alive as interrupted; what had arrived of them stays."""
        rows = fetch(
            self._connection,
            "SELECT id FROM message WHERE state = 'streaming' AND NOT EXISTS"
            " (SELECT 1 FROM job WHERE job.id = message.job AND job.state IN ('pending', 'running'))",
        )
        return [self.finish(message_id, MessageState.INTERRUPTED) for (message_id,) in rows]

    def dirty(self) -> dict[str, int]:
        """The conversations that changed since they were mirrored, each with the number of its change."""
        return dict(fetch(self._connection, "SELECT id, changed FROM conversation WHERE changed <> mirrored"))

    def set_mirrored(self, conversation_id: str, change: int) -> None:
        with transaction(self._connection):
            self._connection.execute(
                "UPDATE conversation SET mirrored = ? WHERE id = ?", (change, conversation_id)
            )

    def busy(self, conversation_id: str) -> bool:
        """Whether the database knows more than the file: it changed since, or an answer streams into it."""
        return bool(
            fetch(
                self._connection,
                "SELECT 1 FROM conversation WHERE id = ?1 AND (changed <> mirrored OR EXISTS"
                " (SELECT 1 FROM message WHERE conversation = ?1 AND state = 'streaming'))",
                (conversation_id,),
            )
        )

    def ids(self) -> set[str]:
        """Of all that are whole."""
        return {row[0] for row in fetch(self._connection, "SELECT id FROM conversation WHERE trashed < 2")}

    def _insert(self, message: Message) -> None:
        key = self._free_key(message.created)
        self._connection.execute(
            "INSERT INTO message (key, id, conversation, parent, role, text, created, state, model, persona,"
            " job, tokens, seconds, attachments, pinned, excluded, assets, finish)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(key, message.id, message.conversation, message.parent, message.role, message.text),
                *(message.created, message.state.value, message.model, message.persona, message.job),
                *(message.tokens, message.seconds, text_of(message.attachments), int(message.pinned)),
                *(int(message.excluded), text_of(message.assets), message.finish),
            ),
        )
        self._put_text(key, message)

    def _free_key(self, created: float) -> int:
        """The time of saying in milliseconds above 20 bits that count: newest first is key descending, for
        the full-text index too, whenever a conversation came here."""
        first = int(1000 * created) << 20
        [(key,)] = fetch(
            self._connection,
            "SELECT ifnull(max(key) + 1, ?1) FROM message WHERE key BETWEEN ?1 AND ?1 + (1 << 20) - 1",
            (first,),
        )
        return key

    def _index(self, message: Message) -> None:
        """After its text or its files have changed."""
        [(key,)] = fetch(self._connection, "SELECT key FROM message WHERE id = ?", (message.id,))
        self._connection.execute("DELETE FROM message_text WHERE rowid = ?", (key,))
        self._put_text(key, message)

    def _put_text(self, key: int, message: Message) -> None:
        if message.role != BESIDE:  # what it sums up is found itself
            text = searched_text(message)
            self._connection.execute("INSERT INTO message_text (rowid, text) VALUES (?, ?)", (key, text))

    def _touch(self, conversation_id: str, assignments: str, values: Sequence[Any]) -> Conversation:
        with transaction(self._connection):
            self._connection.execute(
                f"UPDATE conversation SET {assignments}, changed = changed + 1 WHERE id = ?",
                (*values, conversation_id),
            )
            return self._known(conversation_id)

    def _children(
        self, conversation_id: str, parents: Sequence[str | None] | None = None
    ) -> dict[str | None, tuple[str, ...]]:
        """The children of these messages, or of all, oldest first; None as a parent is the beginning."""
        if parents is None:
            rows = fetch(
                self._connection,
                f"SELECT parent, id FROM message WHERE conversation = ? AND role <> '{BESIDE}'"
                " ORDER BY created, id",
                (conversation_id,),
            )
        else:
            rows = fetch(
                self._connection,
                "SELECT message.parent, message.id FROM json_each(?2) CROSS JOIN message"
                " ON conversation = ?1 AND message.parent IS value"
                f" WHERE role <> '{BESIDE}' ORDER BY created, message.id",
                (conversation_id, json.dumps(parents)),
            )
        children: dict[str | None, list[str]] = {}
        for parent, message_id in rows:
            children.setdefault(parent, []).append(message_id)
        return {parent: tuple(ids) for parent, ids in children.items()}

    def _summaries(self, conversation_id: str, parents: Sequence[str]) -> dict[str, Message]:
        """The newest summary below each of these messages, where there is one."""
        found = message_rows(
            self._connection,
            f"WHERE conversation = ?1 AND role = '{BESIDE}' AND message.parent IN"
            " (SELECT value FROM json_each(?2)) ORDER BY message.created, message.id",
            (conversation_id, json.dumps(parents)),
        )
        return newest_summaries(found)

    def _known(self, conversation_id: str) -> Conversation:
        conversation = self.get(conversation_id)
        if conversation is None:
            raise NotFound(name=conversation_id)
        return conversation
