"""A conversation's messages as a tree: the path to a leaf, what stands beside it, and a copy of it."""

import time
from collections.abc import Iterable, Sequence

import msgspec

from studio.core.conversations import Branch, Conversation, Message, MessageState
from studio.core.ids import new_id

BESIDE = "summary"  # the role of messages that stand beside the tree
_USABLE = (MessageState.COMPLETE, MessageState.STREAMING)


def from_root(messages: Iterable[Message], leaf: str | None) -> tuple[Message, ...]:
    """Put the messages of one path in order, by following the parents up from the leaf."""
    by_id = {message.id: message for message in messages}
    path: list[Message] = []
    while leaf in by_id:
        message = by_id.pop(leaf)
        path.append(message)
        leaf = message.parent
    return tuple(reversed(path))


def newest_summaries(found: Iterable[Message]) -> dict[str, Message]:
    """Of summaries, given oldest first, the newest below each message: one that was broken off only where
    there is no other."""
    newest: dict[str, Message] = {}
    for summary in found:
        known = newest.get(summary.parent or "")
        if summary.parent and (known is None or summary.state in _USABLE or known.state not in _USABLE):
            newest[summary.parent] = summary
    return newest


def branch_of(conversation: Conversation, tree: Sequence[Message], leaf: str | None) -> Branch:
    """The path to `leaf` in a whole tree, which is given oldest first."""
    path = from_root(tree, leaf)
    children: dict[str | None, list[str]] = {}
    summaries: list[Message] = []
    on_path = {message.id for message in path}
    for message in tree:
        if message.role != BESIDE:
            children.setdefault(message.parent, []).append(message.id)
        elif message.parent in on_path:
            summaries.append(message)
    return Branch(
        conversation=conversation,
        messages=path,
        siblings={message.id: tuple(children.get(message.parent, (message.id,))) for message in path},
        summaries=newest_summaries(summaries),
    )


def copied(branch: Branch) -> tuple[Conversation, list[Message]]:
    """A branch as a conversation of its own, with its summaries but for one of all of it, which would leave
    nothing to be seen; what streams was only begun here."""
    now, conversation_id = time.time(), new_id()
    ids = {message.id: new_id() for message in branch.messages}
    messages: list[Message] = []
    for message in branch.messages:
        messages.append(_copy(message, conversation_id, ids[message.id], ids.get(message.parent or "")))
        summary = branch.summaries.get(message.id)
        if summary and message is not branch.messages[-1]:
            messages.append(_copy(summary, conversation_id, new_id(), ids[message.id]))
    conversation = msgspec.structs.replace(
        branch.conversation,
        id=conversation_id,
        created=now,
        updated=now,
        leaf=ids[branch.messages[-1].id],
        pinned=False,
        trashed=False,
    )
    return conversation, messages


def _copy(message: Message, conversation: str, message_id: str, parent: str | None) -> Message:
    """The job is not copied: whatever becomes of it, it becomes of the message it was made for."""
    state = MessageState.INTERRUPTED if message.state is MessageState.STREAMING else message.state
    return msgspec.structs.replace(
        message, id=message_id, conversation=conversation, parent=parent, state=state, job=""
    )
