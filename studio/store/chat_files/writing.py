"""Writing conversations into a file of the person's choice, whole or not at all."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from studio.core.conversations import Conversation, Exported, Message
from studio.core.errors import NotFound
from studio.media.durable import whole_file
from studio.store.chat_files.markdown import as_markdown
from studio.store.chat_files.ours import written
from studio.store.chat_files.pictures import Beside, Carried, Source
from studio.store.chats import Chats

Form = Literal["markdown", "json"]


def export_talks(source: Source, ids: Sequence[str], target: Path, form: Form) -> Exported:
    """These conversations in one file; pictures are in it, or in a folder beside a text. Raises NotFound,
    DiskFull, FileUnwritable."""
    talks = _talks(source.chats, ids)
    if form == "json":
        carried = Carried(source.library)
        with whole_file(target) as file:
            file.writelines(written(talks, carried))
            return Exported(path=target, size_bytes=file.tell(), left_pictures=carried.left)
    beside = Beside(source, target)
    try:
        with whole_file(target) as file:
            for number, talk in enumerate(talks):
                file.write((("\n---\n\n" if number else "") + as_markdown(*talk, beside)).encode())
            return Exported(path=target, size_bytes=file.tell())
    except BaseException:
        beside.undo()
        raise


def _talks(chats: Chats, ids: Sequence[str]) -> Iterator[tuple[Conversation, list[Message]]]:
    for conversation_id in ids:
        conversation = chats.get(conversation_id)
        if conversation is None:
            raise NotFound(name=conversation_id)
        yield conversation, chats.messages(conversation_id)
