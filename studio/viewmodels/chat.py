"""What the Chat panel shows and does: conversations, the open branch, and the answer being written."""

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.conversations import (
    Attachment,
    Branch,
    Conversation,
    Message,
    MessageState,
    Said,
    TokensAdded,
)
from studio.core.errors import AnswerUnderWay, NoModelInstalled, NotFound, StudioError
from studio.core.messages import Phase
from studio.core.model import Ability, ModelSpec
from studio.core.personas import Persona
from studio.core.plan import Outlook
from studio.core.records import Asset, JobRecord, Problem
from studio.core.sampling import Sampling
from studio.session import Session
from studio.viewmodels.chat_branch import OpenBranch
from studio.viewmodels.chosen import chosen_model
from studio.viewmodels.conversations import ConversationShelf, Place
from studio.viewmodels.sampling import keep_sampling, kept_sampling
from studio.viewmodels.shell import WindowState
from studio.viewmodels.words import Words

OPEN_KEY = "chat.open"


class ChatViewModel(QObject):
    """State of the Chat panel, free of widgets.

    Attributes:
        conversations: what the side lists.
        shown_message: what `branch_changed` is about, where it is one message that was looked for.
        draft: what stands in the composer, kept per conversation and between starts.

    Signals:
        title_changed: the open conversation has another title.
        branch_changed: another conversation or branch is open; render it anew.
        earlier_shown: the branch has older messages than before at its beginning.
        message_changed (Message): one message of the open branch changed its state or text.
        text_added (TokensAdded): the answer of the open branch grew.
        picture_moved (str): the picture of this message is further on its way.
        phase_changed (Phase): what the model does for the open branch.
        busy_changed: an answer began or ended.
        settings_changed: model, system prompt or sampling; outlook_changed: what `outlook` says.
        draft_returned: what was sent could not be written; it stands in `draft` again.
        rewording_returned (str, Said): the same of another wording of this message.
        erased: a conversation is gone for good.
        refused (StudioError): what was asked cannot be done; said beside the composer.
    """

    title_changed = Signal()
    branch_changed = Signal()
    earlier_shown = Signal()
    message_changed = Signal(object)
    text_added = Signal(object)
    phase_changed = Signal(object)
    picture_moved = Signal(str)
    busy_changed = Signal()
    settings_changed = Signal()
    outlook_changed = Signal()
    draft_returned = Signal()
    rewording_returned = Signal(str, object)
    erased = Signal()
    refused = Signal(object)

    def __init__(self, session: Session, state: WindowState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._state = session, state
        self._system, self._notes = "", ""
        self._persona: Persona | None = None
        self._open = OpenBranch(session)
        self._sought = ""  # a message of another branch, which is on its way
        self._forked = ""  # the conversation that a fork was asked of
        self._phases: dict[str, Phase] = {}  # of jobs that make pictures of this conversation
        self.shown_message = ""
        self._asked = False  # something was said, and the rows of it are not written yet
        self._words = Words(session, state, self)
        self._words.draft_returned.connect(self._on_draft_returned)
        self._words.rewording_returned.connect(self.rewording_returned)
        self.conversations = ConversationShelf(session, state, self)
        self.conversations.filled.connect(self.title_changed)
        self.sampling = kept_sampling(state)
        session.ready.connect(self.reload)
        session.library_changed.connect(self.conversations.fill)
        session.chats.conversation_changed.connect(self._on_conversation_changed)
        session.chats.conversations_removed.connect(self._on_conversations_removed)
        session.chats.forked.connect(self._on_forked)
        session.chats.message_added.connect(self._on_message_added)
        session.chats.message_changed.connect(self._on_message_changed)
        session.chats.tokens_added.connect(self._on_tokens_added)
        session.phase_changed.connect(self._on_phase_changed)
        session.problem_raised.connect(self._on_problem)
        session.models.changed.connect(self._on_models_changed)
        session.settings_changed.connect(self._on_models_changed)
        session.models.outlook_changed.connect(self.outlook_changed)
        if session.is_open:
            self.reload()

    # What is shown.

    @property
    def conversation_id(self) -> str:
        """The open conversation; empty for one that is not begun."""
        return self.branch.conversation.id if self.branch else ""

    @property
    def branch(self) -> Branch | None:
        """The end of the open conversation's shown branch; None before the first message."""
        return self._open.branch

    @property
    def takes(self) -> tuple[Message, ...]:
        """Answers beside each other, of which none is kept yet; the branch ends with one of them."""
        return self._open.takes

    @property
    def has_takes(self) -> bool:
        """The last answer's siblings can be shown beside it."""
        return self._open.could_stand_beside and not self.busy and not self.trashed

    @property
    def models(self) -> list[ModelSpec]:
        return self._session.models.installed(Ability.REPLY)

    @property
    def looking(self) -> bool:
        """It is not known yet which models there are."""
        return not self._session.models.is_read

    @property
    def model(self) -> ModelSpec | None:
        return chosen_model(self._session, Ability.REPLY)

    @property
    def outlook(self) -> Outlook | None:
        """How the model will be held in memory; None while that is not known."""
        return self._session.models.outlook_of(self.model) if self.model else None

    @property
    def system(self) -> str:
        return self.branch.conversation.system if self.branch else self._system

    @property
    def notes(self) -> str:
        """What the model is to know in every answer."""
        return self.branch.conversation.notes if self.branch else self._notes

    @property
    def persona(self) -> Persona | None:
        return self.branch.conversation.persona if self.branch else self._persona

    @property
    def writing(self) -> Message | None:
        """The answer of the open branch that is being written."""
        last = self._open.last
        candidates = (*self.takes, last) if last and last.role == "assistant" else ()
        return next((one for one in candidates if one and one.state is MessageState.STREAMING), None)

    @property
    def trashed(self) -> bool:
        """The open conversation lies in the trash: it can be read, put back or erased, not gone on with."""
        return self.branch is not None and self.branch.conversation.trashed

    @property
    def busy(self) -> bool:
        """An answer of the open branch is being written, or was just asked for."""
        return self._asked or self.writing is not None

    def outcome(self, message: Message) -> JobRecord | None:
        """How the job of an answer stands; None for other messages, and where it is no longer known."""
        try:
            return self._session.job(message.job) if message.job else None
        except NotFound:
            return None

    def asset(self, asset: str) -> Asset | None:
        """A picture of the library; None where it is gone."""
        try:
            return self._session.asset(asset)
        except NotFound:
            return None

    def given(self, attachment: Attachment) -> Asset:
        """What `Thumbnails` shows for an attached picture."""
        return Asset(id=attachment.id, path=attachment.picture, width=0, height=0, created=0.0)

    def phase_of(self, message: Message) -> Phase | None:
        """How far the picture of a message is; None while nothing is heard of it."""
        return self._phases.get(message.job)

    @property
    def draft(self) -> str:
        return self._words.draft(self.conversation_id)

    @draft.setter
    def draft(self, text: str) -> None:
        self._words.set_draft(self.conversation_id, text)

    def draft_files(self, conversation: str) -> tuple[Attachment, ...]:
        """What stands in its composer beside the words, kept likewise; "" is one that is not begun."""
        return self._words.attachments(conversation)

    def set_draft_files(self, conversation: str, attachments: tuple[Attachment, ...]) -> None:
        self._words.set_attachments(conversation, attachments)

    # What the person does.

    def reload(self) -> None:
        """Reads the list anew and, at the start, opens the conversation that was open last."""
        self.conversations.fill()
        last = self._state.get(OPEN_KEY)
        if self.branch is None and self.conversations.list.row_of(last) >= 0:
            self.open(last)

    def go(self, place: Place) -> None:
        """List another place; what lies in the trash does not stay open outside it."""
        self.conversations.go(place)
        if self.trashed and place is not Place.TRASH:
            self.start_new()

    def open(self, conversation: str, message: str = "") -> None:
        """Shows its end, or the branch through a message of it with that in sight."""
        self._asked = False
        found = self._open.read(conversation, message)
        self._state.put(OPEN_KEY, conversation)
        self._tell_all(message if found else "")
        if not found:
            self._sought = message
            self._session.chats.show_branch(conversation, message)

    def show_earlier(self) -> None:
        """Reads further back."""
        if self.branch and not self.branch.whole:
            self._open.read_further()
            self.earlier_shown.emit()

    def start_new(self) -> None:
        """An empty conversation, which is stored with its first message."""
        self._open.close()
        self._asked = False
        self._state.put(OPEN_KEY, "")
        self._tell_all()

    def send(self, said: Said, takes: int = 1) -> bool:
        """Sends a message, for so many answers; False when it was refused, and it stays in the composer."""

        def say(model: ModelSpec) -> None:
            self._session.chats.check(said, model, self.sampling)
            conversation = self.conversation_id or self._begin()
            self._hold(said, self._session.chats.send(conversation, said, model, self.sampling, takes))
            self._words.clear(conversation)

        return self._ask(say)

    def stop(self) -> bool:
        """Stops the answer of the open branch; False where none is written."""
        if writing := self.writing:
            self._session.stop(writing.job)
        return writing is not None

    def regenerate(self, message: str, takes: int = 1) -> None:
        """Other answers beside this one."""
        self._ask(lambda model: self._session.chats.regenerate(message, model, self.sampling, takes))

    def go_on(self, message: str) -> None:
        """The answer that was cut off goes on where it ended."""
        self._ask(lambda model: self._session.chats.go_on(message, model, self.sampling))
        self._asked = False  # no new message comes of it: it changes at once, or a problem tells why not

    def compact(self) -> None:
        """The older messages are summed up, and the model reads the summary in their place."""
        self._try(lambda model: self._session.chats.compact(self.conversation_id, model, self.sampling))

    def make_picture(self, message: str) -> None:
        """The chosen models write a prompt of the message, and make the picture."""

        def make(writer: ModelSpec) -> None:
            painter = chosen_model(self._session, Ability.GENERATE)
            if painter is None:
                raise NoModelInstalled
            self._session.chats.make_picture(message, writer, painter)

        self._try(make)

    def edit(self, message: str, said: Said, takes: int = 1) -> bool:
        """Another wording of the person's message, answered, beside the old branch; False when refused."""

        def reword(model: ModelSpec) -> None:
            job = self._session.chats.edit(message, said, model, self.sampling, takes)
            self._hold(said, job, message)

        return self._ask(reword)

    def step(self, message: str, by: int) -> None:
        """Walks to the sibling before (-1) or after (+1)."""
        if self.branch is None or self.busy or self.trashed:
            return
        siblings = self.branch.siblings[message]
        place = siblings.index(message) + by
        if 0 <= place < len(siblings):
            self._session.chats.show_branch(self.conversation_id, siblings[place])

    def keep(self, message: str) -> None:
        """Of answers beside each other this one is shown from now on; the others stay its siblings."""
        last = self.branch.messages[-1].id if self.branch else ""
        self._open.keep()
        if message == last:
            self._tell_all()
        else:
            self._session.chats.show_branch(self.conversation_id, message)

    def set_beside(self) -> None:
        """The siblings of the last answer stand beside it, to be compared once more."""
        self._open.set_beside()
        self._tell_all()

    def fork(self, message: str) -> None:
        """Another conversation begins with what was said up to this message; it is opened."""
        self._forked = self.conversation_id
        self._session.chats.fork(self.conversation_id, message)

    def pin(self, message: Message) -> None:
        """The model always reads it; or no longer so."""
        self._session.chats.pin_message(message.id, not message.pinned)

    def exclude(self, message: Message) -> None:
        """The model does not read it; or does so again. Of a summary: it reads what that stands for."""
        self._session.chats.exclude_message(message.id, not message.excluded)

    def edit_summary(self, summary: str, text: str) -> None:
        self._session.chats.edit_summary(summary, text)

    def rename(self, conversation: str, title: str) -> None:
        self._session.chats.rename(conversation, title)

    def trash(self, conversation: str) -> None:
        self._session.chats.trash(conversation)

    def restore(self, conversation: str) -> None:
        self._session.chats.restore(conversation)

    def erase(self, conversation: str) -> None:
        """For good, its file too."""
        self._session.chats.erase(conversation)

    def choose_model(self, model: str) -> None:
        self._session.change_settings(language_model=model)

    def set_system(self, text: str) -> None:
        if self.branch:
            self._session.chats.set_system(self.conversation_id, text)
        else:
            self._system = text

    def set_notes(self, text: str) -> None:
        if self.branch:
            self._session.chats.set_notes(self.conversation_id, text)
        else:
            self._notes = text

    def set_persona(self, persona: Persona | None) -> None:
        """From the next answer on; None for nobody in particular."""
        if self.branch:
            self._session.chats.set_persona(self.conversation_id, persona)
        else:
            self._persona = persona
            self.settings_changed.emit()

    def set_sampling(self, **fields: object) -> None:
        """Changes some fields; None gives a field back to the model."""
        self.put_sampling(msgspec.structs.replace(self.sampling, **fields))

    def put_sampling(self, sampling: Sampling) -> None:
        """Takes the place of all fields."""
        self.sampling = sampling
        keep_sampling(self._state, sampling)
        self.settings_changed.emit()

    # What the session tells.

    def _tell_all(self, message: str = "") -> None:
        self.shown_message = message
        self.branch_changed.emit()
        self.busy_changed.emit()
        self.settings_changed.emit()

    def _begin(self) -> str:
        conversation = self._session.chats.begin(self._system, self._persona)
        if self._notes:
            self._session.chats.set_notes(conversation.id, self._notes)
            self._notes = ""
        self._words.clear("")
        self._open.begin(conversation)
        self._state.put(OPEN_KEY, conversation.id)
        return conversation.id

    def _ask(self, command: Callable[[ModelSpec], object]) -> bool:
        """Asks the model for an answer; False when that was refused, as while another is on its way."""
        if self.trashed:
            return False
        if self.busy:
            self.refused.emit(AnswerUnderWay())
            return False
        self._asked = True  # until the new messages are there
        done = self._try(command)
        self._asked = self._asked and done
        return done

    def _try(self, command: Callable[[ModelSpec], object]) -> bool:
        """Does something with the chosen model; False when that was refused."""
        try:
            if self.model is None:
                raise NoModelInstalled
            command(self.model)
        except StudioError as error:
            self.refused.emit(error)
            return False
        return True

    def _hold(self, said: Said, job: str, reworded: str = "") -> None:
        """Keep what was said until the answer's row tells that it is written."""
        self._words.hold(said, self.conversation_id, job, reworded)
        for message in self.branch.messages if self.branch else ():
            self._words.written(message.job)

    def _on_problem(self, _: Problem) -> None:
        """The store may have failed over what was asked: nothing would ever come, so the words come back."""
        self._asked = False
        self._words.give_back(self.conversation_id)

    def _on_draft_returned(self, conversation: str) -> None:
        if conversation == self.conversation_id:
            self.draft_returned.emit()

    def _on_conversation_changed(self, conversation: Conversation) -> None:
        if self.branch is None or conversation.id != self.conversation_id:
            return
        if conversation.trashed != self.branch.conversation.trashed:
            self.start_new()
        elif conversation.leaf != self.branch.conversation.leaf:
            sought, self._sought = self._sought, ""
            self.open(conversation.id, sought)
        else:
            self._open.branch = msgspec.structs.replace(self.branch, conversation=conversation)
            self.title_changed.emit()
            self.settings_changed.emit()

    def _on_conversations_removed(self, ids: tuple[str, ...]) -> None:
        if self.conversation_id in ids:
            self.start_new()
        self.erased.emit()

    def _on_models_changed(self, _: object) -> None:
        self.settings_changed.emit()

    def _on_forked(self, conversation: Conversation) -> None:
        if self._forked and self._forked == self.conversation_id:
            self.open(conversation.id)
        self._forked = ""

    def _on_message_added(self, message: Message) -> None:
        """A question and its answer are written together: whoever reads after the first has both."""
        self._words.written(message.job)
        if self.branch is None or message.conversation != self.conversation_id or self._open.knows(message):
            return
        if message.role == "summary":
            self._open.read_again()
            self.message_changed.emit(message)
        else:
            self.open(message.conversation)

    def _on_message_changed(self, message: Message) -> None:
        if self._open.replace(message):
            self.message_changed.emit(message)
            self.busy_changed.emit()

    def _on_tokens_added(self, added: TokensAdded) -> None:
        if self._open.grow(added):
            self.text_added.emit(added)

    def _on_phase_changed(self, phase: Phase) -> None:
        if (writing := self.writing) and writing.job == phase.job:
            self.phase_changed.emit(phase)
            return
        last = self._open.last
        if last and last.role == "picture" and last.job == phase.job:
            self._phases[phase.job] = phase
            self.picture_moved.emit(last.id)
