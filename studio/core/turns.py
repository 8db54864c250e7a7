"""What a model reads of a conversation, turn by turn, and how much of its context each part takes."""

from typing import Literal

import msgspec

Block = Literal["system", "persona", "notes", "summary", "attachments", "pinned", "messages"]


class AttachedText(msgspec.Struct, frozen=True):
    """A file that was given with a message, as text."""

    name: str
    text: str


class ChatTurn(msgspec.Struct, frozen=True, omit_defaults=True):
    """One turn as the model reads it.

    Attributes:
        block: the part of the context that it counts to. `system`, `persona`, `notes` and `summary` turns of
            the role `system` stand at the beginning and are read as one; they are never dropped, and neither
            are turns of a persona's examples and those that are `pinned`.
        message: the id of the message that it says; empty where it says none.
        files: read before the content, and counted as `attachments`.
        pictures: absolute paths of pictures, for models that see; read before the content.
    """

    role: Literal["system", "user", "assistant"]
    content: str
    block: Block = "messages"
    message: str = ""
    files: tuple[AttachedText, ...] = ()
    pictures: tuple[str, ...] = ()

    @property
    def kept(self) -> bool:
        """It is read however little room there is."""
        return self.block not in ("messages", "attachments")

    @property
    def length(self) -> int:
        """Characters of its content and its files."""
        return len(self.content) + sum(len(file.text) for file in self.files)


class TurnTokens(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one turn takes of the context.

    Attributes:
        tokens: of its content, with what the template writes around it.
        files, pictures: of those given with it, besides.
        dropped: there is no room for it, and the model does not read it.
    """

    message: str = ""
    block: Block = "messages"
    tokens: int
    files: int = 0
    pictures: int = 0
    dropped: bool = False


class ContextUse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What fills a model's context for one answer.

    Attributes:
        turns: as the job had them, in order; what those not dropped take adds up to `total`.
        total: tokens that are read before the answer.
        limit: how many the model reads, the answer included; 0 without a limit.
        room: how many the answer may have.
        exact: counted by the model's own tokenizer; else they are thought to be about so many.
    """

    turns: tuple[TurnTokens, ...]
    total: int
    limit: int = 0
    room: int
    exact: bool = True


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What the next answer in a conversation would read; "" is one that is not begun."""

    conversation: str
    use: ContextUse
