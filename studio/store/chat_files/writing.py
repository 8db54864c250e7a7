"""Writing conversations into a file of the person's choice, whole or not at all."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from studio.core.conversations import Conversation, Message
from studio.core.errors import NotFound
from studio.media.durable import whole_file
from studio.store.chat_files.markdown import as_markdown
from studio.store.chat_files.ours import written
from studio.store.chats import Chats

Form = Literal["markdown", "json"]


def export_talks(chats: Chats, ids: Sequence[str], target: Path, form: Form) -> Path:
    """These conversations in one file. Raises NotFound, DiskFull, FileUnwritable."""
    with whole_file(target) as file:
        if form == "json":
            file.writelines(written(_talks(chats, ids)))
            return target
        for number, talk in enumerate(_talks(chats, ids)):
            file.write((("\n---\n\n" if number else "") + as_markdown(*talk)).encode())
    return target


def _talks(chats: Chats, ids: Sequence[str]) -> Iterator[tuple[Conversation, list[Message]]]:
    for conversation_id in ids:
        conversation = chats.get(conversation_id)
        if conversation is None:
            raise NotFound(name=conversation_id)
        yield conversation, chats.messages(conversation_id)
