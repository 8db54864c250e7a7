"""How jobs end: their rows, and the messages that they filled, in one write."""

import time
from collections.abc import Callable

import msgspec

from studio.core.conversations import Message, MessageState
from studio.core.jobs import AnyJob, JobState
from studio.core.messages import Figures, Note
from studio.core.records import JobRecord, Problem
from studio.store.library import Library

Ended = tuple[JobRecord, list[Message]]

_MESSAGE_STATES = {
    JobState.DONE: MessageState.COMPLETE,
    JobState.STOPPED: MessageState.STOPPED,
    JobState.FAILED: MessageState.FAILED,
}


class Take(msgspec.Struct, frozen=True):
    """One of a job's answers: `begun` stood there before, and the rest was `said`, with so many tokens in
    all. `finish` says why it ended by itself, before others did."""

    message: str
    begun: str
    said: tuple[str, int] | None
    finish: str = ""

    def write(self, library: Library, state: MessageState, seconds: float, finish: str) -> Message | None:
        """None where the conversation was erased meanwhile."""
        if library.chats.message(self.message) is None:
            return None
        text, count = (self.begun + self.said[0], self.said[1]) if self.said else (None, None)
        if self.finish:
            state, seconds, finish = MessageState.COMPLETE, 0.0, self.finish
        return library.chats.finish(self.message, state, text, count, seconds, finish)

    def imagined(self, library: Library, state: MessageState) -> Message | None:
        message = library.chats.message(self.message)
        if message is None:
            return None
        text = self.begun + self.said[0] if self.said else message.text
        state = MessageState.COMPLETE if self.finish else state
        return msgspec.structs.replace(message, state=state, text=text)


class Ending(msgspec.Struct, frozen=True):
    """How a job ended; for the job's row and the messages of its answers."""

    state: JobState
    figures: Figures = Figures()
    notes: tuple[Note, ...] = ()
    problem: Problem | None = None
    finish: str = ""
    takes: tuple[Take, ...] = ()

    def write(self, library: Library, job: AnyJob, instance: str) -> Ended:
        with library.transaction():
            keep_row(library, job, instance)
            record = library.jobs.finish(job.id, self.state, self.problem, self.notes, self.figures)
            return record, self.write_takes(library)

    def write_takes(self, library: Library) -> list[Message]:
        seconds = self.figures.seconds
        with library.transaction():
            return self._each(lambda take, state: take.write(library, state, seconds, self.finish))

    def imagined(self, library: Library, job: AnyJob) -> Ended:
        """What `write` would give, where nothing can be written."""
        record = library.jobs.get(job.id) or JobRecord(job=job, state=self.state, created=time.time())
        record = msgspec.structs.replace(
            record,
            state=self.state,
            ended=time.time(),
            problem=self.problem,
            notes=self.notes,
            figures=self.figures,
        )
        return record, self._each(lambda take, state: take.imagined(library, state))

    def _each(self, end: Callable[[Take, MessageState], Message | None]) -> list[Message]:
        """The messages of the takes, each brought to its end."""
        if not self.takes:
            return []
        ended = [end(take, _MESSAGE_STATES[self.state]) for take in self.takes]
        return [message for message in ended if message is not None]


def keep_row(library: Library, job: AnyJob, instance: str) -> None:
    """A job under way has a row, even where an older copy has taken the database's place meanwhile."""
    if library.jobs.get(job.id) is None:
        library.jobs.add(job, instance)
