"""Old messages summed up by the model, so that there is room for new ones; the originals stay as they are.

A summary stands below the last message that it covers. What does not fit the model's context at once is
summed up in stretches, one after another: each summary is made from the one before it and the messages since,
so that every one is whole by itself, and none is ever made from a text that was cut.
"""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QObject

from studio.core.conversations import Branch, Message, MessageState
from studio.core.errors import NotFound, NothingToSumUp
from studio.core.ids import new_id
from studio.core.jobs import Reply
from studio.core.model import ModelSpec
from studio.core.prompts.asking import asked_to_sum_up
from studio.core.sampling import Sampling
from studio.core.summaries import summary_in_use
from studio.core.turns import ChatTurn
from studio.session.chat_turns import standing_turns, turns_of
from studio.session.chats import Asked, ChatFlow, check_whole, empty_message
from studio.session.jobs import JobFlow
from studio.store.library import Library

USUAL_CONTEXT = 4096  # tokens, of a model that does not say
MOST_TOKENS = 1024  # of a summary
ASKING = 200  # tokens of the question and of what the template writes around it
TEMPLATE = 8  # around each message


class _Wish(msgspec.Struct, frozen=True):
    """What is to be summed up in the end: all up to and with the message `upto`, or all that is old."""

    conversation: str
    model: ModelSpec
    sampling: Sampling
    upto: str = ""


class Compaction(QObject):
    """Asks for summaries, each a job that streams into a message; the window's thread."""

    def __init__(self, chats: ChatFlow, flow: JobFlow, parent: QObject) -> None:
        super().__init__(parent)
        self._chats = chats
        self._left: dict[str, _Wish] = {}  # what is left to do after a job, by the job
        self._went_on = ("", "")  # of the last summary that went on: the job before, and the one since
        flow.message_changed.connect(self._on_message_changed)

    def compact(self, conversation: str, model: ModelSpec, sampling: Sampling) -> str:
        """Sums up all of the shown branch but its end; the id of the first job. What cannot be done is told
        as a problem: NothingToSumUp, AnswerUnderWay, NotFound."""
        return self._submit(_Wish(conversation, model, sampling))

    def after(self, job_id: str) -> str:
        """The job that goes on where this one has just ended; empty where it was the last."""
        before, since = self._went_on
        return since if before == job_id else ""

    def _submit(self, wish: _Wish) -> str:
        job_id = new_id()
        left: list[_Wish] = []

        def build(library: Library) -> Asked:
            branch = library.chats.branch(wish.conversation, wish.upto or None)
            context = wish.model.context_length or USUAL_CONTEXT
            end = _place(branch, wish.upto) if wish.upto else end_of_old(branch.messages, context)
            stretch = end_of_stretch(branch, end, context)
            last = branch.messages[stretch - 1]
            check_whole(library, last.id)
            if stretch < end:
                left.append(msgspec.structs.replace(wish, upto=branch.messages[end - 1].id))
            summary = empty_message(last, "summary", job_id, wish.model)
            library.chats.add_message(summary)
            room = room_in(context)
            job = Reply(
                id=job_id,
                model=wish.model,
                conversation=wish.conversation,
                message=summary.id,
                turns=(*_kept(turns_of(branch, library.paths.library, last.id)), _question(branch, room)),
                sampling=msgspec.structs.replace(
                    wish.sampling, max_new_tokens=room, stop=(), banned=(), thinking="off"
                ),
                summary_of=branch.conversation.title or "…",
            )
            return Asked(job, branch.conversation, added=(summary,))

        def remember(_: Asked) -> None:
            self._left.update((job_id, one) for one in left)

        self._chats.submit(job_id, build, remember)
        return job_id

    def _on_message_changed(self, message: Message) -> None:
        """A stretch is summed up: on with the next, unless it was stopped or failed."""
        if message.state is MessageState.STREAMING:
            return
        wish = self._left.pop(message.job, None)
        if wish and message.state is MessageState.COMPLETE and message.text.strip():
            self._went_on = message.job, self._submit(wish)


def end_of_old(messages: Sequence[Message], context: int) -> int:
    """How many messages are old: those before the newest ones, which are a quarter of the context, or of what
    was said where that is less, and the last exchange in any case. What follows them begins with a message of
    the person."""
    room = min(context, sum(map(tokens_about, messages))) // 4
    end, tokens = len(messages), 0
    for place in range(len(messages) - 1, -1, -1):
        tokens += tokens_about(messages[place])
        if end < len(messages) and tokens > room:
            break
        if messages[place].role == "user":
            end = place
    return end


def end_of_stretch(branch: Branch, end: int, context: int) -> int:
    """How many messages the next summary covers, so that all of them fit. Raises NothingToSumUp."""
    messages = branch.messages[:end]
    text, covered = summary_in_use(branch, end)
    if not any(_is_read(message) for message in messages[covered:]):
        raise NothingToSumUp
    standing = standing_turns(branch.conversation, text)
    left = context - room_in(context) - ASKING - sum(_about(turn.content) for turn in standing)
    stretch = covered
    for place in range(covered, end):
        left -= tokens_about(messages[place])
        if left < 0:
            break
        if place + 1 == end or messages[place + 1].role == "user":  # an answer stays with its question
            stretch = place + 1
    return stretch if stretch > covered else _first_exchange(messages, covered)


def room_in(context: int) -> int:
    """Tokens that a summary may have."""
    return min(MOST_TOKENS, context // 4)


def tokens_about(message: Message) -> int:
    """Rather too many than too few; what an answer took was counted."""
    if not _is_read(message):
        return 0
    if message.tokens and message.state is MessageState.COMPLETE:
        return message.tokens + TEMPLATE
    return _about(message.text + "".join(file.text for file in message.attachments)) + TEMPLATE


def _about(text: str) -> int:
    """Three letters a token; of other scripts one or two tokens a character."""
    plain = sum(character.isascii() for character in text)
    return plain // 3 + 3 * (len(text) - plain) // 2


def _is_read(message: Message) -> bool:
    return message.role in ("user", "assistant") and not message.excluded


def _first_exchange(messages: Sequence[Message], covered: int) -> int:
    """It does not fit, as far as that can be seen from here; the model has the last word, and says so."""
    for place in range(covered + 1, len(messages)):
        if messages[place].role == "user":
            return place
    return len(messages)


def _kept(turns: Sequence[ChatTurn]) -> list[ChatTurn]:
    """Read whole or not at all: a summary of half the text would be false."""
    return [turn if turn.kept else msgspec.structs.replace(turn, block="pinned") for turn in turns]


def _question(branch: Branch, room: int) -> ChatTurn:
    said = "".join(message.text[:1000] for message in branch.messages[-6:])
    return asked_to_sum_up(said, room // 3)


def _place(branch: Branch, message: str) -> int:
    """How many messages there are up to and with this one. Raises NotFound."""
    for place, one in enumerate(branch.messages):
        if one.id == message:
            return place + 1
    raise NotFound(name=message)
