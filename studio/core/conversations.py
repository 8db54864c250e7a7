"""Conversations as everyone above the store sees them: trees of messages, and what was given with them."""

from enum import StrEnum
from pathlib import Path
from typing import Literal

import msgspec

from studio.core.personas import Persona

MessageRole = Literal["user", "assistant", "summary", "picture"]


class Conversation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One tree of messages, and what is said once for all of them.

    Attributes:
        title: what the list calls it; empty before the first message.
        named: the person gave the title, so no suggestion takes its place.
        created, updated: in Unix seconds.
        system: how the model is to answer.
        notes: what the model is to know in every answer.
        persona: who answers, as it was when it was chosen.
        folder: the name of the folder that it lies in; empty for none.
        pinned: stands above the others.
        leaf: the last message of the branch that is shown; None while empty.
    """

    id: str
    title: str = ""
    named: bool = False
    created: float
    updated: float
    system: str = ""
    notes: str = ""
    persona: Persona | None = None
    folder: str = ""
    pinned: bool = False
    leaf: str | None = None
    trashed: bool = False


class MessageState(StrEnum):
    COMPLETE = "complete"
    STREAMING = "streaming"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


class Attachment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that was given with a message.

    Attributes:
        name: of the file.
        text: what the model reads of it; empty for a picture.
        picture: of a picture, its copy, relative to the library, with `/`.
        size_bytes: of the file.
        cut: the text is only the beginning of it.
    """

    id: str
    name: str
    text: str = ""
    picture: str = ""
    size_bytes: int = 0
    cut: bool = False


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One node of a conversation's tree; siblings share `parent`.

    A `summary` is no part of a branch: it stands beside the tree below the last message that it sums up, and
    where it is not `excluded` the model reads it in the place of all messages up to that one. A `picture` is
    part of its branch, with the prompt as its text; no model reads it.

    Attributes:
        attachments: read before the text.
        pinned: read by the model however little room there is.
        excluded: shown, and not read by the model.
        persona: the name of the one who answered, as it was then; empty where the model answered as itself.
        assets: the pictures that came of it, by their ids in the library.
        finish: why the answer ended, `stop` or `length`; empty where that is not known.
    """

    id: str
    conversation: str
    parent: str | None
    role: MessageRole
    text: str
    created: float
    state: MessageState = MessageState.COMPLETE
    model: str = ""
    persona: str = ""
    job: str = ""
    tokens: int = 0
    seconds: float = 0.0
    attachments: tuple[Attachment, ...] = ()
    pinned: bool = False
    excluded: bool = False
    assets: tuple[str, ...] = ()
    finish: str = ""

    @property
    def cut_short(self) -> bool:
        """It is an answer that was broken off, or is as long as it might be; it can go on."""
        broken = self.state in (MessageState.STOPPED, MessageState.INTERRUPTED, MessageState.FAILED)
        return self.role == "assistant" and bool(self.text) and (broken or self.finish == "length")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says to a model: words, files, or both."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that was found.

    Attributes:
        message: the newest message in it with the words; empty where only the title has them.
        snippet: some of that message, around the words.
        marks: where the words stand in the snippet, from the first character to the one after the last.
    """

    conversation: Conversation
    message: str = ""
    snippet: str = ""
    marks: tuple[tuple[int, int], ...] = ()


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """A file of conversations that lies on the disk; `left_pictures` had no room in it."""

    path: Path
    size_bytes: int = 0
    left_pictures: int = 0


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a file of conversations.

    Attributes:
        left_out: conversations that could not be read, or not to the end.
        left_messages: in the others; of tools, say.
        left_pictures: damaged ones.
    """

    conversations: tuple[Conversation, ...]
    left_out: int = 0
    left_messages: int = 0
    left_pictures: int = 0


class TokensAdded(msgspec.Struct, frozen=True, kw_only=True):
    """Words that are in the journal and may be shown. `count`: tokens of the answer so far."""

    conversation: str
    message: str
    text: str
    count: int


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """The path from the root to the leaf, and for each message its siblings' ids, its own among them.

    Attributes:
        summaries: those that stand below a message of the path, by that message's id; the newest of each.
        whole: it does begin at the root; of a long one the oldest messages may have been left out.
    """

    conversation: Conversation
    messages: tuple[Message, ...]
    siblings: dict[str, tuple[str, ...]]
    summaries: dict[str, Message] = {}
    whole: bool = True
