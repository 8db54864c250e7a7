"""What a model reads for an answer: as much of the conversation as its context holds, as tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from studio.core.errors import ContextFull
from studio.core.jobs import TextJob
from studio.core.turns import ChatTurn
from studio.runtime.desk import Desk
from studio.runtime.text.template import write_prompt

# Where a model says nothing: as long an answer as most people read, and never more than the context.
DEFAULT_ANSWER = 4096
ANSWER_SHARE = 1 / 4  # of the context is kept for the answer at most
# Once turns must go, so many go that the rest fills this share: with one fewer each time, nothing that was
# read could be kept from one answer to the next.
REFILL_SHARE = 3 / 4


class Reader(Protocol):
    """A model in memory, as far as it reads.

    Attributes:
        tokenizer: with `chat_template`, `apply_chat_template` and `__call__` as in transformers.
        context_length: tokens it can read, None without a limit.
        dropped: the conversation that was last cut to fit, and how many of its turns were left out.
    """

    tokenizer: Any
    context_length: int | None
    dropped: tuple[str, int]


@dataclass(frozen=True)
class Prompt:
    """What the model reads.

    Attributes:
        ids: its tokens.
        templated: a chat template wrote it; else names and line breaks have to tell the turns apart.
        room: how many tokens the answer may have.
    """

    ids: list[int]
    templated: bool
    room: int


def build_prompt(loaded: Reader, job: TextJob, desk: Desk) -> Prompt:
    """The newest turns that fit, the system prompt always among them. Raises ContextFull when even the last
    message alone does not fit."""
    wanted = job.sampling.max_new_tokens or job.model.defaults.max_new_tokens or DEFAULT_ANSWER
    limit = loaded.context_length
    if limit is None:
        return Prompt(*_encode(loaded, job.turns, desk), wanted)
    most = limit - min(wanted, max(1, int(limit * ANSWER_SHARE)))
    start, (ids, templated) = _fit(loaded, job, most, desk)
    if len(ids) >= limit:
        raise ContextFull(tokens=len(ids), model=job.model.name, limit=limit)
    if dropped := start - _first(job.turns):
        loaded.dropped = (job.conversation, start)
        desk.note("messages_dropped", count=dropped)
    return Prompt(ids, templated, min(wanted, limit - len(ids)))


def _fit(loaded: Reader, job: TextJob, most: int, desk: Desk) -> tuple[int, tuple[list[int], bool]]:
    """Where the conversation begins so that it fits, if need be at the last message; and its tokens."""
    whole = _encode(loaded, job.turns, desk)
    if len(whole[0]) <= most:
        return _first(job.turns), whole
    conversation, before = loaded.dropped
    starts = _starts(job.turns)
    if conversation == job.conversation and before in starts:
        again = _encode(loaded, _from(job.turns, before), desk)
        if len(again[0]) <= most:
            return before, again
    low, high = 0, len(starts) - 1
    while low < high:
        middle = (low + high) // 2
        tried = _encode(loaded, _from(job.turns, starts[middle]), desk)
        if len(tried[0]) <= most * REFILL_SHARE:
            high = middle
        else:
            low = middle + 1
    return starts[low], _encode(loaded, _from(job.turns, starts[low]), desk)


def _encode(loaded: Reader, turns: Sequence[ChatTurn], desk: Desk) -> tuple[list[int], bool]:
    text, templated = write_prompt(loaded.tokenizer, turns, desk)
    # Templates write the special tokens themselves; plain text needs those the tokenizer adds.
    encoded = loaded.tokenizer(text, add_special_tokens=not templated, verbose=False)
    return list(encoded.input_ids), templated


def _first(turns: Sequence[ChatTurn]) -> int:
    return 1 if turns[0].role == "system" else 0


def _starts(turns: Sequence[ChatTurn]) -> list[int]:
    """Where a shortened conversation may begin: at the person's messages."""
    first = _first(turns)
    return [place for place, turn in enumerate(turns) if turn.role == "user" and place >= first] or [first]


def _from(turns: Sequence[ChatTurn], start: int) -> list[ChatTurn]:
    return [*turns[: _first(turns)], *turns[start:]]
