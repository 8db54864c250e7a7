"""What `session.chats` is to the window: plain lists, the real signals, no model."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.conversations import (
    Branch,
    Conversation,
    Exported,
    Hit,
    Imported,
    Message,
    MessageState,
    Said,
    TokensAdded,
)
from studio.core.errors import ImportUnknown, MessageEmpty, NotFound, NothingToSumUp
from studio.core.ids import new_id
from studio.core.job_checks import check_turns
from studio.core.jobs import JobState, Reply
from studio.core.model import ModelSpec
from studio.core.personas import Persona
from studio.core.plain_text import clean_text
from studio.core.sampling import Sampling
from studio.core.turns import ChatTurn

if TYPE_CHECKING:
    from tests.ui.fake_session import FakeSession

SAMPLING = Sampling()


class FakeChats(QObject):
    """Commands are noted in the session's `calls` and change the lists at once; a test plays the model."""

    conversation_changed = Signal(object)
    conversations_removed = Signal(object)
    forked = Signal(object)
    message_added = Signal(object)
    message_changed = Signal(object)
    turned_away = Signal(str)
    tokens_added = Signal(object)

    def __init__(self, session: "FakeSession") -> None:
        super().__init__(session)
        self._session = session
        self.all_conversations: list[Conversation] = []
        self.all_messages: list[Message] = []

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """What is done here is another process's: nothing is told of it."""
        self.blockSignals(True)
        yield
        self.blockSignals(False)

    def recent(self) -> list[Conversation]:
        return self._kept()[:1000]

    def trashed(self) -> list[Conversation]:
        gone = [one for one in self.all_conversations if one.trashed]
        return sorted(gone, key=lambda one: one.updated, reverse=True)

    def more(self, after: int) -> Future[list[Conversation]]:
        return _done(self._kept()[after:])

    def search(self, text: str, limit: int = 50, offset: int = 0) -> Future[tuple[Hit, ...]]:
        """Messages in which the whole text occurs, or titles."""
        words = text.lower()
        said = {one.conversation: one for one in self.all_messages if words in one.text.lower()}
        hits = [
            _hit(one, said.get(one.id), words)
            for one in sorted(self.recent(), key=lambda one: one.updated, reverse=True)
            if one.id in said or words in one.title.lower()
        ]
        return _done(tuple(hits[offset : offset + limit]))

    def settle(self) -> None:
        """No other process is played here."""

    def export(self, ids: Sequence[str], target: Path, form: str) -> Future[Exported]:
        self._session.calls.append(("export_conversations", tuple(ids), target, form))
        return _done(Exported(path=target, size_bytes=2048))

    def import_file(self, path: Path) -> Future[Imported]:
        """Two conversations come of every file; of one called `torn…` a third is left out."""
        self._session.calls.append(("import_conversations", path))
        if path.suffix not in (".json", ".zip"):
            refused: Future[Imported] = Future()
            refused.set_exception(ImportUnknown(name=path.name))
            return refused
        talks = [self.begin(), self.begin()]
        for number, talk in enumerate(talks, 1):
            self.rename(talk.id, f"{path.stem} {number}")
        whole = tuple(self._conversation(talk.id) for talk in talks)
        return _done(Imported(conversations=whole, left_out=int(path.stem.startswith("torn"))))

    def branch(self, conversation_id: str, leaf: str | None = None, last: int | None = None) -> Branch:
        conversation = self._conversation(conversation_id)
        messages = {message.id: message for message in self.all_messages}
        path: list[Message] = []
        at = leaf or conversation.leaf
        while at is not None:
            path.insert(0, messages[at])
            at = messages[at].parent
        summaries = {
            one.parent: one
            for one in self.all_messages
            if one.role == "summary" and one.parent in {message.id for message in path}
        }
        whole = last is None or len(path) <= last
        path = path if whole else path[-last:]
        siblings = {
            message.id: tuple(
                other.id
                for other in self.all_messages
                if other.conversation == conversation_id
                and other.parent == message.parent
                and other.role != "summary"
            )
            for message in path
        }
        return Branch(
            conversation=conversation,
            messages=tuple(path),
            siblings=siblings,
            summaries=summaries,
            whole=whole,
        )

    def begin(self, system: str = "", persona: Persona | None = None, folder: str = "") -> Conversation:
        self._session.calls.append(("begin", system))
        now = self._session.now()
        conversation = Conversation(
            id=new_id(), created=now, updated=now, system=system, persona=persona, folder=folder
        )
        self.all_conversations.append(conversation)
        self.conversation_changed.emit(conversation)
        return conversation

    def check(self, said: Said, model: ModelSpec, sampling: Sampling = SAMPLING) -> None:
        if not said.text.strip() and not said.attachments:
            raise MessageEmpty
        turns = (ChatTurn("user", said.text, pictures=tuple(one.picture for one in said.attachments)),)
        check_turns(Reply(id="", model=model, conversation="", message="", turns=turns, sampling=sampling))

    def send(
        self,
        conversation_id: str,
        said: Said,
        model: ModelSpec,
        sampling: Sampling = SAMPLING,
        takes: int = 1,
    ) -> str:
        self._session.calls.append(("send", conversation_id, said.text, model.id, sampling))
        self.check(said, model, sampling)
        conversation = self._conversation(conversation_id)
        asked = self.add_message(
            conversation_id, "user", said.text, parent=conversation.leaf, attachments=said.attachments
        )
        return self._answer(asked, model, sampling, takes)

    def regenerate(
        self, message_id: str, model: ModelSpec, sampling: Sampling = SAMPLING, takes: int = 1
    ) -> str:
        self._session.calls.append(("regenerate", message_id, model.id, sampling))
        answer = self._message(message_id)
        assert answer.parent is not None
        return self._answer(self._message(answer.parent), model, sampling, takes)

    def edit(
        self, message_id: str, said: Said, model: ModelSpec, sampling: Sampling = SAMPLING, takes: int = 1
    ) -> str:
        self._session.calls.append(("edit", message_id, said.text, model.id, sampling))
        old = self._message(message_id)
        asked = self.add_message(
            old.conversation, "user", said.text, parent=old.parent, attachments=said.attachments
        )
        return self._answer(asked, model, sampling, takes)

    def go_on(self, message_id: str, model: ModelSpec, sampling: Sampling = SAMPLING) -> str:
        self._session.calls.append(("go_on", message_id, model.id, sampling))
        answer, job_id = self._message(message_id), new_id()
        asked = self.branch(answer.conversation, answer.parent).messages
        self._put_message(
            msgspec.structs.replace(answer, state=MessageState.STREAMING, job=job_id, finish="")
        )
        if answer.job and self._session.job(answer.job).state is JobState.INTERRUPTED:
            self._session.decline([answer.job])
        self._session.add_job(
            Reply(
                id=job_id,
                model=model,
                conversation=answer.conversation,
                message=answer.id,
                turns=_turns(asked),
                begun=answer.text,
                begun_tokens=answer.tokens,
                sampling=sampling,
            )
        )
        return job_id

    def compact(self, conversation_id: str, model: ModelSpec, sampling: Sampling = SAMPLING) -> str:
        """Sums up all but the last exchange."""
        self._session.calls.append(("compact", conversation_id, model.id, sampling))
        covered = self.branch(conversation_id).messages[:-2]
        if not covered:
            raise NothingToSumUp
        job_id = new_id()
        summary = self.add_message(
            conversation_id,
            "summary",
            "",
            parent=covered[-1].id,
            state=MessageState.STREAMING,
            model=model.id,
            job=job_id,
        )
        self._session.add_job(
            Reply(
                id=job_id,
                model=model,
                conversation=conversation_id,
                message=summary.id,
                turns=_turns(covered),
                sampling=sampling,
                summary_of=self._conversation(conversation_id).title,
            )
        )
        return job_id

    def make_picture(self, message_id: str, writer: ModelSpec, painter: ModelSpec) -> None:
        """The picture's message is there at once, without a job; `play_picture` fills it."""
        self._session.calls.append(("make_picture", message_id, writer.id, painter.id))
        message = self._message(message_id)
        leaf = self._conversation(message.conversation).leaf
        self.add_message(
            message.conversation,
            "picture",
            "",
            parent=leaf,
            state=MessageState.STREAMING,
            model=painter.id,
        )

    def fork(self, conversation_id: str, message_id: str) -> None:
        self._session.calls.append(("fork", conversation_id, message_id))
        path = self.branch(conversation_id, message_id)
        copy = msgspec.structs.replace(path.conversation, id=new_id(), leaf=None, pinned=False)
        self.all_conversations.append(copy)
        parent = None
        for message in path.messages:
            same = msgspec.structs.replace(message, id=new_id(), conversation=copy.id, parent=parent)
            self.all_messages.append(same)
            parent = same.id
        self._change_conversation(copy.id, leaf=parent)
        self.forked.emit(self._conversation(copy.id))

    def pin_message(self, message_id: str, on: bool) -> None:
        self._session.calls.append(("pin_message", message_id, on))
        self._put_message(msgspec.structs.replace(self._message(message_id), pinned=on))

    def exclude_message(self, message_id: str, on: bool) -> None:
        self._session.calls.append(("exclude_message", message_id, on))
        self._put_message(msgspec.structs.replace(self._message(message_id), excluded=on))

    def edit_summary(self, message_id: str, text: str) -> None:
        self._session.calls.append(("edit_summary", message_id, text))
        self._put_message(msgspec.structs.replace(self._message(message_id), text=text))

    def set_notes(self, conversation_id: str, text: str) -> None:
        self._session.calls.append(("set_notes", conversation_id, text))
        self._change_conversation(conversation_id, notes=text)

    def set_persona(self, conversation_id: str, persona: Persona | None) -> None:
        self._session.calls.append(("set_persona", conversation_id, persona))
        self._change_conversation(conversation_id, persona=persona)

    def pin(self, conversation_id: str, on: bool) -> None:
        self._session.calls.append(("pin", conversation_id, on))
        self._change_conversation(conversation_id, pinned=on)

    def folders(self) -> list[str]:
        return sorted({one.folder for one in self.recent() if one.folder})

    def set_folder(self, conversation_id: str, folder: str) -> None:
        self._session.calls.append(("set_folder", conversation_id, folder))
        self._change_conversation(conversation_id, folder=folder)

    def rename_folder(self, old: str, new: str) -> None:
        self._session.calls.append(("rename_folder", old, new))
        for conversation in [one for one in self.all_conversations if one.folder == old]:
            self._change_conversation(conversation.id, folder=new)

    def remove_folder(self, name: str) -> None:
        self._session.calls.append(("remove_folder", name))
        for conversation in [one for one in self.all_conversations if one.folder == name]:
            self._change_conversation(conversation.id, folder="")

    def show_branch(self, conversation_id: str, leaf: str) -> None:
        self._session.calls.append(("show_branch", conversation_id, leaf))
        self._change_conversation(conversation_id, leaf=leaf)

    def rename(self, conversation_id: str, title: str) -> None:
        self._session.calls.append(("rename", conversation_id, title))
        self._change_conversation(conversation_id, title=title)

    def set_system(self, conversation_id: str, text: str) -> None:
        self._session.calls.append(("set_system", conversation_id, text))
        self._change_conversation(conversation_id, system=text)

    def trash(self, conversation_id: str) -> None:
        self._session.calls.append(("trash_conversation", conversation_id))
        self._change_conversation(conversation_id, trashed=True)

    def restore(self, conversation_id: str) -> None:
        self._session.calls.append(("restore_conversation", conversation_id))
        self._change_conversation(conversation_id, trashed=False)

    def erase(self, conversation_id: str) -> None:
        self._session.calls.append(("erase_conversation", conversation_id))
        self.all_conversations = [one for one in self.all_conversations if one.id != conversation_id]
        self.conversations_removed.emit((conversation_id,))

    def add_message(
        self, conversation_id: str, role: Any, text: str, parent: str | None = None, **fields: Any
    ) -> Message:
        message = self._write_message(conversation_id, role, text, parent, **fields)
        self._tell_added(message)
        return message

    def _write_message(
        self, conversation_id: str, role: Any, text: str, parent: str | None = None, **fields: Any
    ) -> Message:
        message = Message(
            id=new_id(),
            conversation=conversation_id,
            parent=parent,
            role=role,
            text=clean_text(text),
            created=self._session.now(),
            **fields,
        )
        self.all_messages.append(message)
        leaf = self._conversation(conversation_id).leaf if role == "summary" else message.id
        self._write_conversation(conversation_id, leaf=leaf, updated=message.created)
        return message

    def _tell_added(self, message: Message) -> None:
        self.message_added.emit(message)
        self.conversation_changed.emit(self._conversation(message.conversation))

    def _kept(self) -> list[Conversation]:
        kept = [one for one in self.all_conversations if not one.trashed]
        return sorted(kept, key=lambda one: (one.pinned, one.updated), reverse=True)

    def _message(self, message_id: str) -> Message:
        return self.all_messages[_row(self.all_messages, message_id)]

    def _conversation(self, conversation_id: str) -> Conversation:
        return self.all_conversations[_row(self.all_conversations, conversation_id)]

    def _change_conversation(self, conversation_id: str, **fields: Any) -> None:
        self._write_conversation(conversation_id, **fields)
        self.conversation_changed.emit(self._conversation(conversation_id))

    def _write_conversation(self, conversation_id: str, **fields: Any) -> None:
        row = _row(self.all_conversations, conversation_id)
        self.all_conversations[row] = msgspec.structs.replace(self.all_conversations[row], **fields)

    def _put_message(self, message: Message, *, tell: bool = True) -> None:
        self.all_messages[_row(self.all_messages, message.id)] = message
        if tell:
            self.message_changed.emit(message)

    def _answer(self, asked: Message, model: ModelSpec, sampling: Sampling, takes: int) -> str:
        job_id, who = new_id(), self._conversation(asked.conversation).persona
        answers = [
            self._write_message(
                asked.conversation,
                "assistant",
                "",
                parent=asked.id,
                state=MessageState.STREAMING,
                model=model.id,
                persona=who.name if who else "",
                job=job_id,
            )
            for _ in range(takes)
        ]
        turns = _turns(self.branch(asked.conversation, asked.id).messages)
        self._session.add_job(
            Reply(
                id=job_id,
                model=model,
                conversation=asked.conversation,
                message=answers[-1].id,
                takes=tuple(answer.id for answer in answers[:-1]),
                turns=turns,
                sampling=sampling,
            )
        )
        for answer in answers:
            self._tell_added(answer)
        return job_id

    def play_picture(self, prompt: str, *assets: str) -> None:
        """The newest picture's message is whole."""
        picture = next(one for one in reversed(self.all_messages) if one.role == "picture")
        self._put_message(
            msgspec.structs.replace(picture, text=prompt, assets=assets, state=MessageState.COMPLETE)
        )

    def play_tokens(self, job: Reply, text: str, count: int, take: int = 0) -> None:
        message = self._message(job.messages[take])
        self._put_message(
            msgspec.structs.replace(message, text=message.text + text, tokens=count), tell=False
        )
        self.tokens_added.emit(
            TokensAdded(conversation=job.conversation, message=message.id, text=text, count=count)
        )

    def play_end(self, job: Reply, state: JobState, seconds: float) -> None:
        states = {
            JobState.DONE: MessageState.COMPLETE,
            JobState.STOPPED: MessageState.STOPPED,
            JobState.FAILED: MessageState.FAILED,
            JobState.INTERRUPTED: MessageState.INTERRUPTED,
        }
        for message_id in job.messages:
            ended = msgspec.structs.replace(self._message(message_id), state=states[state], seconds=seconds)
            self._put_message(ended)


def _hit(conversation: Conversation, message: Message | None, words: str) -> Hit:
    if message is None:
        return Hit(conversation=conversation)
    start = message.text.lower().find(words)
    begin = max(0, start - 40)
    snippet = ("…" if begin else "") + message.text[begin : begin + 180].replace("\n", " ")
    place = snippet.lower().find(words)
    marks = ((place, place + len(words)),)
    return Hit(conversation=conversation, message=message.id, snippet=snippet, marks=marks)


def _row(rows: list[Any], wanted: str) -> int:
    for number, row in enumerate(rows):
        if row.id == wanted:
            return number
    raise NotFound(name=wanted)


def _turns(messages: Sequence[Message]) -> tuple[ChatTurn, ...]:
    said = [(one.role, one.text) for one in messages]
    return tuple(ChatTurn(role, text) for role, text in said if role in ("user", "assistant"))


def _done(value: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return future
