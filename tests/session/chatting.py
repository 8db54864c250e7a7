"""A desk of conversations in one thread: the real library and flow of jobs; a test plays the model."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.conversations import Branch, Conversation, Message, Said
from studio.core.errors import StudioError
from studio.core.jobs import AnyJob, GenerateImages, Lane, Reply, lane_of
from studio.core.lane import LaneStatus
from studio.core.messages import Cancelled, ContextRead, Failed, Result, TakeEnded, Tokens
from studio.core.model import Ability, ModelSpec
from studio.core.sampling import Sampling
from studio.core.settings import Settings
from studio.core.turns import ContextUse, TurnTokens
from studio.session.asides import Asides
from studio.session.chat_context import ContextDesk
from studio.session.chat_desk import ChatDesk, ChatWork
from studio.session.jobs import JobFlow
from studio.session.suggestions import Suggestions
from studio.store.instances import Instance
from studio.store.library import Library
from tests.session.conftest import FAKE
from tests.store.conftest import stage

WRITER = msgspec.structs.replace(FAKE, id="local/writer", name="Writer", abilities=(Ability.REPLY,))


class PlayedEngine(QObject):
    """Takes jobs and does nothing by itself.

    Attributes:
        jobs: those that have not ended, in the order in which they came.
        order: what it was told, in words.
        loaded: ids of models.
    """

    job_started = Signal(str)
    picture_saved = Signal(object)
    pictures_failed = Signal(object)
    tokens_arrived = Signal(object)
    context_read = Signal(object)
    take_ended = Signal(object)
    job_finished = Signal(object)
    job_failed = Signal(object)
    job_cancelled = Signal(object)
    lane_changed = Signal(object)
    phase_changed = Signal(object)
    all_told = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[AnyJob] = []
        self.order: list[tuple[str, str]] = []
        self.loaded: tuple[str, ...] = (WRITER.id,)
        self.roomy = True

    def submit(self, job: AnyJob, staging: Path) -> None:
        self.jobs.append(job)
        self.order.append(("submit", job.id))
        self.job_started.emit(job.id)

    def cancel(self, job_id: str) -> None:
        self.order.append(("cancel", job_id))
        if self._end(job_id):
            self.job_cancelled.emit(Cancelled(job=job_id))

    def is_idle(self, lane: Lane) -> bool:
        return not any(lane_of(job) == lane for job in self.jobs)

    def has_room(self, lane: Lane, model: ModelSpec) -> bool:
        return self.roomy

    def status(self, lane: Lane) -> LaneStatus:
        return LaneStatus(lane=lane, models=self.loaded)

    # What a worker says.

    @property
    def last(self) -> Any:
        return self.jobs[-1]

    def say(self, job: AnyJob, text: str, count: int, take: int = 0) -> None:
        self.say_more(job, text, count, take)
        self.all_told.emit()

    def say_more(self, job: AnyJob, text: str, count: int, take: int = 0) -> None:
        """Within a turn of the event loop that goes on."""
        self.tokens_arrived.emit(Tokens(job=job.id, text=text, count=count, take=take))

    def end_take(self, job: AnyJob, take: int) -> None:
        self.end_also(job, take)
        self.all_told.emit()

    def end_also(self, job: AnyJob, take: int) -> None:
        """Within a turn of the event loop that goes on."""
        self.take_ended.emit(TakeEnded(job=job.id, take=take, finish="stop"))

    def finish(self, job: AnyJob, text: str = "", finish: str = "stop") -> None:
        self._end(job.id)
        self.job_finished.emit(Result(job=job.id, text=text, finish=finish))
        self.rest()

    def fail(self, job: AnyJob, code: str = "unexpected_error") -> None:
        self._end(job.id)
        self.job_failed.emit(Failed(job=job.id, code=code))
        self.rest()

    def count(self, job: AnyJob, tokens: int) -> None:
        use = ContextUse(turns=(TurnTokens(tokens=tokens),), total=tokens, room=100)
        self.context_read.emit(ContextRead(job=job.id, use=use))

    def rest(self) -> None:
        self.lane_changed.emit(self.status("language"))

    def _end(self, job_id: str) -> bool:
        before = len(self.jobs)
        self.jobs = [job for job in self.jobs if job.id != job_id]
        return len(self.jobs) < before


class Here:
    """Writes at once, and keeps what could not be written."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.problems: list[str] = []
        self.refused: StudioError | None = None  # what every write comes to

    def write(
        self,
        change: Callable[[Library], Any],
        then: Callable[[Any], object],
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        try:
            if self.refused:
                raise self.refused
            outcome = change(self.library)
        except StudioError as error:
            (failed or self.report)(error)
        else:
            then(outcome)

    write_surely = write

    def report(self, error: Exception) -> None:
        assert isinstance(error, StudioError)
        self.problems.append(error.code)

    def then(self, future: Future[Any], succeeded: Callable[[Any], object], _: object) -> None:
        succeeded(future.result())


class _Models:
    def check_listed(self, model: ModelSpec) -> None:
        """Nothing is on a server here."""

    def installed(self, ability: Ability) -> list[ModelSpec]:
        return [WRITER]


class _Reads:
    def __init__(self, library: Library) -> None:
        self.chats = library.chats

    def branch(self, conversation: str, leaf: str | None) -> Future[Branch]:
        future: Future[Branch] = Future()
        future.set_result(self.chats.branch(conversation, leaf))
        return future


class Chatting:
    """All that has to do with conversations, over one library."""

    def __init__(self, library: Library) -> None:
        self.library, self.engine, self.writes = library, PlayedEngine(), Here(library)
        self.instance = Instance(library.paths)
        self.settings, self.root, self.told = Settings(suggest_titles=False), QObject(), []
        staging = library.paths.staging / self.instance.id
        models: Any = _Models()
        engine: Any = self.engine
        writes: Any = self.writes
        reads: Any = _Reads(library)
        self.flow = JobFlow(writes, engine, staging, self.instance.id, self.root)
        suggestions = Suggestions(self.flow, engine, models, self.root)
        asides = Asides(self.flow, engine, staging, self.root)
        self.asides = asides
        work = ChatWork(models, self.flow, writes, asides, suggestions, self._generate)
        self.desk = ChatDesk(lambda: reads, lambda: self.settings, work, self.root)
        self.context = ContextDesk(
            lambda: reads,
            lambda: self.settings,
            library.paths.library,
            models,
            asides,
            engine,
            writes,
            self.root,
        )
        self.desk.message_changed.connect(self.told.append)

    def close(self) -> None:
        self.desk.close()
        self.context.close()
        self.root.deleteLater()
        self.instance.close(remember=False)

    def _generate(self, job: GenerateImages, failed: Callable[[Exception], object]) -> None:
        self.flow.submit(job, failed)

    # Shorthand.

    def begin(self, *exchanges: str, **fields: Any) -> Conversation:
        """A conversation of such questions, each answered with its words in capitals."""
        conversation = self.desk.begin(**fields)
        for text in exchanges:
            self.send(conversation, text)
            self.answer(text.upper())
        return conversation

    def send(self, conversation: Conversation, text: str, takes: int = 1) -> Reply:
        self.desk.send(conversation.id, Said(text=text), WRITER, Sampling(), takes)
        return self.engine.last

    def answer(self, text: str) -> None:
        job = self.engine.last
        self.engine.say(job, text, len(text))
        self.engine.finish(job, text)

    def branch(self, conversation: Conversation, leaf: str | None = None) -> Branch:
        return self.library.chats.branch(conversation.id, leaf)

    def texts(self, conversation: Conversation) -> list[str]:
        return [message.text for message in self.branch(conversation).messages]

    def talk(self, conversation: Conversation) -> tuple[Conversation, list[Message]]:
        """All that is known of it."""
        found = self.library.chats.get(conversation.id)
        assert found is not None
        return found, self.library.chats.messages(conversation.id)

    def paint(self, job: GenerateImages) -> str:
        """One picture of the job arrives; its id in the library."""
        staged = stage(self.library.paths, job.prompt, self.instance.id, job.id)
        asset = self.library.adopt(staged)
        self.flow.asset_added.emit(asset, job.id)
        return asset.id

    def crash(self) -> None:
        """The process dies, and another one opens the library."""
        self.engine.jobs.clear()
        self.library.jobs.interrupt([])
        self.library.recover([self.instance.id])
