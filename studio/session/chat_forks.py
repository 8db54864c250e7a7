"""Another conversation out of one: the way to a message, with all that is said for the whole of it."""

import time

import msgspec

from studio.core.conversations import Conversation, Message, MessageState
from studio.core.errors import NotFound
from studio.core.ids import new_id
from studio.store.library import Library


def fork(library: Library, conversation_id: str, message_id: str) -> Conversation:
    """Writes and returns it. Its messages are copies, the summaries beside them too; a picture stays the same
    file. Raises NotFound."""
    branch = library.chats.branch(conversation_id, message_id)
    if not branch.messages:
        raise NotFound(name=message_id)
    now, copy_id = time.time(), new_id()
    copies: list[Message] = []
    parent: str | None = None
    for message in branch.messages:
        copies.append(_copy(message, copy_id, parent))
        parent = copies[-1].id
        if summary := branch.summaries.get(message.id):
            copies.append(_copy(summary, copy_id, parent))
    conversation = msgspec.structs.replace(
        branch.conversation, id=copy_id, created=now, updated=now, pinned=False, leaf=parent, trashed=False
    )
    library.chats.put(conversation, copies)
    return conversation


def _copy(message: Message, conversation_id: str, parent: str | None) -> Message:
    """Nobody writes on at it: of an answer under way it has what stands there now."""
    written = message.state is MessageState.STREAMING
    return msgspec.structs.replace(
        message,
        id=new_id(),
        conversation=conversation_id,
        parent=parent,
        state=MessageState.STOPPED if written else message.state,
        job="" if written else message.job,
    )
