"""Writes down everything that an engine says, and makes jobs for models that are scripts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QTimer

from studio.core.ids import new_id
from studio.core.jobs import AnyJob, GenerateImages, Reply
from studio.core.messages import Cancelled, Failed, Result
from studio.core.model import Ability, ModelSpec
from studio.core.turns import ChatTurn
from studio.engine.engine import Engine

HANGS_MS = 120_000  # only a broken engine waits so long; torch is long in coming on a busy machine


class Watched:
    """An engine and what it has said so far.

    Attributes:
        heard: name and argument of each signal, in order.
    """

    def __init__(self, engine: Engine, staging: Path) -> None:
        self.engine = engine
        self.staging = staging
        self.heard: list[tuple[str, Any]] = []
        self._look: Callable[[], object] = lambda: None
        for name in (
            *("job_started", "job_stopping", "job_finished", "job_failed", "job_cancelled", "lane_changed"),
            *("phase_changed", "preview_arrived", "tokens_arrived", "picture_saved"),
        ):
            getattr(engine, name).connect(lambda value, name=name: self._hear(name, value))

    def _hear(self, name: str, value: Any) -> None:
        self.heard.append((name, value))
        self._look()

    def of(self, name: str) -> list[Any]:
        """The arguments of every signal of this name."""
        return [value for heard, value in self.heard if heard == name]

    def until(self, true: Callable[[], Any]) -> Any:
        """Turn the event loop until something is true; looks again at each signal."""
        if not true():
            loop, hangs = QEventLoop(), QTimer(singleShot=True)
            hangs.timeout.connect(loop.quit)
            hangs.start(HANGS_MS)
            self._look = lambda: true() and loop.quit()
            loop.exec()
            hangs.stop()
            self._look = lambda: None
        assert true(), self.heard[-12:]
        return true()

    def submit(self, job: AnyJob) -> str:
        self.engine.submit(job, self.staging / job.id)
        return job.id

    def pictures(self, prompt: str = "a boat", **fields: Any) -> str:
        """Submit a picture job; its id."""
        return self.submit(picture_job(prompt, **fields))

    def reply(self, text: str = "hello", **fields: Any) -> str:
        """Submit a chat job; its id."""
        return self.submit(reply_job(text, **fields))

    def outcome(self, job_id: str) -> Result | Failed | Cancelled:
        """Wait for the job's end."""
        ends = ("job_finished", "job_failed", "job_cancelled")
        return self.until(lambda: next((v for n, v in self.heard if n in ends and v.job == job_id), None))

    def started(self, job_id: str) -> None:
        """Wait until the job's own script is at work."""
        stages = ("denoising", "writing")
        self.until(lambda: any(p.job == job_id and p.stage in stages for p in self.of("phase_changed")))


def fake_model(id: str = "local/fake", **fields: Any) -> ModelSpec:
    defaults = {"name": "Fake", "family": "fake", "base": "", "path": "/models/fake", "size_bytes": 10}
    abilities = (Ability.GENERATE, Ability.REPLY)
    return ModelSpec(id=id, abilities=abilities, **{**defaults, **fields})


def picture_job(prompt: str = "a boat", **fields: Any) -> GenerateImages:
    return GenerateImages(**{"id": new_id(), "model": fake_model(), "prompt": prompt, "seed": 7, **fields})


def reply_job(text: str = "hello", **fields: Any) -> Reply:
    turns = (ChatTurn("user", text),)
    defaults = {"model": fake_model(), "conversation": "c", "message": "m", "turns": turns}
    return Reply(**{"id": new_id(), **defaults, **fields})
