"""What the next answer would read, counted by the model itself while the person still writes."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.conversations import Branch, Conversation, Said
from studio.core.errors import BadRequest, ServerError
from studio.core.job_checks import check_turns
from studio.core.jobs import ReadContext
from studio.core.messages import ContextRead
from studio.core.model import ModelSpec
from studio.core.plain_text import clean_text
from studio.core.sampling import Sampling
from studio.core.settings import Settings
from studio.core.turns import Counted
from studio.engine.engine import Engine
from studio.session.asides import Aside, Asides
from studio.session.chat_turns import turns_with, within_reach
from studio.session.model_desk import ModelDesk
from studio.session.reads import Reads, then
from studio.session.relay import Relay

ABOUT = "context"
AFTER_MS = 150  # without another question: who types asks at every letter


class _Question(msgspec.Struct, frozen=True):
    branch: Branch
    said: Said
    model: ModelSpec
    sampling: Sampling
    ahead: bool


class ContextDesk(QObject):
    """Asks the model when it has nothing else to do; the window's thread. What cannot be counted is left
    unsaid.

    Signals:
        counted (Counted): what the last question came to.
    """

    counted = Signal(object)

    def __init__(
        self,
        reads: Callable[[], Reads | None],
        settings: Callable[[], Settings],
        library: Path,
        models: ModelDesk,
        asides: Asides,
        engine: Engine,
        relay: Relay,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._reads, self._settings, self._library, self._models = reads, settings, library, models
        self._asides, self._relay = asides, relay
        self._question: _Question | None = None
        self._asking = QTimer(self, singleShot=True, interval=AFTER_MS)
        self._asking.timeout.connect(self._look)
        engine.context_read.connect(self._on_context_read)

    def close(self) -> None:
        self._asking.stop()

    def ask(
        self, branch: Branch | None, said: Said, model: ModelSpec, sampling: Sampling, ahead: bool
    ) -> None:
        """What an answer to `said` below this branch would read; the newest question replaces the others.

        Of a conversation that is not begun the branch is None, or holds what is set for it under an empty id.
        A model that is not loaded is loaded only once something is said, where the person lets models read
        ahead and there is room for it. With `ahead` it reads what it counts.
        """
        self.cancel()
        ahead = ahead and self._settings().read_ahead
        self._question = _Question(branch or _nothing(), said, model, sampling, ahead)
        self._asking.start()

    def cancel(self) -> None:
        """Nobody wants to know any more."""
        self._question = None
        self._asking.stop()
        self._asides.drop(ABOUT)

    def _look(self) -> None:
        """Of a long conversation the window has only the end; all of it is read in another thread."""
        question, reads = self._question, self._reads()
        if question is None or reads is None:
            return
        shown = question.branch
        if shown.whole:
            self._count(question, self._job(question, shown))
            return
        leaf = shown.messages[-1].id if shown.messages else None
        job = then(reads.branch(shown.conversation.id, leaf), lambda branch: self._job(question, branch))
        self._relay.then(job, lambda job: self._count(question, job), lambda _: None)

    def _job(self, question: _Question, branch: Branch) -> ReadContext | None:
        """For any thread; None for what cannot be sent: whoever sends it is told."""
        said = msgspec.structs.replace(question.said, text=clean_text(question.said.text))
        job = ReadContext(
            id="",
            model=question.model,
            conversation=branch.conversation.id,
            turns=within_reach(turns_with(branch, self._library, said))[0],
            sampling=question.sampling,
            ahead=question.ahead,
        )
        try:
            check_turns(job)
        except BadRequest:
            return None
        return job

    def _count(self, question: _Question, job: ReadContext | None) -> None:
        if question is not self._question or job is None:
            return
        try:
            self._models.check_listed(question.model)
        except ServerError:
            return
        self._asides.put(
            ABOUT,
            Aside(
                job=job,
                may_begin=lambda: self._may_begin(question),
                done=lambda _: None,
                first=True,
                again=False,  # what is sent is counted by its answer
            ),
        )

    def _may_begin(self, question: _Question) -> bool:
        if self._asides.is_loaded(question.model):
            return True
        says = bool(question.said.text.strip() or question.said.attachments)
        return says and self._settings().read_ahead and self._asides.has_room(question.model)

    def _on_context_read(self, read: ContextRead) -> None:
        if self._question and read.job == self._asides.running(ABOUT):
            conversation = self._question.branch.conversation.id
            self.counted.emit(Counted(conversation=conversation, use=read.use))


def _nothing() -> Branch:
    return Branch(conversation=Conversation(id="", created=0.0, updated=0.0), messages=(), siblings={})
