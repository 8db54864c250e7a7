"""What `session.context` and `session.chat_drafts` are to the window, without a model or a disk."""

from typing import Any

from PySide6.QtCore import QObject, Signal

from studio.core.conversations import Attachment, Branch, Said
from studio.core.model import ModelSpec
from studio.core.sampling import Sampling
from studio.core.turns import Block, ContextUse, Counted, TurnTokens


class FakeContext(QObject):
    """A test plays what was counted with `play`.

    Attributes:
        asked: (branch, what would be said, id of the model, sampling, ahead) of each question.
        cancelled: how often a question was taken back.
    """

    counted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.asked: list[tuple[Branch | None, Said, str, Sampling, bool]] = []
        self.cancelled = 0

    def ask(
        self, branch: Branch | None, said: Said, model: ModelSpec, sampling: Sampling, ahead: bool
    ) -> None:
        self.asked.append((branch, said, model.id, sampling, ahead))

    def cancel(self) -> None:
        self.cancelled += 1

    def play(
        self,
        conversation: str,
        blocks: dict[Block, int],
        *,
        limit: int = 8192,
        room: int = 1024,
        dropped: tuple[str, ...] = (),
        exact: bool = True,
    ) -> None:
        """So many tokens in each block; `dropped` are messages of a hundred tokens each."""
        turns = (
            *(TurnTokens(message=one, tokens=100, dropped=True) for one in dropped),
            *(_turn(block, tokens) for block, tokens in blocks.items()),
        )
        use = ContextUse(turns=turns, total=sum(blocks.values()), limit=limit, room=room, exact=exact)
        self.counted.emit(Counted(conversation=conversation, use=use))


def _turn(block: Block, tokens: int) -> TurnTokens:
    if block == "attachments":
        return TurnTokens(block="messages", tokens=0, files=tokens)
    return TurnTokens(block=block, tokens=tokens)


class FakeDrafts:
    """Files that stand in composers, by conversation."""

    def __init__(self, calls: list[tuple[Any, ...]]) -> None:
        self._calls = calls
        self.kept: dict[str, tuple[Attachment, ...]] = {}

    def attachments(self, conversation: str) -> tuple[Attachment, ...]:
        return self.kept.get(conversation, ())

    def keep(self, conversation: str, attachments: tuple[Attachment, ...]) -> None:
        self._calls.append(("keep_draft", conversation, tuple(one.name for one in attachments)))
        self.kept[conversation] = attachments
