"""Conversations: what the person says becomes a message, an empty answer below it and a job that fills it."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.conversations import Attachment, Conversation, Message, MessageRole, MessageState, Said
from studio.core.errors import AnswerUnderWay, ConversationGone, MessageEmpty, NotFound
from studio.core.ids import new_id
from studio.core.job_checks import check_turns
from studio.core.jobs import Reply
from studio.core.model import ModelSpec
from studio.core.personas import Persona
from studio.core.plain_text import clean_text
from studio.core.prompts.asking import TITLE_LENGTH
from studio.core.records import JobRecord
from studio.core.sampling import Sampling
from studio.core.turns import AttachedText, ChatTurn
from studio.session.chat_turns import turns_of, within_reach
from studio.session.jobs import JobFlow
from studio.session.writes import Writes
from studio.store.library import Library

# Without a change: the file of a long conversation takes a fifth of a second to write, so that is done when
# nothing else is.
MIRROR_AFTER_MS = 1500


Ask = Callable[[Library], Message]


class Asked(msgspec.Struct, frozen=True):
    """A job that fills messages, and what was written for it: those it fills, and others.

    Attributes:
        added, changed: messages that are new, and one that goes on.
    """

    job: Reply
    conversation: Conversation
    added: tuple[Message, ...] = ()
    changed: tuple[Message, ...] = ()


class ChatFlow(QObject):
    """Changes conversations; a message, its empty answer and the job that fills it are one write.

    Signals:
        conversation_changed (Conversation), message_added, message_changed (Message): the rows are written.
        forked (Conversation): likewise; another was made out of one.
        conversations_removed (tuple of ids): rows and files are gone.
        turned_away (str): this job, with what was said for it, could not be written; a problem told why.
    """

    conversation_changed = Signal(object)
    conversations_removed = Signal(object)
    forked = Signal(object)
    message_added = Signal(object)
    message_changed = Signal(object)
    turned_away = Signal(str)

    def __init__(
        self,
        flow: JobFlow,
        writes: Writes,
        draft_of: Callable[[ModelSpec], ModelSpec | None],
        parent: QObject,
    ) -> None:
        """`draft_of` names the smaller model that guesses ahead for one."""
        super().__init__(parent)
        self._draft_of = draft_of
        self._flow = flow
        self._writes = writes
        self._mirroring = QTimer(self, singleShot=True, interval=MIRROR_AFTER_MS)
        self._mirroring.timeout.connect(self._mirror)
        self.conversation_changed.connect(self._mirror_later)
        flow.job_changed.connect(self._mirror_later)

    def close(self) -> None:
        """What was not mirrored is left to `tidy`."""
        self._mirroring.stop()

    def begin(self, system: str, persona: Persona | None, folder: str) -> Conversation:
        """A new conversation; whatever is done to it afterwards is written after it."""
        now = time.time()
        conversation = Conversation(
            id=new_id(),
            created=now,
            updated=now,
            system=clean_text(system),
            persona=persona,
            folder=clean_text(folder).strip(),
        )
        self._writes.write(
            lambda library: library.chats.put(conversation, []),
            lambda _: self.conversation_changed.emit(conversation),
        )
        return conversation

    def change(self, change: Callable[[Library], Conversation]) -> None:
        """Changes what is said about a conversation, or which branch of it is shown."""
        self._writes.write(change, self.conversation_changed.emit)

    def change_all(self, change: Callable[[Library], Sequence[Conversation]]) -> None:
        """The same for several conversations."""

        def tell(changed: Sequence[Conversation]) -> None:
            for conversation in changed:
                self.conversation_changed.emit(conversation)

        self._writes.write(change, tell)

    def fork(self, conversation: str, message: str) -> None:
        """Another conversation with the way to this message."""

        def tell(copy: Conversation) -> None:
            self.conversation_changed.emit(copy)
            self.forked.emit(copy)

        self._writes.write(lambda library: library.chats.fork(conversation, message), tell)

    def settle(self) -> None:
        """Answers of processes that have died, such as a command line's, are interrupted."""

        def tell(interrupted: Sequence[Message]) -> None:
            for message in interrupted:
                self.tell_changed(message)

        self._writes.write(lambda library: library.settle_answers(), tell)

    def edit_summary(self, message: str, text: str) -> None:
        """The person's own words from now on, also where it was broken off."""

        def change(library: Library) -> Message:
            if known(library, message).state is MessageState.STREAMING:
                raise AnswerUnderWay
            return library.chats.change_message(message, text=text, state=MessageState.COMPLETE)

        self._writes.write(change, self.tell_changed)

    def change_message(self, message: str, **fields: Any) -> None:
        """Changes fields of a message, by the names of `Message`."""
        self._writes.write(lambda library: library.chats.change_message(message, **fields), self.tell_changed)

    def tell_changed(self, message: Message) -> None:
        """A message was changed, and its conversation's file is to follow."""
        self.message_changed.emit(message)
        self._mirror_later(message)

    def erase(self, conversation: str) -> None:
        """Removes a conversation that lies in the trash, with its file; an answer under way is stopped."""

        def tell(_: None) -> None:
            self._flow.stop_answers(conversation)
            self.conversations_removed.emit((conversation,))

        self._writes.write(lambda library: library.erase_conversation(conversation), tell)

    def check(self, said: Said, model: ModelSpec, sampling: Sampling) -> None:
        """Raises the BadRequest that `send` would raise."""
        _checked(said, model, sampling)

    def send(self, conversation: str, said: Said, model: ModelSpec, sampling: Sampling, takes: int) -> str:
        """Says something at the end of the shown branch; the id of the answering job. Raises BadRequest."""
        said = _checked(said, model, sampling)

        def ask(library: Library) -> Message:
            shown = library.chats.get(conversation)
            if shown is None:
                raise ConversationGone
            if not shown.title:
                library.chats.rename(conversation, first_words(said.text, said.attachments), named=False)
            check_whole(library, shown.leaf)
            return _add_question(library, conversation, shown.leaf, said)

        return self._submit(ask, model, sampling, takes)

    def edit(self, message: str, said: Said, model: ModelSpec, sampling: Sampling, takes: int) -> str:
        """Another wording beside the person's message, answered; the id of the job. Raises BadRequest."""
        said = _checked(said, model, sampling)

        def ask(library: Library) -> Message:
            old = known(library, message)
            check_whole(library, old.parent)
            return _add_question(library, old.conversation, old.parent, said)

        return self._submit(ask, model, sampling, takes)

    def regenerate(self, message: str, model: ModelSpec, sampling: Sampling, takes: int) -> str:
        """Another answer beside this one; the id of its job."""
        _checked(Said(text="again"), model, sampling)

        def ask(library: Library) -> Message:
            answer = known(library, message)
            library.jobs.decline([answer.job])  # if it was interrupted: this is what becomes of it
            return known(library, _answered(answer))

        return self._submit(ask, model, sampling, takes)

    def go_on(self, message: str, model: ModelSpec, sampling: Sampling) -> str:
        """More of an answer, in the same message; the id of the job. Raises BadRequest."""
        _checked(Said(text="more"), model, sampling)
        job_id, draft = new_id(), self._draft_of(model)

        def build(library: Library) -> Asked:
            check_whole(library, message)
            answer = known(library, message)
            if answer.role != "assistant":
                raise NotFound(name=message)
            question = _answered(answer)
            library.jobs.decline([answer.job])
            branch = library.chats.branch(answer.conversation, answer.id)
            turns, left_out = within_reach(turns_of(branch, library.paths.library, question))
            begun = library.chats.change_message(
                answer.id,
                state=MessageState.STREAMING,
                job=job_id,
                model=model.name,
                persona=_persona(library, answer.conversation),
                finish="",
            )
            job = Reply(
                id=job_id,
                model=model,
                conversation=answer.conversation,
                message=answer.id,
                turns=turns,
                left_out=left_out,
                begun=answer.text,
                begun_tokens=answer.tokens,
                sampling=sampling,
                draft=draft,
            )

            return Asked(job, branch.conversation, changed=(begun,))

        self.submit(job_id, build)
        return job_id

    def submit(
        self, job_id: str, build: Callable[[Library], Asked], then: Callable[[Asked], object] | None = None
    ) -> None:
        """Queues the job that `build` makes, in one write with its messages; what is to follow once they are
        written comes before they are told of."""
        asked: list[Asked] = []

        def make(library: Library) -> Reply:
            asked.append(build(library))
            return asked[0].job

        def tell(_: Reply) -> None:
            if then:
                then(asked[0])
            for message in asked[0].added:
                self.message_added.emit(message)
            for message in asked[0].changed:
                self.message_changed.emit(message)
            self.conversation_changed.emit(asked[0].conversation)

        def fail(error: Exception) -> None:
            self._writes.report(error)
            self.turned_away.emit(job_id)

        self._flow.submit_built(make, tell, fail)

    def _submit(self, ask: Ask, model: ModelSpec, sampling: Sampling, takes: int) -> str:
        """Queues the answers to the message that `ask` names; all rows are written together."""
        job_id, draft = new_id(), self._draft_of(model) if takes == 1 else None

        def build(library: Library) -> Asked:
            question = ask(library)
            who = _persona(library, question.conversation)
            empty = partial(empty_message, question, "assistant", job_id, model, who)
            answers = [empty() for _ in range(takes)]
            for answer in reversed(answers):  # the first is the one that is shown
                library.chats.add_message(answer)
            branch = library.chats.branch(question.conversation)
            turns, left_out = within_reach(turns_of(branch, library.paths.library, question.id))
            job = Reply(
                id=job_id,
                model=model,
                conversation=question.conversation,
                message=answers[0].id,
                takes=tuple(answer.id for answer in answers[1:]),
                turns=turns,
                left_out=left_out,
                sampling=sampling,
                draft=draft,
            )
            return Asked(job, branch.conversation, added=(question, *answers))

        self.submit(job_id, build)
        return job_id

    def _mirror_later(self, _: Conversation | Message | JobRecord) -> None:
        self._mirroring.start()

    def _mirror(self) -> None:
        """Not while answers are written, whose words would have to wait; the ends of their jobs come here."""
        if not self._flow.is_answering:
            self._writes.write(lambda library: library.mirror_dirty(), lambda _: None)


def _checked(said: Said, model: ModelSpec, sampling: Sampling) -> Said:
    """With its text cleaned; raises what a job made of it would be refused for."""
    files = tuple(AttachedText(file.name, file.text) for file in said.attachments if file.text)
    pictures = tuple(file.picture for file in said.attachments if file.picture)
    text = clean_text(said.text)
    turn = ChatTurn("user", text, files=files, pictures=pictures)
    check_turns(Reply(id="", model=model, conversation="", message="", turns=(turn,), sampling=sampling))
    return msgspec.structs.replace(said, text=text)


def known(library: Library, message: str) -> Message:
    """Raises ConversationGone: single messages are never erased."""
    found = library.chats.message(message)
    if found is None:
        raise ConversationGone
    return found


def _answered(answer: Message) -> str:
    """What it answers. Raises MessageEmpty for one that begins a conversation, as imported ones may."""
    if answer.parent is None:
        raise MessageEmpty
    return answer.parent


def check_whole(library: Library, message: str | None) -> None:
    """Nothing is said below an answer that is still written: the model would read the half of it. Raises
    AnswerUnderWay."""

    def is_written() -> bool:
        found = library.chats.message(message) if message else None
        while found and found.role == "picture":
            found = library.chats.message(found.parent) if found.parent else None
        return found is not None and found.role == "assistant" and found.state is MessageState.STREAMING

    if is_written():
        library.settle_answers()
        if is_written():
            raise AnswerUnderWay


def _add_question(library: Library, conversation: str, parent: str | None, said: Said) -> Message:
    question = Message(
        id=new_id(),
        conversation=conversation,
        parent=parent,
        role="user",
        text=said.text,
        created=time.time(),
        attachments=said.attachments,
    )
    library.chats.add_message(question)
    return question


def _persona(library: Library, conversation: str) -> str:
    """The name of the one who answers."""
    found = library.chats.get(conversation)
    return found.persona.name if found and found.persona else ""


def empty_message(
    above: Message, role: MessageRole, job_id: str, model: ModelSpec, persona: str = ""
) -> Message:
    """One below `above`, that the job fills."""
    return Message(
        id=new_id(),
        conversation=above.conversation,
        parent=above.id,
        role=role,
        text="",
        created=time.time(),
        state=MessageState.STREAMING,
        model=model.name,
        persona=persona,
        job=job_id,
    )


def first_words(text: str, attachments: Sequence[Attachment]) -> str:
    """What a conversation is called at first: as its first message begins, or as what was given with it."""
    line = " ".join(text.split()) or attachments[0].name
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"
