"""Conversations as files in the library: one `<id>.jsonl` each, its head first and then its messages.

The database has them first; a mirror is written when there is nothing else to do, and holds all that brings
the conversation back: the tree, what state each message is in, titles, system prompt, trash.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from studio.core.conversations import Conversation, Message
from studio.media.durable import whole_file
from studio.store.chat_files.tree import MOST_TOKENS, line, moment
from studio.store.layout import is_given_picture, is_id


class Mirrors:
    """The conversation files of one library."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, conversation: Conversation, messages: Sequence[Message]) -> None:
        """Replace the conversation's file, whole or not at all. Raises DiskFull, FileUnwritable."""
        with whole_file(self._folder / f"{conversation.id}.jsonl") as file:
            file.write(msgspec.json.encode(conversation) + b"\n")
            file.writelines(msgspec.json.encode(message) + b"\n" for message in messages)

    def read(self, conversation_id: str) -> tuple[Conversation, list[Message]] | None:
        """The conversation as its file has it, without messages that cannot be read; None without a head."""
        try:
            file = self._folder / f"{conversation_id}.jsonl"
            if not file.is_file():  # a pipe would be waited for without end
                return None
            head, *lines = file.read_bytes().splitlines()
            conversation = msgspec.json.decode(head, type=Conversation)
        except (OSError, ValueError, RecursionError):
            return None
        if conversation.id != conversation_id:
            return None
        messages = [message for message in _messages(lines) if message.conversation == conversation_id]
        return _bounded_head(conversation), messages

    def ids(self) -> set[str]:
        return {file.stem for file in self._folder.glob("*.jsonl") if is_id(file.stem)}

    def remove(self, conversation_id: str) -> None:
        (self._folder / f"{conversation_id}.jsonl").unlink(missing_ok=True)


def _messages(lines: Sequence[bytes]) -> Iterator[Message]:
    decoder = msgspec.json.Decoder(Message)
    for one in lines:
        try:
            yield _bounded(decoder.decode(one))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue


def _bounded_head(conversation: Conversation) -> Conversation:
    """With names as lists can show them: anybody may have changed the file. What is said stays as it is."""
    persona = conversation.persona
    return msgspec.structs.replace(
        conversation,
        title=line(conversation.title),
        created=moment(conversation.created),
        updated=moment(conversation.updated),
        persona=persona and msgspec.structs.replace(persona, name=line(persona.name)),
        folder=line(conversation.folder),
    )


def _bounded(message: Message) -> Message:
    """With moments and numbers that there can be, and pictures of this library alone: no file makes us read,
    or show, what lies anywhere else."""
    files = tuple(
        msgspec.structs.replace(
            file,
            name=line(file.name),
            picture=file.picture if is_given_picture(file.picture) else "",
        )
        for file in message.attachments
    )
    return msgspec.structs.replace(
        message,
        model=line(message.model),
        persona=line(message.persona),
        finish=line(message.finish),
        created=moment(message.created),
        tokens=min(max(message.tokens, 0), MOST_TOKENS),
        seconds=moment(message.seconds),
        attachments=files,
    )
