"""How soon a stop is acknowledged, how soon it is done, and whether the model is still there afterwards."""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication, QTimer

from studio.catalog.budget import default_budget
from studio.core.ids import new_id
from studio.core.jobs import AnyJob, Reply
from studio.core.messages import Phase, Result, Stage
from studio.core.model import Ability
from studio.core.sampling import Sampling
from studio.core.turns import ChatTurn
from studio.engine.boot import worker_command
from studio.engine.engine import Engine
from tests.bench.figures import Figure
from tests.bench.script import running
from tests.bench.starters import picture_job, starter
from tests.bench.waiting import seconds_until

STOPS = 12
ACKNOWLEDGED = 0.100
WIRE = 0.020  # seconds that the word of it may take: the model's code unwinds, a message, the event loop
QUESTION = "Tell me a long story about three friends in the snow."


def measure() -> list[Figure]:
    with _open_engine() as engine:
        return [*_pictures(engine), *_text(engine)]


def _pictures(engine: "Stopper") -> list[Figure]:
    spec = starter(Ability.GENERATE)
    with running("tests.bench.bare_pictures", msgspec.json.encode(spec).decode()) as script:
        block = script.ask(blocks=1)["longest"]
    steps = spec.defaults.num_inference_steps or 20
    engine.finish(picture_job(4, seed=0))
    for stop in range(STOPS):
        engine.stop(picture_job(4, seed=stop), Stage.DENOISING, after=random.randrange(1, steps - 4))
    loaded = engine.finish(picture_job(1, seed=0))
    return engine.figures("stop a picture", "block of the denoiser", block, loaded)


def _text(engine: "Stopper") -> list[Figure]:
    spec = starter(Ability.REPLY)
    with running("tests.bench.bare_text", msgspec.json.encode(spec).decode()) as script:
        answer = script.ask(text=QUESTION, tokens=100)
    engine.finish(_reply())
    for _ in range(STOPS):
        engine.stop(_reply(), Stage.WRITING, after=1)
    return engine.figures(
        "stop an answer", "token", answer["seconds"] / answer["tokens"], engine.finish(_reply())
    )


def _reply() -> Reply:
    turns = (ChatTurn("user", QUESTION),)
    model, sampling = starter(Ability.REPLY), Sampling(max_new_tokens=400, temperature=0.0)
    return Reply(id=new_id(), model=model, conversation="", message="", turns=turns, sampling=sampling)


class Stopper:
    """An engine, and how long its stops took."""

    def __init__(self, engine: Engine, staging: Path) -> None:
        self._engine, self._staging = engine, staging
        self._acknowledged: list[float] = []
        self._done: list[float] = []

    def finish(self, job: AnyJob) -> bool:
        """Runs a job to its end; whether its model lay in memory already."""
        results: list[Result] = []
        self._engine.job_finished.connect(results.append)
        seconds_until(
            partial(self._submit, job), self._engine.job_finished, lambda result: result.job == job.id
        )
        self._engine.job_finished.disconnect(results.append)
        return results[-1].figures.load_seconds == 0

    def stop(self, job: AnyJob, stage: Stage, after: int) -> None:
        """Stops a job a random moment after it has come so far."""

        def came(phase: Phase) -> bool:
            return phase.job == job.id and phase.stage is stage and phase.done >= after

        seconds_until(partial(self._submit, job), self._engine.phase_changed, came)
        timer = QTimer(singleShot=True, interval=random.randrange(60))
        seconds_until(timer.start, timer.timeout, lambda: True)
        heard: list[float] = []
        self._engine.job_stopping.connect(lambda _: heard.append(time.perf_counter()))
        began = time.perf_counter()
        seconds = seconds_until(
            partial(self._engine.cancel, job.id), self._engine.job_cancelled, lambda told: told.job == job.id
        )
        self._acknowledged.append(heard[0] - began)
        self._done.append(seconds - self._acknowledged[-1])

    def figures(self, name: str, unit: str, unit_seconds: float, loaded: bool) -> list[Figure]:
        """The worst of the stops since the last time this was asked."""
        acknowledged, done = max(self._acknowledged), max(self._done)
        self._acknowledged, self._done = [], []
        longest, wire = 1000 * unit_seconds, 1000 * WIRE
        note = f"worst of {STOPS}; the longest {unit} takes {longest:.1f} ms; {wire:.0f} ms for the way back"
        return [
            Figure(
                f"{name}: acknowledged",
                f"{1000 * acknowledged:.0f} ms",
                "≤ 100 ms",
                acknowledged <= ACKNOWLEDGED,
            ),
            Figure(
                f"{name}: done, after that",
                f"{1000 * done:.0f} ms",
                f"≤ one {unit.split()[0]}",
                done <= unit_seconds + WIRE,
                note,
            ),
            Figure(f"{name}: model still loaded", "yes" if loaded else "no", "yes", loaded),
        ]

    def _submit(self, job: AnyJob) -> None:
        self._engine.submit(job, self._staging / job.id)


@contextmanager
def _open_engine() -> Iterator[Stopper]:
    application = QCoreApplication.instance() or QCoreApplication(["bench"])
    with tempfile.TemporaryDirectory(prefix="atelier-bench-") as folder:
        engine = Engine(worker_command, Path(folder), default_budget(), idle_release_seconds=0)
        try:
            yield Stopper(engine, Path(folder))
        finally:
            engine.close()
    del application
