"""What the next answer in Chat would read, part by part, and what of it there is no room for."""

from typing import Literal, NamedTuple

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.conversations import Branch, Conversation, Message, Said
from studio.core.lane import LaneStatus
from studio.core.servers import FAMILY as SERVER
from studio.core.turns import Block, ContextUse, Counted
from studio.session import Session
from studio.viewmodels.chat import ChatViewModel
from studio.viewmodels.chat_composer import ComposerViewModel

ASK_AFTER_MS = 400  # of a pause in typing
BLOCKS: tuple[Block, ...] = (
    "system",
    "persona",
    "notes",
    "summary",
    "pinned",
    "attachments",
    "messages",
)
PartName = Block | Literal["over", "room", "free"]


class Part(NamedTuple):
    name: PartName
    tokens: int


class ContextViewModel(QObject):
    """Asks anew when anything that is read changes; the answer comes later.

    Attributes:
        use: None while nothing is known about this conversation and model.

    Signals:
        changed: `use` is another.
        branch_changed: there are other messages, or one of them is another now.
    """

    changed = Signal()
    branch_changed = Signal()

    def __init__(
        self,
        session: Session,
        chat: ChatViewModel,
        composer: ComposerViewModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._chat, self._composer = session, chat, composer
        self.use: ContextUse | None = None
        self._of = ("", "")  # conversation and model that `use` belongs to
        self._asked = self._counted = Said()  # what was written when it was asked for
        self._loaded = session.lane_status("language").models
        self._loading = ""  # the model that was asked although it is not loaded
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(ASK_AFTER_MS)
        self._pause.timeout.connect(self.ask)
        session.context.counted.connect(self._on_counted)
        session.lane_changed.connect(self._on_lane)
        composer.changed.connect(self._pause.start)
        chat.branch_changed.connect(self._on_branch)
        chat.settings_changed.connect(self._on_branch)
        chat.message_changed.connect(self._on_branch)
        self._pause.start()  # for a draft of the last sitting

    @property
    def parts(self) -> list[Part]:
        """Those that take something, in the order in which they are read; then what is too much, the room for
        the answer, and what stays free."""
        use = self.use
        if use is None:
            return []
        sums = dict.fromkeys(BLOCKS, 0)
        for turn in use.turns:
            if not turn.dropped:
                sums[turn.block] += turn.tokens
                sums["attachments"] += turn.files + turn.pictures
        rest = self.over  # it is what stands last that does not fit
        for block in reversed(BLOCKS):
            sums[block], rest = max(0, sums[block] - rest), max(0, rest - sums[block])
        parts = [Part(block, sums[block]) for block in BLOCKS if sums[block]]
        parts.append(Part("over", self.over) if self.over else Part("room", use.room))
        free = use.limit - use.total - use.room
        return [*parts, Part("free", free)] if free > 0 else parts

    @property
    def dropped(self) -> list[str]:
        """The messages that there is no room for, by their ids; "" for one that is not written yet."""
        return [turn.message for turn in self.use.turns if turn.dropped] if self.use else []

    @property
    def over(self) -> int:
        """Tokens that there is no room for although they must be read; 0 where all such fit."""
        use = self.use
        return max(0, use.total - use.limit + 1) if use and use.limit else 0  # one is left for the answer

    @property
    def alone(self) -> bool:
        """The message that is being written would not fit even if nothing else were read."""
        use = self.use
        last = use.turns[-1] if use and use.turns else None
        if not use or not last or not use.limit or last.message:
            return False
        return last.tokens + last.files + last.pictures >= use.limit

    @property
    def refuses(self) -> bool:
        """It is known that what is written now does not fit; a server counts itself, and may make room."""
        use, model = self.use, self._chat.model
        if not use or not model or not self.over:
            return False
        return (use.exact or model.family != SERVER) and self._counted == self._composer.said()

    @property
    def readable(self) -> list[Message]:
        """Messages of the open branch that can be pinned or left out, the newest first."""
        messages = self._chat.branch.messages if self._chat.branch else ()
        return [one for one in reversed(messages) if one.role in ("user", "assistant")]

    @property
    def has_older(self) -> bool:
        """There are older messages than the last turn."""
        return len(self.readable) > 2 and not self._chat.busy and not self._chat.trashed

    def tokens_of(self, message: str) -> int:
        """What a message takes with its files; 0 where that is not known."""
        turns = self.use.turns if self.use else ()
        return sum(one.tokens + one.files + one.pictures for one in turns if one.message == message)

    @property
    def draft_files(self) -> int | None:
        """Tokens of the files that would be sent now; None where that is not known."""
        last = self.use.turns[-1] if self.use and self.use.turns else None
        return last.files + last.pictures if last and not last.message else None

    def ask(self) -> None:
        """Asks now; `changed` follows."""
        self._pause.stop()
        model, branch, said = self._chat.model, self._branch(), self._composer.said()
        if model is None or self._chat.busy or self._chat.trashed:
            return
        written = says(said)
        if not branch.messages and not written:
            self._session.context.cancel()
            if self.use is not None:
                self.use = None  # what was written is gone again
                self.changed.emit()
            return
        loaded = model.id in self._loaded
        if not loaded and self._loading == model.id:
            return  # each other question would make it begin anew: the newest is asked when it is loaded
        self._loading = model.id if written and not loaded else ""
        ahead = bool(said.text.strip()) and loaded and not self._composer.rewording
        self._asked = said
        self._session.context.ask(branch, said, model, self._chat.sampling_for(model), ahead)

    def pin(self, message: str, on: bool) -> None:
        """The model reads it however little room there is."""
        self._session.chats.pin_message(message, on)

    def leave_out(self, message: str, on: bool) -> None:
        """It is shown, and the model does not read it."""
        self._session.chats.exclude_message(message, on)

    def _branch(self) -> Branch:
        """What the message comes below; of a conversation that is not begun, what is set for it."""
        chat, reworded = self._chat, self._composer.rewording
        if chat.branch is None:
            begun = Conversation(
                id="", created=0, updated=0, system=chat.system, notes=chat.notes, persona=chat.persona
            )
            return Branch(conversation=begun, messages=(), siblings={})
        messages = chat.branch.messages
        place = next((at for at, one in enumerate(messages) if one.id == reworded), len(messages))
        return msgspec.structs.replace(chat.branch, messages=messages[:place])

    def _on_branch(self) -> None:
        """Figures of another conversation or model say nothing about this one."""
        model = self._chat.model.id if self._chat.model else ""
        if self._of != (self._chat.conversation_id, model):
            self._of = (self._chat.conversation_id, model)
            self.use, self._loading = None, ""
            self.changed.emit()
        self.branch_changed.emit()
        self._pause.start()

    def _on_lane(self, status: LaneStatus) -> None:
        if status.lane == "language" and status.models != self._loaded:
            self._loaded = status.models
            if self._loading in status.models:
                self._pause.start()

    def _on_counted(self, counted: Counted) -> None:
        if counted.conversation == self._chat.conversation_id:
            self._of = (counted.conversation, self._chat.model.id if self._chat.model else "")
            self.use, self._counted = counted.use, self._asked
            if not says(self._asked):
                model = self._chat.model
                wanted = self._chat.sampling_for(model).max_new_tokens if model else None
                self.use = before_any_message(counted.use, wanted)
            if self._loading:
                self._loading = ""
                self._pause.start()  # for what was written since
            self.changed.emit()


def says(said: Said) -> bool:
    """There is something to send."""
    return bool(said.text.strip() or said.attachments)


def before_any_message(use: ContextUse, wanted: int | None) -> ContextUse:
    """Where nothing is written yet, the last turn was counted as if it were to be answered, and must be read.
    Below a message it is one of the older ones, which give way; `wanted` tokens are for the answer."""
    if not use.limit or use.total < use.limit:
        return use
    turns, total = list(use.turns), use.total
    for at, turn in enumerate(turns):
        if total < use.limit:
            break
        if turn.message and turn.block == "messages" and not turn.dropped:
            turns[at] = msgspec.structs.replace(turn, dropped=True)
            total -= turn.tokens + turn.files + turn.pictures
    free = max(0, use.limit - total)
    room = free if wanted is None else min(wanted, free)
    return msgspec.structs.replace(use, turns=tuple(turns), total=total, room=room)
