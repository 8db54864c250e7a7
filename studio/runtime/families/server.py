"""Text of a model that another program on this machine runs: llama-server, Ollama, LM Studio.

The socket goes to loopback alone, and only the studio's own list of servers leads here.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import msgspec

from studio.catalog.servers.client import Event, Server, Usage
from studio.core.errors import ContextFull, ModelMissing, PictureCutShort, PictureTooLarge, PictureUnreadable
from studio.core.jobs import ReadContext, Reply, TextJob
from studio.core.messages import Result, Stage
from studio.core.model import Ability, ModelSpec
from studio.core.sampling import Sampling
from studio.core.servers import split_id
from studio.core.thoughts import said_in
from studio.core.turns import ChatTurn, ContextUse, TurnTokens
from studio.media.sights import data_url
from studio.runtime.desk import Desk
from studio.runtime.residency import LoadContext
from studio.runtime.text.context import DEFAULT_ANSWER, REFILL_SHARE
from studio.runtime.text.template import fenced

MOST_EVENTS = 4  # for each token that was asked for: a server that never ends is not listened to for ever
MOST_CHARACTERS = 64  # of a token; the longest of common vocabularies have so many
_SEEDS = 1 << 31  # Ollama takes signed ones of 32 bits
# Names that these servers give to what `Sampling` asks for; what nobody asked for is left to them.
_NAMES = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "repetition_penalty": "repeat_penalty",
    "dry_multiplier": "dry_multiplier",
    "dry_base": "dry_base",
    "dry_allowed_length": "dry_allowed_length",
    "xtc_probability": "xtc_probability",
    "xtc_threshold": "xtc_threshold",
    "thinking_budget": "thinking_budget_tokens",
}
# Of these, what each program takes (docs.ollama.com/api/openai-compatibility, lmstudio.ai/docs/developer,
# tools/server/README.md of llama.cpp); one that is not known here is asked for all of it.
_TAKEN = {
    "llama-server": frozenset(_NAMES),
    "Ollama": frozenset(("temperature", "top_p")),
    "LM Studio": frozenset(("temperature", "top_p", "top_k", "min_p", "repetition_penalty")),
}
# Those that go on from an answer that is begun, where it stands as the last message.
_GOES_ON = ("llama-server", "Ollama", "LM Studio")
# What is thought of tokens where no tokenizer is at hand: characters of each, and a picture as most models
# see one.
WESTERN, EASTERN, PICTURE = 4.0, 1.5, 1000
_FIRST_EASTERN = "\u2e80"  # from Unicode's CJK radicals on


@dataclass(frozen=True)
class LoadedServer:
    """Nothing is held here: the memory is the server's."""

    address: str
    model: str
    size_bytes: int = 0
    plan: None = None

    def release(self) -> None:
        """The server keeps its models as long as it likes."""


def load(spec: ModelSpec, _: LoadContext) -> LoadedServer:
    found = split_id(spec.id)
    if found is None:
        raise ModelMissing(path=spec.id)
    return LoadedServer(*found)


def reply(loaded: LoadedServer, job: TextJob, desk: Desk) -> Result:
    """The answers one after another, streamed as the server writes them; it keeps what it has read for the
    next. The connection ends with the job, however that ends."""
    desk.phase(Stage.READING)
    _note_unused(job, desk)
    turns, finish = job.turns, ""
    takes = len(job.messages) if isinstance(job, Reply) else 1
    for take in range(takes):
        turns, finish = _answer(loaded, job, turns, take, desk)
        if take < takes - 1:
            desk.take_ended(take, finish)
    left_out = job.left_out if isinstance(job, Reply) else 0
    if dropped := left_out + len(job.turns) - len(turns):
        first = next((turn.message for turn in turns if not _is_kept(turn)), "")
        desk.note("messages_dropped", count=dropped, first=first)
    return desk.result(finish=finish)


def read_context(loaded: LoadedServer, job: ReadContext, desk: Desk) -> Result:
    """What the answer may read, by the number of its characters: the server alone could count. Nothing is
    read ahead, for it would hold up whoever else asks the server."""
    del loaded
    limit = job.model.context_length or 0
    sees = Ability.SEE in job.model.abilities
    turns = tuple(_about_turn(turn, sees) for turn in job.turns)
    total = sum(one.tokens + one.files + one.pictures for one in turns)
    room = _room(job)
    desk.context(
        ContextUse(
            turns=turns,
            total=total,
            limit=limit,
            room=min(room, max(0, limit - total)) if limit else room,
            exact=False,
        )
    )
    return desk.result()


def _room(job: TextJob | ReadContext) -> int:
    return job.sampling.max_new_tokens or job.model.defaults.max_new_tokens or DEFAULT_ANSWER


def _about_turn(turn: ChatTurn, sees: bool) -> TurnTokens:
    return TurnTokens(
        message=turn.message,
        block=turn.block,
        tokens=about_tokens(turn.content),
        files=sum(about_tokens(fenced(file)) for file in turn.files),
        pictures=PICTURE * len(turn.pictures) if sees else 0,
    )


def about_tokens(text: str) -> int:
    """How many tokens the text may have."""
    eastern = sum(letter >= _FIRST_EASTERN for letter in text)
    return round((len(text) - eastern) / WESTERN + eastern / EASTERN)


def _answer(
    loaded: LoadedServer, job: TextJob, turns: Sequence[ChatTurn], take: int, desk: Desk
) -> tuple[Sequence[ChatTurn], str]:
    """Writes one answer, to as many of the turns as the server reads; these, and why it ended."""
    told, room = _Told(), _room(job)
    try:
        while True:
            request = _request(job, turns, take, desk)
            answer = Server(loaded.address, desk.check).answer(loaded.model, request)
            try:
                with closing(answer) as events:
                    _write(events, room, told, take, desk)
                break
            except ContextFull as full:
                turns = _shortened(turns, full)
    finally:
        desk.measure(
            tokens=told.usage.completion_tokens or told.pieces,
            prompt_tokens=told.usage.prompt_tokens,
            cached_tokens=told.usage.cached_tokens,
        )
    return turns, "length" if told.finish == "length" else "stop"


@dataclass
class _Told:
    """What came of an answer.

    Attributes:
        pieces: of text, each a token on all of these servers.
        finish: what the server gave as the reason of its end.
    """

    pieces: int = 0
    finish: str = ""
    usage: Usage = field(default_factory=Usage)


def _write(events: Iterator[Event], room: int, told: _Told, take: int, desk: Desk) -> None:
    thinking, left = False, room * MOST_CHARACTERS
    with desk.timed("prefill_seconds"):
        event = next(events, None)
    for _ in range(MOST_EVENTS * room + 100):
        if event is None:
            return
        told.usage, told.finish = event.usage or told.usage, event.finish or told.finish
        for text, thought in ((event.thought, True), (event.text, False)):
            if text:
                piece, thinking = _mark(thinking, thought) + text, thought
                told.pieces += 1
                desk.tokens(piece[:left], told.pieces, take)
                left -= len(piece)
                desk.phase(Stage.WRITING, min(told.pieces, room), room)
        if left <= 0:
            break
        event = next(events, None)
    told.finish = "length"


def _mark(before: bool, now: bool) -> str:
    """Thoughts come apart from the answer here; models that the studio runs write them in such marks."""
    if before == now:
        return ""
    return "<think>\n" if now else "\n</think>\n\n"


def _is_kept(turn: ChatTurn) -> bool:
    return turn.kept or turn.role == "system"


def _shortened(turns: Sequence[ChatTurn], full: ContextFull) -> tuple[ChatTurn, ...]:
    """The newest turns that may fit, by their share of the characters; those that are kept always among them.

    Raises the error itself where nothing but the last message is left, or it does not say what would fit.
    """
    tokens, limit = int(full.params["tokens"]), int(full.params["limit"])
    starts = [at for at, turn in enumerate(turns) if turn.role == "user" and not _is_kept(turn)][1:]
    if not starts or not 0 < limit <= tokens:
        raise full

    kept = _length([turn for turn in turns if _is_kept(turn)])
    rest = accumulate(0 if _is_kept(turn) else _length([turn]) for turn in reversed(turns))
    lengths = [kept + length for length in rest][::-1]  # from each place on
    most = lengths[0] * limit / tokens * REFILL_SHARE
    start = next((at for at in starts if lengths[at] <= most), starts[-1])
    return tuple(turn for at, turn in enumerate(turns) if at >= start or _is_kept(turn))


def _length(turns: Sequence[ChatTurn]) -> int:
    return sum(len(turn.content) + sum(len(file.text) for file in turn.files) for turn in turns)


def _request(job: TextJob, turns: Sequence[ChatTurn], take: int, desk: Desk) -> dict[str, Any]:
    asked, own, taken = job.sampling, job.model.defaults, _taken(job.model)
    values = {
        theirs: _first(getattr(asked, name), getattr(own, name, None))
        for name, theirs in _NAMES.items()
        if name in taken
    }
    request: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    if asked.stop:
        request["stop"] = asked.stop
    if asked.seed is not None:
        request["seed"] = (asked.seed + take) % _SEEDS
    return (
        request
        | _thinking(asked)
        | {
            "messages": _messages(job, turns, desk),
            "max_tokens": _room(job),
            "stream_options": {"include_usage": True},
        }
    )


def _thinking(asked: Sampling) -> dict[str, Any]:
    """The switch, as llama-server and vLLM take it and as Ollama does: only off has a name there."""
    if not asked.thinking:
        return {}
    effort = {"reasoning_effort": "none"} if asked.thinking == "off" else {}
    return {"chat_template_kwargs": {"enable_thinking": asked.thinking == "on"}} | effort


def _messages(job: TextJob, turns: Sequence[ChatTurn], desk: Desk) -> list[dict[str, Any]]:
    """With the system turns that stand first as one, and what is begun of the answer as the last."""
    said = [(turn.role, _text(turn), turn.pictures) for turn in turns]
    first = next((at for at, turn in enumerate(turns) if turn.role != "system"), len(turns))
    if first > 1:
        said[:first] = [("system", "\n\n".join(text for _, text, _ in said[:first] if text), ())]
    messages = [
        {"role": role, "content": _content(job, text, pictures, desk)} for role, text, pictures in said
    ]
    unread = 0 if Ability.SEE in job.model.abilities else sum(len(turn.pictures) for turn in turns)
    if unread:
        desk.note("pictures_unread", count=unread)
    if isinstance(job, Reply) and job.begun:
        messages.append({"role": "assistant", "content": job.begun})
        if job.model.base not in _GOES_ON:
            desk.note("begun_unsure")
    return messages


def _text(turn: ChatTurn) -> str:
    # A server gives thoughts apart from what is said, and wants none of earlier answers.
    content = said_in(turn.content) if turn.role == "assistant" else turn.content
    return "\n\n".join([*map(fenced, turn.files), *([content] if content or not turn.files else [])])


def _content(job: TextJob, text: str, pictures: Sequence[str], desk: Desk) -> str | list[dict[str, Any]]:
    """The text, in parts where pictures stand before it."""
    if not pictures or Ability.SEE not in job.model.abilities:
        return text
    shown, gone = list[dict[str, Any]](), 0
    for path in pictures:
        try:
            shown.append({"type": "image_url", "image_url": {"url": data_url(path)}})
        except (PictureUnreadable, PictureCutShort, PictureTooLarge):
            gone += 1
    if gone:
        desk.note("pictures_gone", count=gone)
    return [*shown, {"type": "text", "text": text}] if shown else text


def _taken(spec: ModelSpec) -> frozenset[str]:
    return _TAKEN.get(spec.base, frozenset(_NAMES))


def _note_unused(job: TextJob, desk: Desk) -> None:
    """Of what was asked for, what the server does not take. None of them leaves a phrase out."""
    asked = msgspec.structs.asdict(job.sampling)
    for name in _NAMES:
        if asked[name] is not None and name not in _taken(job.model):
            desk.note("sampling_unused", name=name)
    if job.sampling.banned:
        desk.note("sampling_unused", name="banned")
    if job.sampling.thinking and job.model.base == "LM Studio":
        desk.note("sampling_unused", name="thinking")


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)
