"""The way of a job: a row before it runs; pictures adopted and words journaled before they are shown."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError, UnexpectedError
from studio.core.jobs import AnyJob, GenerateImages, JobState, Reply
from studio.core.messages import Cancelled, Failed, Figures, Note, Result, Saved, Tokens
from studio.core.records import Asset, JobRecord, Message, MessageState, Problem, TokensAdded
from studio.engine.engine import Engine
from studio.session.relay import Relay
from studio.store.library import Library
from studio.store.writer import Writer

T = TypeVar("T")
JobType = TypeVar("JobType", GenerateImages, Reply)


class JobFlow(QObject):
    """Carries jobs from submission to their end; lives in the window's thread, writes in the store's.

    Signals:
        job_added, job_changed (JobRecord): the row is written.
        asset_added (Asset, job id): the picture is in the library.
        message_changed (Message): the answer's state is written.
        tokens_added (TokensAdded): after the journal.
        problem_raised (Problem): the store could not do its part.
    """

    job_added = Signal(object)
    job_changed = Signal(object)
    asset_added = Signal(object, str)
    message_changed = Signal(object)
    tokens_added = Signal(object)
    problem_raised = Signal(object)

    def __init__(
        self, writer: Writer, engine: Engine, relay: Relay, staging: Path, instance: str, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._writer = writer
        self._engine = engine
        self._relay = relay
        self._instance = instance
        self._staging = staging
        self._jobs: dict[str, AnyJob] = {}  # those of this process that have not ended
        engine.job_started.connect(self._on_started)
        engine.picture_saved.connect(self._on_saved)
        engine.tokens_arrived.connect(self._on_tokens)
        engine.job_finished.connect(self._on_finished)
        engine.job_failed.connect(self._on_failed)
        engine.job_cancelled.connect(self._on_cancelled)

    def submit(self, job: GenerateImages) -> None:
        """Writes the job's row, then hands the job to the engine."""
        self.submit_built(lambda _: job, lambda _: None)

    def submit_built(self, build: Callable[[Library], JobType], then: Callable[[JobType], object]) -> None:
        """The same for a job that is made from the library, in one transaction with what `build` writes."""

        def write(library: Library) -> tuple[JobType, JobRecord]:
            with library.transaction():
                job = build(library)
                return job, library.jobs.add(job, self._instance)

        def hand_over(written: tuple[JobType, JobRecord]) -> None:
            job, record = written
            self._jobs[job.id] = job
            then(job)
            self.job_added.emit(record)
            self._engine.submit(job, self._staging / job.id)

        self._relay.then(self._writer.submit(write), hand_over, self.report)

    def stop(self, job_id: str) -> None:
        """Stops a job, also one whose row is still being written."""
        if job_id in self._jobs:
            self._engine.cancel(job_id)
        else:
            self.write(lambda _: job_id, self._engine.cancel)

    def stop_all(self) -> None:
        """Stops every job, also those whose rows are still being written."""

        def stop_known(_: object = None) -> None:
            for job_id in tuple(self._jobs):
                self._engine.cancel(job_id)

        stop_known()
        self.write(lambda _: None, stop_known)

    def reorder(self, job_id: str, before: str | None) -> None:
        """Moves a waiting job before another of its lane, or to the end. Raises NotFound."""
        self._engine.reorder(job_id, before)
        self.write(lambda library: library.jobs.reorder(job_id, before), lambda _: None)

    def write(self, change: Callable[[Library], T], then: Callable[[T], object]) -> None:
        """Changes the library in the store's thread, then calls back here; a failure becomes a problem."""
        self._relay.then(self._writer.submit(change), then, self.report)

    # What the engine tells.

    def _on_started(self, job: str) -> None:
        self.write(lambda library: library.jobs.start(job), self.job_changed.emit)

    def _on_saved(self, saved: Saved) -> None:
        def announce(asset: Asset) -> None:
            self.asset_added.emit(asset, saved.job)

        self.write(lambda library: library.adopt(Path(saved.path)), announce)

    def _on_tokens(self, tokens: Tokens) -> None:
        job = self._jobs.get(tokens.job)
        if not isinstance(job, Reply):
            return
        added = TokensAdded(
            conversation=job.conversation, message=job.message, text=tokens.text, count=tokens.count
        )
        self.write(
            lambda library: library.chats.append_tokens(job.message, tokens.text, tokens.count),
            lambda _: self.tokens_added.emit(added),
        )

    def _on_finished(self, result: Result) -> None:
        self._end(result.job, JobState.DONE, result.figures, notes=result.notes)

    def _on_cancelled(self, cancelled: Cancelled) -> None:
        self._end(cancelled.job, JobState.STOPPED, cancelled.figures)

    def _on_failed(self, failed: Failed) -> None:
        problem = Problem(code=failed.code, params=failed.params, traceback=failed.traceback)
        self._end(failed.job, JobState.FAILED, Figures(), problem=problem)

    def _end(
        self,
        job_id: str,
        state: JobState,
        figures: Figures,
        notes: tuple[Note, ...] = (),
        problem: Problem | None = None,
    ) -> None:
        job = self._jobs.pop(job_id)
        if isinstance(job, GenerateImages):
            self._sweep(job_id)

        def write(library: Library) -> tuple[JobRecord, Message | None]:
            with library.transaction():
                record = library.jobs.finish(job_id, state, problem, notes, figures)
                message = None
                if isinstance(job, Reply):
                    message = library.chats.finish(
                        job.message, _MESSAGE_STATES[state], seconds=figures.seconds
                    )
                return record, message

        def tell(written: tuple[JobRecord, Message | None]) -> None:
            record, message = written
            if message is not None:
                self.message_changed.emit(message)
            self.job_changed.emit(record)

        self.write(write, tell)
        if isinstance(job, Reply):
            self.write(lambda library: library.mirror_dirty(), lambda _: None)

    def _sweep(self, job_id: str) -> None:
        """A worker that died may have finished a picture without a word."""

        def announce(found: list[Asset]) -> None:
            for asset in found:
                self.asset_added.emit(asset, job_id)

        self.write(lambda library: library.sweep(self._instance, job_id), announce)

    def report(self, error: Exception) -> None:
        """Something could not be written: a problem that the person is told of."""
        text = "".join(traceback.format_exception(error))
        known = error if isinstance(error, StudioError) else UnexpectedError(detail=str(error))
        self.problem_raised.emit(Problem(code=known.code, params=known.params, traceback=text))


_MESSAGE_STATES = {
    JobState.DONE: MessageState.COMPLETE,
    JobState.STOPPED: MessageState.STOPPED,
    JobState.FAILED: MessageState.FAILED,
}
