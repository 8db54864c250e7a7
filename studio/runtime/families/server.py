"""Text of a model that another program on this machine runs: llama-server, Ollama, LM Studio.

The socket goes to loopback alone, and only the studio's own list of servers leads here.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from studio.catalog.servers.client import Event, Server, Usage
from studio.core.errors import ContextFull, ModelMissing
from studio.core.jobs import TextJob
from studio.core.messages import Result, Stage
from studio.core.model import ModelSpec
from studio.core.servers import split_id
from studio.core.turns import ChatTurn
from studio.runtime.desk import Desk
from studio.runtime.residency import LoadContext
from studio.runtime.text.prompt import DEFAULT_ANSWER, REFILL_SHARE

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
}


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
    """The answer, streamed as the server writes it; the connection ends with the job, however that ends."""
    desk.phase(Stage.READING)
    room = job.sampling.max_new_tokens or job.model.defaults.max_new_tokens or DEFAULT_ANSWER
    told, turns = _Told(), job.turns
    try:
        while True:
            answer = Server(loaded.address, desk.check).answer(loaded.model, _request(job, turns, room))
            try:
                with closing(answer) as events:
                    _write(events, room, told, desk)
                break
            except ContextFull as full:
                turns = _shortened(turns, full)
    finally:
        desk.measure(
            tokens=told.usage.completion_tokens or told.pieces,
            prompt_tokens=told.usage.prompt_tokens,
            cached_tokens=told.usage.cached_tokens,
        )
    if dropped := len(job.turns) - len(turns):
        desk.note("messages_dropped", count=dropped)
    return desk.result(finish="length" if told.finish == "length" else "stop")


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


def _write(events: Iterator[Event], room: int, told: _Told, desk: Desk) -> None:
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
                desk.tokens(piece[:left], told.pieces)
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


def _shortened(turns: Sequence[ChatTurn], full: ContextFull) -> tuple[ChatTurn, ...]:
    """The newest turns that may fit, by their share of the characters; the system prompt always among them.

    Raises the error itself where the last message alone is left, or it does not say what would fit.
    """
    tokens, limit = int(full.params["tokens"]), int(full.params["limit"])
    system = turns[:1] if turns[0].role == "system" else ()
    starts = [at for at in range(len(system) + 1, len(turns)) if turns[at].role == "user"]
    if not starts or not 0 < limit <= tokens:
        raise full
    whole = sum(len(turn.content) for turn in turns)
    most = whole * limit / tokens * REFILL_SHARE - sum(len(turn.content) for turn in system)
    fitting = (at for at in starts if sum(len(turn.content) for turn in turns[at:]) <= most)
    return (*system, *turns[next(fitting, starts[-1]) :])


def _request(job: TextJob, turns: Sequence[ChatTurn], room: int) -> dict[str, Any]:
    asked, own = job.sampling, job.model.defaults
    values = {theirs: _first(getattr(asked, name), getattr(own, name)) for name, theirs in _NAMES.items()}
    request: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    if asked.stop:
        request["stop"] = asked.stop
    if asked.seed is not None:
        request["seed"] = asked.seed % _SEEDS
    return request | {
        "messages": [{"role": turn.role, "content": turn.content} for turn in turns],
        "max_tokens": room,
        "stream_options": {"include_usage": True},
    }


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)
