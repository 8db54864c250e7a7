"""Pictures of what was said: a text model writes the prompt, and what is made of it comes into the chat."""

import secrets
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from studio.core.conversations import Conversation, Message, MessageState
from studio.core.errors import MessageEmpty, NotFound, PromptNotWritten, StudioError
from studio.core.ids import new_id
from studio.core.job_checks import checked
from studio.core.jobs import GenerateImages
from studio.core.model import ModelSpec
from studio.core.prompts.asking import reads_like_prompt
from studio.core.records import Asset, JobRecord
from studio.core.thoughts import said_in
from studio.session.chats import ChatFlow, check_whole, empty_message, known
from studio.session.jobs import JobFlow
from studio.session.suggestions import Suggestions
from studio.session.writes import Writes
from studio.store.library import Library

READ = 4000  # characters that a prompt is written from
READ_BY_STARTER = 300  # it knows ideas of a sentence or two
OWN_WORDS = 400  # characters, where no prompt was written
SEEDS = 2**32  # as many as Create draws from

Generate = Callable[[GenerateImages, Callable[[Exception], object]], None]


class _Scene:
    """A picture's message on its way to a prompt: what is to be seen, and who writes and paints it."""

    def __init__(self, writer: ModelSpec, painter: ModelSpec) -> None:
        self.writer, self.painter = writer, painter
        self.message, self.words = "", ""


class ChatPictures(QObject):
    """A message for each picture, there from the beginning; the window's thread. Where the text model writes
    no prompt, the words of the message are the prompt, and that is told."""

    def __init__(
        self,
        chats: ChatFlow,
        flow: JobFlow,
        suggestions: Suggestions,
        generate: Generate,
        writes: Writes,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._chats, self._suggestions, self._generate, self._writes = chats, suggestions, generate, writes
        self._scenes: dict[str, _Scene] = {}  # by the job that writes the prompt
        self._painted: set[str] = set()  # jobs that fill a message
        suggestions.suggested.connect(self._on_suggested)
        suggestions.failed.connect(self._on_failed)
        suggestions.stopped.connect(self._on_stopped)
        flow.job_added.connect(self._on_job_added)
        flow.asset_added.connect(self._on_asset_added)
        flow.job_changed.connect(self._on_job_changed)

    def make(self, message: str, writer: ModelSpec, painter: ModelSpec) -> None:
        """Begins a picture at the end of the shown branch, of what this message says."""
        scene = _Scene(writer, painter)

        def begin(library: Library) -> tuple[Message, Conversation]:
            said = known(library, message)
            scene.words = said_in(said.text).strip()
            if not scene.words:
                raise MessageEmpty
            leaf = library.chats.branch(said.conversation, last=1).conversation.leaf
            check_whole(library, leaf)
            above = known(library, leaf) if leaf else said
            picture = empty_message(above, "picture", "", painter)
            library.chats.add_message(picture)
            return picture, library.chats.branch(said.conversation, last=1).conversation

        def tell(begun: tuple[Message, Conversation]) -> None:
            picture, conversation = begun
            scene.message = picture.id
            self._chats.message_added.emit(picture)
            self._chats.conversation_changed.emit(conversation)
            self._ask(scene)

        self._writes.write(begin, tell)

    def wait_for(self, jobs: Sequence[str]) -> None:
        """These jobs are done once more: the messages of those that are of the chat wait for them."""

        def tell(waiting: list[Message]) -> None:
            self._painted.update(one.job for one in waiting)
            self._tell(waiting)

        self._writes.write(lambda library: library.chats.await_pictures(jobs), tell)

    # From the message to the prompt.

    def _ask(self, scene: _Scene) -> None:
        read = scene.words[: READ_BY_STARTER if scene.writer.starter else READ]
        try:
            job_id = self._suggestions.ask("picture", read, scene.writer)
        except StudioError:
            self._paint_own_words(scene)
            return
        self._scenes[job_id] = scene
        self._change(scene.message, job=job_id)

    def _on_suggested(self, job_id: str, prompt: str) -> None:
        scene = self._scenes.pop(job_id, None)
        if scene is None:
            return
        if scene.writer.starter and not reads_like_prompt(prompt, scene.words):
            self._paint_own_words(scene)
        else:
            self._paint(scene, prompt)

    def _on_failed(self, job_id: str, _: object) -> None:
        if scene := self._scenes.pop(job_id, None):
            self._paint_own_words(scene)

    def _on_stopped(self, job_id: str) -> None:
        if scene := self._scenes.pop(job_id, None):
            self._change(scene.message, state=MessageState.STOPPED)

    # From the prompt to the picture.

    def _paint_own_words(self, scene: _Scene) -> None:
        self._writes.report(PromptNotWritten(model=scene.writer.name))
        self._paint(scene, " ".join(scene.words.split())[:OWN_WORDS])

    def _paint(self, scene: _Scene, prompt: str) -> None:
        job = GenerateImages(
            id=new_id(), model=scene.painter, prompt=prompt, seed=secrets.randbelow(SEEDS), num_images=1
        )
        try:
            job = checked(job)
        except StudioError as error:
            self._fail(scene, error)
            return
        self._painted.add(job.id)
        self._change(
            scene.message,
            lambda: self._generate(job, lambda error: self._fail(scene, error)),
            text=job.prompt,
            job=job.id,
            state=MessageState.STREAMING,
        )

    def _fail(self, scene: _Scene, error: Exception) -> None:
        self._writes.report(error)
        self._change(scene.message, state=MessageState.FAILED)

    def _on_job_added(self, record: JobRecord) -> None:
        """Between the message and the job's row others may have looked, and found that nobody works at it."""
        if record.job.id in self._painted:
            jobs = (record.job.id,)
            self._writes.write(lambda library: library.chats.await_pictures(jobs), self._tell)

    def _on_asset_added(self, _: Asset, job_id: str) -> None:
        if job_id in self._painted:
            self._settle()

    def _on_job_changed(self, record: JobRecord) -> None:
        if record.job.id in self._painted:
            self._settle()
            if record.state.ended:
                self._painted.discard(record.job.id)

    def _settle(self) -> None:
        self._writes.write(lambda library: library.chats.settle_pictures(), self._tell)

    def _change(self, message: str, then: Callable[[], object] = lambda: None, **fields: object) -> None:
        """Changes the picture's message, and goes on from there; nothing where it was erased meanwhile."""

        def tell(changed: Message) -> None:
            self._tell([changed])
            then()

        def fail(error: Exception) -> None:
            if not isinstance(error, NotFound):
                self._writes.report(error)

        self._writes.write(lambda library: library.chats.change_message(message, **fields), tell, fail)

    def _tell(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self._chats.tell_changed(message)
