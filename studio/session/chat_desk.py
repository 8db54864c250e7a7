"""All that can be asked about conversations, and what is told of them."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from studio.core.conversations import Branch, Conversation, Exported, Hit, Imported, MessageState, Said
from studio.core.drafts import draft_of
from studio.core.errors import NotFound
from studio.core.jobs import Reply
from studio.core.model import Ability, ModelSpec
from studio.core.personas import Persona
from studio.core.plain_text import clean_text
from studio.core.sampling import Sampling
from studio.core.settings import Settings
from studio.session.asides import Asides
from studio.session.chat_compaction import Compaction
from studio.session.chat_files import ChatFiles
from studio.session.chat_pictures import ChatPictures, Generate
from studio.session.chat_titles import ChatTitles
from studio.session.chats import ChatFlow
from studio.session.jobs import JobFlow
from studio.session.model_desk import ModelDesk
from studio.session.reads import Reads, found
from studio.session.suggestions import Suggestions
from studio.session.writes import Writes

DEFAULT_SAMPLING = Sampling()


@dataclass(frozen=True)
class ChatWork:
    """What conversations are written with, and who answers in them.

    Attributes:
        generate: queues a checked job once its parts are found; where it cannot, it calls back.
    """

    models: ModelDesk
    flow: JobFlow
    writes: Writes
    asides: Asides
    suggestions: Suggestions
    generate: Generate


class ChatDesk(QObject):
    """Conversations and the answers in them; the window's thread.

    Signals, each emitted after what it tells is on disk:
        conversation_changed (Conversation); conversations_removed (tuple of ids).
        forked (Conversation): another was made out of one; `conversation_changed` came before.
        message_added, message_changed (Message).
        turned_away (str): not so: this job and what was said for it could not be written; a problem told why.
        tokens_added (TokensAdded).
    """

    conversation_changed = Signal(object)
    conversations_removed = Signal(object)
    forked = Signal(object)
    message_added = Signal(object)
    message_changed = Signal(object)
    turned_away = Signal(str)
    tokens_added = Signal(object)

    def __init__(
        self,
        reads: Callable[[], Reads | None],
        settings: Callable[[], Settings],
        work: ChatWork,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        flow, writes = work.flow, work.writes
        self._reads, self._models, self._jobs = reads, work.models, flow
        self._flow = ChatFlow(flow, writes, self._draft_of, self)
        self._compaction = Compaction(self._flow, flow, self)
        self._pictures = ChatPictures(self._flow, flow, work.suggestions, work.generate, writes, self)
        self._titles = ChatTitles(reads, settings, self._flow, flow, writes, work.asides, self)
        self._flow.conversation_changed.connect(self.conversation_changed)
        self._flow.conversations_removed.connect(self.conversations_removed)
        self._flow.forked.connect(self.forked)
        self._flow.message_added.connect(self.message_added)
        self._flow.message_changed.connect(self.message_changed)
        self._flow.turned_away.connect(self.turned_away)
        self._files = ChatFiles(reads, writes, self)
        self._files.imported.connect(self._on_imported)
        flow.message_changed.connect(self.message_changed)
        flow.tokens_added.connect(self.tokens_added)

    def close(self) -> None:
        self._files.close()
        self._flow.close()

    def _draft_of(self, model: ModelSpec) -> ModelSpec | None:
        return draft_of(model, self._models.installed(Ability.REPLY))

    # What there is.

    def recent(self) -> list[Conversation]:
        """Those not in the trash: the pinned ones, then the others, the last changed first; at most 1000."""
        reads = self._reads()
        return reads.chats.recent() if reads else []

    def trashed(self) -> list[Conversation]:
        """Those in the trash, the last changed first."""
        reads = self._reads()
        return reads.chats.recent(trashed=True) if reads else []

    def more(self, after: int) -> Future[list[Conversation]]:
        """Those that `recent` leaves out for being many, from the search thread; `after` so many."""
        reads = self._reads()
        return reads.more_conversations(after) if reads else found([])

    def search(self, text: str, limit: int = 50, offset: int = 0) -> Future[tuple[Hit, ...]]:
        """Those with the words in a message or in their title, newest first, from the search thread."""
        reads = self._reads()
        return reads.search_conversations(text, limit, offset) if reads else found(())

    def branch(self, conversation_id: str, leaf: str | None = None, last: int | None = None) -> Branch:
        """The shown branch, or the one that ends in `leaf`; at most the `last` messages. Raises NotFound."""
        reads = self._reads()
        if reads is None:
            raise NotFound(name=conversation_id)
        return reads.chats.branch(conversation_id, leaf, last)

    def settle(self) -> None:
        """Looks whether answers are still written that another process began; `message_changed` tells which
        are not, as that has died."""
        self._flow.settle()

    # Saying something.

    def check(self, said: Said, model: ModelSpec, sampling: Sampling = DEFAULT_SAMPLING) -> None:
        """Raises what `send` would raise, before a conversation is made for the message."""
        self._models.check_listed(model)
        self._flow.check(said, model, sampling)

    def begin(self, system: str = "", persona: Persona | None = None, folder: str = "") -> Conversation:
        """A new conversation; whatever is done to it afterwards is written after it."""
        return self._flow.begin(system, persona, folder)

    def send(
        self,
        conversation_id: str,
        said: Said,
        model: ModelSpec,
        sampling: Sampling = DEFAULT_SAMPLING,
        takes: int = 1,
    ) -> str:
        """Says something at the end of the shown branch; the id of the job that writes the `takes` answers.

        Raises BadRequest, ServerNotListed.
        """
        self._models.check_listed(model)
        return self._flow.send(conversation_id, said, model, sampling, takes)

    def regenerate(
        self, message_id: str, model: ModelSpec, sampling: Sampling = DEFAULT_SAMPLING, takes: int = 1
    ) -> str:
        """Other answers beside this one; the id of their job. Raises BadRequest, ServerNotListed."""
        self._models.check_listed(model)
        return self._flow.regenerate(message_id, model, sampling, takes)

    def edit(
        self,
        message_id: str,
        said: Said,
        model: ModelSpec,
        sampling: Sampling = DEFAULT_SAMPLING,
        takes: int = 1,
    ) -> str:
        """Another wording beside the person's message, answered; the id of the job.

        Raises BadRequest, ServerNotListed.
        """
        self._models.check_listed(model)
        return self._flow.edit(message_id, said, model, sampling, takes)

    def go_on(self, message_id: str, model: ModelSpec, sampling: Sampling = DEFAULT_SAMPLING) -> str:
        """More of an answer that was cut off or is too short, in the same message; the id of the job.

        Raises BadRequest, ServerNotListed.
        """
        self._models.check_listed(model)
        return self._flow.go_on(message_id, model, sampling)

    def compact(self, conversation_id: str, model: ModelSpec, sampling: Sampling = DEFAULT_SAMPLING) -> str:
        """Sums up the older messages of the shown branch, which the model then reads in their place; the id
        of the first job. What makes that impossible is told as a problem. Raises ServerNotListed."""
        self._models.check_listed(model)
        return self._compaction.compact(conversation_id, model, sampling)

    def compaction_after(self, job_id: str) -> str:
        """See `Compaction.after`."""
        return self._compaction.after(job_id)

    def make_picture(self, message_id: str, writer: ModelSpec, painter: ModelSpec) -> None:
        """A picture of what the message says, at the end of the shown branch: `writer` writes the prompt,
        `painter` paints it. What goes wrong is told as a problem. Raises ServerNotListed."""
        self._models.check_listed(writer)
        self._models.check_listed(painter)
        self._pictures.make(message_id, writer, painter)

    def resume_pictures(self, jobs: Sequence[str]) -> None:
        """Before jobs of pictures are done once more: messages wait for some of them."""
        if jobs:
            self._pictures.wait_for(jobs)

    def resume(self, job: Reply) -> None:
        """The answers of an interrupted job go on, each by a job of its own; a summary is made anew. One of
        which nothing is left to do, such as a summary written by hand since, is offered no more. Raises
        ServerNotListed."""
        reads = self._reads()
        answers = [reads.chats.message(message) for message in job.messages] if reads else []
        left = [one for one in answers if one and one.job == job.id and one.state is MessageState.INTERRUPTED]
        if not left:
            self._jobs.decline([job.id])
        for answer in left:
            if answer.role == "summary":
                self._jobs.decline([job.id])
                self.compact(job.conversation, job.model, job.sampling)
            else:
                self.go_on(answer.id, job.model, job.sampling)

    # What is said about a message.

    def pin_message(self, message_id: str, on: bool) -> None:
        """However little room there is, the model reads it."""
        self._flow.change_message(message_id, pinned=on)

    def exclude_message(self, message_id: str, on: bool) -> None:
        """The model does not read it; instead of an excluded summary it reads what that sums up."""
        self._flow.change_message(message_id, excluded=on)

    def edit_summary(self, message_id: str, text: str) -> None:
        """The summary in the person's own words. One that is still written is refused, as a problem."""
        self._flow.edit_summary(message_id, clean_text(text))

    # What is said about a conversation.

    def fork(self, conversation_id: str, message_id: str) -> None:
        """Another conversation with the way to this message and the message itself; `forked` follows."""
        self._flow.fork(conversation_id, message_id)

    def show_branch(self, conversation_id: str, leaf: str) -> None:
        """Shows the branch through this message, down to its newest leaf."""
        self._flow.change(lambda library: library.chats.show(conversation_id, leaf))

    def rename(self, conversation_id: str, title: str) -> None:
        self._flow.change(lambda library: library.chats.rename(conversation_id, clean_text(title)))

    def set_system(self, conversation_id: str, text: str) -> None:
        self._flow.change(lambda library: library.chats.set_system(conversation_id, clean_text(text)))

    def set_notes(self, conversation_id: str, text: str) -> None:
        """What the model is to know in every answer."""
        self._flow.change(lambda library: library.chats.set_notes(conversation_id, clean_text(text)))

    def set_persona(self, conversation_id: str, persona: Persona | None) -> None:
        self._flow.change(lambda library: library.chats.set_persona(conversation_id, persona))

    def pin(self, conversation_id: str, on: bool) -> None:
        """Lets it stand above the others."""
        self._flow.change(lambda library: library.chats.set_pinned(conversation_id, on))

    def trash(self, conversation_id: str) -> None:
        self._flow.change(lambda library: library.chats.set_trashed(conversation_id, True))

    def restore(self, conversation_id: str) -> None:
        self._flow.change(lambda library: library.chats.set_trashed(conversation_id, False))

    def erase(self, conversation_id: str) -> None:
        """Removes a conversation and its file for good; only one that lies in the trash."""
        self._flow.erase(conversation_id)

    # Folders. One is there as long as a conversation lies in it.

    def folders(self) -> list[str]:
        reads = self._reads()
        return reads.chats.folders() if reads else []

    def set_folder(self, conversation_id: str, folder: str) -> None:
        """Puts it into a folder, which is there from then on; "" takes it out."""
        name = clean_text(folder).strip()
        self._flow.change(lambda library: library.chats.set_folder(conversation_id, name))

    def rename_folder(self, old: str, new: str) -> None:
        """One that is called so already takes its conversations in."""
        name = clean_text(new).strip()
        self._flow.change_all(lambda library: library.chats.rename_folder(old, name))

    def remove_folder(self, name: str) -> None:
        """Its conversations lie in none afterwards."""
        self._flow.change_all(lambda library: library.chats.remove_folder(name))

    # Files of conversations.

    def export(self, ids: Sequence[str], target: Path, form: Literal["markdown", "json"]) -> Future[Exported]:
        """See `ChatFiles.export`."""
        return self._files.export(ids, target, form)

    def import_file(self, path: Path) -> Future[Imported]:
        """See `ChatFiles.import_file`; one `conversation_changed` follows, however many there are."""
        return self._files.import_file(path)

    def _on_imported(self, imported: Imported) -> None:
        self._flow.conversation_changed.emit(imported.conversations[-1])
