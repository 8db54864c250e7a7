"""What the Chat panel shows and does: the open conversation, what is said in it, and to which model."""

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.conversations import Attachment, Message, Said
from studio.core.errors import AnswerUnderWay, NoModelInstalled, StudioError
from studio.core.model import Ability, ModelSpec
from studio.core.personas import Persona
from studio.core.plan import Outlook
from studio.core.sampling import Sampling
from studio.session import Session
from studio.viewmodels.chat_open import OPEN_KEY, OpenConversation
from studio.viewmodels.chat_templates import Place
from studio.viewmodels.chosen import chosen_model
from studio.viewmodels.sampling import askable_of, keep_sampling, kept_sampling
from studio.viewmodels.shell import WindowState
from studio.viewmodels.words import Words


class ChatViewModel(OpenConversation):
    """State of the Chat panel, free of widgets.

    Attributes:
        draft: what stands in the composer, kept per conversation and between starts.

    Signals:
        outlook_changed: what `outlook` says.
        draft_returned: what was sent could not be written; it stands in `draft` again.
        rewording_returned (str, Said): the same of another wording of this message.
        refused (StudioError): what was asked cannot be done; said beside the composer.
    """

    outlook_changed = Signal()
    draft_returned = Signal()
    rewording_returned = Signal(str, object)
    refused = Signal(object)

    def __init__(self, session: Session, state: WindowState, parent: QObject | None = None) -> None:
        super().__init__(session, state, parent)
        self._system, self._notes = "", ""
        self._persona: Persona | None = None
        self._words = Words(session, state, self)
        self._words.draft_returned.connect(self._on_draft_returned)
        self._words.rewording_returned.connect(self.rewording_returned)
        self.sampling = kept_sampling(state)
        session.chats.message_added.connect(self._on_written)
        session.chats.conversations_removed.connect(self._on_erased)
        session.chats.turned_away.connect(self._on_turned_away)
        session.models.changed.connect(self._on_models_changed)
        session.settings_changed.connect(self._on_models_changed)
        session.models.outlook_changed.connect(self.outlook_changed)
        if session.is_open:
            self.reload()

    # What is shown.

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

    def sampling_for(self, model: ModelSpec) -> Sampling:
        """What of it the model is told."""
        return askable_of(self.sampling, model)

    @property
    def draft(self) -> str:
        return self._words.draft(self.conversation_id)

    @draft.setter
    def draft(self, text: str) -> None:
        self._words.set_draft(self.conversation_id, text)

    @property
    def draft_places(self) -> tuple[Place, ...]:
        """What is left to fill in of the draft."""
        return self._words.places(self.conversation_id)

    @draft_places.setter
    def draft_places(self, places: tuple[Place, ...]) -> None:
        self._words.set_places(self.conversation_id, places)

    def draft_files(self, conversation: str) -> tuple[Attachment, ...]:
        """What stands in its composer beside the words, kept likewise; "" is one that is not begun."""
        return self._words.attachments(conversation)

    def set_draft_files(self, conversation: str, attachments: tuple[Attachment, ...]) -> None:
        self._words.set_attachments(conversation, attachments)

    # What the person does.

    def send(self, said: Said, takes: int = 1) -> bool:
        """Sends a message, for so many answers; False when it was refused, and it stays in the composer."""

        def say(model: ModelSpec) -> None:
            sampling = self.sampling_for(model)
            self._session.chats.check(said, model, sampling)
            conversation = self.conversation_id or self._begin()
            self._hold(said, self._session.chats.send(conversation, said, model, sampling, takes))
            self._words.clear(conversation)

        return self._ask(say)

    def stop(self) -> bool:
        """Stops the answer of the open branch, else its summary or picture; False where none is made."""
        if made := self.writing or self.aside:
            self._session.stop(made.job)
            self._session.chats.settle()  # where nobody is left to stop it
        return made is not None

    def regenerate(self, message: str, takes: int = 1) -> None:
        """Other answers beside this one."""
        self._ask(
            lambda model: self._session.chats.regenerate(message, model, self.sampling_for(model), takes)
        )

    def go_on(self, message: str) -> None:
        """The answer that was cut off goes on where it ended."""
        self._ask(lambda model: self._session.chats.go_on(message, model, self.sampling_for(model)))
        self._asked = False  # no new message comes of it: it changes at once, or a problem tells why not

    def compact(self) -> None:
        """The older messages are summed up, and the model reads the summary in their place."""
        self._try(
            lambda model: self._session.chats.compact(self.conversation_id, model, self.sampling_for(model))
        )

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
            sampling = self.sampling_for(model)
            job = self._session.chats.edit(message, said, model, sampling, takes)
            self._hold(said, job, message)

        return self._ask(reword)

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

    # Within.

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

    def _on_written(self, message: Message) -> None:
        self._words.written(message.job)

    def _on_erased(self, ids: tuple[str, ...]) -> None:
        for conversation in ids:
            self._words.clear(conversation)

    def _on_turned_away(self, job: str) -> None:
        """No answer would ever come, so the words come back."""
        self._asked = False
        self._words.give_back(job, self.conversation_id)

    def _on_draft_returned(self, conversation: str) -> None:
        if conversation == self.conversation_id:
            self.draft_returned.emit()

    def _on_models_changed(self, _: object) -> None:
        self.settings_changed.emit()
