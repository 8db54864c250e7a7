"""What fits into a model's context, and how many tokens each turn takes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Protocol

import msgspec
import numpy as np

from studio.core.jobs import ReadContext, ReadingJob, Reply
from studio.core.turns import ChatTurn, ContextUse, TurnTokens
from studio.runtime.desk import Desk
from studio.runtime.text.control import Control
from studio.runtime.text.known import Known
from studio.runtime.text.shown import Eyes, Placed, put_pictures, seen_turns
from studio.runtime.text.template import Written, write_prompt

# Where a model says nothing: as long an answer as most people read, and never more than the context.
DEFAULT_ANSWER = 4096
ANSWER_SHARE = 1 / 4  # of the context is kept for the answer at most
# Once turns must go, so many go that the rest fills this share: with one fewer each time, nothing that was
# read could be kept from one answer to the next.
REFILL_SHARE = 3 / 4
LONG = 200_000  # characters from which on a conversation is looked over before all of it is cut into tokens
PIECE = 16_384  # characters that are looked over at once


class Reader(Protocol):
    """A model in memory, as far as it reads.

    Attributes:
        tokenizer: as in transformers, with what `text/control.py` and `text/template.py` call.
        context_length: tokens it can read, None without a limit.
        dropped: the conversation that was last cut to fit, and where in its turns it began then.
        known: the prompts that were last cut into tokens.
        sight: what reads pictures; None for a model that cannot.
    """

    tokenizer: Any
    context_length: int | None
    dropped: tuple[str, int]
    known: Known

    @property
    def sight(self) -> Eyes | None: ...


@dataclass(frozen=True)
class Fitted:
    """What is read of a conversation.

    Attributes:
        ids: its tokens; empty where so much must be read that they were not even counted to the end.
        templated: a chat template wrote it.
        start: the turn from which on all are read.
        pictures: those among the ids.
    """

    ids: list[int]
    templated: bool
    start: int
    use: ContextUse
    pictures: tuple[Placed, ...] = ()


def count(loaded: Reader, job: ReadingJob, desk: Desk) -> ContextUse:
    """What an answer would read. Where even what must be read does not fit, there is no room left."""
    return fit(loaded, job, desk).use


def fit(loaded: Reader, job: ReadingJob, desk: Desk) -> Fitted:
    """As many of the newest turns as there is room for, and all that are kept."""
    if any(turn.pictures for turn in job.turns):
        job = msgspec.structs.replace(job, turns=seen_turns(job.model, loaded.sight, job.turns, desk))
    turns, limit, wanted = job.turns, loaded.context_length, _wanted(job)
    if limit is None:
        if isinstance(job, ReadContext) and not job.ahead and _length(turns) > LONG:
            return _estimated(loaded, turns, 0, wanted, desk)
        whole = _encode(loaded, job, 0, desk)
        return Fitted(whole.ids, whole.templated, 0, _use(turns, [whole], 0, wanted, 0), whole.placed)
    most = limit - min(wanted, max(1, int(limit * ANSWER_SHARE)))
    start = _begin(loaded, turns, limit, desk)
    if start is None:
        return _estimated(loaded, turns, limit, wanted, desk)
    tried = [_encode(loaded, job, start, desk)]
    while len(tried[-1].ids) > most and (later := [one for one in _starts(turns) if one > start]):
        start = _shortened(loaded, job, later, tried[0], most) if len(tried) == 1 else later[0]
        tried.append(_encode(loaded, job, start, desk))
    use = _use(turns, tried, limit, min(wanted, max(0, limit - len(tried[-1].ids))), start)
    return Fitted(tried[-1].ids, tried[-1].templated, start, use, tried[-1].placed)


def _wanted(job: ReadingJob) -> int:
    return job.sampling.max_new_tokens or job.model.defaults.max_new_tokens or DEFAULT_ANSWER


def _starts(turns: Sequence[ChatTurn]) -> list[int]:
    """Where a shortened conversation may begin: at the person's messages."""
    return [place for place, turn in enumerate(turns) if turn.role == "user" and not turn.kept]


def _is_read(turns: Sequence[ChatTurn], place: int, start: int) -> bool:
    return place >= start or turns[place].kept


def _begin(loaded: Reader, turns: Sequence[ChatTurn], limit: int, desk: Desk) -> int | None:
    """Where the conversation may begin at the earliest; None where not even the last message fits.

    Only long ones are looked over, from the end: what stands before a full context is not even read.
    """
    if _length(turns) <= LONG:
        return 0
    left, control = limit, Control(loaded.tokenizer)
    last = max(_starts(turns), default=len(turns) - 1)
    kept = [place for place in range(len(turns)) if _is_read(turns, place, last)]
    for place in kept:
        left -= sum(_about_turn(control, loaded.sight, turns[place], left, desk))
        if left < 0:
            return None
    for place in reversed([place for place in range(last) if not turns[place].kept]):
        left -= sum(_about_turn(control, loaded.sight, turns[place], left, desk))
        if left < 0:
            return next(one for one in _starts(turns) if one > place)
    return 0


def _shortened(loaded: Reader, job: ReadingJob, later: list[int], whole: "_Encoded", most: int) -> int:
    """Where it begins next: where it did the last time if that fits, else so that some room is left."""
    turns = job.turns
    sizes = [whole.of(place) for place in range(len(turns))]
    always = sum(size for turn, size in zip(turns, sizes, strict=True) if turn.kept)
    rest = accumulate(0 if turn.kept else size for turn, size in zip(turns[::-1], sizes[::-1], strict=True))
    length = [always + size for size in rest][::-1]  # from each place on

    conversation, before = loaded.dropped
    if conversation == job.conversation and before in later and length[before] <= most:
        return before
    return next((one for one in later if length[one] <= most * REFILL_SHARE), later[-1])


@dataclass(frozen=True)
class _Encoded:
    """The tokens of a conversation, and how many are of each turn, of its files and of its pictures."""

    ids: list[int]
    templated: bool
    words: dict[int, int]
    files: dict[int, int]
    pictures: dict[int, int]
    placed: tuple[Placed, ...]

    def of(self, place: int) -> int:
        return self.words.get(place, 0) + self.files.get(place, 0) + self.pictures.get(place, 0)


def _encode(loaded: Reader, job: ReadingJob, start: int, desk: Desk) -> _Encoded:
    places = [one for one in range(len(job.turns)) if _is_read(job.turns, one, start)]
    read = [job.turns[place] for place in places]
    begun = job.begun if isinstance(job, Reply) else ""
    eyes = loaded.sight if any(turn.pictures for turn in read) else None
    written = write_prompt(
        loaded.tokenizer,
        read,
        desk,
        begun=begun,
        thinking=job.sampling.thinking,
        picture=eyes.token if eyes else "",
    )
    # Templates write the special tokens themselves; plain text needs those the tokenizer adds.
    control = Control(loaded.tokenizer)
    ids, starts = control.encode(written.text, add_special_tokens=not written.templated, known=loaded.known)
    words, files, pictures = dict[int, int](), dict[int, int](), dict[int, int]()
    placed: tuple[Placed, ...] = ()
    if eyes and written.pictures:
        starts = [start for token, start in zip(ids, starts, strict=True) if token != eyes.token_id]
        rest = {number: iter(read[number].pictures) for number in written.pictures}
        seen = [eyes.see(next(rest[number])) for number in written.pictures]
        ids, placed = put_pictures(ids, eyes.token_id, seen)
        for number, one in zip(written.pictures, seen, strict=True):
            pictures[places[number]] = pictures.get(places[number], 0) + len(one.ids)
    for number, tokens in enumerate(_counted(written, starts)):
        part = written.spans[number][0]
        counted = files if part.file else words
        counted[places[part.turn]] = counted.get(places[part.turn], 0) + tokens
    return _Encoded(ids, written.templated, words, files, pictures, placed)


def _counted(written: Written, starts: list[int]) -> list[int]:
    """How many of the tokens that begin at `starts` belong to each part.

    What stands between two parts belongs to the latter, but for the first token, which ends the former.
    """
    if not written.spans:  # a template that wants the person to begin was given an answer alone
        return []
    begins = np.array([begin for _, begin, _ in written.spans])
    ends = np.array([end for _, _, end in written.spans])
    at = np.array(starts, dtype=np.int64)
    part = np.maximum(np.searchsorted(begins, at, side="right") - 1, 0)
    outside = (at >= ends[part]) & (at >= begins[part])
    first = outside.copy()
    first[1:] &= ~(outside[:-1] & (part[1:] == part[:-1]))
    owner = np.minimum(part + (outside & ~first), len(written.spans) - 1)
    return np.bincount(owner, minlength=len(written.spans)).tolist()


def _use(turns: Sequence[ChatTurn], tried: list[_Encoded], limit: int, room: int, start: int) -> ContextUse:
    """From what was cut into tokens, the last of which is read."""
    length = sum(_length([turn]) for place, turn in enumerate(turns) if tried[0].of(place))
    share = len(tried[0].ids) / max(1, length)
    said = list[TurnTokens]()
    for place, turn in enumerate(turns):
        read = _is_read(turns, place, start)
        counted = tried[-1] if read else tried[0]
        words = counted.words.get(place, 0)
        if not read and not counted.of(place):
            words = int(_length([turn]) * share)
        given = counted.files.get(place, 0), counted.pictures.get(place, 0)
        said.append(_turn_tokens(turn, words, *given, dropped=not read))
    return ContextUse(turns=tuple(said), total=len(tried[-1].ids), limit=limit, room=room)


def _estimated(loaded: Reader, turns: Sequence[ChatTurn], limit: int, wanted: int, desk: Desk) -> Fitted:
    """Of so much text that counting it would take longer than anybody waits."""
    start = max(_starts(turns), default=0) if limit else 0
    said, control = list[TurnTokens](), Control(loaded.tokenizer)
    for place, turn in enumerate(turns):
        about = _about_turn(control, loaded.sight, turn, limit or PIECE, desk)
        said.append(_turn_tokens(turn, *about, dropped=not _is_read(turns, place, start)))
    total = sum(one.tokens + one.files + one.pictures for one in said if not one.dropped)
    room = min(wanted, max(0, limit - total)) if limit else wanted
    use = ContextUse(turns=tuple(said), total=total, limit=limit, room=room, exact=False)
    return Fitted([], False, start, use)


def _turn_tokens(turn: ChatTurn, words: int, files: int, pictures: int, *, dropped: bool) -> TurnTokens:
    return TurnTokens(
        message=turn.message,
        block=turn.block,
        tokens=words,
        files=files,
        pictures=pictures,
        dropped=dropped,
    )


def _about_turn(
    control: Control, eyes: Eyes | None, turn: ChatTurn, enough: int, desk: Desk
) -> tuple[int, int, int]:
    """The tokens of its words, of its files and of its pictures."""
    files = sum(_about(control, file.text, enough, desk) for file in turn.files)
    pictures = sum(len(eyes.see(path).ids) for path in turn.pictures) if eyes else 0
    return _about(control, turn.content, enough, desk), files, pictures


def _about(control: Control, text: str, enough: int, desk: Desk) -> int:
    """The tokens of a text, counted piece by piece until it is `enough`, the rest thought to be alike."""
    tokens = 0
    for end in range(PIECE, len(text) + PIECE, PIECE):
        desk.check()
        piece = control.mark(text[end - PIECE : end], of_model=False)
        tokens += len(control.encode(piece, add_special_tokens=False)[0])
        if tokens > enough:
            return tokens * len(text) // min(end, len(text))
    return tokens


def _length(turns: Sequence[ChatTurn]) -> int:
    return sum(len(turn.content) + sum(len(file.text) for file in turn.files) for turn in turns)
