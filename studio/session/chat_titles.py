"""Titles of conversations, suggested by the model of the first answer once it has nothing else to do."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from studio.core.conversations import Branch, Conversation, Message, MessageState
from studio.core.ids import new_id
from studio.core.jobs import JobState, Reply, Suggest
from studio.core.messages import Result
from studio.core.model import ModelSpec
from studio.core.prompts.asking import asked, sampling_for, title_in
from studio.core.records import JobRecord
from studio.core.settings import Settings
from studio.session.asides import Aside, Asides
from studio.session.chats import ChatFlow, first_words
from studio.session.jobs import JobFlow
from studio.session.reads import Reads
from studio.session.writes import Writes
from studio.store.library import Library

READ = 1500  # characters of a message that say what it is about


class ChatTitles(QObject):
    """Asks after the first whole answer; the window's thread. The first words stay where what comes is no
    title (`core/prompts/asking.title_in`), or where the person has said one meanwhile."""

    def __init__(
        self,
        reads: Callable[[], Reads | None],
        settings: Callable[[], Settings],
        chats: ChatFlow,
        flow: JobFlow,
        writes: Writes,
        asides: Asides,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._reads, self._settings = reads, settings
        self._chats, self._writes, self._asides = chats, writes, asides
        flow.job_changed.connect(self._on_job_changed)

    def _on_job_changed(self, record: JobRecord) -> None:
        job, reads = record.job, self._reads()
        if record.state is not JobState.DONE or not isinstance(job, Reply) or reads is None:
            return
        conversation = reads.chats.get(job.conversation)
        if self._settings().suggest_titles and conversation and not conversation.named:
            branch = reads.chats.branch(job.conversation, job.message, last=3)
            exchange = _only_exchange(branch)
            if exchange and conversation.title == first_words(exchange[0].text, exchange[0].attachments):
                self._ask(conversation.id, "\n\n".join(one.text[:READ] for one in exchange), job.model)

    def _ask(self, conversation: str, text: str, model: ModelSpec) -> None:
        turns, sampling = asked("title", text, model), sampling_for("title")
        job = Suggest(id=new_id(), model=model, purpose="title", text=text, turns=turns, sampling=sampling)

        def take(result: Result) -> None:
            if title := title_in(result.text, text):
                self._writes.write(lambda library: _entitle(library, conversation, title), tell)

        def tell(changed: Conversation | None) -> None:
            if changed:
                self._chats.conversation_changed.emit(changed)

        self._asides.put(
            f"title of {conversation}",
            Aside(job=job, may_begin=lambda: self._asides.is_loaded(model), done=take),
        )


def _only_exchange(branch: Branch) -> tuple[Message, Message] | None:
    """Question and answer, where there is nothing else yet."""
    match branch.messages:
        case (question, answer) if branch.whole and answer.role == "assistant":
            return (question, answer) if answer.state is MessageState.COMPLETE else None
        case _:
            return None


def _entitle(library: Library, conversation_id: str, title: str) -> Conversation | None:
    """None where the person was faster, or does not want the conversation any more."""
    conversation = library.chats.get(conversation_id)
    if conversation is None or conversation.named or conversation.trashed:
        return None
    return library.chats.rename(conversation_id, title, named=False)
