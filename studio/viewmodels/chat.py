"""What the Chat panel shows and does: conversations, the branch that is open, and the answer being written."""

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.errors import NoModelInstalled, StudioError
from studio.core.jobs import Sampling
from studio.core.messages import Phase
from studio.core.model import Ability, ModelSpec
from studio.core.records import Branch, Conversation, JobRecord, Message, MessageState
from studio.session import Session, TokensAdded


class ChatViewModel(QObject):
    """State of the Chat panel, free of widgets.

    Attributes:
        branch: the open conversation from its root to the shown leaf; None before the first message.
        draft: what stands in the composer, kept per conversation.

    Signals:
        conversations_changed: the list at the side.
        branch_changed: another conversation or branch is open; render it anew.
        message_changed (Message): one message of the open branch changed its state or text.
        text_added (TokensAdded): the answer of the open branch grew.
        phase_changed (Phase): what the model does for the open branch.
        busy_changed: an answer began or ended.
        settings_changed: model, system prompt or sampling.
        refused (StudioError): what was asked cannot be done; said beside the composer.
    """

    conversations_changed = Signal()
    branch_changed = Signal()
    message_changed = Signal(object)
    text_added = Signal(object)
    phase_changed = Signal(object)
    busy_changed = Signal()
    settings_changed = Signal()
    refused = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._conversations: list[Conversation] = []
        self.branch: Branch | None = None
        self._drafts: dict[str, str] = {}
        self._system = ""
        self.sampling = Sampling()
        session.ready.connect(self.reload)
        session.conversation_changed.connect(self._on_conversation_changed)
        session.message_added.connect(self._on_message_added)
        session.message_changed.connect(self._on_message_changed)
        session.tokens_added.connect(self._on_tokens_added)
        session.phase_changed.connect(self._on_phase_changed)
        session.job_changed.connect(self._on_job_changed)
        session.models_changed.connect(lambda _: self.settings_changed.emit())
        session.settings_changed.connect(lambda _: self.settings_changed.emit())

    # What is shown.

    @property
    def conversations(self) -> list[Conversation]:
        return self._conversations

    @property
    def conversation_id(self) -> str:
        """The open conversation; empty for one that is not begun."""
        return self.branch.conversation.id if self.branch else ""

    @property
    def models(self) -> list[ModelSpec]:
        return self._session.models(Ability.REPLY)

    @property
    def model(self) -> ModelSpec | None:
        """The chosen model, else the first that is installed."""
        models = self.models
        chosen = self._session.settings.language_model
        return next((spec for spec in models if spec.id == chosen), models[0] if models else None)

    @property
    def system(self) -> str:
        return self.branch.conversation.system if self.branch else self._system

    @property
    def writing(self) -> Message | None:
        """The answer of the open branch that is being written."""
        if self.branch and self.branch.messages:
            last = self.branch.messages[-1]
            return last if last.state is MessageState.STREAMING else None
        return None

    @property
    def draft(self) -> str:
        return self._drafts.get(self.conversation_id, "")

    @draft.setter
    def draft(self, text: str) -> None:
        self._drafts[self.conversation_id] = text

    # What the person does.

    def reload(self) -> None:
        """Reads the list anew and, at the start, opens the conversation that was open last."""
        self._conversations = self._session.conversations()
        self.conversations_changed.emit()
        if self.branch is None and self._conversations:
            self.open(self._conversations[0].id)

    def open(self, conversation: str) -> None:
        self.branch = self._session.branch(conversation)
        self.branch_changed.emit()
        self.busy_changed.emit()
        self.settings_changed.emit()

    def start_new(self) -> None:
        """An empty conversation, which is stored with its first message."""
        self.branch = None
        self.branch_changed.emit()
        self.busy_changed.emit()
        self.settings_changed.emit()

    def send(self, text: str) -> bool:
        """Sends a message; False when it was refused, and the text stays in the composer."""
        if self.writing:
            return False
        try:
            model = self._require_model()
            conversation = self.conversation_id or self._begin()
            self._session.send(conversation, text, model, self.sampling)
        except StudioError as error:
            self.refused.emit(error)
            return False
        self._drafts.pop(conversation, None)
        return True

    def stop(self) -> None:
        if writing := self.writing:
            self._session.stop(writing.job)

    def regenerate(self, message: str) -> None:
        """Another answer beside this one."""
        self._try(lambda: self._session.regenerate(message, self._require_model(), self.sampling))

    def edit(self, message: str, text: str) -> None:
        """Another wording of the person's message, with an answer of its own, beside the old branch."""
        self._try(lambda: self._session.edit(message, text, self._require_model(), self.sampling))

    def step(self, message: str, by: int) -> None:
        """Walks to the sibling before (-1) or after (+1)."""
        if self.branch is None or self.writing:
            return
        siblings = self.branch.siblings[message]
        place = siblings.index(message) + by
        if 0 <= place < len(siblings):
            self._session.show_branch(self.conversation_id, siblings[place])

    def rename(self, conversation: str, title: str) -> None:
        self._session.rename(conversation, title)

    def trash(self, conversation: str) -> None:
        self._session.trash_conversation(conversation)

    def restore(self, conversation: str) -> None:
        self._session.restore_conversation(conversation)

    def choose_model(self, model: str) -> None:
        self._session.change_settings(language_model=model)

    def set_system(self, text: str) -> None:
        if self.branch:
            self._session.set_system(self.conversation_id, text)
        else:
            self._system = text

    def set_sampling(self, **fields: float | int | None) -> None:
        """Changes some fields; None gives a field back to the model."""
        self.sampling = msgspec.structs.replace(self.sampling, **fields)
        self.settings_changed.emit()

    def reset_sampling(self) -> None:
        self.sampling = Sampling()
        self.settings_changed.emit()

    # What the session tells.

    def _begin(self) -> str:
        conversation = self._session.new_conversation(self._system)
        self._drafts.pop("", None)
        self.branch = Branch(conversation=conversation, messages=(), siblings={})
        return conversation.id

    def _require_model(self) -> ModelSpec:
        if self.model is None:
            raise NoModelInstalled
        return self.model

    def _try(self, command: Callable[[], None]) -> None:
        try:
            command()
        except StudioError as error:
            self.refused.emit(error)

    def _on_conversation_changed(self, conversation: Conversation) -> None:
        self._conversations = self._session.conversations()
        self.conversations_changed.emit()
        if self.branch is None or conversation.id != self.conversation_id:
            return
        if conversation.trashed:
            self.start_new()
        elif conversation.leaf != self.branch.conversation.leaf:
            self.open(conversation.id)
        else:
            self.branch = msgspec.structs.replace(self.branch, conversation=conversation)
            self.settings_changed.emit()

    def _on_message_added(self, message: Message) -> None:
        if message.conversation == self.conversation_id:
            self.open(message.conversation)

    def _on_message_changed(self, message: Message) -> None:
        if self._replace(message):
            self.message_changed.emit(message)
            self.busy_changed.emit()

    def _on_tokens_added(self, added: TokensAdded) -> None:
        last = self.branch.messages[-1] if self.branch and self.branch.messages else None
        if last is None or last.id != added.message:
            return
        self._replace(msgspec.structs.replace(last, text=last.text + added.text, tokens=added.count))
        self.text_added.emit(added)

    def _on_phase_changed(self, phase: Phase) -> None:
        if (writing := self.writing) and writing.job == phase.job:
            self.phase_changed.emit(phase)

    def _on_job_changed(self, record: JobRecord) -> None:
        if (writing := self.writing) and writing.job == record.job.id and record.state.ended:
            self.busy_changed.emit()

    def _replace(self, message: Message) -> bool:
        """Puts the message into the open branch; False when it is not part of it."""
        if self.branch is None or all(one.id != message.id for one in self.branch.messages):
            return False
        messages = tuple(message if one.id == message.id else one for one in self.branch.messages)
        self.branch = msgspec.structs.replace(self.branch, messages=messages)
        return True
