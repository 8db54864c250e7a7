"""What the model reads of a branch: who it is and what it is to know first, then the turns in order."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from studio.core.conversations import Branch, Conversation, Message, Said
from studio.core.job_checks import CONVERSATION_LIMIT
from studio.core.summaries import summary_in_use
from studio.core.turns import AttachedText, Block, ChatTurn

SUMMARY_OPENING = "Summary of the conversation so far:"  # for models, in the language most of them know best


def turns_of(branch: Branch, library: Path, upto: str | None = None) -> tuple[ChatTurn, ...]:
    """The turns up to and with the message `upto`, or all; answers that stayed empty say nothing.

    What a summary in use covers is left out but for what is pinned; what is answered never is. `library` is
    the folder that pictures lie in.
    """
    said = list(branch.messages)
    if upto is not None:
        place = next((at for at, message in enumerate(said) if message.id == upto), len(said) - 1)
        said = said[: place + 1]
    summary, covered = summary_in_use(branch, len(said))
    turns = standing_turns(branch.conversation, summary)
    for at, message in enumerate(said):
        left_out = message.excluded or (at < covered and not message.pinned)
        if left_out and message.id != upto:
            continue
        if turn := _turn(message, library):
            turns.append(turn)
    return tuple(turns)


def within_reach(turns: Sequence[ChatTurn]) -> tuple[tuple[ChatTurn, ...], int]:
    """Without the oldest of a conversation that is longer than any model reads, and how many those are; what
    is kept stays, and so does the last message, however long they are."""
    left = CONVERSATION_LIMIT - sum(turn.length for turn in turns if turn.kept)
    start = len(turns) - 1
    for place, turn in reversed(list(enumerate(turns))):
        if turn.kept:
            continue
        left -= turn.length
        if left < 0:
            break
        if turn.role == "user":
            start = place
    else:
        return tuple(turns), 0
    reached = tuple(turn for place, turn in enumerate(turns) if place >= start or turn.kept)
    return reached, len(turns) - len(reached)


def turns_with(branch: Branch, library: Path, said: Said) -> tuple[ChatTurn, ...]:
    """The turns as they would be if this were said at the end of the branch."""
    last = branch.messages[-1].id if branch.messages else None
    message = Message(
        id="",
        conversation=branch.conversation.id,
        parent=last,
        role="user",
        text=said.text,
        created=0.0,
        attachments=said.attachments,
    )
    return turns_of(msgspec.structs.replace(branch, messages=(*branch.messages, message)), library)


def standing_turns(conversation: Conversation, summary: str) -> list[ChatTurn]:
    """What stands before all messages and is never dropped."""
    persona = conversation.persona
    texts: list[tuple[Block, str]] = [
        ("persona", persona.system if persona else ""),
        ("system", conversation.system),
        ("notes", conversation.notes),
        ("summary", summary and f"{SUMMARY_OPENING}\n{summary}"),
    ]
    turns = [ChatTurn("system", text, block=block) for block, text in texts if text.strip()]
    for example in persona.examples if persona else ():
        turns.append(ChatTurn("user", example.user, block="persona"))
        turns.append(ChatTurn("assistant", example.assistant, block="persona"))
    return turns


def _turn(message: Message, library: Path) -> ChatTurn | None:
    """None for what no model reads: pictures that were made, and answers that stayed empty."""
    if message.role not in ("user", "assistant"):
        return None
    files = tuple(AttachedText(file.name, file.text) for file in message.attachments if file.text)
    pictures = tuple(str(library / file.picture) for file in message.attachments if file.picture)
    if not (message.text.strip() or files or pictures):
        return None
    return ChatTurn(
        role=message.role,
        content=message.text,
        block="pinned" if message.pinned else "messages",
        message=message.id,
        files=files,
        pictures=pictures,
    )
