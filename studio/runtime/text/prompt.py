"""What a model reads for an answer: as much of the conversation as its context holds, as tokens."""

from dataclasses import dataclass

from studio.core.errors import ContextFull
from studio.core.jobs import ReadingJob, Reply
from studio.core.turns import ContextUse
from studio.runtime.desk import Desk
from studio.runtime.text.context import Reader, fit
from studio.runtime.text.shown import Placed, cache_ids


@dataclass(frozen=True)
class Prompt:
    """What the model reads.

    Attributes:
        ids: its tokens.
        templated: a chat template wrote it; else names and line breaks have to tell the turns apart.
        room: how many tokens the answer may have.
        use: what each turn takes of the context.
        pictures: those among the ids.
    """

    ids: list[int]
    templated: bool
    room: int
    use: ContextUse
    pictures: tuple[Placed, ...] = ()

    @property
    def keys(self) -> list[int]:
        """The ids as a cache tells them from others: two pictures have the same."""
        return cache_ids(self.ids, self.pictures) if self.pictures else self.ids


def build_prompt(loaded: Reader, job: ReadingJob, desk: Desk) -> Prompt:
    """The newest turns that fit, all that are kept always among them, and what is begun of the answer.

    The desk notes what is dropped. Raises ContextFull when even what must be read does not fit.
    """
    reading = fit(loaded, job, desk)
    use = reading.use
    if use.limit and use.total >= use.limit:
        raise ContextFull(tokens=use.total, model=job.model.name, limit=use.limit)
    if reading.start:
        loaded.dropped = (job.conversation, reading.start)
    left_out = job.left_out if isinstance(job, Reply) else 0
    if dropped := left_out + sum(turn.dropped for turn in use.turns):
        first = next((turn.message for turn in job.turns[reading.start :] if not turn.kept), "")
        desk.note("messages_dropped", count=dropped, first=first)
    return Prompt(reading.ids, reading.templated, use.room, use, reading.pictures)
