"""A long conversation with a model of some size: how soon turn 40 is answered, and a long reading stopped."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from PySide6.QtCore import QCoreApplication

from studio.catalog.budget import default_budget
from studio.catalog.inspect import inspect_model
from studio.core.ids import new_id
from studio.core.jobs import ReadContext, Reply
from studio.core.messages import Cancelled, Failed, Phase, Result, Stage, Tokens
from studio.core.model import ModelSpec
from studio.core.sampling import Sampling
from studio.core.turns import ChatTurn
from studio.engine.boot import worker_command
from studio.engine.engine import Engine
from tests.bench.figures import Figure
from tests.bench.random_llama import random_llama
from tests.bench.waiting import seconds_until

BAR = 1.3
TURNS, HISTORY = 40, 8000  # turns of the person, and tokens of all that was said before the last
LONG, STOPS = 16_000, 4
CHUNK = 256
WIRE = 0.020  # seconds that the word of a stop may take, there and back
ROUNDS = 5
HANGS_MS = 900_000  # a busy machine reads the history for minutes
WORDS = ("the", "small", "boat", "with", "red", "sails", "on", "the", "sea", "and", "an", "old", "house")
TOKENS_OF_A_WORD = 1.15  # of the starter's tokenizer, about


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="atelier-bench-") as folder:
        model = inspect_model(random_llama(Path(folder) / "llama"))
        with _open_engine(Path(folder)) as engine:
            talks = _Talks(engine, model, Path(folder))
            return [*_turns(talks), _stop(talks)]


def _turns(talks: "_Talks") -> list[Figure]:
    history, early = _history(HISTORY), [_asked(), *_answered()]
    talks.first([*history, _asked()])
    talks.first([*early, _asked()])
    return [_compared(talks, early, history, ahead) for ahead in (False, True)]


def _compared(talks: "_Talks", early: list[ChatTurn], history: list[ChatTurn], ahead: bool) -> Figure:
    """`ahead`: what is asked was read while it was typed, as the window does it."""
    second, last = list[float](), list[float]()
    for _ in range(ROUNDS):
        second.append(talks.first([*early, _asked()], ahead))
        last.append(talks.first([*history, _asked()], ahead))
    ratio = median(last) / median(second)
    name = "first token, turn 40 / turn 2" + (", read ahead" if ahead else "")
    note = f"{HISTORY} tokens before: {1000 * median(last):.0f} ms against {1000 * median(second):.0f} ms"
    return Figure(name, f"{ratio:.2f}", f"≤ {BAR}", ratio <= BAR, note)


def _stop(talks: "_Talks") -> Figure:
    stops = [talks.stop(_history(LONG), after=random.randrange(2, 8) * CHUNK) for _ in range(STOPS)]
    worst, chunk = max(seconds for seconds, _ in stops), max(chunk for _, chunk in stops)
    note = f"worst of {STOPS} at {LONG} tokens; the longest chunk took {1000 * chunk:.0f} ms"
    met = worst <= chunk + WIRE
    return Figure("stop in a long prompt", f"{1000 * worst:.0f} ms", "≤ one chunk", met, note)


def _asked() -> ChatTurn:
    return ChatTurn("user", f"{_words(12)}?")


def _answered() -> list[ChatTurn]:
    return [ChatTurn("assistant", _words(40))]


def _history(tokens: int) -> list[ChatTurn]:
    """Of 39 questions and answers."""
    words = int(tokens / TOKENS_OF_A_WORD / (TURNS - 1) / 2)
    roles = ("user", "assistant") * (TURNS - 1)
    return [ChatTurn(role, _words(words)) for role in roles]


def _words(count: int) -> str:
    return " ".join(random.choices(WORDS, k=count))


class _Talks:
    def __init__(self, engine: Engine, model: ModelSpec, staging: Path) -> None:
        self._engine, self._model, self._staging = engine, model, staging

    def first(self, turns: list[ChatTurn], ahead: bool = False) -> float:
        """Seconds to the first words of the answer; it is waited for."""
        if ahead:
            self._finish(
                ReadContext(id=new_id(), model=self._model, conversation="", turns=tuple(turns), ahead=True)
            )
        job, heard = self._job(turns), list[float]()

        def hear(tokens: Tokens) -> None:
            if tokens.job == job.id:
                heard.append(time.perf_counter())

        self._engine.tokens_arrived.connect(hear)
        began = time.perf_counter()
        self._finish(job)
        self._engine.tokens_arrived.disconnect(hear)
        return heard[0] - began

    def stop(self, turns: list[ChatTurn], after: int) -> tuple[float, float]:
        """Seconds from the wish to the end of the job, and those of the longest chunk before."""
        job, marks = self._job(turns), list[float]()

        def came(phase: Phase | Failed) -> bool:
            if isinstance(phase, Failed):
                return phase.job == job.id
            if phase.job == job.id and phase.stage is Stage.READING and phase.done:
                marks.append(time.perf_counter())
            return phase.job == job.id and phase.stage is Stage.READING and phase.done >= after

        told = _Any(self._engine.phase_changed, self._engine.job_failed)
        seconds_until(partial(self._submit, job), told, came)
        seconds = self._until_end(job, partial(self._engine.cancel, job.id))
        return seconds, max(after - before for before, after in pairwise(marks))

    def _job(self, turns: list[ChatTurn]) -> Reply:
        sampling = Sampling(temperature=0.0, max_new_tokens=4)
        return Reply(
            id=new_id(), model=self._model, conversation="", message="", turns=tuple(turns), sampling=sampling
        )

    def _finish(self, job: Reply | ReadContext) -> None:
        self._until_end(job, partial(self._submit, job))

    def _until_end(self, job: Reply | ReadContext, begin: Callable[[], object]) -> float:
        """Seconds until it ends. Raises RuntimeError where it fails."""
        ends = list[Result | Failed | Cancelled]()

        def came(end: Result | Failed | Cancelled) -> bool:
            if end.job == job.id:
                ends.append(end)
            return bool(ends)

        engine = self._engine
        told = _Any(engine.job_finished, engine.job_failed, engine.job_cancelled)
        seconds = seconds_until(begin, told, came, HANGS_MS)
        if isinstance(ends[0], Failed):
            raise RuntimeError(f"{ends[0].code}: {ends[0].traceback}")
        return seconds

    def _submit(self, job: Reply | ReadContext) -> None:
        self._engine.submit(job, self._staging / job.id)


class _Any:
    """Several signals as one."""

    def __init__(self, *signals: Any) -> None:
        self._signals = signals

    def connect(self, slot: Callable[..., object]) -> None:
        for signal in self._signals:
            signal.connect(slot)

    def disconnect(self, slot: Callable[..., object]) -> None:
        for signal in self._signals:
            signal.disconnect(slot)


@contextmanager
def _open_engine(folder: Path) -> Iterator[Engine]:
    application = QCoreApplication.instance() or QCoreApplication(["bench"])
    engine = Engine(worker_command, folder, default_budget(), idle_release_seconds=0)
    try:
        yield engine
    finally:
        engine.close()
    del application
