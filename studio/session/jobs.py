"""The way of a job: a row before it runs; pictures adopted and words journaled before they are shown."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.conversations import Message
from studio.core.jobs import (
    AnyJob,
    GenerateImages,
    JobState,
    ProcessImage,
    Reply,
    SelectObject,
    Suggest,
)
from studio.core.messages import (
    Cancelled,
    Failed,
    PicturesFailed,
    Result,
    Saved,
    TakeEnded,
    Tokens,
)
from studio.core.records import Asset, Failure, JobRecord, Problem
from studio.engine.engine import Engine
from studio.session.job_endings import Ended, Ending, Take, keep_row
from studio.session.journal import Journal
from studio.session.writes import Writes
from studio.store.library import Library

JobType = TypeVar("JobType", GenerateImages, ProcessImage, SelectObject, Reply, Suggest)


class JobFlow(QObject):
    """Carries jobs from submission to their end; lives in the window's thread, writes in the store's.

    Signals:
        job_added, job_changed (JobRecord): the row is written; `job_added` also where a job waits once more.
        asset_added (Asset, job id): the picture is in the library.
        message_changed (Message): the answer's state is written.
        tokens_added (TokensAdded): after the journal.
    """

    job_added = Signal(object)
    job_changed = Signal(object)
    asset_added = Signal(object, str)
    message_changed = Signal(object)
    tokens_added = Signal(object)

    def __init__(self, writes: Writes, engine: Engine, staging: Path, instance: str, parent: QObject) -> None:
        super().__init__(parent)
        self._writes = writes
        self._engine = engine
        self._instance = instance
        self._staging = staging
        self._jobs: dict[str, AnyJob] = {}  # those of this process that have not ended
        self._journal = Journal(writes, self)
        self._journal.tokens_added.connect(self.tokens_added)
        # Takes that ended while others of their job are still written, by message: those that are in no write
        # yet, and the others.
        self._ended: dict[str, Take] = {}
        self._whole: set[str] = set()
        engine.job_started.connect(self._on_started)
        engine.picture_saved.connect(self._on_saved)
        engine.pictures_failed.connect(self._on_pictures_failed)
        engine.tokens_arrived.connect(self._on_tokens)
        engine.all_told.connect(self._on_all_told)
        engine.take_ended.connect(self._on_take_ended)
        engine.job_finished.connect(self._on_finished)
        engine.job_failed.connect(self._on_failed)
        engine.job_cancelled.connect(self._on_cancelled)

    def submit(self, job: JobType, failed: Callable[[Exception], object] | None = None) -> None:
        """Writes the job's row, then hands the job to the engine; where that fails it is a problem, or what
        `failed` makes of it."""
        self.submit_built(lambda _: job, lambda _: None, failed)

    def submit_built(
        self,
        build: Callable[[Library], JobType],
        then: Callable[[JobType], object],
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """The same for a job that is made from the library, in one transaction with what `build` writes."""

        def write(library: Library) -> tuple[JobType, JobRecord]:
            with library.transaction():
                job = build(library)
                return job, library.jobs.add(job, self._instance)

        def hand_over(written: tuple[JobType, JobRecord]) -> None:
            job, record = written
            self._jobs[job.id] = job
            if isinstance(job, Reply):
                self._journal.begin(job.conversation, job.messages)
            then(job)
            self.job_added.emit(record)
            self._engine.submit(job, self._staging / job.id)

        self._writes.write(write, hand_over, failed)

    def requeue(self, ids: Sequence[str]) -> None:
        """Puts picture jobs that ended too early back into the queue, in one write."""

        def hand_over(records: list[JobRecord]) -> None:
            for record in records:
                self._jobs[record.job.id] = record.job
                self.job_added.emit(record)
                self._engine.submit(record.job, self._staging / record.job.id)

        self._writes.write(lambda library: library.requeue(ids, self._instance), hand_over)

    def decline(self, ids: Sequence[str]) -> None:
        """Interrupted jobs are not offered any more."""
        self._writes.write(lambda library: library.jobs.decline(ids), self._tell_changed)

    def owns(self, record: JobRecord) -> bool:
        """Whether the job is one of this process; one whose row is still being written has no owner yet."""
        return record.instance in ("", self._instance)

    @property
    def is_answering(self) -> bool:
        """Answers are written, or wait to be."""
        return any(isinstance(job, Reply) for job in self._jobs.values())

    def stop(self, job_id: str) -> None:
        """Stops a job, also one whose row is still being written."""
        if job_id in self._jobs:
            self._engine.cancel(job_id)
        else:
            self._writes.write(lambda _: job_id, self._engine.cancel)

    def stop_answers(self, conversation: str) -> None:
        """Stops the answers to a conversation."""
        for job in tuple(self._jobs.values()):
            if isinstance(job, Reply) and job.conversation == conversation:
                self._engine.cancel(job.id)

    def stop_all(self) -> None:
        """Stops every job, also those whose rows are still being written."""

        def stop_known(_: object = None) -> None:
            for job_id in tuple(self._jobs):
                self._engine.cancel(job_id)

        stop_known()
        self._writes.write(lambda _: None, stop_known)

    def reorder(self, job_id: str, before: str | None) -> None:
        """Moves a waiting job before another of its lane, or to the end. Raises NotFound."""
        self._engine.reorder(job_id, before)
        self._writes.write(lambda library: library.jobs.reorder(job_id, before), self._tell_moved)

    # What the engine tells.

    def _on_started(self, job_id: str) -> None:
        job = self._jobs.get(job_id)
        if job is None:  # one that is not kept, such as a count
            return

        def start(library: Library) -> JobRecord:
            keep_row(library, job, self._instance)
            return library.jobs.start(job_id)

        self._writes.write(start, self.job_changed.emit)

    def _on_saved(self, saved: Saved) -> None:
        def announce(asset: Asset) -> None:
            self.asset_added.emit(asset, saved.job)

        self._writes.write(lambda library: library.adopt(Path(saved.path)), announce)

    def _on_pictures_failed(self, told: PicturesFailed) -> None:
        problem = Problem(code=told.code, params=told.params, traceback=told.traceback)
        job, failure = self._jobs[told.job], Failure(indices=told.indices, problem=problem)

        def add(library: Library) -> JobRecord:
            keep_row(library, job, self._instance)
            return library.jobs.add_failure(told.job, failure)

        self._writes.write(add, self.job_changed.emit)

    def _on_tokens(self, tokens: Tokens) -> None:
        job = self._jobs.get(tokens.job)
        if not isinstance(job, Reply):
            return
        self._journal.add(job.messages[tokens.take], tokens.text, job.begun_tokens + tokens.count)

    def _on_take_ended(self, ended: TakeEnded) -> None:
        """Nobody waits for the others to read it."""
        job = self._jobs.get(ended.job)
        if not isinstance(job, Reply):
            return
        message = job.messages[ended.take]
        self._ended[message] = Take(message, job.begun, self._journal.end(message), ended.finish)

    def _on_all_told(self) -> None:
        """What came together is written together; takes that end last of all, with their job."""
        self._journal.write()
        takes, self._ended = tuple(self._ended.values()), {}
        if not takes:
            return
        self._whole.update(take.message for take in takes)
        ending = Ending(JobState.DONE, takes=takes)

        def tell(messages: list[Message]) -> None:
            for take in takes:
                self._journal.tell_rest(take.message)
            for message in messages:
                self.message_changed.emit(message)

        self._writes.write_surely(ending.write_takes, tell, self._journal.report)

    def _on_finished(self, result: Result) -> None:
        self._end(result.job, Ending(JobState.DONE, result.figures, result.notes, finish=result.finish))

    def _on_cancelled(self, cancelled: Cancelled) -> None:
        self._end(cancelled.job, Ending(JobState.STOPPED, cancelled.figures, cancelled.notes))

    def _on_failed(self, failed: Failed) -> None:
        problem = Problem(code=failed.code, params=failed.params, traceback=failed.traceback)
        self._end(failed.job, Ending(JobState.FAILED, failed.figures, failed.notes, problem))

    def _end(self, job_id: str, ending: Ending) -> None:
        job = self._jobs.pop(job_id, None)
        if job is None:
            return
        ending = msgspec.structs.replace(ending, takes=self._takes_of(job))
        if isinstance(job, GenerateImages | ProcessImage):
            self._sweep(job_id)

        def tell(ended: Ended) -> None:
            for take in ending.takes:
                self._journal.tell_rest(take.message)
            self._tell_end(ended)

        def tell_unwritten(error: Exception) -> None:
            """It has ended all the same, and no tile waits for ever."""
            (self._journal if ending.takes else self._writes).report(error)
            self._writes.write(lambda library: ending.imagined(library, job), tell)

        self._writes.write_surely(
            lambda library: ending.write(library, job, self._instance), tell, tell_unwritten
        )

    def _takes_of(self, job: AnyJob) -> tuple[Take, ...]:
        """The answers that end with the job, and what was said of each."""
        if not isinstance(job, Reply):
            return ()
        left = [message for message in job.messages if message not in self._whole]
        self._whole.difference_update(job.messages)
        return tuple(
            self._ended.pop(message, None) or Take(message, job.begun, self._journal.end(message))
            for message in left
        )

    def _tell_end(self, ended: Ended) -> None:
        record, messages = ended
        for message in messages:
            self.message_changed.emit(message)
        self.job_changed.emit(record)

    def _sweep(self, job_id: str) -> None:
        """A worker that died may have finished a picture without a word; others may not have been adopted."""

        def announce(found: list[Asset]) -> None:
            for asset in found:
                self.asset_added.emit(asset, job_id)

        self._writes.write_surely(
            lambda library: library.sweep(self._instance, job_id), announce, self._writes.report
        )

    def _tell_changed(self, records: list[JobRecord]) -> None:
        for record in records:
            self.job_changed.emit(record)

    def _tell_moved(self, records: list[JobRecord]) -> None:
        """Those of this process: the queue of another is its own to show."""
        self._tell_changed([record for record in records if record.job.id in self._jobs])
