"""The open conversation as the Chat panel shows it: its branch, the answers in it, and how they grow."""

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.conversations import Attachment, Branch, Conversation, Message, MessageState, TokensAdded
from studio.core.errors import NotFound
from studio.core.jobs import JobState
from studio.core.lane import LaneStatus
from studio.core.messages import Phase
from studio.core.records import Asset, JobRecord
from studio.session import Session
from studio.viewmodels.chat_branch import OpenBranch
from studio.viewmodels.chat_thinking import ThinkingClock
from studio.viewmodels.conversations import ConversationShelf, Place
from studio.viewmodels.shell import WindowState

OPEN_KEY = "chat.open"


class OpenConversation(QObject):
    """Reads it, and follows what the session tells of it.

    Attributes:
        conversations: what the side lists.
        thinking: how long models thought.
        shown_message: what `branch_changed` is about, where it is one message that was looked for.

    Signals:
        title_changed: the open conversation has another title.
        branch_changed: another conversation or branch is open; render it anew.
        earlier_shown: the branch has older messages than before at its beginning.
        message_changed (Message): one message of the open branch changed its state or text.
        text_added (TokensAdded): the answer of the open branch grew.
        picture_moved (str): the picture of this message is further on its way.
        phase_changed (Phase): what the model does for the open branch.
        answer_begun (str): this job, whose answers waited, is done now, or they wait for something else.
        busy_changed: an answer, or a summary or picture, began or ended.
        settings_changed: model, system prompt or sampling.
        erased (tuple of ids): conversations are gone for good.
    """

    title_changed = Signal()
    branch_changed = Signal()
    earlier_shown = Signal()
    message_changed = Signal(object)
    text_added = Signal(object)
    phase_changed = Signal(object)
    picture_moved = Signal(str)
    answer_begun = Signal(str)
    busy_changed = Signal()
    settings_changed = Signal()
    erased = Signal(object)

    def __init__(self, session: Session, state: WindowState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._state = session, state
        self._open = OpenBranch(session)
        self.thinking = ThinkingClock()
        self.shown_message = ""
        self._sought = ""  # a message of another branch, which is on its way
        self._forked = ""  # the conversation that a fork was asked of
        self._returning = ""  # the conversation that comes out of the trash to be open again
        self._phases: dict[str, Phase] = {}  # of jobs that make pictures of this conversation
        self._served = ""  # the job whose model is being loaded, before it runs itself
        self._starting = False  # the engine, as it was told last
        self._asked = False  # something was said, and the rows of it are not written yet
        self.conversations = ConversationShelf(session, state, self)
        self.conversations.filled.connect(self.title_changed)
        session.ready.connect(self.reload)
        session.library_changed.connect(self._on_library_changed)
        session.chats.conversation_changed.connect(self._on_conversation_changed)
        session.chats.conversations_removed.connect(self._on_conversations_removed)
        session.chats.forked.connect(self._on_forked)
        session.chats.message_added.connect(self._on_message_added)
        session.chats.message_changed.connect(self._on_message_changed)
        session.chats.tokens_added.connect(self._on_tokens_added)
        session.phase_changed.connect(self._on_phase_changed)
        session.job_changed.connect(self._on_job_changed)
        session.lane_changed.connect(self._on_lane_changed)

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
        """Answers beside each other, of which none is kept yet; the branch ends with one of them.

        In the trash nothing can be kept: it shows the branch alone.
        """
        return () if self.trashed else self._open.takes

    @property
    def has_takes(self) -> bool:
        """The last answer's siblings can be shown beside it."""
        return self._open.could_stand_beside and not self.busy and not self.trashed

    @property
    def writing(self) -> Message | None:
        """The answer of the open branch that is being written."""
        last = self._open.last
        candidates = (*self.takes, last) if last and last.role == "assistant" else ()
        return next((one for one in candidates if one and one.state is MessageState.STREAMING), None)

    @property
    def aside(self) -> Message | None:
        """A summary or a picture of the open branch that is being made."""
        summaries = self.branch.summaries.values() if self.branch else ()
        last = self._open.last
        candidates = (*summaries, last) if last and last.role == "picture" else summaries
        unfinished = (one for one in candidates if one.state is MessageState.STREAMING)
        return next((one for one in unfinished if self.outcome(one)), None)

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

    def waits(self, message: Message) -> bool:
        """Others are answered before it."""
        record = self.outcome(message)
        return record is not None and record.state is JobState.PENDING and record.job.id != self._served

    def starting(self, message: Message) -> bool:
        """It can be begun only once the engine has come up."""
        record = self.outcome(message)
        at_work = record is not None and not record.state.ended
        return at_work and self._session.lane_status("language").starting

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

    # What the person looks at.

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
        self._sought = "" if found else message
        self._state.put(OPEN_KEY, conversation)
        self._tell_all(message if found else "")
        if not found:
            self._session.chats.show_branch(conversation, message)
        if self.writing:
            self._session.chats.settle()

    def reopen(self, conversation: str) -> None:
        """Out of the trash, where it was moved from here; open again unless another one is by then."""
        self._returning = conversation
        self._session.chats.restore(conversation)

    def show_earlier(self) -> None:
        """Reads further back."""
        if self.branch and not self.branch.whole:
            self._open.read_further()
            self.earlier_shown.emit()

    def start_new(self) -> None:
        """An empty conversation, which is stored with its first message."""
        self._open.close()
        self._asked, self._sought = False, ""
        self._state.put(OPEN_KEY, "")
        self._tell_all()

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

    # What the session tells.

    def _tell_all(self, message: str = "") -> None:
        self.shown_message = message
        self.branch_changed.emit()
        self.busy_changed.emit()
        self.settings_changed.emit()

    def _on_library_changed(self) -> None:
        """Another process, such as a command line, may have gone on with the open conversation."""
        self.conversations.fill()
        if self.branch is None or self._asked:
            return
        try:
            now = self._session.chats.branch(self.conversation_id, last=1)
        except NotFound:
            self.start_new()
            return
        last = self._open.last
        if last and any(one.id == last.id and one.state is not last.state for one in now.messages):
            self.open(self.conversation_id)
        elif now.conversation != self.branch.conversation:
            self._on_conversation_changed(now.conversation)

    def _on_conversation_changed(self, conversation: Conversation) -> None:
        if conversation.id == self._returning and not conversation.trashed:
            self._returning = ""
            if self.branch is None:
                self.open(conversation.id)
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
        self.erased.emit(ids)

    def _on_forked(self, conversation: Conversation) -> None:
        if self._forked and self._forked == self.conversation_id:
            self.open(conversation.id)
        self._forked = ""

    def _on_message_added(self, message: Message) -> None:
        """A question and its answer are written together: whoever reads after the first has both."""
        if self.branch is None or message.conversation != self.conversation_id or self._open.knows(message):
            return
        if message.role == "summary":
            self._open.read_again()
            self.message_changed.emit(message)
            self.busy_changed.emit()
        else:
            self.open(message.conversation)

    def _on_message_changed(self, message: Message) -> None:
        if self._open.replace(message):
            self.message_changed.emit(message)
            self.busy_changed.emit()

    def _on_tokens_added(self, added: TokensAdded) -> None:
        if grown := self._open.grow(added):
            self.thinking.note(grown)
            self.text_added.emit(added)

    def _on_job_changed(self, record: JobRecord) -> None:
        if (writing := self.writing) and writing.job == record.job.id and record.state is JobState.RUNNING:
            self.answer_begun.emit(writing.job)

    def _on_lane_changed(self, status: LaneStatus) -> None:
        if status.lane != "language" or status.starting == self._starting:
            return
        self._starting = status.starting
        if writing := self.writing:
            self.answer_begun.emit(writing.job)

    def _on_phase_changed(self, phase: Phase) -> None:
        if (writing := self.writing) and writing.job == phase.job:
            if self.waits(writing):
                self._served = phase.job
                self.answer_begun.emit(phase.job)
            self.phase_changed.emit(phase)
            return
        last = self._open.last
        if last and last.role == "picture" and last.job == phase.job:
            self._phases[phase.job] = phase
            self.picture_moved.emit(last.id)
