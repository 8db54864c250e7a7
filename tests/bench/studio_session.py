"""A session without a window, in a home of its own."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from studio.core.conversations import Said, TokensAdded
from studio.core.jobs import GenerateImages, JobState
from studio.core.model import ModelSpec
from studio.core.paths import paths_for
from studio.core.records import JobRecord
from studio.core.sampling import Sampling
from studio.session import Session
from tests.bench.waiting import seconds_until


@contextmanager
def open_session() -> Iterator[Session]:
    """Open, with nothing in it."""
    application = QCoreApplication.instance() or QCoreApplication(["bench"])
    with tempfile.TemporaryDirectory(prefix="atelier-bench-") as home:
        session = Session(paths_for(Path(home)))
        seconds_until(session.open, session.ready, lambda: True)
        try:
            yield session
        finally:
            session.close()
    del application


def run_pictures(session: Session, job: GenerateImages) -> float:
    """Seconds from the wish to the last picture in the library."""
    return seconds_until(
        lambda: session.generate(job), session.job_changed, lambda record: is_done(record, job.id)
    )


@dataclass(frozen=True)
class Spoken:
    """An answer: seconds to its first words, seconds in all, its tokens, and its text; of several, all that
    was said."""

    first: float
    seconds: float
    tokens: int
    text: str = ""


def say(
    session: Session, conversation: str, text: str, model: ModelSpec, sampling: Sampling, takes: int = 1
) -> Spoken:
    """Sends a message and waits for the whole answer."""
    heard: list[float] = []
    said: list[str] = []
    records: list[JobRecord] = []
    jobs: list[str] = []

    def note(added: TokensAdded) -> None:
        heard.append(time.perf_counter())
        said.append(added.text)

    def ended(record: JobRecord) -> bool:
        records[:] = [record]
        return is_done(record, jobs[0])

    session.chats.tokens_added.connect(note)
    began = time.perf_counter()
    seconds = seconds_until(
        lambda: jobs.append(session.chats.send(conversation, Said(text=text), model, sampling, takes)),
        session.job_changed,
        ended,
    )
    session.chats.tokens_added.disconnect(note)
    return Spoken(heard[0] - began, seconds, records[0].figures.tokens, "".join(said))


def is_done(record: JobRecord, job: str) -> bool:
    if record.job.id == job and record.state is JobState.FAILED:
        raise RuntimeError(f"the job failed: {record.problem}")
    return record.job.id == job and record.state.ended
