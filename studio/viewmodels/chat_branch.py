"""The open conversation's branch as it was read: from its end, and kept up to date message by message."""

from collections.abc import Sequence

import msgspec

from studio.core.conversations import Branch, Conversation, Message, MessageState, TokensAdded
from studio.core.errors import NotFound
from studio.session import Session

PAGE = 20  # messages read at first
SLACK = 8  # further ones that may have been added since it was read


class OpenBranch:
    """What is read of it.

    Attributes:
        branch: None before the first message.
        takes: the answers of the last question that were asked for together, while none of them is kept;
            one of them is the branch's last message.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.branch: Branch | None = None
        self.takes: tuple[Message, ...] = ()
        self._together = False  # the last answer was asked for with others, which are still there
        self._watched: set[str] = set()  # jobs whose answers were seen growing, and none is kept

    @property
    def last(self) -> Message | None:
        return self.branch.messages[-1] if self.branch and self.branch.messages else None

    def close(self) -> None:
        self.branch, self.takes, self._together = None, (), False

    def begin(self, conversation: Conversation) -> None:
        """One that has no message yet."""
        self.branch, self.takes = Branch(conversation=conversation, messages=(), siblings={}), ()

    def read(self, conversation: str, message: str = "") -> bool:
        """From its end, or so far that it shows the message; False where that is on another branch.

        What was read of the same branch stays read. Raises NotFound.
        """
        before = self.branch if self.branch and self.branch.conversation.id == conversation else None
        count = len(before.messages) + SLACK if before else PAGE
        branch = self._session.chats.branch(conversation, last=count)
        kept = _kept_from(before, branch) if before else None
        self.branch = kept or _last(branch, PAGE)
        found = not message or self._reaches(message)
        self._look_beside()
        return found

    def read_further(self) -> None:
        """Twice as far back."""
        if self.branch and not self.branch.whole:
            conversation = self.branch.conversation.id
            self.branch = self._session.chats.branch(conversation, last=2 * len(self.branch.messages))

    def read_again(self) -> None:
        """The same messages, with what was said about them since."""
        if self.branch:
            self.read(self.branch.conversation.id)

    def replace(self, message: Message) -> bool:
        """Puts the message into its place; False when it is not part of what is open."""
        self.takes = tuple(message if one.id == message.id else one for one in self.takes)
        if self.branch is None:
            return False
        if message.role == "summary":
            return self._replace_summary(self.branch, message)
        messages = self.branch.messages
        # The newest is the one that changes, so it is looked for from the end.
        place = next((at for at in range(len(messages) - 1, -1, -1) if messages[at].id == message.id), None)
        if place is None:
            return any(one.id == message.id for one in self.takes)
        changed = (*messages[:place], message, *messages[place + 1 :])
        self.branch = msgspec.structs.replace(self.branch, messages=changed)
        return True

    def grow(self, added: TokensAdded) -> Message | None:
        """The answer with more words; None where it is not shown, or was read with these from the journal."""
        candidates = (*self.takes, self.last) if self.takes else (self.last,)
        grown = next((one for one in candidates if one and one.id == added.message), None)
        if grown is None or added.count <= grown.tokens:
            return None
        grown = msgspec.structs.replace(grown, text=grown.text + added.text, tokens=added.count)
        self.replace(grown)
        return grown

    def knows(self, message: Message) -> bool:
        """It is part of what was read, or stands beside it."""
        if self.branch is None:
            return False
        if message.role == "summary":
            return any(one.id == message.id for one in self.branch.summaries.values())
        return any(message.id in ids for ids in self.branch.siblings.values())

    def keep(self) -> None:
        """One of the takes is kept: they no longer stand beside each other."""
        self._watched -= {one.job for one in self.takes}
        self.takes = ()

    def set_beside(self) -> None:
        """The last answer's siblings of the same job stand beside it."""
        if self.last:
            self._watched.add(self.last.job)
            self._look_beside()

    @property
    def could_stand_beside(self) -> bool:
        """Others were asked for together with the last answer, and they do not stand beside it."""
        return self._together and not self.takes

    def _look_beside(self) -> None:
        last, self.takes, self._together = self.last, (), False
        if self.branch is None or last is None or last.role != "assistant" or not last.job:
            return
        if last.state is MessageState.STREAMING:
            self._watched.add(last.job)
        siblings = self.branch.siblings.get(last.id, ())
        found = self._beside(siblings, last) if len(siblings) > 1 else ()
        self._together = len(found) > 1
        if self._together and last.job in self._watched:
            self.takes = found

    def _beside(self, siblings: Sequence[str], last: Message) -> tuple[Message, ...]:
        assert self.branch
        found: list[Message] = []
        for one in siblings:
            if one == last.id:
                found.append(last)
                continue
            try:
                end = self._session.chats.branch(self.branch.conversation.id, one, last=1)
            except NotFound:
                continue
            found += [message for message in end.messages if message.job == last.job]
        return tuple(found)

    def _reaches(self, message: str) -> bool:
        """Reads as far back as the message is."""
        while self.branch and all(one.id != message for one in self.branch.messages):
            if self.branch.whole:
                return False
            count = len(self.branch.messages)
            # Tenfold each time: most is not far, and the whole of a long branch costs little more.
            self.branch = self._session.chats.branch(self.branch.conversation.id, last=10 * count)
        return True

    def _replace_summary(self, branch: Branch, summary: Message) -> bool:
        if summary.parent not in branch.summaries:
            return False
        summaries = {**branch.summaries, summary.parent: summary}
        self.branch = msgspec.structs.replace(branch, summaries=summaries)
        return True


def _kept_from(before: Branch, after: Branch) -> Branch | None:
    """`after`, from the message on with which `before` begins; None where it has not got that."""
    if not before.messages:
        return None
    first = before.messages[0].id
    place = next((at for at, one in enumerate(after.messages) if one.id == first), None)
    return None if place is None else _last(after, len(after.messages) - place)


def _last(branch: Branch, count: int) -> Branch:
    messages = branch.messages[-count:] if count else ()
    if len(messages) == len(branch.messages):
        return branch
    names = {one.id for one in messages}
    return msgspec.structs.replace(
        branch,
        messages=messages,
        siblings={name: ids for name, ids in branch.siblings.items() if name in names},
        whole=False,
    )
